//! The probes: one real program faces a scripted peer that cuts, stalls, resets, splits or floods at
//! any byte, or speaks nonsense. The original under the same script is the oracle.
//!
//! A probe is named after what the scripted peer does and after the side that it plays:
//! in `cut/client/3` a scripted client ends its connection after three bytes, and the server is real.

use super::case::{Case, Cast};
use crate::record::{Act, Await, Side, Signal, Step};

/// What scripts send where the text does not matter: `hi`.
const FRAME: &[u8] = b"\0\x02hi";

/// Every probe, in the order of the report.
pub(crate) fn all() -> Vec<Case> {
    let mut probes = Vec::new();
    for side in Side::BOTH {
        probes.extend(faults(side));
        probes.extend(splits(side));
        probes.extend(extras(side));
        probes.extend(half_closes(side));
        probes.extend(bodies(side));
        probes.extend(foreigners(side));
    }
    probes.extend(unread_requests());
    probes.extend(deaf());
    probes
}

/// Cut (FIN), reset (RST) and stall after every byte of the scripted side's frame.
fn faults(side: Side) -> Vec<Case> {
    let after = |k: usize| [opening(side), send(&FRAME[..k])].concat();
    let mut probes = Vec::new();
    for k in 0..=FRAME.len() {
        let end = vec![Step::Act(Act::HalfClose), Step::Act(Act::ReceiveEnd)];
        let about = "ends its sending half after so many bytes of a frame";
        probes.push(probe(
            format!("cut/{}/{k}", side.name()),
            about,
            side,
            [after(k), end].concat(),
        ));
    }
    for k in 0..FRAME.len() {
        let real = side.other();
        let read = vec![Step::Await(Await::Consumed(real)), Step::Act(Act::Reset)];
        let about = "resets the connection once so many bytes are read";
        probes.push(probe(
            format!("reset/{}/{k}", side.name()),
            about,
            side,
            [after(k), read].concat(),
        ));
        let about = "says no more after so many bytes of a frame";
        let wait = vec![Step::Await(Await::Settled(real))];
        let steps = [after(k), wait].concat();
        probes.push(case(
            format!("stall/{}/{k}", side.name()),
            about,
            side,
            steps,
        ));
    }
    for k in 0..=FRAME.len() {
        let real = side.other();
        let asleep = [
            opening(side),
            vec![
                Step::Await(Await::Settled(real)),
                Step::Signal(real, Signal::Stop),
            ],
            send(&FRAME[..k]),
            vec![Step::Act(Act::Reset), Step::Signal(real, Signal::Continue)],
        ];
        let about = "sends so many bytes and a reset before any of it is read";
        probes.push(probe(
            format!("reset-unread/{}/{k}", side.name()),
            about,
            side,
            asleep.concat(),
        ));
    }
    probes
}

/// Every way to cut a frame into segments, each read before the next is sent.
fn splits(side: Side) -> Vec<Case> {
    let mut probes = Vec::new();
    for frame in [FRAME, "\0\u{3}你".as_bytes()] {
        let places = frame.len() - 1;
        for cuts in 1..1_usize << places {
            let parts = split(frame, cuts);
            let every_byte = parts.len() == frame.len();
            if frame.len() > FRAME.len() && !every_byte {
                continue;
            }
            let lengths: Vec<String> = parts.iter().map(|part| part.len().to_string()).collect();
            let name = format!("split/{}/{}", side.name(), lengths.join("+"));
            let sent = parts
                .iter()
                .flat_map(|part| read_send(side.other(), part))
                .collect();
            let about = "sends a frame in several segments";
            probes.push(probe(
                name,
                about,
                side,
                [opening(side), sent, goodbye()].concat(),
            ));
        }
    }
    probes
}

/// The parts of `frame`; bit n of `cuts` says that one ends behind byte n.
fn split(frame: &[u8], cuts: usize) -> Vec<&[u8]> {
    let mut parts = Vec::new();
    let mut start = 0;
    for end in 1..=frame.len() {
        if end == frame.len() || cuts >> (end - 1) & 1 == 1 {
            parts.push(&frame[start..end]);
            start = end;
        }
    }
    parts
}

/// A frame and more, in one segment: what is behind the frame is never read.
fn extras(side: Side) -> Vec<Case> {
    let two = [FRAME, b"\0\x03you"].concat();
    let extra: [(&str, &str, Vec<u8>); 4] = [
        (
            "one-byte",
            "sends a frame and one byte more",
            [FRAME, b"!"].concat(),
        ),
        (
            "half-frame",
            "sends a frame and half of another",
            [FRAME, b"\0\x03y"].concat(),
        ),
        ("two-frames", "sends two frames glued into one segment", two),
        (
            "thousand",
            "sends a thousand frames in one go",
            FRAME.repeat(1000),
        ),
    ];
    let mut probes: Vec<Case> = extra
        .into_iter()
        .map(|(name, about, bytes)| {
            let settled = vec![Step::Await(Await::Settled(side.other()))];
            let steps = [opening(side), send(&bytes), settled, goodbye()].concat();
            probe(format!("extra/{}/{name}", side.name()), about, side, steps)
        })
        .collect();
    if side == Side::Client {
        let answered = vec![
            Step::Act(Act::Receive(FRAME.len())),
            Step::Await(Await::Settled(Side::Server)),
        ];
        let steps = [
            opening(side),
            send(FRAME),
            answered,
            send(b"\0\x03you"),
            goodbye(),
        ]
        .concat();
        let about = "sends a second frame once the first is answered";
        probes.push(probe("extra/client/after-reply", about, side, steps));
    }
    probes
}

/// The scripted side ends its sending half, and then reads on.
fn half_closes(side: Side) -> Vec<Case> {
    let half = || {
        vec![
            Step::Act(Act::HalfClose),
            Step::Await(Await::Settled(side.other())),
        ]
    };
    let end = || vec![Step::Act(Act::ReceiveEnd)];
    let about = "ends its sending half and reads on";
    let name = |moment| format!("half-close/{}/{moment}", side.name());
    let mut probes = vec![
        probe(
            name("at-once"),
            about,
            side,
            [connection(side), half(), feed(side), end()].concat(),
        ),
        probe(
            name("in-length"),
            about,
            side,
            [opening(side), send(&FRAME[..1]), half(), end()].concat(),
        ),
        probe(
            name("in-body"),
            about,
            side,
            [opening(side), send(&FRAME[..3]), half(), end()].concat(),
        ),
    ];
    if side == Side::Client {
        let reply = vec![Step::Act(Act::Receive(FRAME.len()))];
        let steps = [opening(side), send(FRAME), half(), reply, end()].concat();
        probes.push(probe(name("before-reply"), about, side, steps));
    }
    probes
}

/// Frames whose body is malformed, or well-formed but not as writeUTF would write it.
fn bodies(side: Side) -> Vec<Case> {
    let bodies: [(&str, &str, &[u8]); 25] = [
        (
            "malformed/continuation",
            "a continuation byte alone",
            b"a\x80b",
        ),
        (
            "malformed/last-continuation",
            "the last continuation byte alone",
            b"\xbf",
        ),
        ("malformed/f0", "a lead byte of four", b"\xf0\x9f\x98\x80"),
        ("malformed/f8", "a byte that nothing has", b"abc\xf8"),
        ("malformed/ff", "the last byte", b"\xff"),
        (
            "malformed/cut-2",
            "a sequence of two without its end",
            b"ab\xc3",
        ),
        (
            "malformed/cut-3",
            "a sequence of three without its end",
            b"ab\xe4\xbd",
        ),
        (
            "malformed/cut-3-short",
            "a sequence of three with its lead alone",
            b"ab\xe4",
        ),
        (
            "malformed/cut-before-bad",
            "too short is noticed before what is wrong",
            b"\xe0A",
        ),
        (
            "malformed/bad-2",
            "a sequence of two with a wrong second byte",
            b"\xc3Ab",
        ),
        (
            "malformed/bad-second-of-3",
            "a sequence of three with a wrong second byte",
            b"\xe4A\xa0",
        ),
        (
            "malformed/bad-third-of-3",
            "a sequence of three with a wrong third byte",
            b"\xe4\xbdA",
        ),
        (
            "malformed/lead-after-lead",
            "a lead byte where a continuation is due",
            b"\xc3\xc3\xa9",
        ),
        (
            "malformed/late",
            "malformed at its very end",
            b"a long beginning that is fine \x80",
        ),
        ("accepted/raw-nul", "a raw NUL comes back as C0 80", b"a\0b"),
        ("accepted/nul", "C0 80 comes back as it is", b"a\xc0\x80b"),
        (
            "accepted/overlong-2",
            "an overlong form of two comes back short",
            b"\xc1\x81",
        ),
        (
            "accepted/overlong-3",
            "an overlong form of three comes back short",
            b"\xe0\x81\x81",
        ),
        (
            "accepted/overlong-3-of-2",
            "e-acute in three bytes comes back in two",
            b"\xe0\x83\xa9",
        ),
        (
            "accepted/overlong-nul",
            "NUL in three bytes comes back in two",
            b"\xe0\x80\x80",
        ),
        (
            "accepted/pair",
            "a surrogate pair",
            b"\xed\xa0\xbd\xed\xb8\x80",
        ),
        (
            "accepted/lone-high",
            "a high surrogate alone prints as ?",
            b"x\xed\xa0\xbdy",
        ),
        (
            "accepted/lone-low",
            "a low surrogate alone prints as ?",
            b"x\xed\xb8\x80y",
        ),
        (
            "accepted/swapped-pair",
            "a low surrogate before a high one",
            b"\xed\xb8\x80\xed\xa0\xbd",
        ),
        (
            "accepted/two-highs",
            "two high surrogates before a low one",
            b"\xed\xa0\xbd\xed\xa0\xbd\xed\xb8\x80",
        ),
    ];
    let long: [(&str, &str, Vec<u8>); 4] = [
        (
            "accepted/raw-nuls-32767",
            "raw NULs that just fit once encoded",
            vec![0; 32_767],
        ),
        (
            "accepted/raw-nuls-32768",
            "raw NULs that no longer fit",
            vec![0; 32_768],
        ),
        (
            "accepted/raw-nuls-65535",
            "65,535 raw NULs cannot be sent back",
            vec![0; 65_535],
        ),
        (
            "malformed/after-65534",
            "malformed at the last byte there can be",
            {
                let mut body = vec![b'a'; 65_535];
                body[65_534] = 0x80;
                body
            },
        ),
    ];
    let short = bodies
        .into_iter()
        .map(|(name, about, body)| (name, about, body.to_vec()));
    short
        .chain(long)
        .map(|(name, about, body)| {
            let (kind, name) = name.split_once('/').expect("a name of two parts");
            let frame = [&(body.len() as u16).to_be_bytes()[..], &body].concat();
            let steps = [opening(side), send(&frame), goodbye()].concat();
            probe(format!("{kind}/{}/{name}", side.name()), about, side, steps)
        })
        .collect()
}

/// Peers that speak something else. What Java waits for after it, they do not send.
fn foreigners(side: Side) -> Vec<Case> {
    let speaks: [(&str, &str, &[u8]); 14] = [
        ("text", "sends a line of plain text", b"hello\n"),
        (
            "http",
            "sends an HTTP request",
            b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
        ),
        (
            "http-reply",
            "sends an HTTP response",
            b"HTTP/1.1 400 Bad Request\r\n\r\n",
        ),
        (
            "tls",
            "sends a TLS ClientHello",
            b"\x16\x03\x01\x00\x05\x01\x00\x00\x01\x03",
        ),
        ("ssh", "sends an SSH banner", b"SSH-2.0-OpenSSH_9.6\r\n"),
        (
            "object-stream",
            "sends an ObjectOutputStream's header",
            b"\xac\xed\x00\x05t\x00\x02hi",
        ),
        (
            "write-chars",
            "writes characters of two bytes",
            b"\0h\0e\0l\0l\0o",
        ),
        (
            "four-byte-length",
            "sends a length of four bytes",
            b"\0\0\0\x02hi",
        ),
        (
            "little-endian",
            "sends its length byte-swapped",
            b"\x02\0hi",
        ),
        (
            "utf-8-emoji",
            "sends an emoji in standard UTF-8",
            b"\0\x04\xf0\x9f\x98\x80",
        ),
        (
            "characters",
            "counts characters, not bytes",
            b"\0\x02\xe4\xbd\xa0\xe5\xa5\xbd",
        ),
        ("gbk", "sends GBK", b"\0\x04\xc4\xe3\xba\xc3"),
        ("short", "closes after 3 of 10 bytes", b"\0\x0ahel"),
        (
            "utf-16",
            "sends UTF-16 with its byte-order mark",
            b"\0\x06\xfe\xff\0h\0i",
        ),
    ];
    speaks
        .into_iter()
        .map(|(name, about, bytes)| {
            let wait = vec![Step::Await(Await::Settled(side.other()))];
            let steps = [opening(side), send(bytes), wait, goodbye()].concat();
            probe(
                format!("foreign/{}/{name}", side.name()),
                about,
                side,
                steps,
            )
        })
        .collect()
}

/// A scripted server that closes before it has read the whole request.
fn unread_requests() -> Vec<Case> {
    let sent = |k: usize| {
        let arrived = Step::Await(Await::Unread(Side::Server, FRAME.len()));
        [
            opening_of_server(),
            vec![arrived, Step::Act(Act::Receive(k))],
        ]
        .concat()
    };
    let mut probes: Vec<Case> = (0..FRAME.len())
        .map(|k| {
            let about = "closes with some of the request unread";
            let steps = [sent(k), vec![Step::Act(Act::Close)]].concat();
            probe(
                format!("close-unread/server/{k}"),
                about,
                Side::Server,
                steps,
            )
        })
        .collect();
    let at_once = [
        connection(Side::Server),
        vec![Step::Act(Act::Close)],
        feed(Side::Server),
    ]
    .concat();
    probes.push(probe(
        "close-at-once/server",
        "closes at once",
        Side::Server,
        at_once,
    ));
    probes
}

/// A client that asks and never reads.
fn deaf() -> Vec<Case> {
    let longest = [&[0xFF, 0xFF][..], &[b'a'; 65_535]].concat();
    let start = vec![Step::Start(Side::Server), Step::Await(Await::Listening)];
    let never_reads = |frame: &[u8]| {
        [
            start.clone(),
            vec![Step::Act(Act::ConnectNarrow)],
            send(frame),
        ]
        .concat()
    };
    let wait = vec![Step::Await(Await::Settled(Side::Server))];
    vec![
        case("deaf/client/short", "asks and never reads", Side::Client, {
            [never_reads(FRAME), wait.clone()].concat()
        }),
        case(
            "deaf/client/longest",
            "asks for the longest reply and never reads",
            Side::Client,
            [never_reads(&longest), wait].concat(),
        ),
        probe(
            "deaf/client/resets",
            "asks for the longest reply and resets",
            Side::Client,
            {
                let settled = vec![
                    Step::Await(Await::Settled(Side::Server)),
                    Step::Act(Act::Reset),
                ];
                [never_reads(&longest), settled].concat()
            },
        ),
    ]
}

/// Up to where the scripted side speaks: a server has the request by then.
fn opening(side: Side) -> Vec<Step> {
    match side {
        Side::Client => connection(side),
        Side::Server => [
            opening_of_server(),
            vec![Step::Act(Act::Receive(FRAME.len()))],
        ]
        .concat(),
    }
}

fn opening_of_server() -> Vec<Step> {
    [connection(Side::Server), feed(Side::Server)].concat()
}

/// The real program is connected to the script, and nobody has said anything.
fn connection(scripted: Side) -> Vec<Step> {
    match scripted {
        Side::Client => vec![
            Step::Start(Side::Server),
            Step::Await(Await::Listening),
            Step::Act(Act::Connect),
        ],
        Side::Server => vec![
            Step::Act(Act::Listen),
            Step::Start(Side::Client),
            Step::Act(Act::Accept),
        ],
    }
}

/// A real client's console; a real server has none.
fn feed(scripted: Side) -> Vec<Step> {
    match scripted {
        Side::Client => Vec::new(),
        Side::Server => {
            vec![
                Step::Feed(Side::Client, b"hi\n".to_vec()),
                Step::EndInput(Side::Client),
            ]
        }
    }
}

fn send(bytes: &[u8]) -> Vec<Step> {
    if bytes.is_empty() {
        Vec::new()
    } else {
        vec![Step::Act(Act::Send(bytes.to_vec()))]
    }
}

fn read_send(real: Side, bytes: &[u8]) -> Vec<Step> {
    [send(bytes), vec![Step::Await(Await::Consumed(real))]].concat()
}

/// The script ends its half and reads to the end.
fn goodbye() -> Vec<Step> {
    vec![Step::Act(Act::HalfClose), Step::Act(Act::ReceiveEnd)]
}

/// A script that ends with the real program's exit.
fn probe(name: impl Into<String>, about: &'static str, scripted: Side, steps: Vec<Step>) -> Case {
    let exit = vec![Step::Await(Await::Exited(scripted.other()))];
    case(name, about, scripted, [steps, exit].concat())
}

fn case(name: impl Into<String>, about: &'static str, scripted: Side, steps: Vec<Step>) -> Case {
    Case {
        name: name.into(),
        about,
        cast: Cast::Against(scripted),
        steps,
    }
}
