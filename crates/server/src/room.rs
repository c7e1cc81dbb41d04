//! A room: every message goes to everyone in it, its sender too.
//!
//! What is said is stored in pieces that members share, so that the room is locked while a piece is
//! looked up and not while it is sent. After `one` and `two` there is a piece `onetwo`; a member
//! that has heard `one` is sent `two` from it. What is said meanwhile begins a new piece.
//!
//! Nobody speaks faster than the others hear: with a limit of 1 MiB, and at most 512 KiB said at a
//! time, a member that is sent less than the newest 512 KiB makes all who want to speak wait. Only
//! a member that takes nothing for [`MAX_DELAY`] is waited for no longer.

use std::collections::{HashMap, VecDeque};
use std::io;
use std::mem;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;

use tokio::io::AsyncWrite;
use tokio::time::{Instant, Sleep, sleep_until};

/// Number of bytes after which a piece takes no more.
const PIECE_SIZE: usize = 64 * 1024;

/// Time that the room waits for a member that takes nothing.
const MAX_DELAY: Duration = Duration::from_millis(500);

/// Everything said in the room, encoded once for all its members.
///
/// Each member has been sent it up to some point. What lies further behind the newest message
/// than the limit is forgotten, and a member that still needs it is too slow.
#[derive(Debug)]
pub(crate) struct Room {
    /// Number of bytes after which what was said is forgotten.
    limit: usize,
    /// Number of bytes that a member may be behind without delaying up the others.
    max_lag: u64,
    state: Mutex<RoomState>,
}

/// Frames that were said one after the other.
type Piece = Arc<Vec<u8>>;

#[derive(Debug, Default)]
struct RoomState {
    /// The newest frames, in pieces.
    pieces: VecDeque<Piece>,
    /// Number of bytes in the pieces.
    stored: usize,
    /// Number of bytes that were said and forgotten before them.
    discarded: u64,
    members: HashMap<u64, Progress>,
    joined: u64,
    /// Number of members that hold up the others.
    delaying: usize,
    /// The members that want to speak and wait for those, in their order.
    waiting: Vec<u64>,
    /// Wakes one of `waiting` when it has waited long enough.
    timer: Option<Pin<Box<Sleep>>>,
}

/// How far one member has come.
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
    /// The others wait for it; it took something at that time.
    Delays(Instant),
    /// It took nothing for [`MAX_DELAY`].
    Ignored,
}

/// One client in a room; leaves it when dropped.
#[derive(Debug)]
pub(crate) struct Member {
    room: Arc<Room>,
    number: u64,
    /// How many bytes of all that was ever said this client has been sent, or did not need.
    delivered: u64,
}

/// Why a member hears no more.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RoomError {
    #[error("left more than {0} bytes of the room unread (--max-unsent)")]
    TooSlow(usize),
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl Room {
    /// A room that remembers `limit` bytes, and whose members say at most `burst` at a time.
    pub(crate) fn new(limit: usize, burst: usize) -> Self {
        Self {
            limit,
            max_lag: limit.saturating_sub(burst) as u64,
            state: Mutex::default(),
        }
    }

    /// Lets a member in, who hears what is said from now on.
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
        // Nobody who is being sent a piece sees it change.
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

    /// Gives up those who have taken nothing for long, and returns when the next will have.
    fn ignore_stalled(&mut self, now: Instant) -> Option<Instant> {
        let mut next = None;
        for member in self.members.values_mut() {
            let Pace::Delays(since) = member.pace else {
                continue;
            };
            if now < since + MAX_DELAY {
                next = Some(next.map_or(since + MAX_DELAY, |next: Instant| {
                    next.min(since + MAX_DELAY)
                }));
            } else {
                member.pace = Pace::Ignored;
                self.delaying -= 1;
            }
        }
        next
    }

    /// A member holds up the others no longer.
    fn stop_delaying(&mut self) {
        self.delaying -= 1;
        if self.delaying == 0 {
            self.wake_waiting();
        }
    }

    /// Wakes those who wait to speak.
    fn wake_waiting(&mut self) {
        for number in mem::take(&mut self.waiting) {
            if let Some(member) = self.members.get_mut(&number) {
                member.is_waiting = false;
                member.waker.wake_by_ref();
            }
        }
    }

    /// Lets a member wait until it may speak.
    fn wait_for_turn(&mut self, number: u64) {
        if let Some(member) = self.members.get_mut(&number)
            && !mem::replace(&mut member.is_waiting, true)
        {
            self.waiting.push(number);
        }
    }

    /// Returns the piece with the byte after the first `heard` of all, and where it is in there.
    fn piece_after(&self, delivered: u64) -> Option<(Piece, usize)> {
        let mut end = self.end();
        // Whoever keeps up needs the last.
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
    /// Says `frames` to everyone.
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

    /// Ready once this member may speak. The task is woken when it is worth asking again.
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

    /// Sends what this member has not heard; ready once it has heard all there is. The task is
    /// woken whenever something is said.
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

    /// Returns a piece with what this member has not heard, if there is any, and where that begins.
    /// The task is woken whenever something is said from now on.
    fn next_undelivered(&self, cx: &Context<'_>) -> Result<Option<(Piece, usize)>, RoomError> {
        let mut state = self.room.lock();
        let is_behind = state.end() - self.delivered > self.room.max_lag;
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
        if state.end() - self.delivered > self.room.limit as u64 {
            return Err(RoomError::TooSlow(self.room.limit));
        }
        Ok(state.piece_after(self.delivered))
    }

    /// How many bytes of all that was ever said this client has been sent, or did not need.
    pub(crate) fn delivered(&self) -> u64 {
        self.delivered
    }

    /// Whether something is said that it has not heard.
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
        // It may be the one that would have been woken for all.
        state.wake_waiting();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn deliver(member: &mut Member, into: &mut Vec<u8>) -> Poll<Result<(), RoomError>> {
        member.poll_deliver(into, &mut Context::from_waker(Waker::noop()))
    }

    #[test]
    fn everyone_hears_what_is_said_after_they_came_and_the_speaker_too() {
        let room = Arc::new(Room::new(100, 0));
        let mut early = room.join();
        early.broadcast(b"one");
        let mut late = room.join();
        late.broadcast(b"two");
        let (mut to_early, mut to_late) = (Vec::new(), Vec::new());
        assert!(matches!(
            deliver(&mut early, &mut to_early),
            Poll::Ready(Ok(()))
        ));
        assert!(matches!(
            deliver(&mut late, &mut to_late),
            Poll::Ready(Ok(()))
        ));
        assert_eq!((&*to_early, &*to_late), (&b"onetwo"[..], &b"two"[..]));
    }

    #[test]
    fn a_member_that_is_further_behind_than_the_limit_is_too_slow() {
        let room = Arc::new(Room::new(3, 0));
        let mut member = room.join();
        member.broadcast(b"one");
        assert!(matches!(
            deliver(&mut member, &mut Vec::new()),
            Poll::Ready(Ok(()))
        ));
        member.broadcast(b"four");
        let result = deliver(&mut member, &mut Vec::new());
        assert!(matches!(result, Poll::Ready(Err(RoomError::TooSlow(3)))));
    }

    fn may_broadcast(member: &Member) -> Poll<()> {
        member.poll_may_broadcast(&mut Context::from_waker(Waker::noop()))
    }

    #[tokio::test]
    async fn nobody_speaks_while_another_is_behind() {
        let room = Arc::new(Room::new(1000, 997));
        let (mut slow, mut sender) = (room.join(), room.join());
        for member in [&mut slow, &mut sender] {
            assert!(deliver(member, &mut Vec::new()).is_ready());
        }
        sender.broadcast(b"four");
        assert!(deliver(&mut sender, &mut Vec::new()).is_ready());
        assert!(may_broadcast(&sender).is_pending());
        assert!(deliver(&mut slow, &mut Vec::new()).is_ready());
        assert!(may_broadcast(&sender).is_ready());
        sender.broadcast(b"four");
        assert!(may_broadcast(&sender).is_pending());
        drop((
            slow,
            sender.next_undelivered(&Context::from_waker(Waker::noop())),
        ));
        assert!(deliver(&mut sender, &mut Vec::new()).is_ready());
        assert!(may_broadcast(&sender).is_ready());
    }

    #[tokio::test]
    async fn a_member_that_takes_nothing_is_waited_for_no_longer() {
        let room = Arc::new(Room::new(1000, 997));
        let (mut stalled, mut sender) = (room.join(), room.join());
        for member in [&mut stalled, &mut sender] {
            assert!(deliver(member, &mut Vec::new()).is_ready());
        }
        sender.broadcast(b"four");
        assert!(deliver(&mut sender, &mut Vec::new()).is_ready());
        let begun = Instant::now();
        std::future::poll_fn(|cx| {
            let _ = sender.next_undelivered(cx);
            sender.poll_may_broadcast(cx)
        })
        .await;
        assert!(begun.elapsed() >= MAX_DELAY);
        sender.broadcast(b"four");
        assert!(deliver(&mut sender, &mut Vec::new()).is_ready());
        assert!(may_broadcast(&sender).is_ready(), "it has been given up");
        assert!(deliver(&mut stalled, &mut Vec::new()).is_ready());
        sender.broadcast(b"four");
        assert!(deliver(&mut sender, &mut Vec::new()).is_ready());
        assert!(may_broadcast(&sender).is_pending(), "it keeps up again");
    }

    #[test]
    fn what_is_forgotten_does_not_disturb_who_keeps_up() {
        let word = [b'w'; 1000];
        let room = Arc::new(Room::new(word.len(), 0));
        let mut member = room.join();
        let mut heard = Vec::new();
        for _ in 0..300 {
            member.broadcast(&word);
            assert!(matches!(
                deliver(&mut member, &mut heard),
                Poll::Ready(Ok(()))
            ));
        }
        assert_eq!(heard, word.repeat(300));
        assert!(room.lock().stored <= PIECE_SIZE + 2 * word.len());
    }

    #[test]
    fn the_room_is_not_locked_while_a_member_is_sent_what_was_said() {
        /// Says something else while it is written to.
        struct Reentrant<'a>(&'a Room, &'a Member, Vec<u8>);

        impl AsyncWrite for Reentrant<'_> {
            fn poll_write(
                mut self: Pin<&mut Self>,
                _: &mut Context<'_>,
                bytes: &[u8],
            ) -> Poll<io::Result<usize>> {
                assert!(self.0.state.try_lock().is_ok(), "the room is locked");
                if self.2.is_empty() {
                    self.1.broadcast(b"two");
                }
                self.2.extend_from_slice(bytes);
                Poll::Ready(Ok(bytes.len()))
            }

            fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
                Poll::Ready(Ok(()))
            }

            fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
                Poll::Ready(Ok(()))
            }
        }

        let room = Arc::new(Room::new(100, 0));
        let (sender, mut member) = (room.join(), room.join());
        sender.broadcast(b"one");
        let mut reentrant = Reentrant(&room, &sender, Vec::new());
        let mut cx = Context::from_waker(Waker::noop());
        let result = member.poll_deliver(&mut reentrant, &mut cx);
        assert!(matches!(result, Poll::Ready(Ok(()))));
        assert_eq!(reentrant.2, b"onetwo");
        drop(reentrant);
    }
}
