//! The link to a server: a connection, and in a room the membership, which are made anew when they are lost.
//!
//! For example, alice's link is lost while she types:
//!
//! 1. [`Link::hear`] finds that the connection has ended, says so, and tries again after 1, 2, 4, … seconds.
//! 2. A line that she sends meanwhile is kept.
//! 3. The server answers again: the link joins as alice and sends what was kept.

mod state;

use std::fmt;
use std::iter;
use std::mem;
use std::net::SocketAddr;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use hellohi_proto::{JavaStr, JavaString};

use crate::join::{JoinError, Target, welcomed};
use crate::link::state::State;
use crate::session::{Session, SessionError};

/// Number of lines that are kept while there is no connection.
const MAX_KEPT: usize = 1000;

/// Pause before the first attempt to connect again. Each further one is twice as long, up to [`MAX_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const MAX_PAUSE: Duration = Duration::from_secs(30);

/// A link to a server.
#[derive(Debug)]
pub(crate) struct Link {
    target: Target,
    /// Connect again when the connection is lost.
    reconnects: bool,
    state: Mutex<State>,
    /// Notified when this side ends the conversation.
    is_ending: Condvar,
}

/// The fate of a line that was given to a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sent {
    Now,
    /// It is sent once there is a connection again.
    Later,
    /// Too many lines are kept already.
    Lost,
}

/// Something to show that came over a link.
#[derive(Debug)]
pub(crate) enum Heard {
    Message(JavaString),
    /// A sentence about the server's protocol.
    Hint(String),
    /// A sentence about the link itself.
    Status(String),
}

impl Link {
    /// Connects to the server, and joins its room if there is a name. Returns the room's welcome too.
    ///
    /// # Errors
    ///
    /// [`JoinError`] if there is no connection, or if the room refuses the name.
    pub(crate) fn open(
        target: Target,
        name: Option<String>,
        reconnects: bool,
    ) -> Result<(Self, Option<JavaString>), JoinError> {
        let (session, welcome) = target.connect(name.as_deref())?;
        let name = welcome.as_ref().and_then(welcomed).or(name);
        let link = Self {
            target,
            reconnects,
            state: Mutex::new(State::new(session, name)),
            is_ending: Condvar::new(),
        };
        Ok((link, welcome))
    }

    /// Returns the name in the room.
    pub(crate) fn name(&self) -> Option<String> {
        self.state().name.clone()
    }

    /// Returns whether the room was joined.
    pub(crate) fn is_member(&self) -> bool {
        self.state().name.is_some()
    }

    /// Returns the time within which the server must reply.
    pub(crate) fn timeout(&self) -> Option<Duration> {
        self.target.timeout
    }

    pub(crate) fn peer(&self) -> SocketAddr {
        self.state().session.peer()
    }

    /// Returns the session, which may have ended.
    pub(crate) fn session(&self) -> Arc<Session> {
        Arc::clone(&self.state().session)
    }

    /// Sends a line, or keeps it while there is no connection.
    ///
    /// # Errors
    ///
    /// [`SessionError::TooLong`], or without `--reconnect` the error of the connection.
    pub(crate) fn send(&self, message: &JavaStr) -> Result<Sent, SessionError> {
        message.body_length().map_err(SessionError::TooLong)?;
        let mut state = self.state();
        state.note_quit(message);
        while state.is_connected {
            // A server that reads nothing for a while blocks the line, but not what is heard meanwhile.
            let session = Arc::clone(&state.session);
            state.note_sent(message);
            drop(state);
            let sent = session.send(message);
            state = self.state();
            match sent {
                Ok(()) => return Ok(Sent::Now),
                Err(error) if !self.reconnects => return Err(error),
                Err(_) => state.note_unsent(),
            }
            if Arc::ptr_eq(&session, &state.session) {
                // `hear` gets the same error and connects again.
                break;
            }
        }
        if state.has_quit {
            // There is nobody to tell.
            state.has_finished = true;
            self.is_ending.notify_all();
            return Ok(Sent::Now);
        }
        if state.kept.len() == MAX_KEPT {
            return Ok(Sent::Lost);
        }
        state.kept.push_back(message.to_owned());
        Ok(Sent::Later)
    }

    /// Tells the server that nothing more is sent. While there is no connection, it is told once all that was kept is
    /// sent.
    ///
    /// # Errors
    ///
    /// [`SessionError::Reset`] if the connection was reset.
    pub(crate) fn finish(&self) -> Result<(), SessionError> {
        let mut state = self.state();
        state.has_finished = true;
        self.is_ending.notify_all();
        if state.is_connected {
            state.session.finish_sending()
        } else {
            Ok(())
        }
    }

    /// Returns the number of lines that are kept, if there is no connection.
    pub(crate) fn kept(&self) -> Option<usize> {
        let state = self.state();
        (!state.is_connected).then_some(state.kept.len())
    }

    /// Calls `hear` with all that comes, until the connection ends for good.
    ///
    /// # Errors
    ///
    /// The error of the connection, if it is not made anew. A server that closes it when no reply is due is none.
    pub(crate) fn hear(&self, mut hear: impl FnMut(Heard)) -> Result<(), SessionError> {
        loop {
            let ended = thread::scope(|scope| {
                scope.spawn(|| self.send_kept());
                self.hear_session(&mut hear)
            });
            let ended = self.state().judge(ended);
            if !self.reconnects || self.is_over() {
                return ended;
            }
            let why = match &ended {
                Ok(()) => self.closed().to_string(),
                Err(error) => error.to_string(),
            };
            if !self.reconnect(&why, &mut hear) {
                return Err(ended.err().unwrap_or_else(|| self.closed()));
            }
        }
    }

    fn hear_session(&self, hear: &mut impl FnMut(Heard)) -> Result<(), SessionError> {
        let session = self.session();
        let mut has_heard = false;
        loop {
            let message = session.receive(|hint| {
                // After a first message, an empty one before others is an empty line.
                if !has_heard {
                    hear(Heard::Hint(hint.to_owned()));
                }
            })?;
            let Some(message) = message else {
                return Ok(());
            };
            has_heard = true;
            self.state().note(&message);
            hear(Heard::Message(message));
        }
    }

    /// Returns the error of a server that has closed the connection when no reply was due.
    pub(crate) fn closed(&self) -> SessionError {
        self.state().closed()
    }

    /// Returns the number of lines that have no reply.
    pub(crate) fn unheard(&self) -> usize {
        self.state().unheard.len()
    }

    /// Returns the number of the first line that has no reply, counted from 1.
    pub(crate) fn first_unheard(&self) -> Option<usize> {
        self.state().unheard.front().copied()
    }

    /// Connects again, however often that fails. Returns whether there is a connection: there is none if this side ends
    /// the conversation meanwhile, and has nothing to send.
    fn reconnect(&self, why: &str, hear: &mut impl FnMut(Heard)) -> bool {
        let unheard = {
            let mut state = self.state();
            state.is_connected = false;
            mem::take(&mut state.unheard).len()
        };
        let mut why = why.to_owned();
        if unheard > 0 {
            why = format!("{why}; the last {unheard} lines may be lost");
        }
        for pause in pauses() {
            hear(Heard::Status(format!(
                "{why}; trying again in {} s",
                pause.as_secs()
            )));
            if self.ends_within(pause) {
                break;
            }
            let name = self.name();
            match self.target.connect(name.as_deref()) {
                Ok((session, welcome)) => {
                    hear(Heard::Status(format!(
                        "connected to {} again",
                        session.peer()
                    )));
                    welcome
                        .into_iter()
                        .for_each(|line| hear(Heard::Message(line)));
                    let mut state = self.state();
                    state.session = Arc::new(session);
                    state.goodbye = None;
                    return true;
                }
                Err(JoinError::Connect(error)) => why = error.without_advice(),
                Err(error) => why = error.to_string(),
            }
        }
        false
    }

    /// Waits for this time. Returns early, and `true`, if this side ends the conversation and has nothing to send.
    fn ends_within(&self, pause: Duration) -> bool {
        let goes_on = |state: &mut State| !(state.has_finished && state.kept.is_empty());
        let waited = self
            .is_ending
            .wait_timeout_while(self.state(), pause, goes_on);
        let (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        state.has_finished && state.kept.is_empty()
    }

    /// Sends what was kept. If the connection ends meanwhile, the rest stays.
    fn send_kept(&self) {
        loop {
            let mut state = self.state();
            let session = Arc::clone(&state.session);
            let Some(line) = state.kept.pop_front() else {
                state.is_connected = true;
                if state.has_finished {
                    // `hear` gets the same error.
                    let _ = session.finish_sending();
                }
                return;
            };
            state.note_sent(&line);
            drop(state);
            if session.send(&line).is_err() {
                let mut state = self.state();
                state.note_unsent();
                return state.kept.push_front(line);
            }
        }
    }

    /// Returns whether the member has sent `/quit`.
    pub(crate) fn has_quit(&self) -> bool {
        self.state().has_quit
    }

    /// Returns whether this side has ended the conversation.
    pub(crate) fn is_over(&self) -> bool {
        let state = self.state();
        state.has_quit || state.session.is_finished()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns the pauses before the attempts to connect again.
fn pauses() -> impl Iterator<Item = Duration> {
    let next = |pause: &Duration| Some((*pause * 2).min(MAX_PAUSE));
    iter::successors(Some(FIRST_PAUSE), next)
}

impl fmt::Display for Sent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Now => "sent",
            Self::Later => "not connected; the line is sent later",
            Self::Lost => "not connected, and too many lines wait; the line is lost",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_up_to_a_limit() {
        let seconds: Vec<_> = pauses().take(8).map(|pause| pause.as_secs()).collect();
        assert_eq!(seconds, [1, 2, 4, 8, 16, 30, 30, 30]);
    }
}
