//! Declared differences: a Rust program differs from the original on purpose, for a reason.

use ::interop::channel::Channel;
use ::interop::declared::{Against, Declared, Expected};
use recorder::Side;

/// Every declared difference. The drop-ins (`--once`, the peer `rust`) have none.
pub(crate) static LIST: &[Declared] = &[
    server(
        &[
            "length/6553[68]*",
            "console/end-at-once",
            "life/client-killed-before-it-sends",
            "life/second-client",
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
            "stall/client/4",
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
        &["deaf/client/{short,longest}", "stall/client/4"],
        Channel::ServerExit,
        Expected::Text("still running"),
        SERVES_ON,
    ),
    server(
        &["deaf/client/short", "stall/client/4"],
        Channel::ServerEnd,
        Expected::Text("not ended"),
        SERVES_ON,
    ),
    client(
        &["console/end-at-once"],
        Against::Anyone,
        Channel::ClientExit,
        Expected::Text("exit 0"),
        "nothing to say is no failure",
    ),
    client(
        &["life/console-stays-open*"],
        Against::Anyone,
        Channel::Script,
        Expected::Text("the client waits"),
        LINE_BY_LINE,
    ),
    client(
        &["console/two-lines*"],
        Against::Anyone,
        Channel::ClientBytes,
        Expected::Bytes(|| b"\0\x03one\0\x03two".to_vec()),
        LINE_BY_LINE,
    ),
    client(
        &["console/empty-then-text"],
        Against::Anyone,
        Channel::ClientBytes,
        Expected::Bytes(|| b"\0\0\0\x02hi".to_vec()),
        LINE_BY_LINE,
    ),
    client(
        TWO_LINES,
        Against::OneClient,
        Channel::ClientExit,
        Expected::Text("exit 1"),
        UNANSWERED,
    ),
    client(
        TWO_LINES,
        Against::OneClient,
        Channel::ClientEnd,
        Expected::OneOf(&["FIN", "not ended"]),
        UNANSWERED,
    ),
    client(
        TWO_LINES,
        Against::OneClient,
        Channel::ServerEnd,
        Expected::OneOf(&["FIN", "FIN then RST", "RST"]),
        UNANSWERED,
    ),
    client(
        &["console/two-lines*"],
        Against::EveryClient,
        Channel::ClientStdout,
        Expected::Bytes(|| b"---client---\none\ntwo\n".to_vec()),
        LINE_BY_LINE,
    ),
    client(
        &["console/two-lines*"],
        Against::EveryClient,
        Channel::ServerBytes,
        Expected::Bytes(|| b"\0\x03one\0\x03two".to_vec()),
        LINE_BY_LINE,
    ),
    client(
        &["console/two-lines*"],
        Against::EveryClient,
        Channel::ServerStdout,
        Expected::Bytes(|| served(&["one", "two"])),
        LINE_BY_LINE,
    ),
    client(
        &["console/empty-then-text"],
        Against::EveryClient,
        Channel::ClientStdout,
        Expected::Bytes(|| b"---client---\n\nhi\n".to_vec()),
        LINE_BY_LINE,
    ),
    client(
        &["console/empty-then-text"],
        Against::EveryClient,
        Channel::ServerBytes,
        Expected::Bytes(|| b"\0\0\0\x02hi".to_vec()),
        LINE_BY_LINE,
    ),
    client(
        &["console/empty-then-text"],
        Against::EveryClient,
        Channel::ServerStdout,
        Expected::Bytes(|| served(&["", "hi"])),
        LINE_BY_LINE,
    ),
    client(
        &[
            "extra/server/*",
            "foreign/server/four-byte-length",
            "stall/server/4",
        ],
        Against::Anyone,
        Channel::Script,
        Expected::Text("the client waits"),
        STILL_COMES,
    ),
    client(
        &["extra/server/*", "foreign/server/four-byte-length"],
        Against::Anyone,
        Channel::ClientEnd,
        Expected::Text("FIN"),
        STILL_COMES,
    ),
    client(
        &["extra/server/*", "foreign/server/four-byte-length"],
        Against::Anyone,
        Channel::ServerEnd,
        Expected::Text("FIN"),
        STILL_COMES,
    ),
    client(
        &["stall/server/4"],
        Against::Anyone,
        Channel::ClientExit,
        Expected::Text("still running"),
        STILL_COMES,
    ),
    client(
        &[
            "extra/server/{one-byte,half-frame}",
            "reset-unread/server/4",
        ],
        Against::Anyone,
        Channel::ClientExit,
        Expected::Text("exit 1"),
        "a reply that breaks off, or a reset, is a failure even behind a whole reply",
    ),
    client(
        &["extra/server/two-frames"],
        Against::Anyone,
        Channel::ClientStdout,
        Expected::Bytes(|| b"---client---\nhi\nyou\n".to_vec()),
        STILL_COMES,
    ),
    client(
        &["extra/server/thousand"],
        Against::Anyone,
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
        Against::Anyone,
        Channel::ClientStdout,
        Expected::Bytes(|| b"---client---\n\nhi\n".to_vec()),
        STILL_COMES,
    ),
    server(
        SECOND_CLIENT,
        Channel::ClientStdout,
        Expected::Bytes(|| b"---client---\nhello\n".to_vec()),
        SERVED_TOO,
    ),
    server(
        SECOND_CLIENT,
        Channel::ClientExit,
        Expected::Text("exit 0"),
        SERVED_TOO,
    ),
    server(
        SECOND_CLIENT,
        Channel::ServerStdout,
        Expected::Bytes(|| {
            "---server---\n一个客户端连接建立\n一个客户端连接建立\nclient say:hello\n".into()
        }),
        SERVED_TOO,
    ),
    server(
        SECOND_CLIENT,
        Channel::ServerBytes,
        Expected::Streams(&[b"", b"\0\x05hello"]),
        SERVED_TOO,
    ),
    server(
        SECOND_CLIENT,
        Channel::ClientEnd,
        Expected::Text("FIN, FIN"),
        SERVED_TOO,
    ),
    server(
        SECOND_CLIENT,
        Channel::ClientStderr,
        Expected::Text("silent"),
        SERVED_TOO,
    ),
    server(
        SECOND_CLIENT,
        Channel::ServerEnd,
        Expected::Text("FIN, FIN"),
        SERVED_TOO,
    ),
    client(
        IPV6_ALONE,
        Against::Anyone,
        Channel::Script,
        Expected::OneOf(&["the client waits", "the client ended"]),
        EVERY_ADDRESS,
    ),
    client(
        IPV6_ALONE,
        Against::Anyone,
        Channel::ClientExit,
        Expected::OneOf(&["still running", "exit 1"]),
        EVERY_ADDRESS,
    ),
    client(
        REFUSED,
        Against::Anyone,
        Channel::Connections,
        Expected::OneOf(&["127.0.0.1 to 127.0.0.1:666, ::1 to [::1]:666"]),
        EVERY_ADDRESS,
    ),
    client(
        REFUSED,
        Against::Anyone,
        Channel::ClientEnd,
        Expected::OneOf(&["not ended, not ended", "not ended"]),
        EVERY_ADDRESS,
    ),
    client(
        IPV6_ALONE,
        Against::Anyone,
        Channel::ServerEnd,
        Expected::OneOf(&["RST, not ended", "RST"]),
        EVERY_ADDRESS,
    ),
    client(
        &["life/nobody-listens"],
        Against::Anyone,
        Channel::ServerEnd,
        Expected::OneOf(&["RST, RST", "RST"]),
        EVERY_ADDRESS,
    ),
    client(
        REFUSED,
        Against::Anyone,
        Channel::ClientBytes,
        Expected::Streams(&[b"", b""]),
        EVERY_ADDRESS,
    ),
    client(
        REFUSED,
        Against::Anyone,
        Channel::ServerBytes,
        Expected::Streams(&[b"", b""]),
        EVERY_ADDRESS,
    ),
    client(
        IPV6_ALONE,
        Against::Anyone,
        Channel::ClientStderr,
        Expected::OneOf(&["silent"]),
        EVERY_ADDRESS,
    ),
    server(
        &["*"],
        Channel::ServerStderr,
        Expected::OneOf(&["not silent"]),
        "a server that serves everyone writes its log to standard error",
    ),
    server(
        &["*"],
        Channel::Listening,
        // The server binds one address after the other, and may be observed in between.
        Expected::OneOf(&[
            "server on 127.0.0.1:666, backlog 4096, server on [::1]:666, backlog 4096",
            "server on 127.0.0.1:666, backlog 4096",
        ]),
        ON_LOOPBACK,
    ),
    server(
        &["address/client/127.0.0.2"],
        Channel::Script,
        Expected::Text(
            "the script could not connect to 127.0.0.2: Connection refused (os error 111)",
        ),
        ON_LOOPBACK,
    ),
    server(
        &["address/client/192.0.2.1"],
        Channel::Script,
        Expected::Text(
            "the script could not connect to 192.0.2.1: Connection refused (os error 111)",
        ),
        ON_LOOPBACK,
    ),
    server(
        &["address/client/2001-db8--1"],
        Channel::Script,
        Expected::Text(
            "the script could not connect to 2001:db8::1: Connection refused (os error 111)",
        ),
        ON_LOOPBACK,
    ),
    server(
        ELSEWHERE,
        Channel::ServerStdout,
        Expected::Bytes(|| b"---server---\n".to_vec()),
        ON_LOOPBACK,
    ),
    server(
        ELSEWHERE,
        Channel::ServerExit,
        Expected::Text("still running"),
        ON_LOOPBACK,
    ),
    server(
        ELSEWHERE,
        Channel::ClientBytes,
        Expected::Bytes(Vec::new),
        ON_LOOPBACK,
    ),
    server(
        ELSEWHERE,
        Channel::ServerBytes,
        Expected::Bytes(Vec::new),
        ON_LOOPBACK,
    ),
    server(
        ELSEWHERE,
        Channel::ClientEnd,
        Expected::Text("not ended"),
        ON_LOOPBACK,
    ),
    server(
        ELSEWHERE,
        Channel::ServerEnd,
        Expected::Text("RST"),
        ON_LOOPBACK,
    ),
    server(
        &["signal/server/{output-full,accept,length,body}/*"],
        Channel::ServerExit,
        Expected::OneOf(&["exit 0", "exit 1"]),
        "a server that serves everyone drains when it is told to stop, and exits by itself",
    ),
    server(
        &["signal/server/reply-unread/*"],
        Channel::Script,
        Expected::Text("the server waits, the server waits"),
        WAITS_FOR_READERS,
    ),
    server(
        &["signal/server/reply-unread/*"],
        Channel::ServerExit,
        Expected::OneOf(&["exit 0", "exit 1"]),
        WAITS_FOR_READERS,
    ),
    client(
        &["signal/client/*/term"],
        Against::Anyone,
        Channel::ClientExit,
        Expected::Text("killed by signal 15"),
        DIES,
    ),
    client(
        &["signal/client/*/{int,typed}"],
        Against::Anyone,
        Channel::ClientExit,
        Expected::Text("killed by signal 2"),
        DIES,
    ),
    client(
        &["signal/client/*/hup"],
        Against::Anyone,
        Channel::ClientExit,
        Expected::Text("killed by signal 1"),
        DIES,
    ),
    client(
        BROKEN_OUTPUT,
        Against::Anyone,
        Channel::Script,
        Expected::Text("nobody connected to the script"),
        NOBODY_READS,
    ),
    client(
        BROKEN_OUTPUT,
        Against::Anyone,
        Channel::Connections,
        Expected::Text("no connection"),
        NOBODY_READS,
    ),
    client(
        BROKEN_OUTPUT,
        Against::Anyone,
        Channel::ClientBytes,
        Expected::Streams(&[]),
        NOBODY_READS,
    ),
    client(
        BROKEN_OUTPUT,
        Against::Anyone,
        Channel::ServerBytes,
        Expected::Streams(&[]),
        NOBODY_READS,
    ),
    client(
        BROKEN_OUTPUT,
        Against::Anyone,
        Channel::ClientEnd,
        Expected::Text("no connection"),
        NOBODY_READS,
    ),
    client(
        BROKEN_OUTPUT,
        Against::Anyone,
        Channel::ServerEnd,
        Expected::Text("no connection"),
        NOBODY_READS,
    ),
    client(
        TWO_LINES,
        Against::OneClient,
        Channel::ClientStderr,
        Expected::Text("not silent"),
        UNANSWERED,
    ),
    client(
        &["console/end-at-once"],
        Against::Anyone,
        Channel::ClientStderr,
        Expected::Text("silent"),
        "nothing to say is no failure",
    ),
    client(
        &[
            "extra/server/{one-byte,half-frame}",
            "reset-unread/server/4",
        ],
        Against::Anyone,
        Channel::ClientStderr,
        Expected::Text("not silent"),
        "a reply that breaks off, or a reset, is a failure even behind a whole reply",
    ),
    client(
        &["foreign/server/four-byte-length"],
        Against::Anyone,
        Channel::ClientStderr,
        Expected::Text("not silent"),
        "an empty message that looks like another protocol is remarked on",
    ),
    server(
        THREE_CLIENTS,
        Channel::Script,
        Expected::Text("the server waits, the server waits, the server waits"),
        SERVED_TOO,
    ),
    server(
        THREE_CLIENTS,
        Channel::ServerBytes,
        Expected::Streams(&[b"\0\x02hi", b"\0\x02hi", b""]),
        SERVED_TOO,
    ),
    server(
        THREE_CLIENTS,
        Channel::ServerStdout,
        Expected::Bytes(|| {
            let accepted = "一个客户端连接建立\n";
            let said = "client say:hi\n";
            format!("---server---\n{accepted}{accepted}{said}{accepted}{said}").into()
        }),
        SERVED_TOO,
    ),
    server(
        THREE_CLIENTS,
        Channel::ClientEnd,
        Expected::Text("FIN, FIN, FIN"),
        SERVED_TOO,
    ),
    server(
        THREE_CLIENTS,
        Channel::ServerEnd,
        Expected::Text("FIN, FIN, FIN"),
        SERVED_TOO,
    ),
    server(
        &["patience/server/reply-unread"],
        Channel::Script,
        Expected::OneOf(&["the server waits"]),
        SERVES_ON,
    ),
];

const ELSEWHERE: &[&str] = &["address/client/{127.0.0.2,192.0.2.1,2001-db8--1}"];
const BROKEN_OUTPUT: &[&str] = &["console-is/output-broken/client"];
const THREE_CLIENTS: &[&str] = &["life/three-clients"];
const IPV6_ALONE: &[&str] = &["address/server/ipv6-alone"];
const REFUSED: &[&str] = &["address/server/ipv6-alone", "life/nobody-listens"];
const SECOND_CLIENT: &[&str] = &["life/second-client"];
const TWO_LINES: &[&str] = &["console/two-lines*", "console/empty-then-text"];
/// Bytes that are a whole frame by chance, after which Java exits and our server waits for more.
const BYTE_STRINGS: &str = "foreign/client/{utf-8-emoji,characters,gbk,utf-16}";
/// A length of four bytes reads as an empty frame and then a whole one.
const EMPTY: &str = "foreign/client/four-byte-length";

const ON_LOOPBACK: &str =
    "a server that serves everyone listens on loopback unless it is told otherwise";
const DIES: &str = "the client ends by the signal itself, as programs without a virtual machine do";
const WAITS_FOR_READERS: &str =
    "a server that serves everyone gives a client time to read its reply before it stops";
const NOBODY_READS: &str = "a client whose output nobody reads has nothing to do";
const SERVES_ON: &str = "a server that serves everyone waits for the client's next message";
const READS_ALL: &str =
    "a server that reads all that it is sent leaves nothing unread to reset over";
const EVERY_FRAME: &str = "a server that serves everyone answers every message";
const SERVED_TOO: &str =
    "a server that serves everyone serves a second client while there is a first";
/// Accepts Java's own observation too, because a machine's `localhost` may have no IPv6 address.
const EVERY_ADDRESS: &str = "where a host's first address refuses, the client tries the next";
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
        side: Side::Server,
        ..client(cases, Against::Anyone, channel, observed, reason)
    }
}

const fn client(
    cases: &'static [&'static str],
    against: Against,
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

/// Returns the server's output for one client that sends `messages`.
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

#[cfg(test)]
mod tests {
    use ::interop::declared::{Declarations, Subject};

    use super::*;

    /// The default client at the end of its input, which it exits 0 for.
    const SUBJECT: Subject<'_> = Subject {
        case: "console/end-at-once",
        client: "rust-default",
        server: "java-17",
        serves_forever: false,
    };

    fn is_declared(subject: Subject<'_>, channel: Channel) -> bool {
        Declarations::new(LIST).find(subject, channel).is_some()
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
}
