//! Validation of modified UTF-8, in one pass without branches, which compilers turn into vector
//! code.
//!
//! In Java's rules a byte depends on two bytes before it: it has to be a continuation byte exactly
//! if the byte before it leads two or three bytes, or the byte before that leads three. So 32 bytes
//! at a time are checked, each with its two predecessors. For example, in `E4 BD 41` the byte `41`
//! should be a continuation byte, because two places before it `E4` leads three. So the body is
//! malformed. Only then is it read again by unit, which finds the place of the error.

use alloc::borrow::Cow;
use alloc::vec::Vec;

use multiversion::multiversion;

use super::unit::{DecodeError, decode_unit, encoded_length, push_unit};
use super::word::{self, MIN_VECTOR};

/// Returns the bytes that `writeUTF` sends for the string that `readUTF` reads from `body`. Borrows
/// if they are the same.
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

/// Returns the bytes that `writeUTF` sends for the string, with U+FFFD for each malformed sequence:
/// a lead byte with those continuation bytes that it has, or any other byte.
pub(crate) fn lossy(body: &[u8]) -> Cow<'_, [u8]> {
    canonical(body).unwrap_or_else(|_| {
        let mut found = Vec::with_capacity(body.len());
        let mut at = 0;
        while at < body.len() {
            let (unit, length) =
                decode_unit(body, at).unwrap_or_else(|_| (0xFFFD, malformed_length(&body[at..])));
            push_unit(&mut found, unit);
            at += length;
        }
        Cow::Owned(found)
    })
}

fn malformed_length(bytes: &[u8]) -> usize {
    let most = match bytes[0] {
        0xC0..=0xDF => 2,
        0xE0..=0xEF => 3,
        _ => 1,
    };
    let continuation = bytes[1..].iter().take_while(|&&byte| byte & 0xC0 == 0x80);
    (1 + continuation.count()).min(most)
}

/// The relation of a body to the bytes that `writeUTF` sends for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// The same bytes.
    Canonical,
    /// Other bytes, because the body has a raw `00`, or a character in too many bytes.
    NonCanonical,
    /// No bytes, because `readUTF` refuses the body.
    Malformed,
}

/// Number of bytes checked at a time: one AVX2 vector, two of SSE2 or NEON.
const LANES: usize = 32;
/// Number of bytes of ASCII skipped at a time.
const BLOCK: usize = 256;

/// Returns the shape of a body of at least [`MIN_VECTOR`] bytes.
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

/// Returns whether a body shorter than [`MIN_VECTOR`] is canonical.
#[multiversion(targets("x86_64+avx2"))]
fn is_canonical_short(body: &[u8]) -> bool {
    // Two bytes of context before the body and at least one behind it. A space completes no
    // character.
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

/// Returns whether a long text has a byte that differs in modified UTF-8: 00, or the lead byte of a
/// character beyond U+FFFF.
#[multiversion(targets("x86_64+avx2"))]
pub(crate) fn has_nul_or_astral(text: &[u8]) -> bool {
    // 00 wraps around to FF.
    max_byte(text, |byte| byte.wrapping_sub(1)) >= 0xEF
}

/// Returns whether a long body has a byte from F0, which leads a character beyond U+FFFF in UTF-8
/// or is invalid.
#[multiversion(targets("x86_64+avx2"))]
pub(crate) fn has_astral(text: &[u8]) -> bool {
    max_byte(text, |byte| byte) >= 0xF0
}

/// Returns the maximum of `map` over at least [`MIN_VECTOR`] bytes.
///
/// Goes from the end to the beginning, because the last bytes that were read are in the cache, and
/// the first ones are needed there next.
#[inline(always)]
fn max_byte(text: &[u8], map: impl Fn(u8) -> u8) -> u8 {
    /// Number of bytes from which aligning to a cache line pays.
    const FAR: usize = 2048;
    let mut lanes = [0; MIN_VECTOR];
    let mut check = |chunk: &[u8; MIN_VECTOR]| {
        for lane in 0..MIN_VECTOR {
            lanes[lane] = map(chunk[lane]).max(lanes[lane]);
        }
    };
    // These overlap with the chunks below, which does not change a maximum.
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

/// Returns whether a body that is not malformed has a NUL of two bytes or a surrogate.
pub(crate) fn has_nul_or_surrogate(body: &[u8]) -> bool {
    let pairs = body.iter().zip(body.get(1..).unwrap_or_default());
    pairs.fold(false, |found, (&lead, &byte)| {
        found | (lead == 0xC0) | ((lead == 0xED) & (byte >= 0xA0))
    })
}

struct Found {
    malformed: bool,
    /// There is a lead byte `C0` or `C1`, a raw `00`, or `E0` before `80` to `9F`.
    maybe_overlong: bool,
}

#[multiversion(targets("x86_64+avx2"))]
fn scan(body: &[u8]) -> Found {
    let mut lanes = Lanes {
        malformed: [0; LANES],
        zero_where_overlong: [0xFF; LANES],
    };
    // Two bytes of context before the body and at least one behind it. A space completes no
    // character.
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

/// The findings at each place of all windows.
struct Lanes {
    /// Not 0 where a byte was malformed.
    malformed: [u8; LANES],
    /// 0 where a character may have been overlong.
    zero_where_overlong: [u8; LANES],
}

impl Lanes {
    // Masks and saturating differences become two instructions for each comparison. Comparisons
    // joined by `&&` would become booleans first.
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

/// Returns whether `writeUTF` sends any character of a well-formed body in other bytes.
#[multiversion(targets("x86_64+avx2"))]
fn is_rewritten(body: &[u8]) -> bool {
    let pairs = body.iter().zip(&body[1..]);
    let overlong = pairs.fold(false, |found, (&lead, &byte)| {
        let two = (lead == 0xC1) | ((lead == 0xC0) & (byte != 0x80));
        found | two | ((lead == 0xE0) & (byte < 0xA0))
    });
    overlong || any_byte(body, |byte| byte == 0)
}

/// Returns whether `test` holds for any byte. Has no early exit, which would keep it from becoming
/// vector code.
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
    fn overlong_forms_come_back_in_the_short_form() {
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
        for (body, expected) in [
            (&b"\x80"[..], Some(0)),
            (b"a\xF0\x9F\x98\x80", Some(1)),
            (b"a\xC3", None),
            (b"a\xC3a", Some(3)),
            (b"\xE0A", None),
            (b"\xE4A\xBD", Some(2)),
            (b"\xE4\xBDA", Some(2)),
        ] {
            let error = decoded(body).unwrap_err();
            assert_eq!(error.around_byte(), expected, "{body:X?}");
        }
    }
}
