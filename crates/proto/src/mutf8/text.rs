//! Between modified UTF-8 and text.
//!
//! Most text is the same bytes in both. What is not: NUL, and characters beyond U+FFFF.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use ascii::AsciiStr;

use super::short::{self, SHORT};
use super::{push_unit, scan, units, windows};

/// A surrogate without its other half.
pub(crate) struct LoneUnit {
    pub(crate) index: usize,
    pub(crate) unit: u16,
}

/// The text of `body` where it is the same bytes.
#[inline]
pub(crate) fn same_text(body: &[u8]) -> Option<&str> {
    short_ascii(body).or_else(|| other_text(body))
}

#[inline(never)]
fn other_text(body: &[u8]) -> Option<&str> {
    as_it_stands(body).filter(|_| !has_astral(body))
}

fn has_astral(body: &[u8]) -> bool {
    if body.len() < SHORT {
        short::has_astral(body)
    } else {
        scan::has_astral(body)
    }
}

/// The text of canonical modified UTF-8, or its first lone surrogate.
#[inline]
pub(crate) fn to_text(canonical: &[u8]) -> Result<Cow<'_, str>, LoneUnit> {
    match short_ascii(canonical).or_else(|| as_it_stands(canonical)) {
        Some(text) => Ok(Cow::Borrowed(text)),
        None => rewrite_all(canonical).map(Cow::Owned),
    }
}

/// An ASCII text that is not long; those are read faster otherwise.
#[inline(always)]
fn short_ascii(bytes: &[u8]) -> Option<&str> {
    const LONG: usize = 8192;
    // Of the safe ways from ASCII to str, the one that costs a short text least.
    let text = (bytes.len() < LONG).then(|| AsciiStr::from_ascii(bytes))?;
    text.ok().map(AsciiStr::as_str)
}

/// The text of what is UTF-8 as it stands; a long one may be given up early.
fn as_it_stands(bytes: &[u8]) -> Option<&str> {
    if bytes.len() >= SHORT {
        return if is_rewritten_soon(bytes) {
            None
        } else {
            simdutf8::basic::from_utf8(bytes).ok()
        };
    }
    // from_utf8 looks for runs of ASCII, and loses time with it where there are none.
    let text = bytes.utf8_chunks().next()?.valid();
    (text.len() == bytes.len()).then_some(text)
}

fn rewrite_all(canonical: &[u8]) -> Result<String, LoneUnit> {
    match rewrite(canonical) {
        Some(text) => Ok(text),
        None => to_text_by_unit(canonical),
    }
}

fn to_text_by_unit(canonical: &[u8]) -> Result<String, LoneUnit> {
    let mut text = String::with_capacity(canonical.len());
    let mut index = 0;
    for decoded in char::decode_utf16(units(canonical)) {
        let char = decoded.map_err(|error| LoneUnit {
            index,
            unit: error.unpaired_surrogate(),
        })?;
        index += char.len_utf16();
        text.push(char);
    }
    Ok(text)
}

/// The modified UTF-8 of `text`, which is `text` itself unless it has NUL or a character beyond
/// U+FFFF.
#[inline]
pub(crate) fn from_text(text: &str) -> Cow<'_, [u8]> {
    let bytes = text.as_bytes();
    let differs = if bytes.len() < SHORT {
        short::has_nul_or_astral(bytes)
    } else {
        scan::has_nul_or_astral(bytes)
    };
    if differs {
        Cow::Owned(encode(text))
    } else {
        Cow::Borrowed(bytes)
    }
}

fn encode(text: &str) -> Vec<u8> {
    if text.len() >= SHORT {
        return windows::from_utf8(text);
    }
    let mut encoded = Vec::with_capacity(text.len() + text.len() / 2);
    let mut rest = text;
    while let Some(at) = rest.find(|char| char == '\0' || char > '\u{FFFF}') {
        let (same, other) = rest.split_at(at);
        encoded.extend_from_slice(same.as_bytes());
        let mut chars = other.chars();
        let mut halves = [0; 2];
        for &mut unit in chars
            .next()
            .map_or(&mut [][..], |c| c.encode_utf16(&mut halves))
        {
            push_unit(&mut encoded, unit);
        }
        rest = chars.as_str();
    }
    encoded.extend_from_slice(rest.as_bytes());
    encoded
}

/// Whether a long body begins with a NUL of two bytes or a surrogate: then it is not UTF-8, and
/// need not be tried.
fn is_rewritten_soon(body: &[u8]) -> bool {
    const LONG: usize = 16_384;
    const SAMPLE: usize = 128;
    let sample = &body[..SAMPLE.min(body.len())];
    body.len() >= LONG && scan::has_nul_or_surrogate(sample)
}

/// The text of `body`, copied by words up to each byte that may not be UTF-8's. `None` says only
/// that it is not modified UTF-8 of nothing unusual: no overlong form, no lone surrogate.
pub(crate) fn rewrite(body: &[u8]) -> Option<String> {
    const WORD: usize = 8;
    let mut utf8 = vec![0; body.len() + WORD];
    let (mut from, mut to) = (0, 0);
    while from < body.len() {
        let word = word_at(body, from);
        utf8[to..to + WORD].copy_from_slice(&word.to_le_bytes());
        let same = (special(word).trailing_zeros() / 8) as usize;
        let same = same.min(body.len() - from);
        from += same;
        to += same;
        if same == WORD {
            continue;
        }
        while let Some(four) = astral(word_at(body, from)) {
            utf8[to..to + 4].copy_from_slice(&four);
            from += 6;
            to += 4;
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

/// Eight bytes from `at`, with 00 beyond the end.
#[inline(always)]
fn word_at(body: &[u8], at: usize) -> u64 {
    let rest = &body[at..];
    let bytes = rest.first_chunk().copied().unwrap_or_else(|| {
        let mut bytes = [0; 8];
        bytes[..rest.len()].copy_from_slice(rest);
        bytes
    });
    u64::from_le_bytes(bytes)
}

/// The top bit of each byte that is C0, ED, or F0 and more; exact up to the first such byte.
#[inline(always)]
fn special(word: u64) -> u64 {
    const LOW: u64 = u64::MAX / 0xFF;
    let equal = |byte: u64| {
        let difference = word ^ (LOW * byte);
        difference.wrapping_sub(LOW) & !difference
    };
    let from_f0 = word & word << 1 & word << 2 & word << 3;
    (equal(0xC0) | equal(0xED) | from_f0) & (LOW << 7)
}

/// The UTF-8 of the surrogate pair in the first six bytes.
#[inline(always)]
fn astral(word: u64) -> Option<[u8; 4]> {
    let [_, b1, b2, _, b4, b5, ..] = word.to_le_bytes();
    let is_pair = word & 0xC0F0_FFC0_F0FF == 0x80B0_ED80_A0ED;
    is_pair.then(|| {
        // All of the character's bits but the last ten.
        let high = (u16::from(b1 & 0x0F) << 6 | u16::from(b2 & 0x3F)) + 0x40;
        [
            0xF0 | (high >> 8) as u8,
            0x80 | (high >> 2 & 0x3F) as u8,
            0x80 | ((high & 3) << 4) as u8 | b4 & 0x0F,
            b5,
        ]
    })
}
