//! Differences on purpose: where the Rust side is better than the original, and why.
//!
//! An entry holds for exactly one observation, and for every recording that it applies to: one of
//! them that no longer differs is itself a difference, so this list cannot outlive the truth.

mod list;

use std::sync::LazyLock;

use globset::{Glob, GlobSet, GlobSetBuilder};
use serde::Serialize;

use super::channel::{Channel, Observed};
use super::verdict::Subject;
pub(crate) use list::LIST;
use recorder::Side;

/// One declared difference.
#[derive(Debug)]
pub(crate) struct Declared {
    /// The cases, as globs over their names.
    pub(crate) cases: &'static [&'static str],
    /// Who causes it: a peer's name, and the side that it plays.
    pub(crate) peer: &'static str,
    pub(crate) side: Side,
    pub(crate) against: Against,
    pub(crate) channel: Channel,
    pub(crate) observed: Expected,
    pub(crate) reason: &'static str,
}

/// Who is on the other side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Against {
    Anyone,
    /// A server that ends with its first client, as the original does.
    OneClient,
    /// A server that serves until it is told to end.
    EveryClient,
}

impl Against {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Against::Anyone => "anyone",
            Against::OneClient => "a server of one client",
            Against::EveryClient => "a server of every client",
        }
    }
}

/// Exactly what is observed instead.
#[derive(Debug)]
pub(crate) enum Expected {
    Text(&'static str),
    /// One of these, Java's own among them or not: which one is a race that Java does not run.
    OneOf(&'static [&'static str]),
    Bytes(fn() -> Vec<u8>),
    /// The bytes of each connection, or of none.
    Streams(&'static [&'static [u8]]),
}

impl Expected {
    pub(crate) fn is(&self, observed: &Observed) -> bool {
        match (self, observed) {
            (Expected::Text(expected), Observed::Text(text)) => expected == text,
            (Expected::OneOf(expected), Observed::Text(text)) => expected.contains(&text.as_str()),
            (Expected::Bytes(expected), Observed::Bytes(bytes)) => expected() == *bytes,
            (Expected::Streams(expected), Observed::Streams(streams)) => *expected == *streams,
            _ => false,
        }
    }

    /// Whether Java's own observation may occur among what is declared.
    pub(crate) fn may_be_as_java(&self) -> bool {
        matches!(self, Expected::OneOf(_))
    }
}

static CASES: LazyLock<Vec<GlobSet>> = LazyLock::new(|| LIST.iter().map(cases).collect());

fn cases(entry: &Declared) -> GlobSet {
    let mut cases = GlobSetBuilder::new();
    for case in entry.cases {
        cases.add(Glob::new(case).expect("a glob of this list"));
    }
    cases.build().expect("globs of this list")
}

/// The entry for `channel` of a recording of `subject`.
pub(crate) fn find(subject: Subject<'_>, channel: Channel) -> Option<&'static Declared> {
    let entries = LIST.iter().zip(CASES.iter());
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
        entry.channel == channel && entry.peer == itself && against && cases.is_match(subject.case)
    });
    applying.next().map(|(entry, _)| entry)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The default client at the end of its input, which it exits 0 for.
    const SUBJECT: Subject<'_> = Subject {
        case: "console/end-at-once",
        client: "rust-default",
        server: "java-17",
        serves_forever: false,
    };

    fn is_declared(subject: Subject<'_>, channel: Channel) -> bool {
        find(subject, channel).is_some()
    }

    #[test]
    fn an_entry_holds_for_its_peer_side_case_and_channel_alone() {
        assert!(is_declared(SUBJECT, Channel::ClientExit));
        assert!(!is_declared(SUBJECT, Channel::ClientStdout));
        assert!(!is_declared(SUBJECT, Channel::ServerExit));
        let (case, client) = ("console/lf", "rust");
        assert!(!is_declared(
            Subject { case, ..SUBJECT },
            Channel::ClientExit
        ));
        assert!(!is_declared(
            Subject { client, ..SUBJECT },
            Channel::ClientExit
        ));
        let (client, server) = (SUBJECT.server, SUBJECT.client);
        let swapped = Subject {
            client,
            server,
            ..SUBJECT
        };
        assert!(!is_declared(swapped, Channel::ClientExit));
        assert!(is_declared(swapped, Channel::ServerExit));
    }

    #[test]
    fn an_entry_against_some_servers_does_not_hold_for_the_others() {
        let against = |serves_forever| Subject {
            case: "console/two-lines",
            serves_forever,
            ..SUBJECT
        };
        assert!(is_declared(against(false), Channel::ClientExit));
        assert!(!is_declared(against(true), Channel::ClientExit));
        assert!(is_declared(against(true), Channel::ClientStdout));
        assert!(!is_declared(against(false), Channel::ClientStdout));
    }

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
