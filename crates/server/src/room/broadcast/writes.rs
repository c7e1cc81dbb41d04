//! The writes to all receivers that have been sent everything before.
//!
//! What is broadcast in one turn of the event loop is sent in one write, without waking a task for each receiver. For
//! example, two senders say `one` and `two` in one turn. [`Broadcast::deliver`] runs behind both, and writes `onetwo`
//! to each socket. A receiver whose socket takes only `onet` is woken, and sends itself the rest.

use std::mem;
use std::sync::Arc;

use tokio::net::TcpStream;

use super::{Broadcast, Piece, State, Writer};

/// A receiver that the broadcast writes to.
struct Write {
    number: u64,
    socket: Arc<TcpStream>,
    /// Number of bytes that its socket has taken.
    taken: usize,
}

impl Broadcast {
    /// Writes what is broadcast to the receivers that keep up, until this future is dropped.
    pub(crate) async fn deliver(&self) {
        loop {
            self.said.notified().await;
            self.write_all();
        }
    }

    /// Writes what has been broadcast since the last time. Nothing is locked meanwhile.
    pub(super) fn write_all(&self) {
        let (pieces, mut writes) = self.lock().begin_writes();
        for write in &mut writes {
            for (piece, from) in &pieces {
                let bytes = &piece[*from..];
                // The receiver finds the error too.
                let taken = write.socket.try_write(bytes).unwrap_or(0);
                write.taken += taken;
                if taken < bytes.len() {
                    break;
                }
            }
        }
        let taken: usize = writes.iter().map(|write| write.taken).sum();
        self.sent.add(taken as u64);
        self.lock().end_writes(&writes, self.max_lag);
    }
}

impl State {
    /// Returns the undelivered pieces with the index of their first undelivered byte, and the receivers that need
    /// exactly these. Others are woken.
    fn begin_writes(&mut self) -> (Vec<(Piece, usize)>, Vec<Write>) {
        let end = self.end();
        let from = mem::replace(&mut self.written, end);
        let mut pieces = Vec::new();
        let mut at = from;
        while let Some((piece, index)) = self.piece_after(at) {
            at += (piece.len() - index) as u64;
            pieces.push((piece, index));
        }
        let mut writes = Vec::with_capacity(self.receivers.len());
        for (&number, receiver) in &mut self.receivers {
            let Some(socket) = &receiver.socket else {
                continue;
            };
            if receiver.writer != Writer::Idle || receiver.delivered == end {
                continue;
            }
            if receiver.delivered == from && at == end && receiver.personal.is_empty() {
                receiver.writer = Writer::Broadcast;
                let socket = Arc::clone(socket);
                let taken = 0;
                writes.push(Write {
                    number,
                    socket,
                    taken,
                });
            } else {
                receiver.writer = Writer::Receiver;
                receiver.waker.wake_by_ref();
            }
        }
        (pieces, writes)
    }

    /// Takes note of what has been written, and wakes the receivers that need more.
    fn end_writes(&mut self, writes: &[Write], max_lag: u64) {
        let end = self.end();
        for write in writes {
            let Some(receiver) = self.receivers.get_mut(&write.number) else {
                continue;
            };
            receiver.delivered += write.taken as u64;
            let needs_more = receiver.lag(self.written) > 0;
            receiver.writer = if needs_more {
                receiver.waker.wake_by_ref();
                Writer::Receiver
            } else {
                Writer::Idle
            };
            if receiver.stops_delaying(end, max_lag, write.taken > 0) {
                self.stop_delaying();
            }
        }
    }
}
