//! The delivery of frames from all senders to all receivers.
//!
//! Frames are stored in pieces that receivers share, so the state is locked while a piece is looked
//! up and not while an active receiver sends itself one. For example:
//!
//! 1. `one` and `two` are broadcast. There is one piece, `onetwo`.
//! 2. A receiver that has been sent `one` takes the piece and is sent `two` from it.
//! 3. If `three` is broadcast in the meantime, it begins a new piece, because the old one is in
//!    use.
//!
//! A receiver that has been sent everything is idle: [`Broadcast::deliver`] writes to it what comes next, and its task
//! sleeps. An active one sends itself what it lacks. So a broadcast costs one step for each active receiver, and one
//! write for each idle one.
//!
//! Frames for one receiver alone wait beside the pieces, with the place at which they come: if `x` is
//! sent to a receiver between `one` and `two`, that receiver is sent `one`, `x`, `two`.
//!
//! Nobody sends faster than the others receive. With a limit of 1 MiB, and at most 512 KiB in
//! one broadcast, a receiver that is more than 512 KiB behind delays every broadcast. So no receiver
//! that reads exceeds the limit. A receiver that reads nothing for [`MAX_DELAY`] delays the others no
//! longer, and is disconnected when it exceeds the limit.

mod receiver;
mod writes;

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio::time::{Instant, Sleep, sleep_until};

use crate::counters::Counter;
pub(crate) use receiver::{DeliveryError, Receiver};
use writes::Idle;

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
    /// Notified when there is something to write to sockets.
    said: Notify,
    /// Number of bytes that the sockets of receivers have taken.
    sent: Counter,
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
    /// Number of bytes that were broadcast when [`Broadcast::deliver`] wrote the last time.
    written: u64,
    /// The receivers that it writes to, which have been sent at least these bytes.
    idle: BTreeMap<u64, Idle>,
    /// The receivers that send themselves what they lack.
    active: HashMap<u64, Progress>,
    /// Number of receivers that delay the others.
    delaying: usize,
    /// The senders that wait until they may send.
    waiting: HashMap<u64, Waker>,
    /// Wakes one of `waiting` when a receiver has delayed the others for long enough.
    timer: Option<Pin<Box<Sleep>>>,
}

/// The progress of an active receiver.
#[derive(Debug)]
struct Progress {
    waker: Waker,
    delivered: u64,
    pace: Pace,
    /// Frames for this receiver alone, each with the number of broadcast bytes before it.
    personal: VecDeque<(u64, Piece)>,
    /// Number of bytes in `personal`.
    personal_bytes: u64,
    /// The socket to which the broadcast writes while the receiver is idle; `None` if it is never idle.
    socket: Option<Arc<TcpStream>>,
}

impl Progress {
    /// Returns that of a receiver which has been sent the first `delivered` bytes.
    fn new(delivered: u64, waker: Waker, socket: Option<Arc<TcpStream>>) -> Self {
        Self {
            waker,
            delivered,
            pace: Pace::KeepsUp,
            personal: VecDeque::new(),
            personal_bytes: 0,
            socket,
        }
    }

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

impl Broadcast {
    /// Creates a broadcast that stores `limit` bytes, for senders that send at most `burst` bytes at a time.
    pub(crate) fn new(limit: usize, burst: usize) -> Self {
        Self {
            limit,
            max_lag: limit.saturating_sub(burst) as u64,
            state: Mutex::default(),
            said: Notify::new(),
            sent: Counter::default(),
        }
    }

    /// Adds a receiver, which is sent all that is broadcast from now on. No other may have its number.
    pub(crate) fn receiver(self: &Arc<Self>, number: u64) -> Receiver {
        let mut state = self.lock();
        let delivered = state.end();
        let progress = Progress::new(delivered, Waker::noop().clone(), None);
        state.active.insert(number, progress);
        Receiver::new(self, number, delivered)
    }

    /// Sends whole frames to all receivers, and wakes those who write to them.
    pub(crate) fn send(&self, frames: &[u8]) {
        let mut state = self.lock();
        state.add(frames, self.limit);
        let (end, mut delaying) = (state.end(), state.delaying);
        for receiver in state.active.values_mut() {
            delaying += usize::from(receiver.begins_to_delay(end, self.max_lag));
            receiver.waker.wake_by_ref();
        }
        state.delaying = delaying;
        drop(state);
        self.said.notify_one();
    }

    /// Sends whole frames to one receiver, behind all that was broadcast before, and wakes its task.
    pub(crate) fn send_to(&self, number: u64, frames: Vec<u8>) {
        let mut state = self.lock();
        let end = state.end();
        let Some(receiver) = state.activate(number) else {
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
        if !state.idle.is_empty() && state.end() - state.written > self.max_lag {
            // All that waits for the next write is enough for one.
            state.waiting.insert(number, cx.waker().clone());
            return Poll::Pending;
        }
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

    /// Returns the number of bytes that the sockets of receivers have taken.
    #[cfg(feature = "metrics")]
    pub(crate) fn sent(&self) -> u64 {
        self.sent.get()
    }

    /// Returns the number of bytes that each receiver has not been sent.
    #[cfg(feature = "metrics")]
    pub(crate) fn lags(&self) -> Vec<u64> {
        let state = self.lock();
        let end = state.end();
        let active = state.active.values().map(|receiver| receiver.lag(end));
        let idle = state.idle.values().map(|receiver| end - receiver.delivered);
        active.chain(idle).collect()
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

    /// Returns whether it no longer delays the others. If it `has_taken` something, it is waited for a while longer.
    fn stops_delaying(&mut self, end: u64, max_lag: u64, has_taken: bool) -> bool {
        if self.lag(end) > max_lag {
            if self.delays() && has_taken {
                self.pace = Pace::Delays(Instant::now());
            }
            return false;
        }
        let stops = self.delays();
        self.pace = Pace::KeepsUp;
        stops
    }

    fn delays(&self) -> bool {
        matches!(self.pace, Pace::Delays(_))
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

    /// Returns a receiver, which sends itself what it lacks from now on, unless there is none with this number.
    fn activate(&mut self, number: u64) -> Option<&mut Progress> {
        if let Some(idle) = self.idle.remove(&number) {
            self.active.insert(number, idle.into_active());
        }
        self.active.get_mut(&number)
    }

    /// Ignores the receivers that have read nothing for [`MAX_DELAY`]. Returns the time at which the
    /// next one will have.
    fn ignore_stalled(&mut self, now: Instant) -> Option<Instant> {
        let mut next = None;
        for receiver in self.active.values_mut() {
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

#[cfg(test)]
mod tests;
