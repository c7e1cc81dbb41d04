//! Declared differences: where a candidate differs from the original on purpose, and why.
//!
//! An entry holds for exactly one observation, and for every recording that it applies to: one of
//! them that no longer differs is itself a difference, so this list cannot outlive the truth.

use globset::{Glob, GlobSet, GlobSetBuilder};
use serde::Serialize;

use crate::channel::{Channel, Observed};
use recorder::Side;

/// One declared difference.
#[derive(Debug)]
pub struct Declared {
    /// The cases, as globs over their names.
    pub cases: &'static [&'static str],
    /// Who causes it: a peer's name, and the side that it plays.
    pub peer: &'static str,
    pub side: Side,
    pub against: Against,
    pub channel: Channel,
    pub observed: Expected,
    pub reason: &'static str,
}

/// Who is on the other side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Against {
    Anyone,
    /// A server that ends with its first client, as the original does.
    OneClient,
    /// A server that serves until it is told to end.
    EveryClient,
}

impl Against {
    pub fn name(self) -> &'static str {
        match self {
            Against::Anyone => "anyone",
            Against::OneClient => "a server of one client",
            Against::EveryClient => "a server of every client",
        }
    }
}

/// Exactly what is observed instead.
#[derive(Debug)]
pub enum Expected {
    Text(&'static str),
    /// One of these, Java's own among them or not: which one is a race that Java does not run.
    OneOf(&'static [&'static str]),
    Bytes(fn() -> Vec<u8>),
    /// The bytes of each connection, or of none.
    Streams(&'static [&'static [u8]]),
}

impl Expected {
    pub fn is(&self, observed: &Observed) -> bool {
        match (self, observed) {
            (Expected::Text(expected), Observed::Text(text)) => expected == text,
            (Expected::OneOf(expected), Observed::Text(text)) => expected.contains(&text.as_str()),
            (Expected::Bytes(expected), Observed::Bytes(bytes)) => expected() == *bytes,
            (Expected::Streams(expected), Observed::Streams(streams)) => *expected == *streams,
            _ => false,
        }
    }

    /// Whether Java's own observation may occur among what is declared.
    pub fn may_be_as_java(&self) -> bool {
        matches!(self, Expected::OneOf(_))
    }
}

/// A list of declared differences.
#[derive(Debug)]
pub struct Declarations {
    pub entries: &'static [Declared],
    /// The cases of each entry.
    cases: Vec<GlobSet>,
}

impl Declarations {
    /// Panics where a case of an entry is no glob.
    pub fn new(entries: &'static [Declared]) -> Declarations {
        Declarations {
            entries,
            cases: entries.iter().map(cases).collect(),
        }
    }

    /// Returns the entry for `channel` of a recording of `subject`.
    pub fn find(&self, subject: Subject<'_>, channel: Channel) -> Option<&'static Declared> {
        let entries = self.entries.iter().zip(&self.cases);
        let mut applying = entries.filter(|(entry, cases)| {
            let itself = match entry.side {
                Side::Client => subject.client,
                Side::Server => subject.server,
            };
            let against = match entry.against {
                Against::Anyone => true,
                Against::OneClient => !subject.serves_forever,
                Against::EveryClient => subject.serves_forever,
            };
            entry.channel == channel
                && entry.peer == itself
                && against
                && cases.is_match(subject.case)
        });
        applying.next().map(|(entry, _)| entry)
    }
}

fn cases(entry: &Declared) -> GlobSet {
    let mut cases = GlobSetBuilder::new();
    for case in entry.cases {
        cases.add(Glob::new(case).expect("a glob of this list"));
    }
    cases.build().expect("globs of this list")
}

/// Who was recorded, in which case.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    pub case: &'a str,
    pub client: &'a str,
    pub server: &'a str,
    /// Whether the server serves until it is told to end.
    pub serves_forever: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_declared_is_exact() {
        let text = |text: &str| Observed::Text(text.into());
        assert!(Expected::Text("exit 0").is(&text("exit 0")));
        assert!(!Expected::Text("exit 0").is(&text("exit 00")));
        assert!(Expected::OneOf(&["FIN", "RST"]).is(&text("RST")));
        assert!(!Expected::OneOf(&["FIN", "RST"]).is(&text("not ended")));
        let bytes = Expected::Bytes(|| b"hi".to_vec());
        assert!(bytes.is(&Observed::Bytes(b"hi".to_vec())));
        assert!(!bytes.is(&Observed::Bytes(b"hi\n".to_vec())));
        assert!(!bytes.is(&text("hi")));
    }
}
