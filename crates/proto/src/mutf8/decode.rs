//! Between modified UTF-8 and text.
//!
//! Most text is the same bytes in both. What is not: NUL, and characters beyond U+FFFF.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;

use ascii::AsciiStr;

use super::encode::Step;
use super::rewrite::rewrite;
use super::word::{self, SHORT};
use super::{encode, surrogate_pair, units, validate};

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
    as_it_stands(body).filter(|_| body.len() < SHORT || !validate::has_astral(body))
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
pub(super) fn short_ascii(bytes: &[u8]) -> Option<&str> {
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
    if word::is_other_text(bytes) {
        return None;
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
#[inline(always)]
pub(crate) fn from_text(text: &str) -> Cow<'_, [u8]> {
    let bytes = text.as_bytes();
    let differs = if bytes.len() < SHORT {
        word::has_nul_or_astral(bytes)
    } else {
        validate::has_nul_or_astral(bytes)
    };
    if differs {
        Cow::Owned(encode(text))
    } else {
        Cow::Borrowed(bytes)
    }
}

fn encode(text: &str) -> Vec<u8> {
    if text.len() >= SHORT {
        return encode::from_utf8(text);
    }
    let utf8 = text.as_bytes();
    let mut body = Vec::with_capacity(utf8.len() + utf8.len() / 2 + 8);
    let mut from = 0;
    while from < utf8.len() {
        let step = Step::at(utf8, from);
        let length = body.len() + step.written;
        body.extend_from_slice(&step.body);
        body.truncate(length);
        from += step.read;
    }
    body
}

/// Whether a long body begins with a NUL of two bytes or a surrogate: then it is not UTF-8, and
/// need not be tried.
fn is_rewritten_soon(body: &[u8]) -> bool {
    const LONG: usize = 16_384;
    const SAMPLE: usize = 128;
    surrogate_pair::is_pair(word::word_at(body, 0))
        || body.len() >= LONG && validate::has_nul_or_surrogate(&body[..SAMPLE])
}

#[cfg(test)]
mod tests {
    use super::super::{canonical, push_unit};
    use super::*;

    /// Encodes and decodes a text beside a codec that goes by the unit.
    #[track_caller]
    fn check_text(text: &str) {
        let mut body = Vec::new();
        let units = text.encode_utf16();
        units.for_each(|unit| push_unit(&mut body, unit));
        assert_eq!(from_text(text), &body[..], "{text:?}");
        check_body(&body);
    }

    #[track_caller]
    fn check_body(body: &[u8]) {
        let units = canonical(body).map(|body| units(&body).collect::<Vec<u16>>());
        let by_unit = units.ok().and_then(|units| String::from_utf16(&units).ok());
        let same = same_text(body).map(String::from);
        let found = same.or_else(|| rewrite(body));
        // What has an overlong form is left to the decoder by units.
        if found.is_some() || canonical(body).is_ok_and(|canonical| canonical == body) {
            assert_eq!(found, by_unit, "{body:X?}");
        }
    }

    #[test]
    fn short_text_that_is_the_same_bytes_is_found_so() {
        // Hangul shares its lead with the surrogates.
        let chars = [
            'a', 'é', '中', '\u{D000}', '\u{D1BF}', '\u{D7FF}', '\u{E000}',
        ];
        for (first, second) in chars.iter().flat_map(|a| chars.map(|b| (*a, b))) {
            for (before, after) in (0..10).flat_map(|n| (0..10).map(move |m| (n, m))) {
                let text = format!("{:before$}{first}{second}{:after$}", "", "");
                assert_eq!(same_text(text.as_bytes()), Some(&*text), "{text:?}");
            }
        }
    }

    #[test]
    fn a_run_of_what_is_rewritten_may_begin_and_end_anywhere() {
        for (char, same) in [
            ("\0", "a"),
            ("\u{10000}", "é"),
            ("😀", "你"),
            ("\u{10FFFF}", "한"),
        ] {
            for before in 0..40 {
                for run in (0..6).chain(14..22).chain([40]) {
                    for after in [0, 1, 2, 7, 33] {
                        let [before, after] = [before, after].map(|n| same.repeat(n));
                        check_text(&(before + &char.repeat(run) + &after));
                    }
                }
            }
        }
    }

    #[test]
    fn a_run_may_be_interrupted_anywhere() {
        for other in ["éé", "你a", "\0a\0a", "한", "a"] {
            for at in 0..40 {
                check_text(&("😀".repeat(at) + other + &"🙈".repeat(40 - at)));
            }
        }
    }

    #[test]
    fn a_body_may_be_cut_or_spoilt_anywhere() {
        for text in ["😀".repeat(40), "a\0😀é你한".repeat(9), "你😀\0é".into()] {
            let body = from_text(&text);
            for at in 0..body.len() {
                check_body(&body[..at]);
                check_body(&[&body[..at], "😀".as_bytes(), &body[at..]].concat());
                for byte in [
                    0, b'a', 0x80, 0x9F, 0xA0, 0xB0, 0xC0, 0xC3, 0xE0, 0xED, 0xF0,
                ] {
                    let mut spoilt = body.to_vec();
                    spoilt[at] = byte;
                    check_body(&spoilt);
                }
            }
        }
    }
}
