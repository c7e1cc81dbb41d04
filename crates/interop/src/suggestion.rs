//! Suggests a mask's pattern, from two observations of a channel that is never twice the same.
//!
//! The observations are `it is 10:14:38 UTC` and `it is 10:14:41 UTC`.
//!
//! 1. The word at the first difference is `10:14:38` in the one and `10:14:41` in the other.
//! 2. Numbers become `\d+`, and everything else stays: `\d+:\d+:\d+`.
//! 3. With that blanked out, nothing differs any more. Otherwise the next word is added, behind a `|`.

use regex::bytes::Regex;
use regex::escape;

use crate::channel::{Observed, first_difference};

/// Largest number of words that are generalised.
const WORDS: usize = 4;

/// Returns a pattern that makes two observations the same, or `None` if no simple one does.
pub(crate) fn pattern(one: &Observed, other: &Observed) -> Option<String> {
    match (one, other) {
        (Observed::Bytes(one), Observed::Bytes(other)) => of_bytes(one, other),
        (Observed::Text(one), Observed::Text(other)) => of_bytes(one.as_bytes(), other.as_bytes()),
        (Observed::Streams(one), Observed::Streams(other)) if one.len() == other.len() => {
            of_bytes(&one.join(&b'\n'), &other.join(&b'\n'))
        }
        _ => None,
    }
}

fn of_bytes(one: &[u8], other: &[u8]) -> Option<String> {
    let (mut one, mut other) = (one.to_vec(), other.to_vec());
    let mut words: Vec<String> = Vec::new();
    while let Some(at) = first_difference(&one, &other) {
        let general = generalised(&one, &other, at)?;
        let pattern = Regex::new(&general).ok()?;
        words.push(general);
        let blanked = |bytes: &[u8]| pattern.replace_all(bytes, &b" "[..]).into_owned();
        let next = (blanked(&one), blanked(&other));
        if words.len() > WORDS || next == (one, other) {
            return None;
        }
        (one, other) = next;
    }
    (!words.is_empty()).then(|| words.join("|"))
}

/// Returns a pattern of the words around `at`, behind the word before them if each is nothing but a number.
fn generalised(one: &[u8], other: &[u8], at: usize) -> Option<String> {
    let (start, word) = word_at(one, at);
    let (one_parts, other_parts) = (parts(word), parts(word_at(other, at).1));
    let pairs: Vec<(&str, &str)> = match one_parts.len() == other_parts.len() {
        true => one_parts.into_iter().zip(other_parts).collect(),
        false => return None,
    };
    let are = |test: fn(&u8) -> bool, (a, b): (&str, &str)| {
        a.bytes().chain(b.bytes()).all(|byte| test(&byte))
    };
    let is_number = |pair| are(u8::is_ascii_digit, pair);
    let is_hexadecimal = |pair| are(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'), pair);
    let mut unlike = pairs.iter().filter(|(a, b)| a != b);
    // In `3b0c-1234` the number is hexadecimal, too.
    let digits = match unlike.any(|&pair| !is_number(pair) && is_hexadecimal(pair)) {
        true => "[0-9a-f]+",
        false => r"\d+",
    };
    let general: Option<String> = pairs
        .iter()
        .map(|&(a, b)| match a == b {
            _ if is_number((a, b)) => Some(digits.to_owned()),
            true => Some(escape(a)),
            false if is_hexadecimal((a, b)) => Some("[0-9a-f]+".to_owned()),
            false if are(u8::is_ascii_alphanumeric, (a, b)) => Some(r"\w+".to_owned()),
            false => None,
        })
        .collect();
    let before = match &pairs[..] {
        [_] => &one[word_at(one, start.saturating_sub(1)).0..start],
        _ => &[],
    };
    let before = str::from_utf8(before).ok()?;
    let is_plain = |c: char| c.is_ascii_graphic() && !c.is_ascii_digit() || c == ' ';
    let before = if before.chars().all(is_plain) {
        before
    } else {
        ""
    };
    Some(escape(before) + &general?)
}

/// Returns the start of the word of visible ASCII around `at`, and the word.
fn word_at(bytes: &[u8], at: usize) -> (usize, &str) {
    let (before, behind) = bytes.split_at(at.min(bytes.len()));
    let visible = |byte: &&u8| byte.is_ascii_graphic();
    let start = before.len() - before.iter().rev().take_while(visible).count();
    let end = before.len() + behind.iter().take_while(visible).count();
    (
        start,
        str::from_utf8(&bytes[start..end]).unwrap_or_default(),
    )
}

/// Returns the runs of letters and digits in `word`, and every other character by itself.
fn parts(word: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = word;
    while !rest.is_empty() {
        let run = rest.bytes().take_while(u8::is_ascii_alphanumeric).count();
        let (part, more) = rest.split_at(run.max(1));
        parts.push(part);
        rest = more;
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_varies_is_generalised_and_nothing_else() {
        for (one, other, expected) in [
            (
                "it is 10:14:38 UTC",
                "it is 10:14:41 UTC",
                Some(r"\d+:\d+:\d+"),
            ),
            (
                "from /127.0.0.1:38380\n",
                "from /127.0.0.1:384\n",
                Some(r"/\d+\.\d+\.\d+\.\d+:\d+"),
            ),
            ("lucky number 57!", "lucky number 8!", Some(r"\d+!")),
            (
                "you rolled 5\nbye",
                "you rolled 6\nbye",
                Some(r"rolled \d+"),
            ),
            (
                "Player@1b6d3586 hi",
                "Player@4554617c hi",
                Some(r"Player@[0-9a-f]+"),
            ),
            (
                "token=3b0c-1234.",
                "token=77aa-9e34.",
                Some(r"token=[0-9a-f]+\-[0-9a-f]+\."),
            ),
            ("a 1:2 b 3:4", "a 1:5 b 6:4", Some(r"\d+:\d+")),
            (
                "port 4 and id x9k",
                "port 5 and id zzz",
                Some(r"port \d+|id \w+"),
            ),
            ("hello", "hello and more", None),
            ("same", "same", None),
        ] {
            let observed = [one, other].map(|text| Observed::Text(text.into()));
            let found = pattern(&observed[0], &observed[1]);
            assert_eq!(found.as_deref(), expected, "{one}");
        }
    }

    #[test]
    fn bytes_that_are_no_text_are_no_words() {
        let observed = |bytes: &[u8]| Observed::Streams(vec![vec![0xff], bytes.to_vec()]);
        let found = pattern(&observed(b"\0\x051:2\xe4"), &observed(b"\0\x051:7\xe4"));
        assert_eq!(found.as_deref(), Some(r"\d+:\d+"));
    }
}
