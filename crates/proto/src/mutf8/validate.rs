//! What a body is, found in one pass without branches that compilers turn into vector code.
//!
//! Java's validity is local: a byte continues a character exactly if the byte before it leads two
//! or three bytes, or the one before that leads three. So every byte is judged by itself and its
//! two predecessors, many at a time; which byte was wrong is a question for the slow path alone.

use alloc::borrow::Cow;
use alloc::vec::Vec;

use multiversion::multiversion;

use super::unit::{DecodeError, decode_unit, encoded_length, push_unit};
use super::word::{self, MIN_VECTOR};

/// What `writeUTF` gives back for what `readUTF` made of `body`.
#[inline]
pub(crate) fn canonical(body: &[u8]) -> Result<Cow<'_, [u8]>, DecodeError> {
    let is_canonical = if body.len() < MIN_VECTOR {
        word::is_ascii_without_nul(body) || is_canonical_short(body)
    } else {
        shape(body) == Shape::Canonical
    };
    if is_canonical {
        Ok(Cow::Borrowed(body))
    } else {
        canonical_by_unit(body)
    }
}

fn canonical_by_unit(body: &[u8]) -> Result<Cow<'_, [u8]>, DecodeError> {
    let mut rewritten = Vec::new();
    let mut copied = 0;
    let mut at = 0;
    while at < body.len() {
        let (unit, length) = decode_unit(body, at)?;
        if encoded_length(unit) != length {
            rewritten.extend_from_slice(&body[copied..at]);
            push_unit(&mut rewritten, unit);
            copied = at + length;
        }
        at += length;
    }
    if copied == 0 {
        return Ok(Cow::Borrowed(body));
    }
    rewritten.extend_from_slice(&body[copied..]);
    Ok(Cow::Owned(rewritten))
}

/// What `readUTF` and `writeUTF` make of a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// It comes back as it is.
    Canonical,
    /// It comes back in other bytes: it has a raw `00`, or a character in too many bytes.
    NonCanonical,
    /// `readUTF` refuses it.
    Malformed,
}

/// Bytes judged at a time: one AVX2 vector, two of SSE2 or NEON.
const LANES: usize = 32;
/// Bytes of ASCII passed over at a time.
const BLOCK: usize = 256;

/// The shape of a body of at least [`MIN_VECTOR`] bytes.
fn shape(body: &[u8]) -> Shape {
    let found = scan(body);
    if found.malformed {
        Shape::Malformed
    } else if found.maybe_overlong && is_rewritten(body) {
        Shape::NonCanonical
    } else {
        Shape::Canonical
    }
}

/// Whether a body shorter than [`MIN_VECTOR`] comes back as it is.
#[multiversion(targets("x86_64+avx2"))]
fn is_canonical_short(body: &[u8]) -> bool {
    // Two bytes of context before the body and at least one behind it, which complete nothing.
    let mut padded = [b' '; 2 + 2 * LANES];
    padded[2..2 + body.len()].copy_from_slice(body);
    let mut lanes = Lanes {
        malformed: [0; LANES],
        zero_where_overlong: [0xFF; LANES],
    };
    let mut windows = &padded[..];
    while let Some(window) = windows.first_chunk() {
        lanes.check(window);
        windows = &windows[LANES..];
    }
    !any_byte(&lanes.malformed, |lane| lane != 0)
        && !any_byte(&lanes.zero_where_overlong, |lane| lane == 0)
}
const _: () = assert!(MIN_VECTOR <= 2 * LANES);

/// Whether a long text has a byte that no text in Java's encoding and in UTF-8 has alike: 00, or
/// the lead of a character beyond U+FFFF.
#[multiversion(targets("x86_64+avx2"))]
pub(crate) fn has_nul_or_astral(text: &[u8]) -> bool {
    // 00 wraps around to FF.
    max_byte(text, |byte| byte.wrapping_sub(1)) >= 0xEF
}

/// Whether a long text has a byte that leads a character beyond U+FFFF in UTF-8, or nothing.
#[multiversion(targets("x86_64+avx2"))]
pub(crate) fn has_astral(text: &[u8]) -> bool {
    max_byte(text, |byte| byte) >= 0xF0
}

/// The max_byte of at least [`MIN_VECTOR`] bytes after `map`.
///
/// From the end: whoever read a long text before has left its end in the cache, and whoever reads it
/// next finds its beginning there.
#[inline(always)]
fn max_byte(text: &[u8], map: impl Fn(u8) -> u8) -> u8 {
    /// From here on, finding where a cache line begins pays.
    const FAR: usize = 2048;
    let mut lanes = [0; MIN_VECTOR];
    let mut check = |chunk: &[u8; MIN_VECTOR]| {
        for lane in 0..MIN_VECTOR {
            lanes[lane] = map(chunk[lane]).max(lanes[lane]);
        }
    };
    // These overlap with the others, which finds nothing twice.
    text.first_chunk().into_iter().for_each(&mut check);
    text.last_chunk().into_iter().for_each(&mut check);
    let from = if text.len() < FAR {
        0
    } else {
        text.as_ptr().align_offset(MIN_VECTOR).min(text.len())
    };
    let (chunks, _) = text[from..].as_chunks();
    chunks.iter().rev().for_each(&mut check);
    lanes.into_iter().max().unwrap_or_default()
}

/// Whether there is a NUL of two bytes or a surrogate in what is not malformed.
pub(crate) fn has_nul_or_surrogate(body: &[u8]) -> bool {
    let pairs = body.iter().zip(body.get(1..).unwrap_or_default());
    pairs.fold(false, |found, (&lead, &byte)| {
        found | (lead == 0xC0) | ((lead == 0xED) & (byte >= 0xA0))
    })
}

struct Found {
    malformed: bool,
    /// There is a lead `C0` or `C1`, a raw `00`, or `E0` before `80` to `9F`.
    maybe_overlong: bool,
}

#[multiversion(targets("x86_64+avx2"))]
fn scan(body: &[u8]) -> Found {
    let mut lanes = Lanes {
        malformed: [0; LANES],
        zero_where_overlong: [0xFF; LANES],
    };
    // Two bytes of context before the body and at least one behind it, which complete nothing.
    let mut head = [b' '; 2 + LANES];
    head[2..].copy_from_slice(&body[..LANES]);
    lanes.check(&head);
    let mut at = LANES;
    while let Some(block) = body.get(at - 2..at + BLOCK) {
        if !is_plain_ascii(block) {
            let mut windows = block;
            while let Some(window) = windows.first_chunk() {
                lanes.check(window);
                windows = &windows[LANES..];
            }
        }
        at += BLOCK;
    }
    while let Some(window) = body[at - 2..].first_chunk() {
        lanes.check(window);
        at += LANES;
    }
    let mut tail = [b' '; 2 + LANES];
    tail[..body.len() - at + 2].copy_from_slice(&body[at - 2..]);
    lanes.check(&tail);
    Found {
        malformed: lanes.malformed.iter().any(|&lane| lane != 0),
        maybe_overlong: lanes.zero_where_overlong.contains(&0),
    }
}

/// Each lane remembers what it saw at its places in all windows.
struct Lanes {
    /// Not 0 where something was malformed.
    malformed: [u8; LANES],
    /// 0 where something was maybe_overlong.
    zero_where_overlong: [u8; LANES],
}

impl Lanes {
    // Masks and saturating differences instead of comparisons joined by `&&`: that is what
    // becomes two instructions a comparison, without a detour over booleans.
    #[inline(always)]
    fn check(&mut self, window: &[u8; 2 + LANES]) {
        for lane in 0..LANES {
            let (two_before, before, byte) = (window[lane], window[lane + 1], window[lane + 2]);
            let continues = if byte.cast_signed() < -64 { 0xFF } else { 0 };
            let asked = before.saturating_sub(0xBF) | two_before.saturating_sub(0xDF);
            let asked = if asked != 0 { 0xFF } else { 0 };
            self.malformed[lane] |= (continues ^ asked) | byte.saturating_sub(0xEF);
            let overlong_of_three = (before ^ 0xE0) | (byte & 0x20);
            let lead_of_overlong_two = (byte ^ 0xC0) & 0xFE;
            let zero = overlong_of_three.min(lead_of_overlong_two).min(byte);
            self.zero_where_overlong[lane] = self.zero_where_overlong[lane].min(zero);
        }
    }
}

#[inline(always)]
fn is_plain_ascii(block: &[u8]) -> bool {
    !any_byte(block, |byte| byte.cast_signed() <= 0)
}

/// Whether any character of a body that is not malformed takes other bytes in `writeUTF`'s form.
#[multiversion(targets("x86_64+avx2"))]
fn is_rewritten(body: &[u8]) -> bool {
    let pairs = body.iter().zip(&body[1..]);
    let overlong = pairs.fold(false, |found, (&lead, &byte)| {
        let two = (lead == 0xC1) | ((lead == 0xC0) & (byte != 0x80));
        found | two | ((lead == 0xE0) & (byte < 0xA0))
    });
    overlong || any_byte(body, |byte| byte == 0)
}

/// `any` without the early exit that would keep it from becoming vector code.
#[inline(always)]
fn any_byte(bytes: &[u8], test: impl Fn(u8) -> bool) -> bool {
    bytes.iter().fold(false, |found, &byte| found | test(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(body: &[u8]) -> Result<Vec<u8>, DecodeError> {
        canonical(body).map(Cow::into_owned)
    }

    #[test]
    fn what_java_normalises_comes_back_in_its_short_form() {
        for (body, expected) in [
            (&b"a\0b"[..], &b"a\xC0\x80b"[..]),
            (b"\xC1\x81", b"A"),
            (b"\xE0\x80\x80", b"\xC0\x80"),
            (b"\xE0\x81\x81x", b"Ax"),
            (b"\xE0\x9F\xBF", b"\xDF\xBF"),
            (b"\xED\xA0\x80", b"\xED\xA0\x80"),
        ] {
            assert_eq!(decoded(body).as_deref(), Ok(expected), "{body:X?}");
        }
    }

    #[test]
    fn malformed_bodies_are_refused_with_javas_number() {
        use DecodeError::{AroundByte, PartialAtEnd};
        for (body, expected) in [
            (&b"\x80"[..], AroundByte { byte: 0 }),
            (b"a\xF0\x9F\x98\x80", AroundByte { byte: 1 }),
            (b"a\xC3", PartialAtEnd),
            (b"a\xC3a", AroundByte { byte: 3 }),
            (b"\xE0A", PartialAtEnd),
            (b"\xE4A\xBD", AroundByte { byte: 2 }),
            (b"\xE4\xBDA", AroundByte { byte: 2 }),
        ] {
            assert_eq!(decoded(body), Err(expected), "{body:X?}");
        }
    }
}
