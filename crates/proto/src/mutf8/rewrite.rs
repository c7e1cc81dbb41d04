//! From modified UTF-8 to text where the bytes are not the same.

use alloc::string::String;
use alloc::vec;

use super::decode::short_ascii;
use super::surrogate_pair;
use super::word::{self, SHORT, TOP, word_at};

/// The text of `body`, copied by words up to each byte that may not be UTF-8's. `None` says only
/// that it is not modified UTF-8 of nothing unusual: no overlong form, no lone surrogate.
#[inline(always)]
pub(crate) fn rewrite(body: &[u8]) -> Option<String> {
    if body.len() < SHORT {
        rewrite_short(body)
    } else {
        rewrite_long(body)
    }
}

/// Characters that are not astral are copied without a branch for their length, with bytes that the
/// next one overwrites.
#[inline(always)]
fn rewrite_short(mut body: &[u8]) -> Option<String> {
    let mut text = String::with_capacity(body.len());
    while let Some((&pair, rest)) = body.split_first_chunk()
        && let Some(char) = surrogate_pair::to_char(pair)
    {
        text.push(char);
        body = rest;
    }
    if let Some(rest) = short_ascii(body) {
        text.push_str(rest);
        return Some(text);
    }
    let mut utf8 = [b' '; SHORT + 8];
    let (mut from, mut to) = (0, 0);
    let mut is_malformed = false;
    while from < body.len() {
        let word = word_at(body, from);
        if let Some(four) = surrogate_pair::to_utf8(word) {
            utf8[to..to + 4].copy_from_slice(&four);
            from += 6;
            to += 4;
        } else if word & TOP == 0 {
            utf8[to..to + 8].copy_from_slice(&word.to_le_bytes());
            from += 8;
            to += 8;
        } else {
            let lead = word as u8;
            let length = 1 + usize::from(lead >= 0xC0) + usize::from(lead >= 0xE0);
            let is_nul = word & 0xFFFF == 0x80C0;
            let same = if is_nul { 0 } else { word as u32 };
            utf8[to..to + 4].copy_from_slice(&same.to_le_bytes());
            is_malformed |= lead >= 0xF0;
            from += length;
            to += length - usize::from(is_nul);
        }
    }
    if is_malformed {
        return None;
    }
    // With the spaces it is long enough to be validated as a vector.
    let rest = simdutf8::basic::from_utf8(&utf8[..SHORT]).ok()?;
    let behind = from - body.len();
    text.push_str(rest.get(..to - behind)?);
    Some(text)
}

fn rewrite_long(body: &[u8]) -> Option<String> {
    /// After so many pairs, more are expected.
    const RUN: usize = 4;
    const WORD: usize = 8;
    let mut utf8 = vec![0; body.len() + WORD];
    let (mut from, mut to) = (0, 0);
    while from < body.len() {
        let word = word_at(body, from);
        utf8[to..to + WORD].copy_from_slice(&word.to_le_bytes());
        let same = word::before_special(word).min(body.len() - from);
        from += same;
        to += same;
        if same == WORD {
            continue;
        }
        let begun = from;
        while let Some(four) = surrogate_pair::to_utf8(word_at(body, from)) {
            utf8[to..to + 4].copy_from_slice(&four);
            from += 6;
            to += 4;
            if from - begun == RUN * 6 {
                let pairs = surrogate_pair::blocks_to_utf8(&body[from..], &mut utf8[to..]);
                from += pairs * 6;
                to += pairs * 4;
            }
        }
        match body[from..] {
            [0xC0, 0x80, ..] => {
                utf8[to] = 0;
                from += 2;
                to += 1;
            }
            // Hangul shares its lead with the surrogates; what follows is judged at the end.
            [0xED, second @ 0x80..0xA0, ..] => {
                utf8[to..to + 2].copy_from_slice(&[0xED, second]);
                from += 2;
                to += 2;
            }
            [0xC0 | 0xED | 0xF0..=0xFF, ..] => return None,
            _ => {}
        }
    }
    let text = simdutf8::basic::from_utf8(&utf8[..to]).ok()?;
    Some(text.into())
}
