//! A reader for one message, with a deadline and a diagnosis.
//!
//! For example, a web server answers a `writeUTF` frame with `HTTP/1.1 400 …`. The first two bytes,
//! `HT`, are read as a length of 18,516 bytes, which never come. After a second the reader hints
//! that the peer is probably an HTTP server, and goes on reading until the deadline.

use std::io::{self, ErrorKind, Read};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use hellohi_proto::{Cause, StreamState, diagnose};

/// Time after which the beginning of an incomplete message is diagnosed.
const HINT_DELAY: Duration = Duration::from_secs(1);

/// A reader for one message that keeps the received bytes, and whose deadline holds for the whole
/// message, however slowly its bytes come.
pub(crate) struct MessageReader<'a> {
    stream: &'a TcpStream,
    deadline: Option<Instant>,
    hint: Option<Hint<'a>>,
    received: Vec<u8>,
}

type Hint<'a> = &'a mut dyn FnMut(&str, &Cause);

impl<'a> MessageReader<'a> {
    pub(crate) fn new(stream: &'a TcpStream, timeout: Option<Duration>, hint: Hint<'a>) -> Self {
        Self {
            stream,
            deadline: timeout.and_then(|timeout| Instant::now().checked_add(timeout)),
            hint: Some(hint),
            received: Vec::new(),
        }
    }

    /// Returns the protocol that the peer probably speaks instead of `writeUTF`, if it is
    /// recognised.
    pub(crate) fn cause(&self) -> Option<Cause> {
        diagnose(&self.received, StreamState::Open)
    }

    /// Adds the bytes that wait behind the message to the received ones, without consuming them.
    pub(crate) fn peek_rest(&mut self) {
        let mut waiting = [0; 512];
        let timeout = self.stream.set_read_timeout(Some(Duration::from_millis(1)));
        let seen = timeout.and_then(|()| self.stream.peek(&mut waiting));
        self.received
            .extend_from_slice(&waiting[..seen.unwrap_or(0)]);
    }

    /// Calls the hint with `what` and its cause, if there is a cause. Does nothing the second time.
    pub(crate) fn give_hint(&mut self, what: &str) {
        if let (Some(hint), Some(cause)) = (self.hint.take(), self.cause()) {
            hint(what, &cause);
        }
    }

    fn time_left(&self) -> io::Result<Option<Duration>> {
        let left = |at: Instant| at.saturating_duration_since(Instant::now());
        match self.deadline.map(left) {
            Some(Duration::ZERO) => Err(ErrorKind::TimedOut.into()),
            left => Ok(left),
        }
    }

    fn read_within(&mut self, time: Option<Duration>, buffer: &mut [u8]) -> io::Result<usize> {
        self.stream.set_read_timeout(time)?;
        let read = self.stream.read(buffer)?;
        self.received.extend_from_slice(&buffer[..read]);
        Ok(read)
    }
}

impl Read for MessageReader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.hint.is_some() && !self.received.is_empty() {
            let time = self
                .time_left()?
                .map_or(HINT_DELAY, |left| left.min(HINT_DELAY));
            match self.read_within(Some(time), buffer) {
                Err(error) if is_timeout(&error) => {
                    self.give_hint("an incomplete message");
                }
                read => return read,
            }
        }
        self.read_within(self.time_left()?, buffer)
    }
}

/// Returns whether a read reached its timeout, in the words of Unix or of Windows.
pub(crate) fn is_timeout(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut)
}
