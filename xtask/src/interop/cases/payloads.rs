//! Probes with other bytes than one whole frame: pieces, too many bytes, and nonsense.

use super::super::steps::{
    FRAME, conversation, finish, opening, probe, receive_frame, send, settled,
};
use ::interop::case::Case;
use recorder::{Side, Step};

/// Returns a case for every way to cut a frame into segments. Each segment is read before the next is sent.
pub(super) fn splits(side: Side) -> Vec<Case> {
    let mut probes = Vec::new();
    for frame in [FRAME, "\0\u{3}你".as_bytes()] {
        let all: Vec<usize> = (1..frame.len()).collect();
        for cuts in 1..1_usize << all.len() {
            let at: Vec<usize> = all
                .iter()
                .copied()
                .filter(|at| cuts >> (at - 1) & 1 == 1)
                .collect();
            if frame.len() > FRAME.len() && at != all {
                continue;
            }
            let bounds = [&[0], &at[..], &[frame.len()]].concat();
            let lengths: Vec<String> = bounds
                .windows(2)
                .map(|part| (part[1] - part[0]).to_string())
                .collect();
            probes.push(conversation(side, frame).split(&lengths.join("+"), &at));
        }
    }
    probes
}

/// Returns cases in which the script sends more than one frame. The original never reads the rest.
pub(super) fn extras(side: Side) -> Vec<Case> {
    let payloads: [(&str, &str, Vec<u8>); 4] = [
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
        (
            "two-frames",
            "sends two frames glued into one segment",
            [FRAME, b"\0\x03you"].concat(),
        ),
        (
            "thousand",
            "sends a thousand frames in one go",
            FRAME.repeat(1000),
        ),
    ];
    let mut probes: Vec<Case> = payloads
        .into_iter()
        .map(|(name, about, bytes)| sends("extra", name, about, side, send_all(side, &bytes)))
        .collect();
    if side == Side::Client {
        let steps = [
            send(FRAME),
            receive_frame(),
            settled(side),
            send(b"\0\x03you"),
        ]
        .concat();
        let about = "sends a second frame once the first is answered";
        probes.push(sends("extra", "after-reply", about, side, steps));
    }
    probes
}

/// U+0000, 0001, 007F, 0080, 07FF, 0800, D7FF, D800, DBFF, DC00, DFFF, E000, F8FF, FFFD, FFFE and FFFF as
/// modified UTF-8.
const UNITS: [&[u8]; 16] = [
    b"\xc0\x80",
    b"\x01",
    b"\x7f",
    b"\xc2\x80",
    b"\xdf\xbf",
    b"\xe0\xa0\x80",
    b"\xed\x9f\xbf",
    b"\xed\xa0\x80",
    b"\xed\xaf\xbf",
    b"\xed\xb0\x80",
    b"\xed\xbf\xbf",
    b"\xee\x80\x80",
    b"\xef\xa3\xbf",
    b"\xef\xbf\xbd",
    b"\xef\xbf\xbe",
    b"\xef\xbf\xbf",
];

/// Returns cases with bodies that are malformed, or that `readUTF` accepts and `writeUTF` would not write.
pub(super) fn bodies(side: Side) -> Vec<Case> {
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
            "a sequence of three with a lead byte as its second",
            b"\xe4\xc1\xa0",
        ),
        (
            "malformed/bad-third-of-3",
            "a sequence of three with a lead byte as its third",
            b"\xe4\xbd\xc1",
        ),
        (
            "malformed/lead-after-lead",
            "a lead byte where a continuation is due",
            b"\xc3\xc3",
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
            "overlong forms of two come back short",
            b"\xc0\x81\xc1\x81",
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
    let long: [(&str, &str, Vec<u8>); 7] = [
        (
            "accepted/controls",
            "every control character of ASCII, line ends among them, and spaces at both ends",
            [
                &b" "[..],
                &(1..0x20).chain([0x7F]).collect::<Vec<u8>>(),
                b"%s\\n \t ",
            ]
            .concat(),
        ),
        (
            "accepted/boundary-units",
            "the first and the last unit of each length, lone surrogates among them, a high one at the end",
            UNITS
                .iter()
                .flat_map(|unit| [unit, &b"|"[..]].concat())
                .chain(*b"\xed\xa0\xbd")
                .collect(),
        ),
        (
            "accepted/boundary-unit-pairs",
            "each of these units after each",
            UNITS
                .iter()
                .flat_map(|first| UNITS.map(|second| [first, second, &b"|"[..]].concat()))
                .flatten()
                .collect(),
        ),
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
            sends(kind, name, about, side, send(&frame))
        })
        .collect()
}

/// Returns cases in which the script speaks another protocol. It sends nothing that Java may wait for after that.
pub(super) fn foreign_protocols(side: Side) -> Vec<Case> {
    let payloads: [(&str, &str, &[u8]); 14] = [
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
    payloads
        .into_iter()
        .map(|(name, about, bytes)| sends("foreign", name, about, side, send_all(side, bytes)))
        .collect()
}

/// Returns the steps that send `bytes` and wait until the real program has reacted.
fn send_all(side: Side, bytes: &[u8]) -> Vec<Step> {
    [send(bytes), settled(side)].concat()
}

/// Returns a case in which the script does `steps` once it may send, and then ends its side.
fn sends(kind: &str, name: &str, about: &'static str, side: Side, steps: Vec<Step>) -> Case {
    let name = format!("{kind}/{}/{name}", side.name());
    let steps = [opening(side), steps, finish()].concat();
    probe(name, about, side, steps)
}
