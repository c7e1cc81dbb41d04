//! Differences on purpose: where the Rust side is better than the original, and why.
//!
//! An entry holds for exactly one observation, and for every recording that it applies to: one of
//! them that no longer differs is itself a difference, so this list cannot outlive the truth.

use std::sync::LazyLock;

use globset::{Glob, GlobMatcher};

use super::channel::{Channel, Observed};
use super::verdict::Subject;
use crate::record::Side;

/// One declared difference.
#[derive(Debug)]
pub(crate) struct Declared {
    /// The cases, as a glob over their names.
    pub(crate) case: &'static str,
    /// Who differs: a peer's name, and the side that it plays.
    pub(crate) peer: &'static str,
    pub(crate) side: Side,
    /// The peers on the other side, as a glob over their names.
    pub(crate) against: &'static str,
    pub(crate) channel: Channel,
    /// Exactly what is observed instead.
    pub(crate) observed: Expected,
    pub(crate) reason: &'static str,
}

/// An observation, written down.
#[derive(Debug)]
#[expect(
    dead_code,
    reason = "the list is empty until the Rust programs differ from Java somewhere"
)]
pub(crate) enum Expected {
    Text(&'static str),
    Bytes(&'static [u8]),
}

impl Expected {
    pub(crate) fn is(&self, observed: &Observed) -> bool {
        match (self, observed) {
            (Expected::Text(expected), Observed::Text(text)) => expected == text,
            (Expected::Bytes(expected), Observed::Bytes(bytes)) => expected == bytes,
            _ => false,
        }
    }
}

/// Every declared difference.
pub(crate) static LIST: &[Declared] = &[];

struct Globs {
    case: GlobMatcher,
    against: GlobMatcher,
}

static GLOBS: LazyLock<Vec<Globs>> = LazyLock::new(|| {
    let compile = |glob| {
        Glob::new(glob)
            .expect("a glob of this list")
            .compile_matcher()
    };
    let of_entry = |entry: &Declared| Globs {
        case: compile(entry.case),
        against: compile(entry.against),
    };
    LIST.iter().map(of_entry).collect()
});

/// The entry for `channel` of a recording of `subject`.
pub(crate) fn find(subject: Subject<'_>, channel: Channel) -> Option<&'static Declared> {
    let entries = LIST.iter().zip(GLOBS.iter());
    let mut applying = entries.filter(|(entry, globs)| {
        let (itself, other) = match entry.side {
            Side::Client => (subject.client, subject.server),
            Side::Server => (subject.server, subject.client),
        };
        entry.channel == channel
            && entry.peer == itself
            && globs.against.is_match(other)
            && globs.case.is_match(subject.case)
    });
    applying.next().map(|(entry, _)| entry)
}
