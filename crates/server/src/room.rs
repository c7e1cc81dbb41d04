//! A room: every message goes to everyone in it, its sender too.
//!
//! What is said is kept in pieces that members share, so that the room is locked while a piece is
//! looked up and not while it is sent. After `one` and `two` there is a piece `onetwo`; a member
//! that has heard `one` is sent `two` from it. What is said meanwhile begins a new piece.
//!
//! Nobody speaks faster than the others hear: with a limit of 1 MiB, and at most 512 KiB said at a
//! time, a member that is sent less than the newest 512 KiB makes all who want to speak wait. Only
//! a member that takes nothing for [`HOLD`] is waited for no longer.

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
const HOLD: Duration = Duration::from_millis(500);

/// Everything said in the room, encoded once for all its members.
///
/// Each member has been sent it up to some point. What lies further behind the newest message
/// than the limit is forgotten, and a member that still needs it is too slow.
#[derive(Debug)]
pub(crate) struct Room {
    /// Number of bytes after which what was said is forgotten.
    limit: usize,
    /// Number of bytes that a member may be behind without holding up the others.
    slack: u64,
    talk: Mutex<Talk>,
}

/// Frames that were said one after the other.
type Piece = Arc<Vec<u8>>;

#[derive(Debug, Default)]
struct Talk {
    /// The newest frames, in pieces.
    pieces: VecDeque<Piece>,
    /// Number of bytes in the pieces.
    kept: usize,
    /// Number of bytes that were said and forgotten before them.
    forgotten: u64,
    members: HashMap<u64, Hearing>,
    entered: u64,
    /// Number of members that hold up the others.
    holding: usize,
    /// The members that want to speak and wait for those, in their order.
    waiting: Vec<u64>,
    /// Wakes one of `waiting` when it has waited long enough.
    patience: Option<Pin<Box<Sleep>>>,
}

/// How far one member has come.
#[derive(Debug)]
struct Hearing {
    waker: Waker,
    heard: u64,
    pace: Pace,
    wants_to_speak: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pace {
    KeepsUp,
    /// The others wait for it; it took something at that time.
    Holds(Instant),
    /// It took nothing for [`HOLD`].
    GivenUp,
}

/// One client in a room; leaves it when dropped.
#[derive(Debug)]
pub(crate) struct Member {
    room: Arc<Room>,
    number: u64,
    /// How many bytes of all that was ever said this client has been sent, or did not need.
    heard: u64,
}

/// Why a member hears no more.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HearError {
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
            slack: limit.saturating_sub(burst) as u64,
            talk: Mutex::default(),
        }
    }

    /// Lets a member in, who hears what is said from now on.
    pub(crate) fn enter(self: &Arc<Self>) -> Member {
        let mut talk = self.lock();
        talk.entered += 1;
        Member {
            room: Arc::clone(self),
            number: talk.entered,
            heard: talk.end(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Talk> {
        self.talk.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Talk {
    fn end(&self) -> u64 {
        self.forgotten + self.kept as u64
    }

    fn add(&mut self, frames: &[u8], limit: usize) {
        self.kept += frames.len();
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
            if self.kept - length < limit {
                break;
            }
            self.pieces.pop_front();
            self.kept -= length;
            self.forgotten += length as u64;
        }
    }

    /// Gives up those who have taken nothing for long, and returns when the next will have.
    fn give_up(&mut self, now: Instant) -> Option<Instant> {
        let mut next = None;
        for member in self.members.values_mut() {
            let Pace::Holds(since) = member.pace else {
                continue;
            };
            if now < since + HOLD {
                next = Some(next.map_or(since + HOLD, |next: Instant| next.min(since + HOLD)));
            } else {
                member.pace = Pace::GivenUp;
                self.holding -= 1;
            }
        }
        next
    }

    /// A member holds up the others no longer.
    fn let_go(&mut self) {
        self.holding -= 1;
        if self.holding == 0 {
            self.resume();
        }
    }

    /// Wakes those who wait to speak.
    fn resume(&mut self) {
        for number in mem::take(&mut self.waiting) {
            if let Some(member) = self.members.get_mut(&number) {
                member.wants_to_speak = false;
                member.waker.wake_by_ref();
            }
        }
    }

    /// Lets a member wait until it may speak.
    fn wait(&mut self, number: u64) {
        if let Some(member) = self.members.get_mut(&number)
            && !mem::replace(&mut member.wants_to_speak, true)
        {
            self.waiting.push(number);
        }
    }

    /// Returns the piece with the byte after the first `heard` of all, and where it is in there.
    fn piece_after(&self, heard: u64) -> Option<(Piece, usize)> {
        let mut end = self.end();
        // Whoever keeps up needs the last.
        for piece in self.pieces.iter().rev() {
            let start = end - piece.len() as u64;
            if start <= heard && heard < end {
                return Some((Arc::clone(piece), (heard - start) as usize));
            }
            end = start;
        }
        None
    }
}

impl Member {
    /// Says `frames` to everyone.
    pub(crate) fn say(&self, frames: &[u8]) {
        let mut talk = self.room.lock();
        talk.add(frames, self.room.limit);
        let (end, mut holding) = (talk.end(), talk.holding);
        for member in talk.members.values_mut() {
            if member.pace == Pace::KeepsUp && end - member.heard > self.room.slack {
                member.pace = Pace::Holds(Instant::now());
                holding += 1;
            }
            member.waker.wake_by_ref();
        }
        talk.holding = holding;
    }

    /// Ready once this member may speak. The task is woken when it is worth asking again.
    pub(crate) fn poll_turn(&self, cx: &mut Context<'_>) -> Poll<()> {
        let mut talk = self.room.lock();
        while talk.holding > 0 {
            let until = talk.give_up(Instant::now());
            let Some(until) = until else { break };
            let mut patience = Box::pin(sleep_until(until));
            if patience.as_mut().poll(cx).is_pending() {
                talk.patience = Some(patience);
                talk.wait(self.number);
                return Poll::Pending;
            }
        }
        talk.patience = None;
        talk.resume();
        Poll::Ready(())
    }

    /// Sends what this member has not heard; ready once it has heard all there is. The task is
    /// woken whenever something is said.
    pub(crate) fn poll_hear(
        &mut self,
        stream: &mut (impl AsyncWrite + Unpin),
        cx: &mut Context<'_>,
    ) -> Poll<Result<(), HearError>> {
        while let Some((piece, from)) = self.unheard(cx)? {
            let sent = ready!(Pin::new(&mut *stream).poll_write(cx, &piece[from..]))?;
            self.heard += sent as u64;
        }
        Poll::Ready(Ok(()))
    }

    /// Returns a piece with what this member has not heard, if there is any, and where that begins.
    /// The task is woken whenever something is said from now on.
    fn unheard(&self, cx: &Context<'_>) -> Result<Option<(Piece, usize)>, HearError> {
        let mut talk = self.room.lock();
        let is_behind = talk.end() - self.heard > self.room.slack;
        let hearing = talk.members.entry(self.number).or_insert_with(|| Hearing {
            waker: cx.waker().clone(),
            heard: self.heard,
            pace: Pace::KeepsUp,
            wants_to_speak: false,
        });
        hearing.waker.clone_from(cx.waker());
        let has_taken = mem::replace(&mut hearing.heard, self.heard) < self.heard;
        match hearing.pace {
            Pace::Holds(_) if is_behind && has_taken => hearing.pace = Pace::Holds(Instant::now()),
            Pace::Holds(_) if !is_behind => {
                hearing.pace = Pace::KeepsUp;
                talk.let_go();
            }
            Pace::GivenUp if !is_behind => hearing.pace = Pace::KeepsUp,
            _ => {}
        }
        if talk.end() - self.heard > self.room.limit as u64 {
            return Err(HearError::TooSlow(self.room.limit));
        }
        Ok(talk.piece_after(self.heard))
    }

    /// How many bytes of all that was ever said this client has been sent, or did not need.
    pub(crate) fn heard(&self) -> u64 {
        self.heard
    }

    /// Whether something is said that it has not heard.
    pub(crate) fn is_behind(&self) -> bool {
        self.heard < self.room.lock().end()
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        let mut talk = self.room.lock();
        let hearing = talk.members.remove(&self.number);
        if hearing.is_some_and(|hearing| matches!(hearing.pace, Pace::Holds(_))) {
            talk.let_go();
        }
        // It may be the one that would have been woken for all.
        talk.resume();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hear(member: &mut Member, into: &mut Vec<u8>) -> Poll<Result<(), HearError>> {
        member.poll_hear(into, &mut Context::from_waker(Waker::noop()))
    }

    #[test]
    fn everyone_hears_what_is_said_after_they_came_and_the_speaker_too() {
        let room = Arc::new(Room::new(100, 0));
        let mut early = room.enter();
        early.say(b"one");
        let mut late = room.enter();
        late.say(b"two");
        let (mut to_early, mut to_late) = (Vec::new(), Vec::new());
        assert!(matches!(
            hear(&mut early, &mut to_early),
            Poll::Ready(Ok(()))
        ));
        assert!(matches!(hear(&mut late, &mut to_late), Poll::Ready(Ok(()))));
        assert_eq!((&*to_early, &*to_late), (&b"onetwo"[..], &b"two"[..]));
    }

    #[test]
    fn a_member_that_is_further_behind_than_the_limit_is_too_slow() {
        let room = Arc::new(Room::new(3, 0));
        let mut member = room.enter();
        member.say(b"one");
        assert!(matches!(
            hear(&mut member, &mut Vec::new()),
            Poll::Ready(Ok(()))
        ));
        member.say(b"four");
        let heard = hear(&mut member, &mut Vec::new());
        assert!(matches!(heard, Poll::Ready(Err(HearError::TooSlow(3)))));
    }

    fn turn(member: &Member) -> Poll<()> {
        member.poll_turn(&mut Context::from_waker(Waker::noop()))
    }

    #[tokio::test]
    async fn nobody_speaks_while_another_is_behind() {
        let room = Arc::new(Room::new(1000, 997));
        let (mut slow, mut speaker) = (room.enter(), room.enter());
        for member in [&mut slow, &mut speaker] {
            assert!(hear(member, &mut Vec::new()).is_ready());
        }
        speaker.say(b"four");
        assert!(hear(&mut speaker, &mut Vec::new()).is_ready());
        assert!(turn(&speaker).is_pending());
        assert!(hear(&mut slow, &mut Vec::new()).is_ready());
        assert!(turn(&speaker).is_ready());
        speaker.say(b"four");
        assert!(turn(&speaker).is_pending());
        drop((slow, speaker.unheard(&Context::from_waker(Waker::noop()))));
        assert!(hear(&mut speaker, &mut Vec::new()).is_ready());
        assert!(turn(&speaker).is_ready());
    }

    #[tokio::test]
    async fn a_member_that_takes_nothing_is_waited_for_no_longer() {
        let room = Arc::new(Room::new(1000, 997));
        let (mut deaf, mut speaker) = (room.enter(), room.enter());
        for member in [&mut deaf, &mut speaker] {
            assert!(hear(member, &mut Vec::new()).is_ready());
        }
        speaker.say(b"four");
        assert!(hear(&mut speaker, &mut Vec::new()).is_ready());
        let begun = Instant::now();
        std::future::poll_fn(|cx| {
            let _ = speaker.unheard(cx);
            speaker.poll_turn(cx)
        })
        .await;
        assert!(begun.elapsed() >= HOLD);
        speaker.say(b"four");
        assert!(hear(&mut speaker, &mut Vec::new()).is_ready());
        assert!(turn(&speaker).is_ready(), "it has been given up");
        assert!(hear(&mut deaf, &mut Vec::new()).is_ready());
        speaker.say(b"four");
        assert!(hear(&mut speaker, &mut Vec::new()).is_ready());
        assert!(turn(&speaker).is_pending(), "it keeps up again");
    }

    #[test]
    fn what_is_forgotten_does_not_disturb_who_keeps_up() {
        let word = [b'w'; 1000];
        let room = Arc::new(Room::new(word.len(), 0));
        let mut member = room.enter();
        let mut heard = Vec::new();
        for _ in 0..300 {
            member.say(&word);
            assert!(matches!(hear(&mut member, &mut heard), Poll::Ready(Ok(()))));
        }
        assert_eq!(heard, word.repeat(300));
        assert!(room.lock().kept <= PIECE_SIZE + 2 * word.len());
    }

    #[test]
    fn the_room_is_not_locked_while_a_member_is_sent_what_was_said() {
        /// Says something else while it is written to.
        struct Talker<'a>(&'a Room, &'a Member, Vec<u8>);

        impl AsyncWrite for Talker<'_> {
            fn poll_write(
                mut self: Pin<&mut Self>,
                _: &mut Context<'_>,
                bytes: &[u8],
            ) -> Poll<io::Result<usize>> {
                assert!(self.0.talk.try_lock().is_ok(), "the room is locked");
                if self.2.is_empty() {
                    self.1.say(b"two");
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
        let (speaker, mut member) = (room.enter(), room.enter());
        speaker.say(b"one");
        let mut talker = Talker(&room, &speaker, Vec::new());
        let mut cx = Context::from_waker(Waker::noop());
        let heard = member.poll_hear(&mut talker, &mut cx);
        assert!(matches!(heard, Poll::Ready(Ok(()))));
        assert_eq!(talker.2, b"onetwo");
        drop(talker);
    }
}
