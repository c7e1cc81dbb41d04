//! Declared differences of the client, which sends every line where the original sends one.

use ::interop::channel::Channel;
use ::interop::declared::Against::{Anyone, EveryClient, OneClient};
use ::interop::declared::Expected::{Bytes, OneOf, Streams, Text};
use ::interop::declared::{Against, Declared, Expected};
use recorder::Side;

use super::{entries, served};

const TWO_LINES: &[&str] = &["console/two-lines*"];
const EMPTY_THEN_TEXT: &[&str] = &["console/empty-then-text"];
const FOUR_BYTE_LENGTH: &[&str] = &["foreign/server/four-byte-length"];
const IPV6_ALONE: &[&str] = &["address/server/ipv6-alone"];
const REFUSED: &[&str] = &["address/server/ipv6-alone", "life/nobody-listens"];

const EMPTY_INPUT: &str = "a client whose input is empty has nothing to send, which is no failure";
const REPLACES: &str = "the client says once that its input is not UTF-8 everywhere";
const LINE_BY_LINE: &str = "the client goes on line by line until the input ends";
const UNANSWERED: &str = "a line that a server of one message does not answer is a failure";
const PRINTS_THE_REST: &str = "at the end of input the client prints what still comes";
const BROKEN_REPLY: &str =
    "a reply that breaks off, or a reset, is a failure even after a whole reply";
const WARNS: &str = "the client warns about an empty message that looks like another protocol";
/// Accepts Java's own observation too, because a machine's `localhost` may have no IPv6 address.
const EVERY_ADDRESS: &str = "if a host's first address refuses, the client tries the next";
const DIES: &str = "the client ends by the signal itself, as programs without a virtual machine do";
const READS_ALL: &str =
    "a client that reads all that it is sent leaves nothing unread to reset over";
const NOBODY_READS: &str = "a client whose output nobody reads has nothing to do";

/// Returns the entries of the client.
pub(super) fn all() -> Vec<Declared> {
    [lines(), replies(), addresses(), signals(), broken_output()]
        .into_iter()
        .flatten()
        .collect()
}

fn lines() -> Vec<Declared> {
    let sent = |lines: fn() -> Vec<u8>| [(Channel::ClientBytes, Bytes(lines))];
    let two_lines = [
        (
            Channel::ClientStdout,
            Bytes(|| b"---client---\none\ntwo\n".to_vec()),
        ),
        (
            Channel::ServerBytes,
            Bytes(|| b"\0\x03one\0\x03two".to_vec()),
        ),
        (Channel::ServerStdout, Bytes(|| served(&["one", "two"]))),
    ];
    let empty_then_text = [
        (
            Channel::ClientStdout,
            Bytes(|| b"---client---\n\nhi\n".to_vec()),
        ),
        (Channel::ServerBytes, Bytes(|| b"\0\0\0\x02hi".to_vec())),
        (Channel::ServerStdout, Bytes(|| served(&["", "hi"]))),
    ];
    let unanswered = [
        (Channel::ClientExit, Text("exit 1")),
        (Channel::ClientEnd, OneOf(&["FIN", "not ended"])),
        (Channel::ServerEnd, OneOf(&["FIN", "FIN then RST", "RST"])),
        (Channel::ClientStderr, Text("not silent")),
    ];
    [
        client(
            &["console/end-at-once"],
            Anyone,
            EMPTY_INPUT,
            [
                (Channel::ClientExit, Text("exit 0")),
                (Channel::ClientStderr, Text("silent")),
            ],
        ),
        client(
            &["life/console-stays-open*"],
            Anyone,
            LINE_BY_LINE,
            [(Channel::Script, Text("the client waits"))],
        ),
        client(
            &["console/malformed/*"],
            Anyone,
            REPLACES,
            [(Channel::ClientStderr, Text("not silent"))],
        ),
        client(
            TWO_LINES,
            Anyone,
            LINE_BY_LINE,
            sent(|| b"\0\x03one\0\x03two".to_vec()),
        ),
        client(
            EMPTY_THEN_TEXT,
            Anyone,
            LINE_BY_LINE,
            sent(|| b"\0\0\0\x02hi".to_vec()),
        ),
        client(
            &["console/two-lines*", "console/empty-then-text"],
            OneClient,
            UNANSWERED,
            unanswered,
        ),
        client(TWO_LINES, EveryClient, LINE_BY_LINE, two_lines),
        client(EMPTY_THEN_TEXT, EveryClient, LINE_BY_LINE, empty_then_text),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn replies() -> Vec<Declared> {
    let printed = |text: fn() -> Vec<u8>| [(Channel::ClientStdout, Bytes(text))];
    let waits = &[
        "extra/server/*",
        "foreign/server/four-byte-length",
        "stall/server/4",
    ];
    let broken = &[
        "extra/server/{one-byte,half-frame}",
        "reset-unread/server/4",
    ];
    [
        client(
            waits,
            Anyone,
            PRINTS_THE_REST,
            [(Channel::Script, Text("the client waits"))],
        ),
        client(
            &["extra/server/*", "foreign/server/four-byte-length"],
            Anyone,
            PRINTS_THE_REST,
            [
                (Channel::ClientEnd, Text("FIN")),
                (Channel::ServerEnd, Text("FIN")),
            ],
        ),
        client(
            &["stall/server/4"],
            Anyone,
            PRINTS_THE_REST,
            [(Channel::ClientExit, Text("still running"))],
        ),
        client(
            &["extra/server/two-frames"],
            Anyone,
            PRINTS_THE_REST,
            printed(|| b"---client---\nhi\nyou\n".to_vec()),
        ),
        client(
            &["extra/server/thousand"],
            Anyone,
            PRINTS_THE_REST,
            printed(|| [&b"---client---\n"[..], &b"hi\n".repeat(1000)].concat()),
        ),
        client(
            FOUR_BYTE_LENGTH,
            Anyone,
            PRINTS_THE_REST,
            printed(|| b"---client---\n\nhi\n".to_vec()),
        ),
        client(
            broken,
            Anyone,
            BROKEN_REPLY,
            [
                (Channel::ClientExit, Text("exit 1")),
                (Channel::ClientStderr, Text("not silent")),
            ],
        ),
        client(
            FOUR_BYTE_LENGTH,
            Anyone,
            WARNS,
            [(Channel::ClientStderr, Text("not silent"))],
        ),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn addresses() -> Vec<Declared> {
    let ipv6_alone = [
        (
            Channel::Script,
            OneOf(&["the client waits", "the client ended"]),
        ),
        (Channel::ClientExit, OneOf(&["still running", "exit 1"])),
        (Channel::ServerEnd, OneOf(&["RST, not ended", "RST"])),
        (Channel::ClientStderr, OneOf(&["silent"])),
    ];
    let refused = [
        (
            Channel::Connections,
            OneOf(&["127.0.0.1 to 127.0.0.1:666, ::1 to [::1]:666"]),
        ),
        (
            Channel::ClientEnd,
            OneOf(&["not ended, not ended", "not ended"]),
        ),
        (Channel::ClientBytes, Streams(&[b"", b""])),
        (Channel::ServerBytes, Streams(&[b"", b""])),
    ];
    [
        client(IPV6_ALONE, Anyone, EVERY_ADDRESS, ipv6_alone),
        client(REFUSED, Anyone, EVERY_ADDRESS, refused),
        client(
            &["life/nobody-listens"],
            Anyone,
            EVERY_ADDRESS,
            [(Channel::ServerEnd, OneOf(&["RST, RST", "RST"]))],
        ),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn signals() -> Vec<Declared> {
    let endings = [
        (
            &["signal/client/*/term", "console-is/output-unread/client"][..],
            "killed by signal 15",
        ),
        (&["signal/client/*/{int,typed}"], "killed by signal 2"),
        (&["signal/client/*/hup"], "killed by signal 1"),
    ];
    let unread = client(
        &["console-is/output-unread/client"],
        Anyone,
        READS_ALL,
        [(Channel::ClientEnd, Text("FIN"))],
    );
    endings
        .map(|(cases, exit)| client(cases, Anyone, DIES, [(Channel::ClientExit, Text(exit))]))
        .into_iter()
        .chain([unread])
        .flatten()
        .collect()
}

fn broken_output() -> Vec<Declared> {
    let observed = [
        (Channel::Script, Text("nobody connected to the script")),
        (Channel::Connections, Text("no connection")),
        (Channel::ClientBytes, Streams(&[])),
        (Channel::ServerBytes, Streams(&[])),
        (Channel::ClientEnd, Text("no connection")),
        (Channel::ServerEnd, Text("no connection")),
    ];
    let cases = &["console-is/output-broken/client"];
    client(cases, Anyone, NOBODY_READS, observed)
}

fn client<const N: usize>(
    cases: &'static [&'static str],
    against: Against,
    reason: &'static str,
    observed: [(Channel, Expected); N],
) -> Vec<Declared> {
    entries(Side::Client, against, cases, reason, observed)
}
