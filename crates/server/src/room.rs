//! A room: every message goes to every member, its sender too.
//!
//! The room stores messages in pieces that members share, so it is locked while a piece is looked
//! up and not while a member is sent one. For example:
//!
//! 1. `one` and `two` are broadcast. There is one piece, `onetwo`.
//! 2. A member that has been sent `one` takes the piece and is sent `two` from it.
//! 3. If `three` is broadcast in the meantime, it begins a new piece, because the old one is in
//!    use.
//!
//! No member sends faster than the others receive. With a limit of 1 MiB, and at most 512 KiB in
//! one broadcast, a member that is more than 512 KiB behind delays every broadcast. So no member
//! that reads exceeds the limit. A member that reads nothing for [`MAX_DELAY`] delays the others no
//! longer, and is disconnected when it exceeds the limit.

use std::collections::{HashMap, VecDeque};
use std::io;
use std::mem;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;

use tokio::io::AsyncWrite;
use tokio::time::{Instant, Sleep, sleep_until};

/// Number of bytes from which a piece is full.
const PIECE_SIZE: usize = 64 * 1024;

/// Time for which a member that reads nothing may delay the others.
const MAX_DELAY: Duration = Duration::from_millis(500);

/// A room and the messages that its members still need, encoded once for all of them.
///
/// Every member has been sent all bytes up to some point. Bytes that are further behind the newest
/// one than the limit are discarded. A member that still needs them is too slow.
#[derive(Debug)]
pub(crate) struct Room {
    /// Number of the newest bytes that are stored.
    limit: usize,
    /// Number of bytes that a member may be behind without delaying the others.
    max_lag: u64,
    state: Mutex<RoomState>,
}

/// Frames that were broadcast one after the other.
type Piece = Arc<Vec<u8>>;

#[derive(Debug, Default)]
struct RoomState {
    /// The newest frames, in pieces.
    pieces: VecDeque<Piece>,
    /// Number of bytes in `pieces`.
    stored: usize,
    /// Number of bytes that were broadcast before `pieces` and discarded.
    discarded: u64,
    members: HashMap<u64, Progress>,
    joined: u64,
    /// Number of members that delay the others.
    delaying: usize,
    /// Numbers of the members that wait until they may broadcast, in their order.
    waiting: Vec<u64>,
    /// Wakes one of `waiting` when a member has delayed the others for long enough.
    timer: Option<Pin<Box<Sleep>>>,
}

/// The progress of one member.
#[derive(Debug)]
struct Progress {
    waker: Waker,
    delivered: u64,
    pace: Pace,
    is_waiting: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pace {
    KeepsUp,
    /// It is behind and the others wait for it. It has read something at this time.
    Delays(Instant),
    /// It has read nothing for [`MAX_DELAY`], and the others do not wait for it.
    Ignored,
}

/// A client in a room. It leaves the room when it is dropped.
#[derive(Debug)]
pub(crate) struct Member {
    room: Arc<Room>,
    number: u64,
    /// Number of all bytes ever broadcast that this client has been sent or did not need.
    delivered: u64,
}

/// The error that ends a membership.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RoomError {
    #[error("left more than {0} bytes of the room unread (--max-unsent)")]
    TooSlow(usize),
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl Room {
    /// Creates a room that stores `limit` bytes. Members broadcast at most `burst` bytes at a time.
    pub(crate) fn new(limit: usize, burst: usize) -> Self {
        Self {
            limit,
            max_lag: limit.saturating_sub(burst) as u64,
            state: Mutex::default(),
        }
    }

    /// Adds a member, which is sent all that is broadcast from now on.
    pub(crate) fn join(self: &Arc<Self>) -> Member {
        let mut state = self.lock();
        state.joined += 1;
        Member {
            room: Arc::clone(self),
            number: state.joined,
            delivered: state.end(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, RoomState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl RoomState {
    fn end(&self) -> u64 {
        self.discarded + self.stored as u64
    }

    fn add(&mut self, frames: &[u8], limit: usize) {
        self.stored += frames.len();
        let last = self
            .pieces
            .back_mut()
            .filter(|last| last.len() < PIECE_SIZE);
        // A piece that a member is being sent must not change.
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

    /// Ignores the members that have read nothing for [`MAX_DELAY`]. Returns the time at which the
    /// next one will have.
    fn ignore_stalled(&mut self, now: Instant) -> Option<Instant> {
        let mut next = None;
        for member in self.members.values_mut() {
            let Pace::Delays(since) = member.pace else {
                continue;
            };
            let until = since + MAX_DELAY;
            if now < until {
                next = Some(next.map_or(until, |next: Instant| next.min(until)));
            } else {
                member.pace = Pace::Ignored;
                self.delaying -= 1;
            }
        }
        next
    }

    /// Subtracts a member from those that delay the others.
    fn stop_delaying(&mut self) {
        self.delaying -= 1;
        if self.delaying == 0 {
            self.wake_waiting();
        }
    }

    /// Wakes the members that wait until they may broadcast.
    fn wake_waiting(&mut self) {
        for number in mem::take(&mut self.waiting) {
            if let Some(member) = self.members.get_mut(&number) {
                member.is_waiting = false;
                member.waker.wake_by_ref();
            }
        }
    }

    /// Adds a member to those that wait until they may broadcast.
    fn wait_for_turn(&mut self, number: u64) {
        if let Some(member) = self.members.get_mut(&number)
            && !mem::replace(&mut member.is_waiting, true)
        {
            self.waiting.push(number);
        }
    }

    /// Returns the piece that holds the byte after the first `delivered` ones, and its index in
    /// there. `None` if all bytes are delivered.
    fn piece_after(&self, delivered: u64) -> Option<(Piece, usize)> {
        let mut end = self.end();
        // From the end, because a member that keeps up needs the last piece.
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

impl Member {
    /// Adds `frames` for all members, and wakes their tasks.
    pub(crate) fn broadcast(&self, frames: &[u8]) {
        let mut state = self.room.lock();
        state.add(frames, self.room.limit);
        let (end, mut delaying) = (state.end(), state.delaying);
        for member in state.members.values_mut() {
            if member.pace == Pace::KeepsUp && end - member.delivered > self.room.max_lag {
                member.pace = Pace::Delays(Instant::now());
                delaying += 1;
            }
            member.waker.wake_by_ref();
        }
        state.delaying = delaying;
    }

    /// Waits until no other member delays this one. The task is woken when it is worth asking
    /// again.
    pub(crate) fn poll_may_broadcast(&self, cx: &mut Context<'_>) -> Poll<()> {
        let mut state = self.room.lock();
        while state.delaying > 0 {
            let until = state.ignore_stalled(Instant::now());
            let Some(until) = until else { break };
            let mut timer = Box::pin(sleep_until(until));
            if timer.as_mut().poll(cx).is_pending() {
                state.timer = Some(timer);
                state.wait_for_turn(self.number);
                return Poll::Pending;
            }
        }
        state.timer = None;
        state.wake_waiting();
        Poll::Ready(())
    }

    /// Sends the bytes that this member has not been sent. Ready once it has been sent all. The
    /// task is woken whenever a member broadcasts.
    ///
    /// # Errors
    ///
    /// [`RoomError::TooSlow`] if the member is further behind than the limit.
    pub(crate) fn poll_deliver(
        &mut self,
        stream: &mut (impl AsyncWrite + Unpin),
        cx: &mut Context<'_>,
    ) -> Poll<Result<(), RoomError>> {
        while let Some((piece, from)) = self.next_undelivered(cx)? {
            let sent = ready!(Pin::new(&mut *stream).poll_write(cx, &piece[from..]))?;
            self.delivered += sent as u64;
        }
        Poll::Ready(Ok(()))
    }

    /// Returns a piece that this member has not been sent completely, and the index of the first
    /// byte to send. The task is woken whenever a member broadcasts from now on.
    fn next_undelivered(&self, cx: &Context<'_>) -> Result<Option<(Piece, usize)>, RoomError> {
        let mut state = self.room.lock();
        let lag = state.end() - self.delivered;
        let is_behind = lag > self.room.max_lag;
        let progress = state
            .members
            .entry(self.number)
            .or_insert_with(|| Progress {
                waker: cx.waker().clone(),
                delivered: self.delivered,
                pace: Pace::KeepsUp,
                is_waiting: false,
            });
        progress.waker.clone_from(cx.waker());
        let has_taken = mem::replace(&mut progress.delivered, self.delivered) < self.delivered;
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
        if lag > self.room.limit as u64 {
            return Err(RoomError::TooSlow(self.room.limit));
        }
        Ok(state.piece_after(self.delivered))
    }

    /// Returns the number of all bytes ever broadcast that this client has been sent or did not
    /// need.
    pub(crate) fn delivered(&self) -> u64 {
        self.delivered
    }

    /// Returns whether this member has not been sent all bytes.
    pub(crate) fn is_behind(&self) -> bool {
        self.delivered < self.room.lock().end()
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        let mut state = self.room.lock();
        let progress = state.members.remove(&self.number);
        if progress.is_some_and(|progress| matches!(progress.pace, Pace::Delays(_))) {
            state.stop_delaying();
        }
        // This member may be the one whose timer would have woken the others.
        state.wake_waiting();
    }
}

#[cfg(test)]
mod tests;
