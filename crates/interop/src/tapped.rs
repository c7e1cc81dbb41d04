//! Tapped conversations: the file that `cargo xtask tap` writes between a real client and a real server.
//!
//! Each line is one event, in the order in which the tap saw them. A client says `hi`, the server answers `ho` and
//! ends the connection, and the client breaks it off:
//!
//! ```text
//! {"connection":1,"micros":212,"from":"client","bytes":"6869"}
//! {"connection":1,"micros":530,"from":"server","bytes":"686f"}
//! {"connection":1,"micros":545,"from":"server","end":"FIN"}
//! {"connection":1,"micros":981,"from":"client","end":"RST"}
//! ```
//!
//! Events of several connections may alternate. [`read`] puts each with its own connection. A connection that was
//! open when the tap ended, or that was longer than is kept, has no ends: the file holds how it began.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use recorder::{End, Side};
use serde::{Deserialize, Serialize};

/// Number of connections that a file holds at most. A tap passes later ones on without saving them.
pub const MAX_CONNECTIONS: u32 = 100;

/// Number of bytes that are kept of each connection, of both directions together: 1 MiB. A tap passes on what
/// comes later without saving it.
pub const MAX_BYTES: usize = 1 << 20;

/// Number of events that are kept of each connection. A tap passes on what comes later without saving it.
pub const MAX_EVENTS: usize = 10_000;

/// Longest line: the bytes of a whole connection in one event, and the words around them.
const MAX_LINE: usize = 2 * MAX_BYTES + 200;

/// The conversations of a file, in the order in which they began.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tapped {
    pub connections: Vec<TappedConnection>,
}

/// One connection, from the moment when the tap accepted it. It has at least one event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TappedConnection {
    /// Number in the file, 1 for the first. Connections in which nothing happened are left out.
    pub number: u32,
    /// In order. A side's end is its last event, except for a RST behind its FIN; a RST is the last event of the
    /// connection.
    pub events: Vec<TappedEvent>,
}

/// Something that came from one side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TappedEvent {
    /// Time since the connection was accepted.
    pub time: Duration,
    pub from: Side,
    pub what: Said,
}

/// Content of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// Bytes that one read of the tap returned; not empty.
    Bytes(Vec<u8>),
    End(End),
}

/// A line of the file. It has either `bytes` or `end`.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    connection: u32,
    micros: u64,
    from: Side,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    bytes: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    end: Option<End>,
}

/// Reads a file that a tap wrote.
///
/// # Errors
///
/// One line that names the file and the line in it, for a file that cannot be read, that is no tapped conversation,
/// that holds more than [`MAX_CONNECTIONS`], [`MAX_BYTES`] or [`MAX_EVENTS`], or that TCP makes impossible.
pub fn read(path: &Path) -> Result<Tapped> {
    let file = File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
    parse(BufReader::new(file)).with_context(|| path.display().to_string())
}

fn parse(mut file: impl BufRead) -> Result<Tapped> {
    let mut connections: BTreeMap<u32, Reading> = BTreeMap::new();
    let mut line = Vec::new();
    for number in 1.. {
        line.clear();
        let limit = MAX_LINE as u64 + 1;
        if (&mut file).take(limit).read_until(b'\n', &mut line)? == 0 {
            break;
        }
        add(&mut connections, &line).with_context(|| format!("line {number}"))?;
    }
    ensure!(
        !connections.is_empty(),
        "it holds no conversation; record one with `cargo xtask tap`"
    );
    let connections = connections.into_iter();
    let connections = connections.map(|(number, connection)| TappedConnection {
        number,
        events: connection.events,
    });
    Ok(Tapped {
        connections: connections.collect(),
    })
}

/// A connection as far as it has been read.
#[derive(Default)]
struct Reading {
    events: Vec<TappedEvent>,
    bytes: usize,
    /// The sides whose FIN has come.
    finished: Vec<Side>,
}

fn add(connections: &mut BTreeMap<u32, Reading>, line: &[u8]) -> Result<()> {
    ensure!(
        line.len() <= MAX_LINE,
        "it is longer than {MAX_LINE} bytes, so this is no tapped conversation"
    );
    let line: Line = serde_json::from_slice(line)
        .map_err(|error| anyhow::anyhow!("no event of a tapped conversation: {}", calm(&error)))?;
    let number = line.connection;
    ensure!(
        (1..=MAX_CONNECTIONS).contains(&number),
        "connection {number} is not one of 1 to {MAX_CONNECTIONS}"
    );
    let what = match (line.bytes, line.end) {
        (Some(bytes), None) if !bytes.is_empty() => {
            Said::Bytes(hex::decode(bytes).context("bytes: not hexadecimal")?)
        }
        (None, Some(end)) => Said::End(end),
        _ => bail!("an event has either bytes, which are not empty, or an end"),
    };
    let event = TappedEvent {
        time: Duration::from_micros(line.micros),
        from: line.from,
        what,
    };
    let connection = connections.entry(number).or_default();
    if let Said::Bytes(bytes) = &event.what {
        connection.bytes += bytes.len();
    }
    ensure!(
        connection.bytes <= MAX_BYTES && connection.events.len() < MAX_EVENTS,
        "connection {number} has more than {MAX_BYTES} bytes or {MAX_EVENTS} events"
    );
    possible(connection, &event).with_context(|| format!("connection {number}"))?;
    if event.what == Said::End(End::Fin) {
        connection.finished.push(event.from);
    }
    connection.events.push(event);
    Ok(())
}

/// Checks that `next` can follow what came before it.
fn possible(before: &Reading, next: &TappedEvent) -> Result<()> {
    let Some(last) = before.events.last() else {
        return Ok(());
    };
    ensure!(
        last.time <= next.time,
        "this happened before the event in front of it"
    );
    ensure!(
        last.what != Said::End(End::Rst),
        "nothing follows a RST, which ends both directions"
    );
    ensure!(
        !before.finished.contains(&next.from) || next.what == Said::End(End::Rst),
        "nothing but a RST follows the FIN of the {}",
        next.from.name()
    );
    Ok(())
}

/// Returns an error's text without control characters, which a file may have put there.
fn calm(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.replace(char::is_control, "\u{FFFD}")
}

/// A file of tapped conversations that is being written.
#[derive(Debug)]
pub struct TappedFile {
    path: PathBuf,
    file: File,
}

impl TappedFile {
    /// Creates the file, which only its owner may read and write (mode 0600 on Unix).
    ///
    /// # Errors
    ///
    /// The file exists, or cannot be created.
    pub fn create(path: &Path) -> Result<Self> {
        let mut options = OpenOptions::new();
        options.append(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(path).map_err(|error| match error.kind() {
            std::io::ErrorKind::AlreadyExists => anyhow::anyhow!(
                "{} exists and is not overwritten; remove it, or name another file",
                path.display()
            ),
            _ => anyhow::anyhow!("cannot create {}: {error}", path.display()),
        })?;
        Ok(Self {
            path: path.into(),
            file,
        })
    }

    /// Begins the connection of this number, which is accepted now.
    pub fn connection(&self, number: u32) -> SavedConnection<'_> {
        SavedConnection {
            file: self,
            number,
            accepted: Instant::now(),
            bytes: 0,
            events: 0,
            is_cut: number > MAX_CONNECTIONS,
        }
    }
}

/// A connection that is being saved, up to the limits of the file.
#[derive(Debug)]
pub struct SavedConnection<'a> {
    file: &'a TappedFile,
    number: u32,
    accepted: Instant,
    bytes: usize,
    events: usize,
    is_cut: bool,
}

impl SavedConnection<'_> {
    /// Writes one event, at once. An event beyond the limits is left out, and so are all that follow.
    ///
    /// # Errors
    ///
    /// The file cannot be written.
    pub fn save(&mut self, from: Side, what: &Said) -> Result<()> {
        if let Said::Bytes(bytes) = what {
            self.bytes += bytes.len();
        }
        self.is_cut |= self.bytes > MAX_BYTES || self.events == MAX_EVENTS;
        if self.is_cut {
            return Ok(());
        }
        self.events += 1;
        let (bytes, end) = match what {
            Said::Bytes(bytes) => (Some(hex::encode(bytes)), None),
            Said::End(end) => (None, Some(*end)),
        };
        let line = Line {
            connection: self.number,
            micros: u64::try_from(self.time().as_micros()).unwrap_or(u64::MAX),
            from,
            bytes,
            end,
        };
        let line = serde_json::to_string(&line)? + "\n";
        let written = (&self.file.file).write_all(line.as_bytes());
        written.with_context(|| format!("cannot write {}", self.file.path.display()))
    }

    /// Returns whether something was left out.
    pub fn is_cut(&self) -> bool {
        self.is_cut
    }

    /// Returns the time since the connection was accepted.
    pub fn time(&self) -> Duration {
        self.accepted.elapsed()
    }
}

#[cfg(test)]
mod tests;
