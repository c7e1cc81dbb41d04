//! From modified UTF-8 to text.
//!
//! Most text has the same bytes in both encodings. The exceptions are NUL and characters beyond
//! U+FFFF. For example, `61 ED A0 BD ED B8 80` is `a😀`: `61` is copied, and the surrogate pair
//! becomes `F0 9F 98 80`.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec;

use ascii::AsciiStr;

use super::unit::units;
use super::word::{self, MIN_VECTOR, TOP_BITS, word_at};
use super::{surrogate_pair, validate};

/// A surrogate that is not half of a pair, so that the string is not text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("lone surrogate {unit:04X} at index {index}")]
pub struct LoneSurrogate {
    index: usize,
    unit: u16,
}

impl LoneSurrogate {
    pub(crate) const fn new(index: usize, unit: u16) -> Self {
        Self { index, unit }
    }

    /// Returns the index of the surrogate in UTF-16 code units, as `String.charAt` counts.
    pub const fn index(&self) -> usize {
        self.index
    }

    /// Returns the surrogate: D800 to DFFF.
    pub const fn unit(&self) -> u16 {
        self.unit
    }
}

/// Returns the text of `body` if it has the same bytes in UTF-8.
#[inline]
pub(crate) fn same_text(body: &[u8]) -> Option<&str> {
    ascii(body).or_else(|| same_text_not_ascii(body))
}

#[inline(never)]
fn same_text_not_ascii(body: &[u8]) -> Option<&str> {
    as_utf8(body).filter(|_| body.len() < MIN_VECTOR || !validate::has_astral(body))
}

/// Returns the text of canonical modified UTF-8, or the first lone surrogate.
#[inline]
pub(crate) fn to_text(canonical: &[u8]) -> Result<Cow<'_, str>, LoneSurrogate> {
    match ascii(canonical).or_else(|| as_utf8(canonical)) {
        Some(text) => Ok(Cow::Borrowed(text)),
        None => rewritten_or_lone(canonical).map(Cow::Owned),
    }
}

/// Returns the text of ASCII. Of the safe ways from ASCII to `str`, this costs least.
#[inline(always)]
fn ascii(bytes: &[u8]) -> Option<&str> {
    AsciiStr::from_ascii(bytes).ok().map(AsciiStr::as_str)
}

/// Returns the text if the bytes are valid UTF-8. May also return `None` early for a long body that
/// begins with a NUL or a surrogate.
fn as_utf8(bytes: &[u8]) -> Option<&str> {
    if bytes.len() >= MIN_VECTOR {
        return if begins_rewritten(bytes) {
            None
        } else {
            simdutf8::basic::from_utf8(bytes).ok()
        };
    }
    if word::needs_rewriting(bytes) {
        return None;
    }
    // `from_utf8` looks for runs of ASCII, and loses time if there are none.
    let text = bytes.utf8_chunks().next()?.valid();
    (text.len() == bytes.len()).then_some(text)
}

/// Returns whether a long body begins with a NUL of two bytes or a surrogate. Then it is not UTF-8
/// and need not be tried.
fn begins_rewritten(body: &[u8]) -> bool {
    const LONG: usize = 16_384;
    const SAMPLE: usize = 128;
    surrogate_pair::is_pair(word_at(body, 0))
        || body.len() >= LONG && validate::has_nul_or_surrogate(&body[..SAMPLE])
}

fn rewritten_or_lone(canonical: &[u8]) -> Result<String, LoneSurrogate> {
    match rewritten_text(canonical) {
        Some(text) => Ok(text),
        None => to_text_by_unit(canonical),
    }
}

fn to_text_by_unit(canonical: &[u8]) -> Result<String, LoneSurrogate> {
    let mut text = String::with_capacity(canonical.len());
    let mut index = 0;
    for decoded in char::decode_utf16(units(canonical)) {
        let char =
            decoded.map_err(|error| LoneSurrogate::new(index, error.unpaired_surrogate()))?;
        index += char.len_utf16();
        text.push(char);
    }
    Ok(text)
}

/// Returns the text of `body`, rewritten where the bytes differ. Returns `None` if the body has an
/// overlong form or a lone surrogate, or is malformed.
#[inline(always)]
pub(crate) fn rewritten_text(body: &[u8]) -> Option<String> {
    if body.len() < MIN_VECTOR {
        rewrite_short(body)
    } else {
        rewrite_long(body)
    }
}

/// Rewrites a short body. Four bytes of each character are copied without a branch for its length,
/// and the next character overwrites the bytes that were too many.
#[inline(always)]
fn rewrite_short(mut body: &[u8]) -> Option<String> {
    let mut text = String::with_capacity(body.len());
    while let Some((&pair, rest)) = body.split_first_chunk()
        && let Some(char) = surrogate_pair::to_char(pair)
    {
        text.push(char);
        body = rest;
    }
    if let Some(rest) = ascii(body) {
        text.push_str(rest);
        return Some(text);
    }
    let mut utf8 = [b' '; MIN_VECTOR + 8];
    let (mut from, mut to) = (0, 0);
    let mut is_malformed = false;
    while from < body.len() {
        let word = word_at(body, from);
        if let Some(four) = surrogate_pair::to_utf8(word) {
            utf8[to..to + 4].copy_from_slice(&four);
            from += 6;
            to += 4;
        } else if word & TOP_BITS == 0 {
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
    // With the spaces behind it, the text is long enough to be validated as a vector.
    let rest = simdutf8::basic::from_utf8(&utf8[..MIN_VECTOR]).ok()?;
    let behind = from - body.len();
    text.push_str(rest.get(..to - behind)?);
    Some(text)
}

fn rewrite_long(body: &[u8]) -> Option<String> {
    /// Number of surrogate pairs in a row after which more are expected.
    const RUN: usize = 4;
    const WORD: usize = 8;
    let mut utf8 = vec![0; body.len() + WORD];
    let (mut from, mut to) = (0, 0);
    while from < body.len() {
        let word = word_at(body, from);
        utf8[to..to + WORD].copy_from_slice(&word.to_le_bytes());
        let same = word::count_before_special(word).min(body.len() - from);
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
            // Hangul shares its lead byte with the surrogates. The bytes that follow are validated
            // at the end.
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
