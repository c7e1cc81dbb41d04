//! Differences on purpose: where the Rust side is better than the original, and why.
//!
//! An entry holds for exactly one observation, and for every recording that it applies to: one of
//! them that no longer differs is itself a difference, so this list cannot outlive the truth.

use std::sync::LazyLock;

use globset::{Glob, GlobMatcher, GlobSet, GlobSetBuilder};

use super::channel::{Channel, Observed};
use super::verdict::Subject;
use crate::record::Side;

/// One declared difference.
#[derive(Debug)]
pub(crate) struct Declared {
    /// The cases, as globs over their names.
    pub(crate) cases: &'static [&'static str],
    /// Who causes it: a peer's name, and the side that it plays.
    pub(crate) peer: &'static str,
    pub(crate) side: Side,
    /// The peers on the other side, as a glob over their names.
    pub(crate) against: &'static str,
    pub(crate) channel: Channel,
    pub(crate) observed: Expected,
    pub(crate) reason: &'static str,
}

/// Exactly what is observed instead.
#[derive(Debug)]
pub(crate) enum Expected {
    Text(&'static str),
    /// One of these, Java's own among them or not: which one is a race that Java does not run.
    OneOf(&'static [&'static str]),
    Bytes(fn() -> Vec<u8>),
}

impl Expected {
    pub(crate) fn is(&self, observed: &Observed) -> bool {
        match (self, observed) {
            (Expected::Text(expected), Observed::Text(text)) => expected == text,
            (Expected::OneOf(expected), Observed::Text(text)) => expected.contains(&text.as_str()),
            (Expected::Bytes(expected), Observed::Bytes(bytes)) => expected() == *bytes,
            _ => false,
        }
    }

    /// Whether Java's own observation may occur among what is declared.
    pub(crate) fn may_be_as_java(&self) -> bool {
        matches!(self, Expected::OneOf(_))
    }
}

/// Every declared difference. The drop-ins (`--once`, the peer `rust`) have none.
pub(crate) static LIST: &[Declared] = &[
    server(
        &[
            "length/6553[68]*",
            "console/end-at-once",
            "life/client-killed-before-it-sends",
            "cut/client/[0-3]",
            "reset/client/*",
            "reset-unread/client/*",
            "half-close/client/{at-once,in-*}",
            "malformed/client/*",
            "accepted/client/raw-nuls-{32768,65535}",
            "foreign/client/[!f]*",
        ],
        Channel::ServerExit,
        Expected::Text("exit 0"),
        "a server that serves everyone survives a bad client",
    ),
    server(
        &[
            "extra/client/*",
            "half-close/client/*",
            "deaf/client/*",
            BYTE_STRINGS,
            EMPTY,
        ],
        Channel::Script,
        Expected::Text("the server waits"),
        SERVES_ON,
    ),
    server(
        &["extra/client/*", EMPTY],
        Channel::ServerEnd,
        Expected::Text("FIN"),
        READS_ALL,
    ),
    server(
        &["extra/client/*", EMPTY],
        Channel::ClientEnd,
        Expected::Text("FIN"),
        READS_ALL,
    ),
    server(
        &["extra/client/{two-frames,after-reply}"],
        Channel::ServerBytes,
        Expected::Bytes(|| b"\0\x02hi\0\x03you".to_vec()),
        EVERY_FRAME,
    ),
    server(
        &["extra/client/{two-frames,after-reply}"],
        Channel::ServerStdout,
        Expected::Bytes(|| served(&["hi", "you"])),
        EVERY_FRAME,
    ),
    server(
        &["extra/client/thousand"],
        Channel::ServerBytes,
        Expected::Bytes(|| b"\0\x02hi".repeat(1000)),
        EVERY_FRAME,
    ),
    server(
        &["extra/client/thousand"],
        Channel::ServerStdout,
        Expected::Bytes(|| served(&["hi"; 1000])),
        EVERY_FRAME,
    ),
    server(
        &[EMPTY],
        Channel::ServerBytes,
        Expected::Bytes(|| b"\0\0\0\x02hi".to_vec()),
        EVERY_FRAME,
    ),
    server(
        &[EMPTY],
        Channel::ServerStdout,
        Expected::Bytes(|| served(&["", "hi"])),
        EVERY_FRAME,
    ),
    server(
        &["deaf/client/{short,longest}"],
        Channel::ServerExit,
        Expected::Text("still running"),
        SERVES_ON,
    ),
    server(
        &["deaf/client/short"],
        Channel::ServerEnd,
        Expected::Text("not ended"),
        SERVES_ON,
    ),
    client(
        &["console/end-at-once"],
        "*",
        Channel::ClientExit,
        Expected::Text("exit 0"),
        "nothing to say is no failure",
    ),
    client(
        &["life/console-stays-open"],
        "*",
        Channel::Script,
        Expected::Text("the client waits"),
        LINE_BY_LINE,
    ),
    client(
        &["console/two-lines*"],
        "*",
        Channel::ClientBytes,
        Expected::Bytes(|| b"\0\x03one\0\x03two".to_vec()),
        LINE_BY_LINE,
    ),
    client(
        &["console/empty-then-text"],
        "*",
        Channel::ClientBytes,
        Expected::Bytes(|| b"\0\0\0\x02hi".to_vec()),
        LINE_BY_LINE,
    ),
    client(
        TWO_LINES,
        ONE_MESSAGE,
        Channel::ClientExit,
        Expected::Text("exit 1"),
        UNANSWERED,
    ),
    client(
        TWO_LINES,
        ONE_MESSAGE,
        Channel::ClientEnd,
        Expected::OneOf(&["FIN", "not ended"]),
        UNANSWERED,
    ),
    client(
        TWO_LINES,
        ONE_MESSAGE,
        Channel::ServerEnd,
        Expected::OneOf(&["FIN", "FIN then RST", "RST"]),
        UNANSWERED,
    ),
    client(
        &["console/two-lines*"],
        "rust-default",
        Channel::ClientStdout,
        Expected::Bytes(|| b"---client---\none\ntwo\n".to_vec()),
        LINE_BY_LINE,
    ),
    client(
        &["console/two-lines*"],
        "rust-default",
        Channel::ServerBytes,
        Expected::Bytes(|| b"\0\x03one\0\x03two".to_vec()),
        LINE_BY_LINE,
    ),
    client(
        &["console/two-lines*"],
        "rust-default",
        Channel::ServerStdout,
        Expected::Bytes(|| served(&["one", "two"])),
        LINE_BY_LINE,
    ),
    client(
        &["console/empty-then-text"],
        "rust-default",
        Channel::ClientStdout,
        Expected::Bytes(|| b"---client---\n\nhi\n".to_vec()),
        LINE_BY_LINE,
    ),
    client(
        &["console/empty-then-text"],
        "rust-default",
        Channel::ServerBytes,
        Expected::Bytes(|| b"\0\0\0\x02hi".to_vec()),
        LINE_BY_LINE,
    ),
    client(
        &["console/empty-then-text"],
        "rust-default",
        Channel::ServerStdout,
        Expected::Bytes(|| served(&["", "hi"])),
        LINE_BY_LINE,
    ),
    client(
        &["extra/server/*", "foreign/server/four-byte-length"],
        "*",
        Channel::Script,
        Expected::Text("the client waits"),
        STILL_COMES,
    ),
    client(
        &["extra/server/*", "foreign/server/four-byte-length"],
        "*",
        Channel::ClientEnd,
        Expected::Text("FIN"),
        STILL_COMES,
    ),
    client(
        &["extra/server/*", "foreign/server/four-byte-length"],
        "*",
        Channel::ServerEnd,
        Expected::Text("FIN"),
        STILL_COMES,
    ),
    client(
        &[
            "extra/server/{one-byte,half-frame}",
            "reset-unread/server/4",
        ],
        "*",
        Channel::ClientExit,
        Expected::Text("exit 1"),
        "a reply that breaks off, or a reset, is a failure even behind a whole reply",
    ),
    client(
        &["extra/server/two-frames"],
        "*",
        Channel::ClientStdout,
        Expected::Bytes(|| b"---client---\nhi\nyou\n".to_vec()),
        STILL_COMES,
    ),
    client(
        &["extra/server/thousand"],
        "*",
        Channel::ClientStdout,
        Expected::Bytes(|| {
            ["---client---\n", &"hi\n".repeat(1000)]
                .concat()
                .into_bytes()
        }),
        STILL_COMES,
    ),
    client(
        &["foreign/server/four-byte-length"],
        "*",
        Channel::ClientStdout,
        Expected::Bytes(|| b"---client---\n\nhi\n".to_vec()),
        STILL_COMES,
    ),
];

const TWO_LINES: &[&str] = &["console/two-lines*", "console/empty-then-text"];
/// Whole frames that are not what the client meant, so that Java exits and we wait for more.
const BYTE_STRINGS: &str = "foreign/client/{utf-8-emoji,characters,gbk,utf-16}";
/// A length of four bytes reads as an empty frame and then a whole one.
const EMPTY: &str = "foreign/client/four-byte-length";
/// The servers that serve one message.
const ONE_MESSAGE: &str = "{java-*,rust}";

const SERVES_ON: &str = "a server that serves everyone waits for the client's next message";
const READS_ALL: &str =
    "a server that reads all that it is sent leaves nothing unread to reset over";
const EVERY_FRAME: &str = "a server that serves everyone answers every message";
const LINE_BY_LINE: &str = "the client goes on line by line until the input ends";
const UNANSWERED: &str = "a line that a server of one message does not answer is a failure";
const STILL_COMES: &str = "at the end of input the client prints what still comes";

const fn server(
    cases: &'static [&'static str],
    channel: Channel,
    observed: Expected,
    reason: &'static str,
) -> Declared {
    Declared {
        cases,
        peer: "rust-default",
        side: Side::Server,
        against: "*",
        channel,
        observed,
        reason,
    }
}

const fn client(
    cases: &'static [&'static str],
    against: &'static str,
    channel: Channel,
    observed: Expected,
    reason: &'static str,
) -> Declared {
    Declared {
        cases,
        peer: "rust-default",
        side: Side::Client,
        against,
        channel,
        observed,
        reason,
    }
}

/// The transcript of one client that says `messages`.
fn served(messages: &[&str]) -> Vec<u8> {
    let said = messages
        .iter()
        .map(|message| format!("client say:{message}\n"));
    ["---server---\n一个客户端连接建立\n".to_owned()]
        .into_iter()
        .chain(said)
        .collect::<String>()
        .into()
}

struct Globs {
    cases: GlobSet,
    against: GlobMatcher,
}

static GLOBS: LazyLock<Vec<Globs>> = LazyLock::new(|| LIST.iter().map(globs).collect());

fn globs(entry: &Declared) -> Globs {
    let glob = |glob| Glob::new(glob).expect("a glob of this list");
    let mut cases = GlobSetBuilder::new();
    for case in entry.cases {
        cases.add(glob(case));
    }
    Globs {
        cases: cases.build().expect("globs of this list"),
        against: glob(entry.against).compile_matcher(),
    }
}

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
            && globs.cases.is_match(subject.case)
    });
    applying.next().map(|(entry, _)| entry)
}
