//! A recording: everything that was observed of one conversation.

use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::clock::Nanos;
use crate::listening::Listener;
use crate::side::Side;
use crate::step::PerformedStep;
use crate::system_call::Trace;
use crate::wire::Connection;

/// Everything that was observed of one conversation.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Recording {
    /// TCP port of the conversation's server.
    pub port: u16,
    pub client: Option<Played>,
    pub server: Option<Played>,
    /// Other clients that ran beside the first, in the order of their starts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub beside: Vec<Played>,
    /// Every connection that was tried, to any address and port, in the order of the SYNs. `Err` says why no
    /// packets were captured.
    pub wire: Result<Vec<Connection>, String>,
    /// The least and the greatest port that a client has if it asks for none; `None` where the system does not tell.
    #[serde(default)]
    pub ephemeral_ports: Option<[u16; 2]>,
    /// Destinations of UDP datagrams, each once.
    #[serde(default)]
    pub datagrams: Vec<SocketAddr>,
    /// Listening sockets of the programs that were seen. `Err` says why nobody looked for them.
    #[serde(default = "listening_not_asked_for")]
    pub listening: Result<Vec<Listener>, String>,
    /// The first step that did not complete before the deadline; later steps were not made.
    pub missed: Option<String>,
    /// Findings of steps that may find one thing or another.
    pub notes: Vec<String>,
    /// The steps that were made, except those that only wait.
    #[serde(default)]
    pub made: Vec<PerformedStep>,
    /// Sides whose sockets the kernel still keeps in TIME_WAIT at the end.
    #[serde(default)]
    pub time_wait: Vec<Side>,
    /// Start, in nanoseconds since the epoch, on the clock of all times in the recording.
    pub started: Nanos,
    pub took: Duration,
}

impl Recording {
    pub fn played(&self, side: Side) -> Option<&Played> {
        match side {
            Side::Client => self.client.as_ref(),
            Side::Server => self.server.as_ref(),
        }
    }

    /// Returns every program that played this side: one, unless clients ran beside each other.
    pub fn all_played(&self, side: Side) -> impl Iterator<Item = &Played> {
        let beside = match side {
            Side::Client => &self.beside[..],
            Side::Server => &[],
        };
        self.played(side).into_iter().chain(beside)
    }
}

/// Everything that one program did.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Played {
    pub stdout: Vec<Chunk>,
    pub stderr: Vec<Chunk>,
    pub exit: Exit,
    /// The ends of earlier starts of the program, if it was started more than once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub earlier: Vec<Exit>,
    /// True if it ended because [`Await::Stopped`](crate::Await::Stopped) told it to.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub stopped: bool,
    /// Processes and files that it left behind.
    #[serde(default)]
    pub left: Left,
    /// Its system calls. `Err` says why they were not recorded.
    #[serde(default = "not_asked_for")]
    pub trace: Result<Trace, String>,
}

/// Processes and files that a program leaves behind.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Left {
    /// Names of the children that outlived it, and were killed.
    pub processes: Vec<String>,
    /// The files in its working directory, those that were put there too.
    pub files: Vec<LeftFile>,
}

/// A file in the working directory of a program that has ended.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct LeftFile {
    /// Path below the working directory.
    pub name: String,
    /// The content as text, with every byte escaped that is not printable ASCII; of a long file its length and a
    /// hash of the content.
    pub content: String,
}

impl fmt::Display for LeftFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "file {} ({})", self.name, self.content)
    }
}

impl fmt::Display for Left {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let processes = self.processes.iter().map(|name| format!("process {name}"));
        let files = self.files.iter().map(ToString::to_string);
        let all: Vec<String> = processes.chain(files).collect();
        match all.as_slice() {
            [] => write!(f, "nothing"),
            _ => write!(f, "{}", all.join(", ")),
        }
    }
}

fn listening_not_asked_for() -> Result<Vec<Listener>, String> {
    Err("listening sockets not looked for".into())
}

/// Returns the trace of a program that ran without strace.
pub fn not_asked_for() -> Result<Trace, String> {
    Err("system calls not asked for".into())
}

/// Bytes that arrived together on an output.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chunk {
    pub time: Nanos,
    #[serde(with = "hex")]
    pub bytes: Vec<u8>,
}

impl Played {
    /// Returns the program's end in words: `exit 0`. An end that the harness caused says so, and is the same for a
    /// JVM, which exits with 143, and for a program that dies of signal 15. Ends of several starts are listed.
    pub fn ending(&self) -> String {
        let last = match (self.stopped, self.exit) {
            (false, exit) => exit.to_string(),
            (true, Exit::Code(143) | Exit::Signal(15)) => "ended by the harness (SIGTERM)".into(),
            (true, exit) => format!("{exit} once the harness sent SIGTERM"),
        };
        let earlier = self.earlier.iter().map(ToString::to_string);
        earlier.chain([last]).collect::<Vec<_>>().join(", ")
    }
}

/// The end of a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Exit {
    Code(i32),
    Signal(i32),
    /// The program had to be killed at the recording's end.
    StillRunning,
}

impl fmt::Display for Exit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Exit::Code(code) => write!(f, "exit {code}"),
            Exit::Signal(signal) => write!(f, "killed by signal {signal}"),
            Exit::StillRunning => write!(f, "still running"),
        }
    }
}
