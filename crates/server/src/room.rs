//! A room: every message goes to everyone in it, its sender too.

use std::collections::HashMap;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker, ready};

use tokio::io::AsyncWrite;

/// What has been said in the room, encoded once for all its members.
///
/// Each member has been sent it up to some point. What lies further behind the newest message
/// than the limit is forgotten, and a member that still needs it is too slow.
#[derive(Debug)]
pub(crate) struct Room {
    limit: usize,
    talk: Mutex<Talk>,
}

#[derive(Debug, Default)]
struct Talk {
    /// The newest frames.
    frames: Vec<u8>,
    /// How many bytes were said and forgotten before them.
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
        self.forgotten + self.frames.len() as u64
    }
}

impl Member {
    /// Says `frames` to everyone.
    pub(crate) fn say(&self, frames: &[u8]) {
        let mut talk = self.room.lock();
        talk.frames.extend_from_slice(frames);
        // At twice the limit, so that a byte is moved once and not for every message.
        if talk.frames.len() > 2 * self.room.limit {
            let old = talk.frames.len() - self.room.limit;
            talk.frames.drain(..old);
            talk.forgotten += old as u64;
        }
        talk.members.values().for_each(Waker::wake_by_ref);
    }

    /// Sends what this member has not heard; ready once it has heard all there is. The task is
    /// woken whenever something is said.
    pub(crate) fn poll_hear(
        &mut self,
        stream: &mut (impl AsyncWrite + Unpin),
        cx: &mut Context<'_>,
    ) -> Poll<Result<(), HearError>> {
        let mut talk = self.room.lock();
        let waker = talk.members.entry(self.number);
        waker
            .or_insert_with(|| cx.waker().clone())
            .clone_from(cx.waker());
        while self.heard < talk.end() {
            if talk.end() - self.heard > self.room.limit as u64 {
                return Poll::Ready(Err(HearError::TooSlow(self.room.limit)));
            }
            let known = (self.heard - talk.forgotten) as usize;
            let sent = ready!(Pin::new(&mut *stream).poll_write(cx, &talk.frames[known..]))?;
            self.heard += sent as u64;
        }
        Poll::Ready(Ok(()))
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
        let room = Arc::new(Room::new(4));
        let mut member = room.enter();
        let mut heard = Vec::new();
        for _ in 0..100 {
            member.say(b"word");
            assert!(matches!(hear(&mut member, &mut heard), Poll::Ready(Ok(()))));
        }
        assert_eq!(heard, b"word".repeat(100));
        assert!(room.lock().frames.len() <= 8);
    }
}
