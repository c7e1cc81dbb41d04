//! Modified UTF-8 as `DataInputStream.readUTF` reads it and `DataOutputStream.writeUTF` writes it.

mod decode;
mod encode;
mod rewrite;
mod surrogate_pair;
mod validate;
mod word;

use alloc::borrow::Cow;
use alloc::vec::Vec;

pub(crate) use decode::{LoneUnit, from_text, same_text, to_text};
pub(crate) use rewrite::rewrite as rewritten_text;
use validate::Shape;

/// Why `readUTF` refuses a body; displayed as Java's `UTFDataFormatException` words it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// A byte that cannot stand where it does.
    ///
    /// `byte` is Java's number: the index of a lead byte that never leads (`80`–`BF`,
    /// `F0`–`FF`), and the index after the second byte (of two) or of the third (of three) where
    /// a continuation byte is missing.
    #[error("malformed input around byte {byte}")]
    AroundByte {
        /// Where in the body, from 0; up to the body's length.
        byte: usize,
    },
    /// The last character's lead byte asks for more bytes than the body has left, whatever
    /// those that are there may be: `E0 41` is partial.
    #[error("malformed input: partial character at end")]
    PartialAtEnd,
}

/// The unit whose lead byte is `body[at]`, and the number of bytes it takes.
fn unit(body: &[u8], at: usize) -> Result<(u16, usize), DecodeError> {
    let is_continuation = |byte: u8| byte & 0xC0 == 0x80;
    let low_bits = |byte: u8| u16::from(byte & 0x3F);
    let lead = body[at];
    match (lead, &body[at + 1..]) {
        (0x00..=0x7F, _) => Ok((u16::from(lead), 1)),
        (0xC0..=0xDF, &[second, ..]) if is_continuation(second) => {
            Ok((u16::from(lead & 0x1F) << 6 | low_bits(second), 2))
        }
        (0xE0..=0xEF, &[second, third, ..])
            if is_continuation(second) && is_continuation(third) =>
        {
            let high = u16::from(lead & 0x0F) << 12;
            Ok((high | low_bits(second) << 6 | low_bits(third), 3))
        }
        (0xC0..=0xDF, []) | (0xE0..=0xEF, [] | [_]) => Err(DecodeError::PartialAtEnd),
        (0xC0..=0xEF, _) => Err(DecodeError::AroundByte { byte: at + 2 }),
        (0x80..=0xBF | 0xF0..=0xFF, _) => Err(DecodeError::AroundByte { byte: at }),
    }
}

/// What `writeUTF` gives back for what `readUTF` made of `body`.
#[inline]
pub(crate) fn canonical(body: &[u8]) -> Result<Cow<'_, [u8]>, DecodeError> {
    let is_canonical = if body.len() < word::SHORT {
        word::is_plain(body) || validate::is_canonical_short(body)
    } else {
        validate::shape(body) == Shape::Canonical
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
        let (unit, length) = unit(body, at)?;
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

fn encoded_length(unit: u16) -> usize {
    match unit {
        0x0001..=0x007F => 1,
        0x0000 | 0x0080..=0x07FF => 2,
        0x0800..=0xFFFF => 3,
    }
}

pub(crate) fn push_unit(bytes: &mut Vec<u8>, unit: u16) {
    let continuation = |bits: u16| 0x80 | (bits & 0x3F) as u8;
    match encoded_length(unit) {
        1 => bytes.push(unit as u8),
        2 => bytes.extend([0xC0 | (unit >> 6) as u8, continuation(unit)]),
        _ => bytes.extend([
            0xE0 | (unit >> 12) as u8,
            continuation(unit >> 6),
            continuation(unit),
        ]),
    }
}

/// The units of canonical modified UTF-8, at once.
pub(crate) fn to_utf16(canonical: &[u8]) -> Vec<u16> {
    if canonical.is_ascii() {
        return canonical.iter().map(|&byte| u16::from(byte)).collect();
    }
    if canonical.len() >= word::SHORT {
        return encode::to_utf16(canonical);
    }
    let mut found = Vec::with_capacity(canonical.len());
    let mut at = 0;
    while let Some(unit) = next_unit(canonical, &mut at) {
        found.push(unit);
    }
    found
}

/// The units of canonical modified UTF-8.
fn units(canonical: &[u8]) -> impl Iterator<Item = u16> + Clone {
    let mut at = 0;
    core::iter::from_fn(move || next_unit(canonical, &mut at))
}

pub(crate) fn next_unit(canonical: &[u8], at: &mut usize) -> Option<u16> {
    if *at == canonical.len() {
        return None;
    }
    let (unit, length) = unit(canonical, *at).expect("canonical modified UTF-8 decodes");
    *at += length;
    Some(unit)
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
