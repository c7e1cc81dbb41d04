//! A conversation over a connection to a server.

use std::io::{self, ErrorKind};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use hellohi_proto::{Cause, DecodeError, JavaStr, JavaString, ReadError, TooLong, WriteError};

use crate::message_reader::{MessageReader, is_timeout};

/// Time after the connection was made in which a server that refuses a client closes it.
const AT_ONCE: Duration = Duration::from_secs(3);

/// A conversation over a connection to a server.
#[derive(Debug)]
pub struct Session {
    stream: TcpStream,
    peer: SocketAddr,
    timeout: Option<Duration>,
    /// Time at which the connection was made.
    since: Instant,
    /// A flag that is set once this side has ended the conversation.
    is_finished: AtomicBool,
}

/// The error of a conversation.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// The line does not fit in a frame.
    #[error("{0}; a frame holds 65535, so nothing of it was sent")]
    TooLong(TooLong),
    /// The server closed the connection as soon as it was made, and read nothing.
    #[error(
        "{peer} refuses this client: it closed the connection at once, as a server does that has as \
         many clients as it takes"
    )]
    Refused {
        /// The server's address.
        peer: SocketAddr,
    },
    /// The server closed the connection although a reply was due.
    #[error("{peer} closed the connection without a reply; the server failed or was killed")]
    NoReply {
        /// The server's address.
        peer: SocketAddr,
    },
    /// The server closed the connection between two frames when no reply was due, and this side had not ended the
    /// conversation.
    #[error("{peer} closed the connection {}", after_replies(*.replies, *.silence))]
    Closed {
        /// The server's address.
        peer: SocketAddr,
        /// Number of replies that came before.
        replies: usize,
        /// Time for which both sides had been silent.
        silence: Duration,
    },
    /// The server closed the connection of a member.
    #[error("{peer} closed the connection{}", for_reason(.reason.as_deref()))]
    RoomClosed {
        /// The server's address.
        peer: SocketAddr,
        /// The reason that the room told the member.
        reason: Option<String>,
    },
    /// The conversation ended, and lines that were sent have no reply.
    #[error("{end}; sent lines without an answer: {lines}")]
    Unanswered {
        /// The end of the conversation.
        end: Box<SessionError>,
        /// Number of lines.
        lines: usize,
    },
    /// The server closed the connection inside a frame.
    #[error("{peer} closed the connection inside a message, after {got} of {of} bytes{}", likely_cause(.cause.as_ref()))]
    CutShort {
        /// The server's address.
        peer: SocketAddr,
        /// Number of bytes that came, of the body or of the length.
        got: usize,
        /// Number of bytes that the body or the length has.
        of: usize,
        /// The cause, if the bytes show one.
        cause: Option<Cause>,
    },
    /// The body of the server's frame is not modified UTF-8.
    #[error("{peer} sent what writeUTF never sends: {source}{}", likely_cause(.cause.as_ref()))]
    Malformed {
        /// The server's address.
        peer: SocketAddr,
        /// The error in the body.
        source: DecodeError,
        /// The cause, if the bytes show one.
        cause: Option<Cause>,
    },
    /// The server or its system reset the connection.
    #[error("{peer} reset the connection; the server failed or was killed")]
    Reset {
        /// The server's address.
        peer: SocketAddr,
    },
    /// The server's system did not answer for so long that the connection counts as dead.
    #[error("{peer} no longer answers; its machine or the network between is down")]
    Dead {
        /// The server's address.
        peer: SocketAddr,
    },
    /// No complete message came in time.
    #[error("{peer} took longer than {timeout:?} for a reply{}", likely_cause(.cause.as_ref()))]
    TimedOut {
        /// The server's address.
        peer: SocketAddr,
        /// Time that the client waited.
        timeout: Duration,
        /// The cause, if the bytes show one.
        cause: Option<Cause>,
    },
    /// Any other error of the system.
    #[error("the connection to {peer} failed: {source}")]
    Io {
        /// The server's address.
        peer: SocketAddr,
        /// The error of the system.
        source: io::Error,
    },
}

fn after_replies(replies: usize, silence: Duration) -> String {
    let replies = match replies {
        0 => return format!("after {} without a line", whole_seconds(silence)),
        1 if silence < Duration::from_secs(1) => {
            return "right after one reply, as server.java and hellohi-server --once do".into();
        }
        1 => "one reply".to_owned(),
        replies => format!("{replies} replies"),
    };
    format!("after {replies} and {} of silence", whole_seconds(silence))
}

fn whole_seconds(time: Duration) -> humantime::FormattedDuration {
    humantime::format_duration(Duration::from_secs(time.as_secs()))
}

fn for_reason(reason: Option<&str>) -> String {
    match reason {
        Some(reason) => format!(": {reason}"),
        None => " without a goodbye; the server was killed, or this client read too slowly".into(),
    }
}

fn likely_cause(cause: Option<&Cause>) -> String {
    match cause {
        None => String::new(),
        // [`Cause`] speaks of a client.
        Some(Cause::Http) => "; likely: an HTTP server".into(),
        Some(cause) => format!("; likely: {cause}"),
    }
}

impl Session {
    /// Creates a conversation over `stream`, in which a message must come within `timeout`.
    pub fn new(stream: TcpStream, peer: SocketAddr, timeout: Option<Duration>) -> Self {
        Self {
            stream,
            peer,
            timeout,
            since: Instant::now(),
            is_finished: AtomicBool::new(false),
        }
    }

    /// Returns the same conversation without a time limit.
    pub fn without_timeout(mut self) -> Self {
        self.timeout = None;
        self
    }

    /// Returns the server's address.
    pub const fn peer(&self) -> SocketAddr {
        self.peer
    }

    /// Sends one message in one write.
    ///
    /// # Errors
    ///
    /// [`SessionError::TooLong`] if no frame holds the message; then nothing is sent. Otherwise the error of the connection.
    pub fn send(&self, message: &JavaStr) -> Result<(), SessionError> {
        hellohi_proto::write_utf(&mut &self.stream, message).map_err(|error| match error {
            WriteError::TooLong(too_long) => SessionError::TooLong(too_long),
            WriteError::Io(error) => self.io_error(error),
        })
    }

    /// Reads the next message and no byte beyond it. Returns `None` if the server has closed the
    /// connection instead.
    ///
    /// Calls `hint` at most once, with the protocol that the server probably speaks instead, in two
    /// cases: the rest of a message does not come within a second, or an empty message is followed
    /// by more bytes.
    ///
    /// # Errors
    ///
    /// [`SessionError`] if the connection ends or fails inside a message, if the message is malformed, or if it takes longer than the timeout.
    pub fn receive(&self, mut hint: impl FnMut(&str)) -> Result<Option<JavaString>, SessionError> {
        let mut hint = |what: &str, cause: &Cause| {
            hint(&format!(
                "{what} from {}{}",
                self.peer,
                likely_cause(Some(cause))
            ));
        };
        let mut reader = MessageReader::new(&self.stream, self.timeout, &mut hint);
        match hellohi_proto::read_utf(&mut reader) {
            Ok(message) => {
                if message.is_empty() {
                    reader.peek_rest();
                    reader.give_hint("an empty message");
                }
                Ok(Some(message))
            }
            Err(ReadError::Eof { got: 0, of: None }) => Ok(None),
            Err(error) => {
                if matches!(error, ReadError::Malformed(_)) {
                    reader.peek_rest();
                }
                Err(self.receive_error(error, reader.cause()))
            }
        }
    }

    /// Reads the reply to the first message.
    ///
    /// # Errors
    ///
    /// [`SessionError`] as [`receive`](Self::receive), and if the server closes the connection.
    pub(crate) fn receive_first(&self) -> Result<JavaString, SessionError> {
        match self.receive(|_| {}) {
            Ok(Some(message)) => Ok(message),
            Ok(None) => Err(self.no_reply(Ok(()), true)),
            Err(error) => Err(self.no_reply(Err(error), true)),
        }
    }

    /// Sends a FIN, which tells the server that nothing more is sent.
    ///
    /// # Errors
    ///
    /// [`SessionError::Reset`] if the connection was reset. If the server's FIN came before the reset, no read returns this error.
    pub fn finish_sending(&self) -> Result<(), SessionError> {
        self.is_finished.store(true, Ordering::Relaxed);
        let finished = self.stream.shutdown(Shutdown::Write);
        finished.map_err(|error| self.io_error(error))
    }

    /// Closes both directions. A [`receive`](Self::receive) in another thread returns.
    pub fn close(&self) {
        self.is_finished.store(true, Ordering::Relaxed);
        let _ = self.stream.shutdown(Shutdown::Both);
    }

    /// Returns whether this side has ended the conversation.
    pub fn is_finished(&self) -> bool {
        self.is_finished.load(Ordering::Relaxed)
    }

    /// Returns the error of a server that has closed or reset the connection before it answered anything. If it did so
    /// at once and read nothing, it refuses this client. Bytes that nobody read are answered with a reset, also behind
    /// a FIN.
    pub(crate) fn no_reply(&self, ended: Result<(), SessionError>, has_sent: bool) -> SessionError {
        let peer = self.peer;
        let is_at_once = self.since.elapsed() < AT_ONCE;
        match ended {
            Ok(()) | Err(SessionError::Reset { .. })
                if is_at_once && (!has_sent || self.was_reset(&ended)) =>
            {
                SessionError::Refused { peer }
            }
            Err(error) => error,
            Ok(()) => SessionError::NoReply { peer },
        }
    }

    fn was_reset(&self, ended: &Result<(), SessionError>) -> bool {
        ended.is_err() || !matches!(self.stream.take_error(), Ok(None))
    }

    fn receive_error(&self, error: ReadError, cause: Option<Cause>) -> SessionError {
        let peer = self.peer;
        match (error, self.timeout) {
            (ReadError::Eof { got, of }, _) => SessionError::CutShort {
                peer,
                got,
                of: of.unwrap_or(2),
                cause,
            },
            (ReadError::Malformed(source), _) => SessionError::Malformed {
                peer,
                source,
                cause,
            },
            (ReadError::Io(error), Some(timeout)) if is_timeout(&error) => SessionError::TimedOut {
                peer,
                timeout,
                cause,
            },
            (ReadError::Io(error), _) => self.io_error(error),
        }
    }

    fn io_error(&self, source: io::Error) -> SessionError {
        let peer = self.peer;
        match source.kind() {
            ErrorKind::ConnectionReset | ErrorKind::BrokenPipe | ErrorKind::NotConnected => {
                SessionError::Reset { peer }
            }
            ErrorKind::TimedOut => SessionError::Dead { peer },
            _ => SessionError::Io { peer, source },
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn an_error_of_the_system_is_told_in_words_that_say_who_has_failed() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let peer = listener.local_addr().unwrap();
        let session = Session::new(TcpStream::connect(peer).unwrap(), peer, None);
        for (kind, expected) in [
            (
                ErrorKind::TimedOut,
                "no longer answers; its machine or the network between is down",
            ),
            (
                ErrorKind::BrokenPipe,
                "reset the connection; the server failed or was killed",
            ),
        ] {
            let error = session.receive_error(ReadError::Io(kind.into()), None);
            assert_eq!(error.to_string(), format!("{peer} {expected}"));
        }
    }
}
