//! The writes to all idle receivers.
//!
//! What is broadcast in one turn of the event loop is sent in one write, without waking a task for each receiver. For
//! example, two senders say `one` and `two` in one turn. [`Broadcast::deliver`] runs behind both, and writes `onetwo`
//! to each socket. A receiver whose socket takes only `onet` becomes active, and sends itself the rest.

use std::sync::Arc;
use std::task::Waker;

use tokio::net::TcpStream;

use super::{Broadcast, Progress, State};
use crate::counters::Counter;

/// A receiver that has been sent everything up to the last write, and perhaps more.
#[derive(Debug)]
pub(super) struct Idle {
    pub(super) delivered: u64,
    pub(super) waker: Waker,
    socket: Arc<TcpStream>,
}

impl Idle {
    /// Returns the idle form of a receiver that has been sent everything, unless it alone may write to its socket.
    pub(super) fn of(progress: &Progress) -> Option<Self> {
        Some(Self {
            delivered: progress.delivered,
            waker: progress.waker.clone(),
            socket: Arc::clone(progress.socket.as_ref()?),
        })
    }

    pub(super) fn into_active(self) -> Progress {
        Progress::new(self.delivered, self.waker, Some(self.socket))
    }

    /// Writes the bytes that it has not been sent of `pieces`, which begin behind the first `start` ones. Returns
    /// whether its socket has taken all of them.
    fn write(&mut self, pieces: &[&[u8]], start: u64) -> bool {
        let Some(mut skipped) = self.delivered.checked_sub(start) else {
            return false;
        };
        for piece in pieces {
            let length = piece.len() as u64;
            if skipped >= length {
                skipped -= length;
                continue;
            }
            let bytes = &piece[skipped as usize..];
            skipped = 0;
            // The receiver finds the error too.
            let taken = self.socket.try_write(bytes).unwrap_or(0);
            self.delivered += taken as u64;
            if taken < bytes.len() {
                return false;
            }
        }
        true
    }
}

impl Broadcast {
    /// Writes what is broadcast to the idle receivers, until this future is dropped.
    pub(crate) async fn deliver(&self) {
        loop {
            self.said.notified().await;
            self.write_all();
        }
    }

    /// Writes what has been broadcast since the last time. No write waits, so the state stays locked.
    pub(super) fn write_all(&self) {
        let mut state = self.lock();
        let behind = state.write_to_idle(&self.sent);
        let end = state.end();
        for number in behind {
            let Some(receiver) = state.activate(number) else {
                continue;
            };
            let delays = receiver.begins_to_delay(end, self.max_lag);
            receiver.waker.wake_by_ref();
            state.delaying += usize::from(delays);
        }
        state.wake_waiting();
    }
}

impl State {
    /// Writes to all idle receivers, and adds the bytes to `sent`. Returns the numbers of those that have not been sent
    /// everything.
    fn write_to_idle(&mut self, sent: &Counter) -> Vec<u64> {
        let mut start = self.end();
        let mut pieces = Vec::new();
        for piece in self.pieces.iter().rev() {
            if start <= self.written {
                break;
            }
            start -= piece.len() as u64;
            pieces.insert(0, &piece[..]);
        }
        self.written = self.end();
        let mut behind = Vec::new();
        let mut taken = 0;
        for (&number, receiver) in &mut self.idle {
            let before = receiver.delivered;
            if !receiver.write(&pieces, start) {
                behind.push(number);
            }
            taken += receiver.delivered - before;
        }
        sent.add(taken);
        behind
    }
}
