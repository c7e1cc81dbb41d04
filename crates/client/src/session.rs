//! The conversation, once connected.

use std::io::{self, ErrorKind};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

use hellohi_proto::{Cause, DecodeError, JavaStr, JavaString, ReadError, TooLong, WriteError};

use crate::message_reader::{MessageReader, is_timeout};

/// A connection to a server.
#[derive(Debug)]
pub struct Session {
    stream: TcpStream,
    peer: SocketAddr,
    timeout: Option<Duration>,
}

/// Why a conversation ended.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// The line does not fit in a frame.
    #[error("{0}; a frame holds 65535, so nothing of it was sent")]
    TooLong(TooLong),
    /// The server closed in good order, and owes a reply.
    #[error("{peer} closed the connection {}", after_replies(*.replies))]
    NoReply {
        /// Who.
        peer: SocketAddr,
        /// How many replies came before.
        replies: usize,
    },
    /// The server closed inside a frame.
    #[error("{peer} closed the connection inside a message, after {got} of {of} bytes{}", likely_cause(.cause.as_ref()))]
    CutShort {
        /// Who.
        peer: SocketAddr,
        /// How many bytes came, of the body or of the length.
        got: usize,
        /// How many there should have been.
        of: usize,
        /// Why, if the bytes tell.
        cause: Option<Cause>,
    },
    /// The server's frame is not modified UTF-8.
    #[error("{peer} sent what writeUTF never sends: {source}{}", likely_cause(.cause.as_ref()))]
    Malformed {
        /// Who.
        peer: SocketAddr,
        /// What is wrong with it.
        source: DecodeError,
        /// Why, if the bytes tell.
        cause: Option<Cause>,
    },
    /// The server, or its system, reset the connection.
    #[error(
        "{peer} reset the connection; the server failed, or gave up with data from here unread"
    )]
    Reset {
        /// Who.
        peer: SocketAddr,
    },
    /// No complete message in time.
    #[error("{peer} took longer than {timeout:?} for a reply{}", likely_cause(.cause.as_ref()))]
    TimedOut {
        /// Who.
        peer: SocketAddr,
        /// How long was waited.
        timeout: Duration,
        /// Why, if the bytes tell.
        cause: Option<Cause>,
    },
    /// Anything else the system says.
    #[error("the connection to {peer} failed: {source}")]
    Io {
        /// Who.
        peer: SocketAddr,
        /// What it was.
        source: io::Error,
    },
}

fn after_replies(replies: usize) -> String {
    match replies {
        0 => "without a reply".into(),
        1 => "after one reply; server.java and hellohi-server --once serve one message".into(),
        replies => format!("after {replies} replies"),
    }
}

fn likely_cause(cause: Option<&Cause>) -> String {
    match cause {
        None => String::new(),
        // Said of a server, not of a client.
        Some(Cause::Http) => "; likely: an HTTP server".into(),
        Some(cause) => format!("; likely: {cause}"),
    }
}

impl Session {
    /// A conversation over `stream`, in which a message must come within `timeout`.
    pub const fn new(stream: TcpStream, peer: SocketAddr, timeout: Option<Duration>) -> Self {
        Self {
            stream,
            peer,
            timeout,
        }
    }

    /// The same conversation with all the time in the world.
    pub const fn without_timeout(mut self) -> Self {
        self.timeout = None;
        self
    }

    /// Who is at the other end.
    pub const fn peer(&self) -> SocketAddr {
        self.peer
    }

    /// Sends one message, in one write.
    pub fn send(&self, message: &JavaStr) -> Result<(), SessionError> {
        hellohi_proto::write_utf(&mut &self.stream, message).map_err(|error| match error {
            WriteError::TooLong(too_long) => SessionError::TooLong(too_long),
            WriteError::Io(error) => self.io_error(error),
        })
    }

    /// Reads the next message and not a byte beyond it; `None` where the server has closed
    /// instead.
    ///
    /// When a message is begun and its rest does not come, or it is empty and more comes behind
    /// it, and what came looks like another protocol, `hint` is told, once.
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

    /// Tells the server that nothing more is sent: a FIN.
    ///
    /// It fails where the connection was reset, which no read shows if the server's FIN came before
    /// that.
    pub fn finish_sending(&self) -> Result<(), SessionError> {
        let finished = self.stream.shutdown(Shutdown::Write);
        finished.map_err(|error| self.io_error(error))
    }

    /// Ends both directions; [`receive`](Self::receive) returns.
    pub fn close(&self) {
        let _ = self.stream.shutdown(Shutdown::Both);
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
