//! A room: every message goes to everyone in it, its sender too.
//!
//! What is said is kept in pieces that members share, so that the room is locked while a piece is
//! looked up and not while it is sent. After `one` and `two` there is a piece `onetwo`; a member
//! that has heard `one` is sent `two` from it. What is said meanwhile begins a new piece.

use std::collections::{HashMap, VecDeque};
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker, ready};

use tokio::io::AsyncWrite;

/// Number of bytes after which a piece takes no more.
const PIECE_SIZE: usize = 64 * 1024;

/// What has been said in the room, encoded once for all its members.
///
/// Each member has been sent it up to some point. What lies further behind the newest message
/// than the limit is forgotten, and a member that still needs it is too slow.
#[derive(Debug)]
pub(crate) struct Room {
    limit: usize,
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
    members: HashMap<u64, Waker>,
    entered: u64,
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
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            limit,
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
        talk.members.values().for_each(Waker::wake_by_ref);
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
        let waker = talk.members.entry(self.number);
        waker
            .or_insert_with(|| cx.waker().clone())
            .clone_from(cx.waker());
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
        self.room.lock().members.remove(&self.number);
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
        let room = Arc::new(Room::new(100));
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
        let room = Arc::new(Room::new(3));
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

    #[test]
    fn what_is_forgotten_does_not_disturb_who_keeps_up() {
        let word = [b'w'; 1000];
        let room = Arc::new(Room::new(word.len()));
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

        let room = Arc::new(Room::new(100));
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
