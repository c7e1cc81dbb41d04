//! Declared differences of the server, which serves everyone where the original serves one client.

use ::interop::channel::Channel;
use ::interop::declared::Expected::{Bytes, OneOf, Streams, Text};
use ::interop::declared::{Against, Declared, Expected};
use recorder::Side;

use super::{entries, served};

const SECOND_CLIENT: &[&str] = &["life/second-client"];
const THREE_CLIENTS: &[&str] = &["life/three-clients"];
const TWO_FRAMES: &[&str] = &["extra/client/{two-frames,after-reply}"];
const OTHER_ADDRESSES: &[&str] = &["address/client/{127.0.0.2,192.0.2.1,2001-db8--1}"];
/// Bytes that are a whole frame by chance, after which Java exits and our server waits for more.
const BYTE_STRINGS: &str = "foreign/client/{utf-8-emoji,characters,gbk,utf-16}";
/// A length of four bytes, which reads as an empty frame and then a whole one.
const FOUR_BYTE_LENGTH: &str = "foreign/client/four-byte-length";

const SURVIVES: &str = "a server that serves everyone survives a bad client";
const SERVES_ON: &str = "a server that serves everyone waits for the client's next message";
const READS_ALL: &str =
    "a server that reads all that it is sent leaves nothing unread to reset over";
const EVERY_FRAME: &str = "a server that serves everyone answers every message";
const SEVERAL_CLIENTS: &str =
    "a server that serves everyone serves a second client while there is a first";
const WRITES_A_LOG: &str = "a server that serves everyone writes its log to standard error";
const ON_LOOPBACK: &str =
    "a server that serves everyone listens on loopback unless it is told otherwise";
const DRAINS: &str =
    "a server that serves everyone drains when it is told to stop, and exits by itself";
const WAITS_FOR_READERS: &str =
    "a server that serves everyone gives a client time to read its reply before it stops";

/// Returns the entries of the server.
pub(super) fn all() -> Vec<Declared> {
    [clients(), messages(), addresses(), signals()]
        .into_iter()
        .flatten()
        .collect()
}

fn clients() -> Vec<Declared> {
    let bad_clients = &[
        "length/6553[68]*",
        "console/end-at-once",
        "console-is/error-*/server",
        "life/client-killed-before-it-sends",
        "life/second-client",
        "cut/client/[0-3]",
        "reset/client/*",
        "reset-unread/client/*",
        "half-close/client/{at-once,in-*}",
        "malformed/client/*",
        "accepted/client/raw-nuls-{32768,65535}",
        "foreign/client/[!f]*",
    ];
    let second_client = [
        (
            Channel::ClientStdout,
            Bytes(|| b"---client---\nhello\n".to_vec()),
        ),
        (Channel::ClientExit, Text("exit 0")),
        (
            Channel::ServerStdout,
            Bytes(|| {
                "---server---\n一个客户端连接建立\n一个客户端连接建立\nclient say:hello\n".into()
            }),
        ),
        (Channel::ServerBytes, Streams(&[b"", b"\0\x05hello"])),
        (Channel::ClientEnd, Text("FIN, FIN")),
        (Channel::ClientStderr, Text("silent")),
        (Channel::ServerEnd, Text("FIN, FIN")),
    ];
    let three_clients = [
        (
            Channel::Script,
            Text("the server waits, the server waits, the server waits"),
        ),
        (
            Channel::ServerBytes,
            Streams(&[b"\0\x02hi", b"\0\x02hi", b""]),
        ),
        (
            Channel::ServerStdout,
            Bytes(|| {
                let accepted = "一个客户端连接建立\n";
                let said = "client say:hi\n";
                format!("---server---\n{accepted}{accepted}{said}{accepted}{said}").into()
            }),
        ),
        (Channel::ClientEnd, Text("FIN, FIN, FIN")),
        (Channel::ServerEnd, Text("FIN, FIN, FIN")),
    ];
    [
        server(
            bad_clients,
            SURVIVES,
            [(Channel::ServerExit, Text("exit 0"))],
        ),
        server(SECOND_CLIENT, SEVERAL_CLIENTS, second_client),
        server(THREE_CLIENTS, SEVERAL_CLIENTS, three_clients),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn messages() -> Vec<Declared> {
    let waits = &[
        "extra/client/*",
        "half-close/client/*",
        "deaf/client/*",
        "stall/client/4",
        BYTE_STRINGS,
        FOUR_BYTE_LENGTH,
    ];
    let two_frames = [
        (
            Channel::ServerBytes,
            Bytes(|| b"\0\x02hi\0\x03you".to_vec()),
        ),
        (Channel::ServerStdout, Bytes(|| served(&["hi", "you"]))),
    ];
    let thousand = [
        (Channel::ServerBytes, Bytes(|| b"\0\x02hi".repeat(1000))),
        (Channel::ServerStdout, Bytes(|| served(&["hi"; 1000]))),
    ];
    let four_byte_length = [
        (Channel::ServerBytes, Bytes(|| b"\0\0\0\x02hi".to_vec())),
        (Channel::ServerStdout, Bytes(|| served(&["", "hi"]))),
    ];
    [
        server(
            waits,
            SERVES_ON,
            [(Channel::Script, Text("the server waits"))],
        ),
        server(
            &["patience/server/reply-unread"],
            SERVES_ON,
            [(Channel::Script, OneOf(&["the server waits"]))],
        ),
        server(
            &["deaf/client/{short,longest}", "stall/client/4"],
            SERVES_ON,
            [(Channel::ServerExit, Text("still running"))],
        ),
        server(
            &["deaf/client/short", "stall/client/4"],
            SERVES_ON,
            [(Channel::ServerEnd, Text("not ended"))],
        ),
        server(
            &["extra/client/*", FOUR_BYTE_LENGTH],
            READS_ALL,
            [
                (Channel::ServerEnd, Text("FIN")),
                (Channel::ClientEnd, Text("FIN")),
            ],
        ),
        server(TWO_FRAMES, EVERY_FRAME, two_frames),
        server(&["extra/client/thousand"], EVERY_FRAME, thousand),
        server(&[FOUR_BYTE_LENGTH], EVERY_FRAME, four_byte_length),
        server(
            &["*"],
            WRITES_A_LOG,
            [(Channel::ServerStderr, OneOf(&["not silent"]))],
        ),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn addresses() -> Vec<Declared> {
    // The server binds one address after the other, and may be observed in between.
    let loopback = OneOf(&[
        "server on 127.0.0.1:666, backlog 4096, server on [::1]:666, backlog 4096",
        "server on 127.0.0.1:666, backlog 4096",
    ]);
    let refused = [
        (
            &["address/client/127.0.0.2"],
            "the script could not connect to 127.0.0.2: Connection refused (os error 111)",
        ),
        (
            &["address/client/192.0.2.1"],
            "the script could not connect to 192.0.2.1: Connection refused (os error 111)",
        ),
        (
            &["address/client/2001-db8--1"],
            "the script could not connect to 2001:db8::1: Connection refused (os error 111)",
        ),
    ]
    .map(|(cases, observed)| server(cases, ON_LOOPBACK, [(Channel::Script, Text(observed))]));
    let untouched = [
        (Channel::ServerStdout, Bytes(|| b"---server---\n".to_vec())),
        (Channel::ServerExit, Text("still running")),
        (Channel::ClientBytes, Bytes(Vec::new)),
        (Channel::ServerBytes, Bytes(Vec::new)),
        (Channel::ClientEnd, Text("not ended")),
        (Channel::ServerEnd, Text("RST")),
    ];
    [
        server(&["*"], ON_LOOPBACK, [(Channel::Listening, loopback)]),
        refused.into_iter().flatten().collect(),
        server(OTHER_ADDRESSES, ON_LOOPBACK, untouched),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn signals() -> Vec<Declared> {
    let exits = || (Channel::ServerExit, OneOf(&["exit 0", "exit 1"]));
    let waits = Text("the server waits, the server waits");
    let echoed = Bytes(|| [&16_000_u16.to_be_bytes()[..], &[b'a'; 16_000]].concat());
    [
        server(
            &["signal/server/{output-full,accept,length,body}/*"],
            DRAINS,
            [exits()],
        ),
        server(
            &["signal/server/reply-unread/*"],
            WAITS_FOR_READERS,
            [(Channel::Script, waits), exits()],
        ),
        server(
            &["console-is/output-unread/server"],
            DRAINS,
            [
                exits(),
                (Channel::ServerBytes, echoed),
                (Channel::ServerEnd, Text("FIN")),
            ],
        ),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn server<const N: usize>(
    cases: &'static [&'static str],
    reason: &'static str,
    observed: [(Channel, Expected); N],
) -> Vec<Declared> {
    entries(Side::Server, Against::Anyone, cases, reason, observed)
}
