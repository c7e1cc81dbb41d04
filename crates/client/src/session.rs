//! The conversation, once connected.

use std::io::{self, ErrorKind, Read};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use hellohi_proto::{DecodeError, JavaStr, JavaString, ReadError, TooLong, WriteError};

/// A connection to a server.
#[derive(Debug)]
pub struct Session {
    stream: TcpStream,
    peer: SocketAddr,
    timeout: Option<Duration>,
    replies: usize,
}

/// Why a conversation ended.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// The line does not fit in a frame.
    #[error("{0}; a frame holds 65535, so nothing of it was sent")]
    TooLong(TooLong),
    /// The server closed in good order, and owes a reply.
    #[error("{peer} closed the connection {}", without_reply(*.replies))]
    NoReply {
        /// Who.
        peer: SocketAddr,
        /// How many replies came before.
        replies: usize,
    },
    /// The server closed inside a frame.
    #[error("{peer} closed the connection inside a reply, after {got} of {of} bytes")]
    CutShort {
        /// Who.
        peer: SocketAddr,
        /// How many bytes came, of the body or of the length.
        got: usize,
        /// How many there should have been.
        of: usize,
    },
    /// The server's frame is not modified UTF-8.
    #[error("{peer} sent what no writeUTF sends: {source}")]
    Malformed {
        /// Who.
        peer: SocketAddr,
        /// What is wrong with it.
        source: DecodeError,
    },
    /// The server, or its system, reset the connection.
    #[error(
        "{peer} reset the connection; the server failed, or gave up with data from here unread"
    )]
    Reset {
        /// Who.
        peer: SocketAddr,
    },
    /// No complete reply in time.
    #[error("no complete reply from {peer} in {timeout:?}")]
    TimedOut {
        /// Who.
        peer: SocketAddr,
        /// How long was waited.
        timeout: Duration,
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

impl Session {
    /// A conversation over `stream`, where a reply may take as long as `timeout`.
    pub const fn new(stream: TcpStream, peer: SocketAddr, timeout: Option<Duration>) -> Self {
        Self {
            stream,
            peer,
            timeout,
            replies: 0,
        }
    }

    /// Who is at the other end.
    pub const fn peer(&self) -> SocketAddr {
        self.peer
    }

    /// Sends one message, in one write.
    pub fn send(&mut self, message: &JavaStr) -> Result<(), SessionError> {
        hellohi_proto::write_utf(&mut self.stream, message).map_err(|error| match error {
            WriteError::TooLong(too_long) => SessionError::TooLong(too_long),
            WriteError::Io(error) => self.failed(error),
        })
    }

    /// Reads the reply that is owed, and not a byte beyond it.
    pub fn reply(&mut self) -> Result<JavaString, SessionError> {
        self.receive()?.ok_or(SessionError::NoReply {
            peer: self.peer,
            replies: self.replies,
        })
    }

    /// Reads the next message; `None` where the server has closed instead.
    pub fn receive(&mut self) -> Result<Option<JavaString>, SessionError> {
        let mut reader = Deadline {
            stream: &self.stream,
            at: self.timeout.map(|timeout| Instant::now() + timeout),
        };
        let peer = self.peer;
        match hellohi_proto::read_utf(&mut reader) {
            Ok(message) => {
                self.replies += 1;
                Ok(Some(message))
            }
            Err(ReadError::Eof { got: 0, of: None }) => Ok(None),
            Err(ReadError::Eof { got, of }) => {
                let of = of.unwrap_or(2);
                Err(SessionError::CutShort { peer, got, of })
            }
            Err(ReadError::Malformed(source)) => Err(SessionError::Malformed { peer, source }),
            Err(ReadError::Io(error)) => Err(self.failed(error)),
        }
    }

    /// Tells the server that nothing more is sent: a FIN.
    pub fn finish(&self) {
        // A connection that is gone already shows it at the next read.
        let _ = self.stream.shutdown(Shutdown::Write);
    }

    fn failed(&self, error: io::Error) -> SessionError {
        let peer = self.peer;
        match (error.kind(), self.timeout) {
            (ErrorKind::WouldBlock | ErrorKind::TimedOut, Some(timeout)) => {
                SessionError::TimedOut { peer, timeout }
            }
            (ErrorKind::ConnectionReset | ErrorKind::BrokenPipe, _) => SessionError::Reset { peer },
            _ => SessionError::Io {
                peer,
                source: error,
            },
        }
    }
}

/// Reads until a point in time, however slowly the bytes drip in.
struct Deadline<'a> {
    stream: &'a TcpStream,
    at: Option<Instant>,
}

impl Read for Deadline<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if let Some(at) = self.at {
            let left = at.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(ErrorKind::TimedOut.into());
            }
            self.stream.set_read_timeout(Some(left))?;
        }
        self.stream.read(buffer)
    }
}

fn without_reply(replies: usize) -> String {
    match replies {
        0 => "without a reply".into(),
        1 => "after one reply; server.java and hellohi-server --once serve one message".into(),
        replies => format!("after {replies} replies"),
    }
}
