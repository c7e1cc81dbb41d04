//! A queue that is bounded by the number of its items and by their bytes.

use std::sync::Arc;

use tokio::sync::mpsc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The end of a queue to which items are added.
#[derive(Debug)]
pub(crate) struct BoundedQueue<T> {
    queue: mpsc::Sender<Waiting<T>>,
    bytes: Arc<Semaphore>,
}

/// An item that waits, and its share of the bytes that may wait.
#[derive(Debug)]
pub(crate) struct Waiting<T> {
    pub(crate) item: T,
    _share: OwnedSemaphorePermit,
}

impl<T> BoundedQueue<T> {
    /// Returns an empty queue that holds at most `length` items and `bytes` bytes, and its other end.
    pub(crate) fn new(length: usize, bytes: usize) -> (Self, mpsc::Receiver<Waiting<T>>) {
        let (queue, waiting) = mpsc::channel(length);
        let bytes = Arc::new(Semaphore::new(bytes));
        (Self { queue, bytes }, waiting)
    }

    /// Adds an item of so many bytes unless too much waits. Returns whether it did.
    pub(crate) fn add(&self, item: T, bytes: usize) -> bool {
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
        let share = Arc::clone(&self.bytes).try_acquire_many_owned(bytes);
        share.is_ok_and(|_share| self.queue.try_send(Waiting { item, _share }).is_ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neither_too_many_items_wait_nor_too_long_ones() {
        let (queue, mut waiting) = BoundedQueue::new(40, 16);
        for _ in 0..16 {
            assert!(queue.add((), 1));
        }
        assert!(!queue.add((), 1));
        assert!(queue.add((), 0));
        drop(waiting.try_recv());
        assert!(!queue.add((), 2));
        assert!(queue.add((), 1));
        while waiting.try_recv().is_ok() {}
        for _ in 0..40 {
            assert!(queue.add((), 0));
        }
        assert!(!queue.add((), 0));
    }
}
