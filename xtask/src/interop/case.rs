//! The cases: what the console is fed, and what happens to the two programs meanwhile.

mod life;

use super::probe;
use crate::record::{Await, Side, Step};

/// One thing to try, on every pairing.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    /// A path of axes: `length/65536`.
    pub(crate) name: String,
    /// What it is about, in one line.
    pub(crate) about: &'static str,
    pub(crate) cast: Cast,
    pub(crate) steps: Vec<Step>,
}

impl Case {
    pub(super) fn new(
        name: impl Into<String>,
        about: &'static str,
        cast: Cast,
        steps: Vec<Step>,
    ) -> Case {
        Case {
            name: name.into(),
            about,
            cast,
            steps,
        }
    }
}

/// Which programs a case needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cast {
    Both,
    ClientAlone,
    ServerAlone,
    /// The script plays this side, a real program the other.
    Against(Side),
}

/// Every case, in the order of the report.
pub(crate) fn all() -> Vec<Case> {
    [
        messages(),
        lengths(),
        consoles(),
        malformed(),
        life::all(),
        probe::all(),
    ]
    .concat()
}

fn messages() -> Vec<Case> {
    let controls: String = ('\u{0}'..='\u{1f}')
        .filter(|c| !"\n\r".contains(*c))
        .chain(['\u{7f}'])
        .collect();
    let c1: String = ('\u{80}'..='\u{9f}').collect();
    [
        ("ascii", "the lab's own message", "hello"),
        ("empty", "an empty line", ""),
        ("han", "two characters of three bytes", "你好"),
        ("kana", "five characters of three bytes", "こんにちは"),
        (
            "emoji",
            "a surrogate pair: six bytes in modified UTF-8, four in UTF-8",
            "😀",
        ),
        ("emoji-joined", "a family of four, joined by U+200D", "👨‍👩‍👧‍👦"),
        (
            "combining",
            "a letter and its accent stay two units",
            "e\u{301} é",
        ),
        (
            "mixed",
            "units of one, two and three bytes and a pair",
            "a\u{df}水𝄞z",
        ),
        (
            "right-to-left",
            "Hebrew and Arabic, in logical order",
            "שלום مرحبا",
        ),
        (
            "spaces",
            "white space at both ends is part of the line",
            "\t hi \u{3000}",
        ),
        ("nul", "U+0000 is C0 80", "a\0b"),
        (
            "control-c0",
            "every control character but the line ends",
            &controls,
        ),
        ("control-c1", "U+0080 to U+009F, two bytes each", &c1),
        (
            "separators",
            "U+0085, U+2028 and U+2029 do not end a line",
            "a\u{85}b\u{2028}c\u{2029}d",
        ),
        (
            "byte-order-mark",
            "U+FEFF is a character like any other",
            "\u{feff}hi",
        ),
        (
            "noncharacters",
            "U+FFFE and U+FFFF are encoded like any other",
            "\u{fffe}\u{ffff}",
        ),
        ("encoded-1-first", "U+0001, the first of one byte", "\u{1}"),
        ("encoded-1-last", "U+007F, the last of one byte", "\u{7f}"),
        (
            "encoded-2-first",
            "U+0080, the first of two bytes",
            "\u{80}",
        ),
        ("encoded-2-last", "U+07FF, the last of two bytes", "\u{7ff}"),
        (
            "encoded-3-first",
            "U+0800, the first of three bytes",
            "\u{800}",
        ),
        (
            "encoded-3-last",
            "U+FFFF, the last of three bytes",
            "\u{ffff}",
        ),
        (
            "encoded-6-first",
            "U+10000, the first surrogate pair",
            "\u{10000}",
        ),
        (
            "encoded-6-last",
            "U+10FFFF, the last surrogate pair",
            "\u{10ffff}",
        ),
    ]
    .into_iter()
    .map(|(name, about, message)| {
        exchange(format!("exchange/{name}"), about, format!("{message}\n"))
    })
    .collect()
}

fn lengths() -> Vec<Case> {
    let ascii = |n| "a".repeat(n);
    let han = |n| "水".repeat(n);
    [
        ("1", "one byte", ascii(1)),
        ("255", "the last length of one byte", ascii(255)),
        ("256", "the first length of two bytes", ascii(256)),
        ("1024", "1 KB", ascii(1024)),
        ("32768", "a length with its sign bit set", ascii(32_768)),
        ("65535", "the longest message", ascii(65_535)),
        ("65536", "one byte too long: nothing is sent", ascii(65_536)),
        (
            "65535-han",
            "21,845 Han characters, the most there can be",
            han(21_845),
        ),
        (
            "65538-han",
            "21,846 Han characters: nothing is sent",
            han(21_846),
        ),
        (
            "65535-mixed",
            "a pair that ends at the last byte",
            ascii(65_529) + "😀",
        ),
        (
            "65536-mixed",
            "a pair that ends one byte too late",
            ascii(65_530) + "😀",
        ),
    ]
    .into_iter()
    .map(|(name, about, message)| exchange(format!("length/{name}"), about, message + "\n"))
    .collect()
}

fn consoles() -> Vec<Case> {
    let cases: [(&str, &str, &[u8]); 9] = [
        ("lf", "a line that ends in LF", b"hi\n"),
        ("cr", "a line that ends in CR", b"hi\r"),
        ("crlf", "a line that ends in CR LF", b"hi\r\n"),
        ("no-line-end", "input that ends without a line end", b"hi"),
        ("end-at-once", "input that is empty", b""),
        ("empty-cr", "a line end alone: CR", b"\r"),
        ("two-lines", "the second line is never read", b"one\ntwo\n"),
        (
            "two-lines-crlf",
            "two lines that end in CR LF",
            b"one\r\ntwo\r\n",
        ),
        ("empty-then-text", "the first line is empty", b"\nhi\n"),
    ];
    cases
        .into_iter()
        .map(|(name, about, input)| exchange(format!("console/{name}"), about, input))
        .collect()
}

fn malformed() -> Vec<Case> {
    let cases: [(&str, &str, &[u8]); 14] = [
        ("continuation", "a continuation byte alone", b"x\x80y\n"),
        ("two-continuations", "two of them", b"x\x80\xbfy\n"),
        ("overlong-2", "NUL in two bytes", b"x\xc0\x80y\n"),
        ("overlong-3", "NUL in three bytes", b"x\xe0\x80\x80y\n"),
        ("overlong-4", "NUL in four bytes", b"x\xf0\x80\x80\x80y\n"),
        (
            "surrogate",
            "a surrogate in three bytes",
            b"x\xed\xa0\x80y\n",
        ),
        (
            "surrogate-pair",
            "modified UTF-8 on the console",
            b"x\xed\xa0\xbd\xed\xb8\x80y\n",
        ),
        ("cut-2", "a two-byte sequence without its end", b"x\xc3y\n"),
        (
            "cut-3",
            "a three-byte sequence without its end",
            b"x\xe4\xb8y\n",
        ),
        (
            "cut-4",
            "a four-byte sequence without its end",
            b"x\xf0\x9f\x98y\n",
        ),
        (
            "cut-by-end",
            "input that ends within a sequence",
            b"x\xe4\xb8",
        ),
        (
            "beyond",
            "U+110000, the first that is no character",
            b"x\xf4\x90\x80\x80y\n",
        ),
        ("never", "bytes that no UTF-8 has", b"x\xf5\xfe\xffy\n"),
        (
            "gbk",
            "GBK bytes of two Han characters",
            b"\xc4\xe3\xba\xc3\n",
        ),
    ];
    let named = |(name, about, input)| exchange(format!("console/malformed/{name}"), about, input);
    cases.into_iter().map(named).collect()
}

/// A whole conversation: the client's console holds `input` and then ends.
fn exchange(name: String, about: &'static str, input: impl Into<Vec<u8>>) -> Case {
    let steps = vec![
        Step::Start(Side::Server),
        Step::Await(Await::Listening),
        Step::Start(Side::Client),
        Step::Feed(Side::Client, input.into()),
        Step::EndInput(Side::Client),
    ];
    Case::new(name, about, Cast::Both, [steps, exits()].concat())
}

fn exits() -> Vec<Step> {
    vec![
        Step::Await(Await::Exited(Side::Client)),
        Step::Await(Await::Exited(Side::Server)),
    ]
}
