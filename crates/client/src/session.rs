//! A conversation over a connection to a server.

use std::io::{self, ErrorKind};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use hellohi_proto::{Cause, DecodeError, JavaStr, JavaString, ReadError, TooLong, WriteError};

use crate::message_reader::{MessageReader, is_timeout};

/// A conversation over a connection to a server.
#[derive(Debug)]
pub struct Session {
    stream: TcpStream,
    peer: SocketAddr,
    timeout: Option<Duration>,
    /// A flag that is set once this side has ended the conversation.
    is_finished: AtomicBool,
}

/// The error of a conversation.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// The line does not fit in a frame.
    #[error("{0}; a frame holds 65535, so nothing of it was sent")]
    TooLong(TooLong),
    /// The server closed the connection between two frames, and this side had not ended the conversation.
    #[error("{peer} closed the connection {}", after_replies(*.replies))]
    Closed {
        /// The server's address.
        peer: SocketAddr,
        /// Number of replies that came before.
        replies: usize,
    },
    /// The server closed the connection of a member, whom its room tells why.
    #[error("{peer} closed the connection")]
    RoomClosed {
        /// The server's address.
        peer: SocketAddr,
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
    #[error(
        "{peer} reset the connection; the server was killed or failed, or it closed with data from \
         here unread, as it does to refuse one more client"
    )]
    Reset {
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

fn after_replies(replies: usize) -> String {
    match replies {
        0 => "without a reply; the server refuses one more client, or it stopped".into(),
        1 => "after one reply; the server stopped, or it serves one message, as server.java and \
              hellohi-server --once do"
            .into(),
        replies => {
            format!(
                "after {replies} replies; the server stopped, or it does not wait so long for a line"
            )
        }
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
    pub const fn new(stream: TcpStream, peer: SocketAddr, timeout: Option<Duration>) -> Self {
        Self {
            stream,
            peer,
            timeout,
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
            _ => SessionError::Io { peer, source },
        }
    }
}
