//! The cells of the benchmark: one task on one workload, with the times of each implementation.

use std::fmt;

use serde::Serialize;

use crate::median::median;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Task {
    /// From a frame's body to text.
    Decode,
    /// From a frame's body to UTF-16.
    Utf16,
    /// The check that a body is well formed.
    Validate,
    /// From text to a frame's body.
    Encode,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Script {
    Ascii,
    /// Text of which every fourth character has two bytes.
    Latin,
    Chinese,
    Emoji,
    /// Characters of all these kinds, and sometimes a NUL.
    Mixed,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Workload {
    /// Random texts whose bodies have this number of bytes.
    Made(Script, usize),
    /// The strings of the JDK's own class files.
    ClassFiles,
}

/// Number of bytes of the longest body.
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

/// One task on one workload, and the times of each implementation.
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

/// The rounds of one implementation, in nanoseconds for each string.
#[derive(Debug, Serialize)]
pub(crate) struct Timings {
    pub(crate) peer: String,
    /// Number of strings that it got wrong.
    pub(crate) wrong: usize,
    pub(crate) rounds: Vec<f64>,
}

impl Cell {
    /// Returns the median of an implementation's nanoseconds for each string.
    pub(crate) fn nanos(&self, peer: &str) -> Option<f64> {
        median(self.find(peer)?.rounds.iter().copied())
    }

    /// Returns the speed of `peer` as a multiple of that of `other`: the median of the rounds' ratios.
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
