//! What is measured, by name, and what came of it.

use std::fmt;

use serde::Serialize;

use crate::median::median;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Task {
    /// A frame's body to text.
    Decode,
    /// A frame's body to UTF-16.
    Utf16,
    /// Whether a body is not malformed.
    Validate,
    /// Text to a frame's body.
    Encode,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Script {
    Ascii,
    /// A quarter of the characters of two bytes.
    Latin,
    Chinese,
    Emoji,
    /// All of these, and a NUL now and then.
    Mixed,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Workload {
    /// Texts whose bodies have this many bytes.
    Made(Script, usize),
    /// The strings of the JDK's own class files.
    ClassFiles,
}

/// The longest body, which is what 64 KiB come to in a frame.
pub(crate) const LONGEST: usize = 65_535;

impl Task {
    pub(crate) const ALL: [Task; 4] = [Task::Decode, Task::Utf16, Task::Validate, Task::Encode];

    pub(crate) fn title(self) -> &'static str {
        match self {
            Task::Decode => "Decode to text",
            Task::Utf16 => "Decode to UTF-16",
            Task::Validate => "Validate",
            Task::Encode => "Encode",
        }
    }
}

impl Workload {
    pub(crate) fn all() -> Vec<Workload> {
        let scripts = [
            Script::Ascii,
            Script::Latin,
            Script::Chinese,
            Script::Emoji,
            Script::Mixed,
        ];
        let of = |script| [16, 256, 4096, LONGEST].map(|size| Workload::Made(script, size));
        let mut all: Vec<Workload> = scripts.into_iter().flat_map(of).collect();
        all.push(Workload::ClassFiles);
        all
    }
}

impl fmt::Display for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Task::Decode => "decode",
            Task::Utf16 => "utf16",
            Task::Validate => "validate",
            Task::Encode => "encode",
        })
    }
}

impl fmt::Display for Workload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let &Workload::Made(script, size) = self else {
            return f.write_str("class-files");
        };
        let script = match script {
            Script::Ascii => "ascii",
            Script::Latin => "latin",
            Script::Chinese => "chinese",
            Script::Emoji => "emoji",
            Script::Mixed => "mixed",
        };
        write!(f, "{script}/{size}")
    }
}

/// One task on one workload: what each peer needed.
#[derive(Debug, Serialize)]
pub(crate) struct Cell {
    #[serde(serialize_with = "as_name")]
    pub(crate) task: Task,
    #[serde(serialize_with = "as_name")]
    pub(crate) workload: Workload,
    pub(crate) strings: usize,
    pub(crate) bytes: usize,
    pub(crate) peers: Vec<Timings>,
}

/// One peer's rounds, in nanoseconds for each string.
#[derive(Debug, Serialize)]
pub(crate) struct Timings {
    pub(crate) peer: String,
    /// How many of the strings it got wrong.
    pub(crate) wrong: usize,
    pub(crate) rounds: Vec<f64>,
}

impl Cell {
    /// The median of a peer's nanoseconds for each string.
    pub(crate) fn nanos(&self, peer: &str) -> Option<f64> {
        median(self.find(peer)?.rounds.iter().copied())
    }

    /// How many times as fast as `other` a peer was: the median over the rounds.
    pub(crate) fn speed(&self, peer: &str, other: &str) -> Option<f64> {
        let rounds = self
            .find(other)?
            .rounds
            .iter()
            .zip(&self.find(peer)?.rounds);
        median(rounds.map(|(other, nanos)| other / nanos))
    }

    pub(crate) fn find(&self, peer: &str) -> Option<&Timings> {
        self.peers.iter().find(|figures| figures.peer == peer)
    }
}

fn as_name<S: serde::Serializer>(name: &impl fmt::Display, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(name)
}
