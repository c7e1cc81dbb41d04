//! The state of a link, and what is known about the end of its session.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use hellohi_proto::{JavaStr, JavaString};

use crate::room_line::{Kind, RoomLine};
use crate::session::{Session, SessionError};

/// The state of a link.
#[derive(Debug)]
pub(super) struct State {
    /// The name in the room, which the member may change.
    pub(super) name: Option<String>,
    pub(super) session: Arc<Session>,
    /// A flag that is set while lines are sent at once. It is not while the kept ones are sent.
    pub(super) is_connected: bool,
    /// A flag that is set once this side has no more lines.
    pub(super) has_finished: bool,
    /// Lines to send once there is a connection again.
    pub(super) kept: VecDeque<JavaString>,
    /// A flag that is set once the member has sent `/quit`.
    pub(super) has_quit: bool,
    /// Numbers of the lines that were sent and have no reply yet, oldest first.
    pub(super) unheard: VecDeque<usize>,
    /// Number of lines that were sent.
    pub(super) sent: usize,
    /// Number of messages that came.
    pub(super) heard: usize,
    /// Time of the last line or message.
    pub(super) last: Instant,
    /// Time for which nothing had been said when the connection ended.
    pub(super) silence: Duration,
    /// The reason that the room told for the end, if that was the last message.
    pub(super) goodbye: Option<String>,
}

impl State {
    /// Creates the state of a link over this session.
    pub(super) fn new(session: Session, name: Option<String>) -> Self {
        Self {
            name,
            session: Arc::new(session),
            is_connected: true,
            has_finished: false,
            kept: VecDeque::new(),
            has_quit: false,
            unheard: VecDeque::new(),
            sent: 0,
            heard: 0,
            last: Instant::now(),
            silence: Duration::ZERO,
            goodbye: None,
        }
    }

    /// Returns whether the line comes back: each does, except for a member's commands.
    pub(super) fn will_be_answered(&self, line: &JavaStr) -> bool {
        let is_command = line.as_bytes().starts_with(b"/") && !line.as_bytes().starts_with(b"//");
        self.name.is_none() || !is_command
    }

    /// Takes note of `/quit`, which a room knows by its first word.
    pub(super) fn note_quit(&mut self, line: &JavaStr) {
        let word = line.as_bytes().split(|&byte| byte == b' ').next();
        self.has_quit |= self.name.is_some() && word == Some(b"/quit");
    }

    /// Takes note of a line that was sent.
    pub(super) fn note_sent(&mut self, line: &JavaStr) {
        self.sent += 1;
        self.last = Instant::now();
        if self.will_be_answered(line) {
            self.unheard.push_back(self.sent);
        }
    }

    /// Takes note that the last line was not sent after all.
    pub(super) fn note_unsent(&mut self) {
        self.unheard.retain(|&number| number != self.sent);
        self.sent -= 1;
    }

    /// Takes note of a message that comes: it may be what was said here, or tell of another name.
    pub(super) fn note(&mut self, message: &JavaString) {
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
        if is_reply {
            self.unheard.pop_front();
        }
    }

    /// Returns the end of a session in the words of what is known about it.
    pub(super) fn judge(&mut self, ended: Result<(), SessionError>) -> Result<(), SessionError> {
        self.silence = self.last.elapsed();
        let has_closed = matches!(ended, Ok(()) | Err(SessionError::Reset { .. }));
        if !has_closed || self.name.is_some() || self.session.is_finished() {
            return ended;
        }
        match (ended, self.heard, self.unheard.len()) {
            (Ok(()), 1.., 0) => Ok(()),
            (ended, 0, _) => match self.session.no_reply(ended, self.sent > 0) {
                SessionError::NoReply { .. } if self.sent == 0 => Ok(()),
                error => Err(error),
            },
            // It may have closed the connection before the second line was sent, as server.java does.
            (Ok(()), 1, _) => Err(self.closed()),
            (Ok(()), ..) => Err(SessionError::NoReply {
                peer: self.session.peer(),
            }),
            (error, ..) => error,
        }
    }

    /// Returns the error of a server that has closed the connection when no reply was due.
    pub(super) fn closed(&self) -> SessionError {
        let peer = self.session.peer();
        match self.name {
            Some(_) => SessionError::RoomClosed {
                peer,
                reason: self.goodbye.clone(),
            },
            None => SessionError::Closed {
                peer,
                replies: self.heard,
                silence: self.silence,
            },
        }
    }
}
