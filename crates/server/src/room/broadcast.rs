//! The delivery of frames from all senders to all receivers.
//!
//! Frames are stored in pieces that receivers share, so the state is locked while a piece is looked
//! up and not while a receiver is sent one. For example:
//!
//! 1. `one` and `two` are broadcast. There is one piece, `onetwo`.
//! 2. A receiver that has been sent `one` takes the piece and is sent `two` from it.
//! 3. If `three` is broadcast in the meantime, it begins a new piece, because the old one is in
//!    use.
//!
//! Frames for one receiver alone wait beside the pieces, with the place at which they come: if `x` is
//! sent to a receiver between `one` and `two`, that receiver is sent `one`, `x`, `two`.
//!
//! Nobody sends faster than the others receive. With a limit of 1 MiB, and at most 512 KiB in
//! one broadcast, a receiver that is more than 512 KiB behind delays every broadcast. So no receiver
//! that reads exceeds the limit. A receiver that reads nothing for [`MAX_DELAY`] delays the others no
//! longer, and is disconnected when it exceeds the limit.

use std::collections::{HashMap, VecDeque};
use std::io;
use std::mem;
use std::ops::Range;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;

use tokio::io::AsyncWrite;
use tokio::time::{Instant, Sleep, sleep_until};

/// Number of bytes from which a piece is full.
const PIECE_SIZE: usize = 64 * 1024;

/// Time for which a receiver that reads nothing may delay the others.
const MAX_DELAY: Duration = Duration::from_millis(500);

/// The frames that receivers still need, encoded once for all of them.
///
/// Every receiver has been sent all bytes up to some point. Bytes that are further behind the newest
/// one than the limit are discarded. A receiver that still needs them is too slow.
#[derive(Debug)]
pub(crate) struct Broadcast {
    /// Number of the newest bytes that are stored.
    limit: usize,
    /// Number of bytes that a receiver may be behind without delaying the others.
    max_lag: u64,
    state: Mutex<State>,
}

/// Frames that were broadcast one after the other.
type Piece = Arc<Vec<u8>>;

#[derive(Debug, Default)]
struct State {
    /// The newest frames, in pieces.
    pieces: VecDeque<Piece>,
    /// Number of bytes in `pieces`.
    stored: usize,
    /// Number of bytes that were broadcast before `pieces` and discarded.
    discarded: u64,
    receivers: HashMap<u64, Progress>,
    /// Number of receivers that delay the others.
    delaying: usize,
    /// The senders that wait until they may send.
    waiting: HashMap<u64, Waker>,
    /// Wakes one of `waiting` when a receiver has delayed the others for long enough.
    timer: Option<Pin<Box<Sleep>>>,
}

/// The progress of one receiver.
#[derive(Debug)]
struct Progress {
    waker: Waker,
    delivered: u64,
    pace: Pace,
    /// Frames for this receiver alone, each with the number of broadcast bytes before it.
    personal: VecDeque<(u64, Piece)>,
    /// Number of bytes in `personal`.
    personal_bytes: u64,
}

impl Progress {
    /// Returns the number of bytes that it has not been sent, if `end` bytes were broadcast.
    fn lag(&self, end: u64) -> u64 {
        end - self.delivered + self.personal_bytes
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pace {
    KeepsUp,
    /// It is behind and the others wait for it. It has read something at this time.
    Delays(Instant),
    /// It has read nothing for [`MAX_DELAY`], and the others do not wait for it.
    Ignored,
}

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

impl Broadcast {
    /// Creates a broadcast that stores `limit` bytes, for senders that send at most `burst` bytes at a time.
    pub(crate) fn new(limit: usize, burst: usize) -> Self {
        Self {
            limit,
            max_lag: limit.saturating_sub(burst) as u64,
            state: Mutex::default(),
        }
    }

    /// Adds a receiver, which is sent all that is broadcast from now on. No other may have its number.
    pub(crate) fn receiver(self: &Arc<Self>, number: u64) -> Receiver {
        let mut state = self.lock();
        let delivered = state.end();
        let progress = Progress {
            waker: Waker::noop().clone(),
            delivered,
            pace: Pace::KeepsUp,
            personal: VecDeque::new(),
            personal_bytes: 0,
        };
        state.receivers.insert(number, progress);
        Receiver {
            broadcast: Arc::clone(self),
            number,
            delivered,
            personal_sent: 0,
            sent: 0,
        }
    }

    /// Sends whole frames to all receivers, and wakes their tasks.
    pub(crate) fn send(&self, frames: &[u8]) {
        let mut state = self.lock();
        state.add(frames, self.limit);
        let (end, mut delaying) = (state.end(), state.delaying);
        for receiver in state.receivers.values_mut() {
            delaying += usize::from(receiver.begins_to_delay(end, self.max_lag));
            receiver.waker.wake_by_ref();
        }
        state.delaying = delaying;
    }

    /// Sends whole frames to one receiver, behind all that was broadcast before, and wakes its task.
    pub(crate) fn send_to(&self, number: u64, frames: Vec<u8>) {
        let mut state = self.lock();
        let end = state.end();
        let Some(receiver) = state.receivers.get_mut(&number) else {
            return;
        };
        receiver.personal_bytes += frames.len() as u64;
        receiver.personal.push_back((end, Arc::new(frames)));
        let delays = receiver.begins_to_delay(end, self.max_lag);
        receiver.waker.wake_by_ref();
        state.delaying += usize::from(delays);
    }

    /// Waits until no receiver delays the sender with this number. The task is woken when it is worth asking
    /// again.
    pub(crate) fn poll_may_send(&self, number: u64, cx: &mut Context<'_>) -> Poll<()> {
        let mut state = self.lock();
        while state.delaying > 0 {
            let until = state.ignore_stalled(Instant::now());
            let Some(until) = until else { break };
            let mut timer = Box::pin(sleep_until(until));
            if timer.as_mut().poll(cx).is_pending() {
                state.timer = Some(timer);
                state.waiting.insert(number, cx.waker().clone());
                return Poll::Pending;
            }
        }
        state.timer = None;
        state.wake_waiting();
        Poll::Ready(())
    }

    /// Forgets that the sender with this number waits.
    pub(crate) fn stop_waiting(&self, number: u64) {
        let mut state = self.lock();
        state.waiting.remove(&number);
        // This sender may be the one whose timer would have woken the others.
        state.wake_waiting();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Progress {
    /// Returns whether it begins to delay the others, because it is more than `max_lag` behind.
    fn begins_to_delay(&mut self, end: u64, max_lag: u64) -> bool {
        let begins = self.pace == Pace::KeepsUp && self.lag(end) > max_lag;
        if begins {
            self.pace = Pace::Delays(Instant::now());
        }
        begins
    }
}

impl State {
    fn end(&self) -> u64 {
        self.discarded + self.stored as u64
    }

    fn add(&mut self, frames: &[u8], limit: usize) {
        self.stored += frames.len();
        let last = self
            .pieces
            .back_mut()
            .filter(|last| last.len() < PIECE_SIZE);
        // A piece that a receiver is being sent must not change.
        match last.and_then(Arc::get_mut) {
            Some(last) => last.extend_from_slice(frames),
            None => self.pieces.push_back(Arc::new(frames.to_vec())),
        }
        while let Some(first) = self.pieces.front() {
            let length = first.len();
            if self.stored - length < limit {
                break;
            }
            self.pieces.pop_front();
            self.stored -= length;
            self.discarded += length as u64;
        }
    }

    /// Ignores the receivers that have read nothing for [`MAX_DELAY`]. Returns the time at which the
    /// next one will have.
    fn ignore_stalled(&mut self, now: Instant) -> Option<Instant> {
        let mut next = None;
        for receiver in self.receivers.values_mut() {
            let Pace::Delays(since) = receiver.pace else {
                continue;
            };
            let until = since + MAX_DELAY;
            if now < until {
                next = Some(next.map_or(until, |next: Instant| next.min(until)));
            } else {
                receiver.pace = Pace::Ignored;
                self.delaying -= 1;
            }
        }
        next
    }

    /// Subtracts a receiver from those that delay the others.
    fn stop_delaying(&mut self) {
        self.delaying -= 1;
        if self.delaying == 0 {
            self.wake_waiting();
        }
    }

    /// Wakes the senders that wait until they may send.
    fn wake_waiting(&mut self) {
        for (_, waker) in self.waiting.drain() {
            waker.wake();
        }
    }

    /// Returns the piece that holds the byte after the first `delivered` ones, and its index in
    /// there. `None` if all bytes are delivered.
    fn piece_after(&self, delivered: u64) -> Option<(Piece, usize)> {
        let mut end = self.end();
        // From the end, because a receiver that keeps up needs the last piece.
        for piece in self.pieces.iter().rev() {
            let start = end - piece.len() as u64;
            if start <= delivered && delivered < end {
                return Some((Arc::clone(piece), (delivered - start) as usize));
            }
            end = start;
        }
        None
    }
}

/// Bytes that a receiver is sent next.
struct Next {
    piece: Piece,
    range: Range<usize>,
    is_personal: bool,
}

impl Receiver {
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
        let Some(progress) = state.receivers.get_mut(&self.number) else {
            return Ok(None);
        };
        progress.waker.clone_from(cx.waker());
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
        let is_behind = lag > max_lag;
        let personal = progress.personal.front().cloned();
        match progress.pace {
            Pace::Delays(_) if is_behind && has_taken => {
                progress.pace = Pace::Delays(Instant::now());
            }
            Pace::Delays(_) if !is_behind => {
                progress.pace = Pace::KeepsUp;
                state.stop_delaying();
            }
            Pace::Ignored if !is_behind => progress.pace = Pace::KeepsUp,
            _ => {}
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
        let progress = state.receivers.get(&self.number);
        progress.is_some_and(|progress| self.delivered < state.end() || progress.personal_bytes > 0)
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        let mut state = self.broadcast.lock();
        let progress = state.receivers.remove(&self.number);
        if progress.is_some_and(|progress| matches!(progress.pace, Pace::Delays(_))) {
            state.stop_delaying();
        }
    }
}

#[cfg(test)]
mod tests;
