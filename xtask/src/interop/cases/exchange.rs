//! Conversations of two real programs over one message.

use ::interop::case::Case;

use super::super::steps::exchange;

/// Returns the cases with messages of each kind, then with messages of each length.
pub(super) fn all() -> Vec<Case> {
    [messages(), lengths()].concat()
}

fn messages() -> Vec<Case> {
    let controls: String = ('\u{0}'..='\u{1f}')
        .filter(|c| !"\n\r".contains(*c))
        .chain('\u{7f}'..='\u{9f}')
        .collect();
    let printable: String = (' '..='~').collect();
    [
        ("ascii", "the lab's own message", "hello"),
        ("empty", "an empty line", ""),
        ("han", "two characters of three bytes", "你好"),
        (
            "emoji",
            "a surrogate pair: six bytes in modified UTF-8, four in UTF-8",
            "😀",
        ),
        (
            "mixed",
            "units of one, two and three bytes and pairs, in several scripts and directions",
            "a\u{df}水𝄞z e\u{301} é שלום مرحبا こんにちは 👨‍👩‍👧‍👦",
        ),
        (
            "spaces",
            "white space at both ends is part of the line",
            "\t hi \u{a0}\u{3000} ",
        ),
        ("nul", "U+0000 is C0 80", "a\0b"),
        (
            "printable",
            "every printable character of ASCII, what quotes and formats among them",
            &printable,
        ),
        (
            "formats",
            "a byte-order mark, characters that show nothing, others that change what is shown, and U+0085, U+2028 and U+2029, which end no line",
            "\u{feff}\u{ad}\u{61c}\u{200b}\u{200c}\u{200d}\u{200e}\u{200f}\u{202a}\u{202e}\u{2060}\u{2066}\u{2069}\
             \u{fe0f}\u{fff9}\u{fffb}\u{fffc}\u{fffd}\u{e0001}\u{e007f}b\u{85}c\u{2028}d\u{2029}e",
        ),
        (
            "controls",
            "every control character but the line ends, U+0080 to U+009F among them",
            &controls,
        ),
        (
            "boundaries",
            "the first and the last characters of each length, one by one",
            "\u{1}|\u{7f}|\u{80}|\u{7ff}|\u{800}|\u{d7ff}|\u{e000}|\u{f8ff}|\u{fffe}|\u{ffff}|\u{10000}|\u{10ffff}",
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
        ("256", "the first length of two bytes", ascii(256)),
        ("32768", "a length with its sign bit set", ascii(32_768)),
        ("65535", "the longest message", ascii(65_535)),
        ("65536", "one byte too long: nothing is sent", ascii(65_536)),
        (
            "65535-han",
            "21,845 Han characters, the most there can be",
            han(21_845),
        ),
        (
            "65536-mixed",
            "too long in modified UTF-8 alone, in no other count: nothing is sent",
            ascii(65_530) + "😀",
        ),
        (
            "65535-mixed",
            "pairs, of which the last ends at the last byte",
            ascii(3) + &"😀".repeat(10_922),
        ),
    ]
    .into_iter()
    .map(|(name, about, message)| exchange(format!("length/{name}"), about, message + "\n"))
    .collect()
}
