//! Declared differences: a candidate differs from the original on purpose, for a reason.
//!
//! An entry applies to one channel of each recording that it matches, and says exactly what is observed there.
//! A recording that it matches and that no longer differs is a failure, so the list stays up to date.

use globset::{Glob, GlobSet, GlobSetBuilder};
use serde::Serialize;

use crate::channel::{Channel, Observed};
use recorder::Side;

/// One declared difference.
#[derive(Debug)]
pub struct Declared {
    /// The cases, as globs over their names.
    pub cases: &'static [&'static str],
    /// Name of the peer that causes the difference.
    pub peer: &'static str,
    /// The side on which the peer plays.
    pub side: Side,
    /// The kind of server on the other side.
    pub against: Against,
    pub channel: Channel,
    pub observed: Expected,
    pub reason: &'static str,
}

/// The kind of server that a declared difference applies to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Against {
    Anyone,
    /// A server that exits after its first client, as the original does.
    OneClient,
    /// A server that serves until it receives SIGTERM.
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

/// The exact observation that a declared difference expects.
#[derive(Debug)]
pub enum Expected {
    Text(&'static str),
    /// One of these texts, because the result is a race. The originals' own observation may be among them.
    OneOf(&'static [&'static str]),
    Bytes(fn() -> Vec<u8>),
    /// The bytes of each connection.
    Streams(&'static [&'static [u8]]),
}

impl Expected {
    /// Returns whether `observed` is exactly what is expected.
    pub fn is(&self, observed: &Observed) -> bool {
        match (self, observed) {
            (Expected::Text(expected), Observed::Text(text)) => expected == text,
            (Expected::OneOf(expected), Observed::Text(text)) => expected.contains(&text.as_str()),
            (Expected::Bytes(expected), Observed::Bytes(bytes)) => expected() == *bytes,
            (Expected::Streams(expected), Observed::Streams(streams)) => *expected == *streams,
            (Expected::Streams([expected]), Observed::Bytes(bytes)) => expected == bytes,
            _ => false,
        }
    }

    /// Returns whether the originals' own observation is also accepted.
    pub fn may_be_as_java(&self) -> bool {
        matches!(self, Expected::OneOf(_))
    }
}

/// A list of declared differences.
#[derive(Debug)]
pub struct Declarations {
    pub entries: &'static [Declared],
    /// The compiled globs of each entry's cases.
    cases: Vec<GlobSet>,
}

impl Declarations {
    /// Compiles the globs of `entries`.
    ///
    /// # Panics
    ///
    /// Panics if a glob is malformed.
    pub fn new(entries: &'static [Declared]) -> Declarations {
        Declarations {
            entries,
            cases: entries.iter().map(cases).collect(),
        }
    }

    /// Returns the entry that applies to `channel` of a recording of `subject`.
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

/// The case and the programs of a recording, to which declared differences are matched.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    pub case: &'a str,
    pub client: &'a str,
    pub server: &'a str,
    /// True if the server serves until it receives SIGTERM.
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
