//! One UTF-16 code unit at a time, as the specification of modified UTF-8 says.
//!
//! For example, `E4 BD A0` is the unit 4F60: the low 4 bits of `E4`, then the low 6 bits of `BD`
//! and of `A0`.

use alloc::vec::Vec;

/// The error of a body that `readUTF` refuses. Displayed in the words of Java's
/// `UTFDataFormatException`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// A byte that cannot stand in its place.
    ///
    /// `byte` is Java's number. For a byte that never leads a character (`80`–`BF`, `F0`–`FF`), it
    /// is the index of that byte. For a missing continuation byte, it is the index of the lead byte
    /// plus 2.
    #[error("malformed input around byte {byte}")]
    AroundByte {
        /// Index in the body, from 0 up to the length of the body.
        byte: usize,
    },
    /// The last character's lead byte needs more bytes than the body has left. The bytes that are
    /// left are not looked at, so `E0 41` is partial too.
    #[error("malformed input: partial character at end")]
    PartialAtEnd,
}

/// Returns the unit whose lead byte is `body[at]`, and its number of bytes.
pub(super) fn decode_unit(body: &[u8], at: usize) -> Result<(u16, usize), DecodeError> {
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

pub(super) fn encoded_length(unit: u16) -> usize {
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

/// Returns an iterator over the units of canonical modified UTF-8.
pub(super) fn units(canonical: &[u8]) -> impl Iterator<Item = u16> + Clone {
    let mut at = 0;
    core::iter::from_fn(move || next_unit(canonical, &mut at))
}

pub(crate) fn next_unit(canonical: &[u8], at: &mut usize) -> Option<u16> {
    if *at == canonical.len() {
        return None;
    }
    let (unit, length) = decode_unit(canonical, *at).expect("canonical modified UTF-8 decodes");
    *at += length;
    Some(unit)
}
