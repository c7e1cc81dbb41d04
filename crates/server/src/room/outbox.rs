//! The queue of what waits for the other servers of a room.

use tokio::sync::mpsc;

use crate::bounded_queue::{BoundedQueue, Waiting};

/// Number of things that wait at most. Further messages are lost, and the other servers notice that.
const LENGTH: usize = 4096;

/// Number of bytes that wait at most.
const BYTES: usize = 16 << 20;

/// Something for other nodes.
#[derive(Debug)]
pub(crate) enum Outgoing {
    /// Message `number` of this node, as the frames that its members were sent.
    Said { number: u64, frames: Vec<u8> },
    /// A message to one member of one node, as frames with the sender, the receiver and the text.
    Private { node: String, frames: Vec<u8> },
    /// The names of this node's members, who have `said` so many messages.
    Names { said: u64 },
}

/// The end of the queue to which a room adds.
#[derive(Debug)]
pub(crate) struct Outbox(BoundedQueue<Outgoing>);

impl Outbox {
    /// Returns an empty queue, and its other end.
    pub(crate) fn new() -> (Self, mpsc::Receiver<Waiting<Outgoing>>) {
        let (queue, waiting) = BoundedQueue::new(LENGTH, BYTES);
        (Self(queue), waiting)
    }

    /// Adds something unless too much waits. Returns whether it did.
    pub(super) fn add(&self, outgoing: Outgoing) -> bool {
        let bytes = match &outgoing {
            Outgoing::Said { frames, .. } | Outgoing::Private { frames, .. } => frames.len(),
            Outgoing::Names { .. } => 0,
        };
        self.0.add(outgoing, bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(bytes: usize) -> Outgoing {
        Outgoing::Said {
            number: 1,
            frames: vec![0; bytes],
        }
    }

    #[test]
    fn neither_too_many_messages_wait_nor_too_long_ones() {
        let (outbox, mut waiting) = Outbox::new();
        for _ in 0..16 {
            assert!(outbox.add(said(1 << 20)));
        }
        assert!(!outbox.add(said(1)));
        assert!(outbox.add(Outgoing::Names { said: 17 }));
        drop(waiting.try_recv());
        assert!(outbox.add(said(1 << 20)));
        while waiting.try_recv().is_ok() {}
        for _ in 0..LENGTH {
            assert!(outbox.add(said(1)));
        }
        assert!(!outbox.add(said(1)));
    }
}
