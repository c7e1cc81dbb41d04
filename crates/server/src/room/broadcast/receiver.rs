//! The delivery to one receiver.

use std::io;
use std::mem;
use std::ops::Range;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use tokio::io::AsyncWrite;
use tokio::net::TcpStream;

use super::{Broadcast, Idle, Piece};

/// A client that receives what is broadcast, until this is dropped.
#[derive(Debug)]
pub(crate) struct Receiver {
    broadcast: Arc<Broadcast>,
    number: u64,
    /// Number of all bytes ever broadcast that this client has been sent or did not need.
    delivered: u64,
    /// Number of bytes of the first personal frames that it has been sent.
    personal_sent: usize,
    /// Number of bytes that it has been sent.
    sent: u64,
}

/// The error that ends a delivery.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DeliveryError {
    #[error("left more than {0} bytes of the room unread (--max-unsent)")]
    TooSlow(usize),
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// Bytes that a receiver is sent next.
struct Next {
    piece: Piece,
    range: Range<usize>,
    is_personal: bool,
}

impl Receiver {
    /// Returns a receiver that needs no byte of the first `delivered` ones.
    pub(super) fn new(broadcast: &Arc<Broadcast>, number: u64, delivered: u64) -> Self {
        Self {
            broadcast: Arc::clone(broadcast),
            number,
            delivered,
            personal_sent: 0,
            sent: 0,
        }
    }

    /// Lets the broadcast write to the receiver's socket itself, in one write for all frames of a turn of the event
    /// loop, while the receiver has been sent all that came before. Nobody else may write to the socket then.
    pub(crate) fn receives_at(&self, socket: &Arc<TcpStream>) {
        let mut state = self.broadcast.lock();
        if let Some(progress) = state.activate(self.number) {
            progress.socket = Some(Arc::clone(socket));
        }
    }

    /// Sends the bytes that this receiver has not been sent. Ready once it has been sent all. The
    /// task is woken whenever there is more.
    ///
    /// # Errors
    ///
    /// [`DeliveryError::TooSlow`] if the receiver is further behind than the limit.
    pub(crate) fn poll_deliver(
        &mut self,
        stream: &mut (impl AsyncWrite + Unpin),
        cx: &mut Context<'_>,
    ) -> Poll<Result<(), DeliveryError>> {
        while let Some(next) = self.next_undelivered(cx)? {
            let bytes = &next.piece[next.range];
            let sent = ready!(Pin::new(&mut *stream).poll_write(cx, bytes))?;
            self.sent += sent as u64;
            self.broadcast.sent.add(sent as u64);
            if next.is_personal {
                self.personal_sent += sent;
            } else {
                self.delivered += sent as u64;
            }
        }
        Poll::Ready(Ok(()))
    }

    /// Returns the bytes to send next. The task is woken whenever there are more from now on.
    fn next_undelivered(&mut self, cx: &Context<'_>) -> Result<Option<Next>, DeliveryError> {
        let Broadcast { limit, max_lag, .. } = *self.broadcast;
        let mut state = self.broadcast.lock();
        let end = state.end();
        if let Some(idle) = state.idle.get_mut(&self.number)
            && idle.delivered == end
        {
            idle.waker.clone_from(cx.waker());
            self.sent += end - mem::replace(&mut self.delivered, end);
            return Ok(None);
        }
        let Some(progress) = state.activate(self.number) else {
            return Ok(None);
        };
        progress.waker.clone_from(cx.waker());
        if let Some(more) = progress.delivered.checked_sub(self.delivered) {
            // The broadcast has sent it something itself.
            self.delivered += more;
            self.sent += more;
        }
        let mut has_taken = mem::replace(&mut progress.delivered, self.delivered) < self.delivered;
        if let Some((_, first)) = progress.personal.front()
            && self.personal_sent == first.len()
        {
            progress.personal_bytes -= first.len() as u64;
            progress.personal.pop_front();
            self.personal_sent = 0;
            has_taken = true;
        }
        let lag = progress.lag(end);
        let personal = progress.personal.front().cloned();
        let stops_delaying = progress.stops_delaying(end, max_lag, has_taken);
        let idle = (lag == 0).then(|| Idle::of(progress)).flatten();
        if stops_delaying {
            state.stop_delaying();
        }
        if let Some(idle) = idle {
            state.active.remove(&self.number);
            state.idle.insert(self.number, idle);
            return Ok(None);
        }
        if lag > limit as u64 {
            return Err(DeliveryError::TooSlow(limit));
        }
        let before_personal = match personal {
            Some((place, piece)) if place == self.delivered => {
                let range = self.personal_sent..piece.len();
                let is_personal = true;
                return Ok(Some(Next {
                    piece,
                    range,
                    is_personal,
                }));
            }
            Some((place, _)) => (place - self.delivered) as usize,
            None => usize::MAX,
        };
        let next = state.piece_after(self.delivered);
        Ok(next.map(|(piece, from)| Next {
            range: from..piece.len().min(from.saturating_add(before_personal)),
            piece,
            is_personal: false,
        }))
    }

    /// Returns the number of bytes that this receiver has been sent.
    pub(crate) fn sent(&self) -> u64 {
        self.sent
    }

    /// Returns whether this receiver has not been sent all bytes.
    pub(crate) fn is_behind(&self) -> bool {
        let state = self.broadcast.lock();
        if let Some(idle) = state.idle.get(&self.number) {
            return idle.delivered < state.end();
        }
        let progress = state.active.get(&self.number);
        progress.is_some_and(|progress| {
            self.delivered.max(progress.delivered) < state.end() || progress.personal_bytes > 0
        })
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        let mut state = self.broadcast.lock();
        state.idle.remove(&self.number);
        let progress = state.active.remove(&self.number);
        if progress.is_some_and(|progress| progress.delays()) {
            state.stop_delaying();
        }
    }
}
