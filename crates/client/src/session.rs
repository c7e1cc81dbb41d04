//! The conversation, once connected.

use std::io::{self, ErrorKind, Read};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use hellohi_proto::{
    Cause, DecodeError, JavaStr, JavaString, ReadError, Stream, TooLong, WriteError, diagnose,
};

/// How long a message may stay incomplete before there is a [`Session::receive`] hint.
const HINT_AFTER: Duration = Duration::from_secs(1);

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
    #[error("{peer} closed the connection {}", without_reply(*.replies))]
    NoReply {
        /// Who.
        peer: SocketAddr,
        /// How many replies came before.
        replies: usize,
    },
    /// The server closed inside a frame.
    #[error("{peer} closed the connection inside a message, after {got} of {of} bytes{}", likely(.cause))]
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
    #[error("{peer} sent what writeUTF never sends: {source}{}", likely(.cause))]
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
    #[error("{peer} took longer than {timeout:?} for a reply{}", likely(.cause))]
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

fn without_reply(replies: usize) -> String {
    match replies {
        0 => "without a reply".into(),
        1 => "after one reply; server.java and hellohi-server --once serve one message".into(),
        replies => format!("after {replies} replies"),
    }
}

fn likely(cause: &Option<Cause>) -> String {
    cause
        .as_ref()
        .map_or_else(String::new, |cause| format!("; likely: {cause}"))
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
            WriteError::Io(error) => self.failed(error),
        })
    }

    /// Reads the next message and not a byte beyond it; `None` where the server has closed
    /// instead.
    ///
    /// When a message is begun, its rest does not come and what came looks like another protocol,
    /// `hint` is told, once.
    pub fn receive(&self, mut hint: impl FnMut(&str)) -> Result<Option<JavaString>, SessionError> {
        let mut hearing = Hearing {
            session: self,
            deadline: self
                .timeout
                .and_then(|timeout| Instant::now().checked_add(timeout)),
            hint: Some(&mut hint),
            heard: Vec::new(),
        };
        match hellohi_proto::read_utf(&mut hearing) {
            Ok(message) => Ok(Some(message)),
            Err(ReadError::Eof { got: 0, of: None }) => Ok(None),
            Err(error) => Err(self.not_received(error, diagnose(&hearing.heard, Stream::Open))),
        }
    }

    /// Ends both directions; [`receive`](Self::receive) returns.
    pub fn abandon(&self) {
        let _ = self.stream.shutdown(Shutdown::Both);
    }

    fn not_received(&self, error: ReadError, cause: Option<Cause>) -> SessionError {
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
            (ReadError::Io(error), _) => self.failed(error),
        }
    }

    /// Tells the server that nothing more is sent: a FIN.
    pub fn finish(&self) {
        // A connection that is gone already shows it at the next read.
        let _ = self.stream.shutdown(Shutdown::Write);
    }

    fn failed(&self, source: io::Error) -> SessionError {
        let peer = self.peer;
        match source.kind() {
            ErrorKind::ConnectionReset | ErrorKind::BrokenPipe => SessionError::Reset { peer },
            _ => SessionError::Io { peer, source },
        }
    }
}

fn is_timeout(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut)
}

/// Listens for one message, until a point in time however slowly it drips in, and remembers what
/// it heard.
struct Hearing<'a> {
    session: &'a Session,
    deadline: Option<Instant>,
    hint: Option<&'a mut dyn FnMut(&str)>,
    heard: Vec<u8>,
}

impl Read for Hearing<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let stream = &self.session.stream;
        if self.hint.is_some() && !self.heard.is_empty() {
            let patience = self.left()?.map_or(HINT_AFTER, |left| left.min(HINT_AFTER));
            stream.set_read_timeout(Some(patience))?;
            match (&*stream).read(buffer) {
                Err(error) if is_timeout(&error) => self.give_hint(),
                read => return self.hear(buffer, read?),
            }
        }
        stream.set_read_timeout(self.left()?)?;
        let read = (&*stream).read(buffer)?;
        self.hear(buffer, read)
    }
}

impl Hearing<'_> {
    fn left(&self) -> io::Result<Option<Duration>> {
        let left = |at: Instant| at.saturating_duration_since(Instant::now());
        match self.deadline.map(left) {
            Some(left) if left.is_zero() => Err(ErrorKind::TimedOut.into()),
            left => Ok(left),
        }
    }

    fn hear(&mut self, buffer: &[u8], read: usize) -> io::Result<usize> {
        self.heard.extend_from_slice(&buffer[..read]);
        Ok(read)
    }

    fn give_hint(&mut self) {
        let cause = diagnose(&self.heard, Stream::Open);
        if let (Some(hint), Some(cause)) = (self.hint.take(), cause) {
            let peer = self.session.peer;
            hint(&format!(
                "still waiting for the rest of a message from {peer}; likely: {cause}"
            ));
        }
    }
}
