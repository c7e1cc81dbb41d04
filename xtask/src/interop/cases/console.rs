//! The client's console: line ends, bytes that are not UTF-8, and input that comes in pieces.

use super::super::steps::{FRAME, connection, exchange, finish, probe, send, settled, type_in};
use ::interop::case::Case;
use recorder::{Act, Await, Side, Step};

/// Returns the cases about the client's console.
pub(super) fn all() -> Vec<Case> {
    [
        lines(),
        pieces(),
        boundaries(),
        malformed(),
        malformed_at_the_end(),
    ]
    .concat()
}

fn lines() -> Vec<Case> {
    let cases: [(&str, &str, &[u8]); 8] = [
        ("lf", "a line that ends in LF", b"hi\n"),
        ("cr", "a line that ends in CR", b"hi\r"),
        ("crlf", "a line that ends in CR LF", b"hi\r\n"),
        ("no-line-end", "input that ends without a line end", b"hi"),
        ("end-at-once", "input that is empty", b""),
        ("empty-cr", "a line end alone: CR", b"\r"),
        ("two-lines", "the second line is never read", b"one\rtwo\n"),
        ("empty-then-text", "the first line is empty", b"\nhi\n"),
    ];
    cases
        .into_iter()
        .map(|(name, about, input)| exchange(format!("console/{name}"), about, input))
        .collect()
}

/// Returns the steps that connect a real client to a scripted server and wait until the client reads its console.
fn at_the_console() -> Vec<Step> {
    let at_rest = Step::Await(Await::Settled(Side::Client));
    [connection(Side::Server), vec![at_rest]].concat()
}

/// Returns the steps that type the rest of the input and end it.
fn last(bytes: &[u8]) -> Vec<Step> {
    vec![type_in(bytes), Step::EndInput(Side::Client)]
}

/// Returns the steps in which the script receives a frame of `frame` bytes and replies.
fn answered(frame: usize) -> Vec<Step> {
    let request = vec![Step::Act(Act::Receive(frame))];
    [request, send(FRAME), finish()].concat()
}

/// Returns the steps in which the script receives all that the client has sent and replies.
fn answered_once_settled() -> Vec<Step> {
    let request = vec![Step::Act(Act::ReceiveArrived)];
    [settled(Side::Server), request, send(FRAME), finish()].concat()
}

/// Returns cases with a line of characters of one to four bytes, cut in two at each byte, and one byte at a time.
fn pieces() -> Vec<Case> {
    const LINE: &[u8] = "aé水😀z\n".as_bytes();
    /// Number of bytes in the frame: two of length, then 1, 2, 3, 6 and 1 for the characters.
    const SENT: usize = 2 + 1 + 2 + 3 + 6 + 1;
    let cut = |at: usize| {
        let (first, second) = LINE.split_at(at);
        let steps = [
            at_the_console(),
            vec![type_in(first)],
            settled(Side::Server),
            last(second),
            answered(SENT),
        ];
        let about = "a line in two pieces, the second once the client waits for it";
        probe(
            format!("console/cut/{at}"),
            about,
            Side::Server,
            steps.concat(),
        )
    };
    let byte = |byte: &u8| [vec![type_in(&[*byte])], settled(Side::Server)].concat();
    let single: Vec<Step> = LINE.iter().flat_map(byte).collect();
    let single = [at_the_console(), single, last(b""), answered(SENT)].concat();
    let about = "a line byte by byte, each once the client waits for it";
    let single = probe("console/cut/everywhere", about, Side::Server, single);
    let too_long = [
        at_the_console(),
        vec![type_in(&[b'a'; 65_536])],
        settled(Side::Server),
        last(b"\n"),
        vec![Step::Act(Act::ReceiveEnd)],
    ];
    let about = "a line that is too long before it ends";
    let name = "console/cut/too-long";
    let too_long = probe(name, about, Side::Server, too_long.concat());
    let cuts = (1..LINE.len()).map(cut);
    cuts.chain([single, too_long]).collect()
}

/// Returns cases with the longest lines, in which the end of a buffer of any size cuts a character at each byte.
///
/// For characters of n bytes, n lines begin with 0 to n - 1 bytes of ASCII.
fn boundaries() -> Vec<Case> {
    const MOST: usize = 65_535;
    let mut cases = Vec::new();
    for (character, encoded) in [("é", 2), ("水", 3), ("😀", 6)] {
        let length = character.len();
        for shift in 0..length {
            let times = (MOST - shift) / encoded;
            let line = ["a".repeat(shift), character.repeat(times)].concat();
            let sent = 2 + shift + times * encoded;
            let input = last((line + "\n").as_bytes());
            let name = format!("console/boundary/{length}-bytes-from-{shift}");
            let about = "characters of one length, cut by the end of every buffer";
            let steps = [at_the_console(), input, answered(sent)].concat();
            cases.push(probe(name, about, Side::Server, steps));
        }
    }
    cases
}

/// One byte of each kind in UTF-8, or both ends of a range if some decoder treats them differently.
const KINDS: [u8; 16] = [
    b'y', 0x80, 0x90, 0xA0, 0xC1, 0xC3, 0xE0, 0xE4, 0xED, 0xEE, 0xF0, 0xF1, 0xF4, 0xF5, 0xF8, 0xFF,
];

/// Returns cases with every sequence of up to four kinds of bytes, many in one line, each followed by `|`.
fn malformed() -> Vec<Case> {
    let mut sequences: Vec<Vec<u8>> = vec![Vec::new()];
    let mut up_to_three = Vec::new();
    for _ in 0..3 {
        let longer = sequences
            .iter()
            .flat_map(|sequence| KINDS.map(|kind| [sequence.as_slice(), &[kind]].concat()));
        sequences = longer.collect();
        up_to_three.extend(sequences.clone());
    }
    // Sequences of four are tried only if the fourth byte may still belong to the first.
    let may_continue =
        |sequence: &&Vec<u8>| sequence[0] >= 0xE0 && [0x80, 0x90, 0xA0].contains(&sequence[1]);
    let of_four: Vec<Vec<u8>> = sequences
        .iter()
        .filter(may_continue)
        .flat_map(|sequence| KINDS.map(|kind| [sequence.as_slice(), &[kind]].concat()))
        .collect();
    let (up_to_ed, from_ee): (Vec<_>, Vec<_>) =
        of_four.into_iter().partition(|sequence| sequence[0] < 0xEE);
    let (up_to_f1, from_f4): (Vec<_>, Vec<_>) =
        from_ee.into_iter().partition(|sequence| sequence[0] < 0xF4);
    [
        (
            "up-to-three",
            "each kind of byte after each, up to three",
            up_to_three,
        ),
        (
            "four-from-e0",
            "four kinds of bytes, from E0 to ED",
            up_to_ed,
        ),
        (
            "four-from-ee",
            "four kinds of bytes, from EE to F1",
            up_to_f1,
        ),
        ("four-from-f4", "four kinds of bytes, from F4", from_f4),
    ]
    .map(|(name, about, sequences)| {
        let mut line: Vec<u8> = sequences
            .iter()
            .flat_map(|sequence| [sequence.as_slice(), b"|"].concat())
            .collect();
        line.push(b'\n');
        let steps = [at_the_console(), last(&line), answered_once_settled()].concat();
        probe(
            format!("console/malformed/{name}"),
            about,
            Side::Server,
            steps,
        )
    })
    .to_vec()
}

/// Returns cases with input that ends within a sequence of bytes.
fn malformed_at_the_end() -> Vec<Case> {
    let beginnings: [&[u8]; 12] = [
        b"\x80",
        b"\xc1",
        b"\xc3",
        b"\xe0",
        b"\xe0\x80",
        b"\xe4\xb8",
        b"\xed\xa0",
        b"\xf0",
        b"\xf0\x80",
        b"\xf0\x9f",
        b"\xf0\x9f\x98",
        b"\xf4\x90",
    ];
    let case = |beginning: &[u8]| {
        let input = last(&[b"x", beginning].concat());
        let name = format!("console/malformed/end-{}", hex::encode(beginning));
        let about = "input that ends within a character";
        let steps = [at_the_console(), input, answered_once_settled()].concat();
        probe(name, about, Side::Server, steps)
    };
    beginnings.map(case).to_vec()
}
