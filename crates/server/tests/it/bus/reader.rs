//! A member that reads many lines at once.

use std::io::{BufReader, Read as _, Write as _};
use std::net::TcpStream;

use crate::support::Client;

/// A member of a room that hears much.
pub(super) struct Reader(BufReader<TcpStream>);

impl Reader {
    pub(super) fn new(client: Client) -> Self {
        Self(BufReader::new(client.into_stream()))
    }

    /// Returns the next line.
    pub(super) fn line(&mut self) -> String {
        let mut length = [0; 2];
        self.0.read_exact(&mut length).expect("a line");
        let mut line = vec![0; u16::from_be_bytes(length).into()];
        self.0.read_exact(&mut line).expect("a line");
        String::from_utf8(line).expect("UTF-8")
    }

    pub(super) fn send(&self, bytes: &[u8]) {
        let sent = self.0.get_ref().write_all(bytes);
        sent.expect("the server takes it");
    }
}

/// A line that a member hears.
pub(super) enum Line<'a> {
    /// A member or a guest says something.
    Said(&'a str, &'a str),
    /// The room's line about this number of lost messages from other servers.
    Lost(usize),
    /// Another line of the room's own.
    Own,
}

impl<'a> Line<'a> {
    pub(super) fn of(line: &'a str) -> Self {
        if let Some(own) = line.strip_prefix("* ") {
            let lost = own
                .strip_suffix(" messages from other servers were lost")
                .or_else(|| own.strip_suffix(" message from other servers was lost"));
            return match lost.and_then(|count| count.parse().ok()) {
                Some(count) => Self::Lost(count),
                None => Self::Own,
            };
        }
        let (name, text) = line.split_once(": ").expect("a line of the room");
        Self::Said(name, text)
    }
}
