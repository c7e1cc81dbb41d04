//! The link to a server: a connection, and in a room the membership, which are made anew when they are lost.
//!
//! For example, alice's link is lost while she types:
//!
//! 1. [`Link::hear`] finds that the connection has ended, says so, and tries again after 1, 2, 4, … seconds.
//! 2. A line that she sends meanwhile is kept.
//! 3. The server answers again: the link joins as alice and sends what was kept.

use std::collections::VecDeque;
use std::fmt;
use std::iter;
use std::mem;
use std::net::SocketAddr;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use hellohi_proto::{JavaStr, JavaString};

use crate::connect::{self, Address, Candidates, ConnectError};
use crate::keep_alive::keep_alive;
use crate::room_line::{Kind, RoomLine};
use crate::session::{Session, SessionError};

/// Number of lines that are kept while there is no connection.
const MAX_KEPT: usize = 1000;

/// Pause before the first attempt to connect again. Each further one is twice as long, up to [`MAX_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const MAX_PAUSE: Duration = Duration::from_secs(30);

/// Time within which a room must answer who joins.
const JOIN_TIMEOUT: Duration = Duration::from_secs(20);

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

/// A server, and the time within which it must answer.
#[derive(Debug)]
pub(crate) struct Target {
    pub(crate) address: Address,
    pub(crate) timeout: Option<Duration>,
}

#[derive(Debug)]
struct State {
    /// The name in the room, which the member may change.
    name: Option<String>,
    session: Arc<Session>,
    /// A flag that is set while lines are sent at once. It is not while the kept ones are sent.
    is_connected: bool,
    /// A flag that is set once this side has no more lines.
    has_finished: bool,
    /// Lines to send once there is a connection again.
    kept: VecDeque<JavaString>,
    /// A flag that is set once the member has sent `/quit`.
    has_quit: bool,
    /// Number of lines that were sent and have no reply yet.
    unheard: usize,
    /// Number of lines that were sent.
    sent: usize,
    /// Number of messages that came.
    heard: usize,
    /// Time of the last line or message.
    last: Instant,
    /// Time for which nothing had been said when the connection ended.
    silence: Duration,
    /// The reason that the room told for the end, if that was the last message.
    goodbye: Option<String>,
}

/// The error of a room that does not take a member.
#[derive(Debug, thiserror::Error)]
pub enum JoinError {
    /// The room refuses the name.
    #[error("{peer} refuses the name {name}: {reason}")]
    Refused {
        /// The server's address.
        peer: SocketAddr,
        /// The name that was asked for.
        name: String,
        /// The answer of the room.
        reason: String,
    },
    /// The server answers as a server without a room.
    #[error(
        "{peer} has no room to join; leave out --name, or start hellohi-server with --reply room"
    )]
    NoRoom {
        /// The server's address.
        peer: SocketAddr,
    },
    /// The connection ended before there was an answer.
    #[error(transparent)]
    Session(#[from] SessionError),
    /// There is no connection.
    #[error(transparent)]
    Connect(#[from] ConnectError),
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

impl Target {
    /// Connects, and joins the room if there is a name. Returns the room's welcome too.
    fn connect(&self, name: Option<&str>) -> Result<(Session, Option<JavaString>), JoinError> {
        let (stream, peer) = connect::connect(&self.address, Candidates::All, self.timeout)?;
        let Some(name) = name else {
            return Ok((Session::new(stream, peer, None), None));
        };
        // A link that cannot be watched is still a link.
        let _ = keep_alive(&stream);
        let session = Session::new(stream, peer, Some(self.timeout.unwrap_or(JOIN_TIMEOUT)));
        let line = format!("/join {name}");
        // If the server has refused this client, the answer says so.
        let _ = session.send(&JavaStr::from_text(&line));
        let answer = session.receive_first()?;
        let text = answer.printable().to_string();
        match text.strip_prefix("* ") {
            Some(own) if own.starts_with("welcome, ") => {
                Ok((session.without_timeout(), Some(answer)))
            }
            Some(reason) => Err(JoinError::Refused {
                peer,
                name: name.to_owned(),
                reason: reason.to_owned(),
            }),
            None => Err(JoinError::NoRoom { peer }),
        }
    }
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
        let state = State {
            name: welcome.as_ref().and_then(welcomed).or(name),
            session: Arc::new(session),
            is_connected: true,
            has_finished: false,
            kept: VecDeque::new(),
            has_quit: false,
            unheard: 0,
            sent: 0,
            heard: 0,
            last: Instant::now(),
            silence: Duration::ZERO,
            goodbye: None,
        };
        let link = Self {
            target,
            reconnects,
            state: Mutex::new(state),
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
        state.has_quit = state.name.is_some() && message.as_bytes() == b"/quit";
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
                Err(_) => state.note_unsent(message),
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
            let ended = self.judge(ended);
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

    /// Returns the end of a session in the words of what is known about it.
    fn judge(&self, ended: Result<(), SessionError>) -> Result<(), SessionError> {
        let mut state = self.state();
        state.silence = state.last.elapsed();
        let has_closed = matches!(ended, Ok(()) | Err(SessionError::Reset { .. }));
        if !has_closed || state.name.is_some() || state.session.is_finished() {
            return ended;
        }
        match (ended, state.heard, state.unheard) {
            (Ok(()), 1.., 0) => Ok(()),
            (ended, 0, _) => match state.session.no_reply(ended, state.sent > 0) {
                SessionError::NoReply { .. } if state.sent == 0 => Ok(()),
                error => Err(error),
            },
            (Ok(()), ..) => Err(SessionError::NoReply {
                peer: state.session.peer(),
            }),
            (error, ..) => error,
        }
    }

    /// Returns the error of a server that has closed the connection when no reply was due.
    pub(crate) fn closed(&self) -> SessionError {
        let state = self.state();
        let peer = state.session.peer();
        match state.name {
            Some(_) => SessionError::RoomClosed {
                peer,
                reason: state.goodbye.clone(),
            },
            None => SessionError::Closed {
                peer,
                replies: state.heard,
                silence: state.silence,
            },
        }
    }

    /// Returns the number of lines that have no reply.
    pub(crate) fn unheard(&self) -> usize {
        self.state().unheard
    }

    /// Connects again, however often that fails. Returns whether there is a connection: there is none if this side ends
    /// the conversation meanwhile, and has nothing to send.
    fn reconnect(&self, why: &str, hear: &mut impl FnMut(Heard)) -> bool {
        let unheard = {
            let mut state = self.state();
            state.is_connected = false;
            mem::take(&mut state.unheard)
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
                state.note_unsent(&line);
                return state.kept.push_front(line);
            }
        }
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

impl State {
    /// Returns whether the line comes back: each does, except for a member's commands.
    fn will_be_answered(&self, line: &JavaStr) -> bool {
        let is_command = line.as_bytes().starts_with(b"/") && !line.as_bytes().starts_with(b"//");
        self.name.is_none() || !is_command
    }

    /// Takes note of a line that was sent.
    fn note_sent(&mut self, line: &JavaStr) {
        self.sent += 1;
        self.last = Instant::now();
        self.unheard += usize::from(self.will_be_answered(line));
    }

    /// Takes note that a line was not sent after all.
    fn note_unsent(&mut self, line: &JavaStr) {
        self.sent -= 1;
        let lines = usize::from(self.will_be_answered(line));
        self.unheard = self.unheard.saturating_sub(lines);
    }

    /// Takes note of a message that comes: it may be what was said here, or tell of another name.
    fn note(&mut self, message: &JavaString) {
        self.heard += 1;
        self.last = Instant::now();
        let is_reply = match &mut self.name {
            None => true,
            Some(name) => {
                let line = message.printable().to_string();
                let line = RoomLine::of(&line);
                let goodbye = line.text.strip_prefix("goodbye: ");
                let goodbye = goodbye.filter(|_| line.kind == Kind::Notice);
                self.goodbye = goodbye.map(str::to_owned);
                if line.kind == Kind::Notice
                    && let Some((old, new)) = line.text.split_once(" is now ")
                    && old == name
                {
                    *name = new.to_owned();
                }
                line.kind == Kind::Message && line.from == Some(name)
            }
        };
        self.unheard = self.unheard.saturating_sub(usize::from(is_reply));
    }
}

/// Returns the pauses before the attempts to connect again.
fn pauses() -> impl Iterator<Item = Duration> {
    let next = |pause: &Duration| Some((*pause * 2).min(MAX_PAUSE));
    iter::successors(Some(FIRST_PAUSE), next)
}

/// Returns the name that a room welcomes, which may have another form than the one that was asked for.
fn welcomed(welcome: &JavaString) -> Option<String> {
    let line = welcome.printable().to_string();
    let (name, _) = line.strip_prefix("* welcome, ")?.split_once(';')?;
    Some(name.to_owned())
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
