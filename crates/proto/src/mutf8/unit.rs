//! One UTF-16 code unit at a time, as the specification of modified UTF-8 says.
//!
//! For example, `E4 BD A0` is the unit 4F60: the low 4 bits of `E4`, then the low 6 bits of `BD`
//! and of `A0`.

use alloc::vec::Vec;
use core::fmt::{self, Display};

/// The error of bytes that `readUTF` refuses. Displayed in the words of Java's
/// `UTFDataFormatException`.
///
/// With the feature `std`, this and the other errors of the crate convert into a
/// `std::io::Error`:
///
/// ```
/// use std::io;
/// use hellohi_proto::JavaStr;
///
/// fn name(body: &[u8]) -> io::Result<String> {
///     Ok(JavaStr::from_mutf8(body)?.to_str()?.into_owned())
/// }
///
/// assert_eq!(name(b"hi")?, "hi");
/// assert_eq!(name(b"\xFF").unwrap_err().kind(), io::ErrorKind::InvalidData);
/// # Ok::<(), io::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[doc(alias = "UTFDataFormatException")]
pub struct DecodeError {
    valid_up_to: usize,
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A byte that never leads a character.
    NoLead,
    /// A missing continuation byte.
    NoContinuation,
    /// A lead byte that needs more bytes than are left.
    PartialAtEnd,
}

impl DecodeError {
    /// Returns the index of the first byte of the malformed character. All characters before it are
    /// well-formed.
    ///
    /// ```
    /// use hellohi_proto::JavaStr;
    ///
    /// let error = JavaStr::from_mutf8(b"ab\xC3c").unwrap_err();
    /// assert_eq!(error.valid_up_to(), 2);
    /// assert_eq!(error.around_byte(), Some(4));
    /// assert_eq!(error.to_string(), "malformed input around byte 4");
    /// ```
    pub const fn valid_up_to(&self) -> usize {
        self.valid_up_to
    }

    /// Returns the number in Java's message, or `None` where Java says `partial character at end`.
    ///
    /// For a byte that never leads a character (`80`–`BF`, `F0`–`FF`), the number is its index. For
    /// a missing continuation byte, it is the index of the lead byte plus 2. The character is
    /// partial if fewer bytes are left than its lead byte needs, whatever these are: `E0 41` is
    /// partial, too.
    pub const fn around_byte(&self) -> Option<usize> {
        match self.kind {
            Kind::NoLead => Some(self.valid_up_to),
            Kind::NoContinuation => Some(self.valid_up_to + 2),
            Kind::PartialAtEnd => None,
        }
    }
}

impl Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.around_byte() {
            Some(byte) => write!(f, "malformed input around byte {byte}"),
            None => f.write_str("malformed input: partial character at end"),
        }
    }
}

impl core::error::Error for DecodeError {}

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
        (0xC0..=0xDF, []) | (0xE0..=0xEF, [] | [_]) => Err(Kind::PartialAtEnd),
        (0xC0..=0xEF, _) => Err(Kind::NoContinuation),
        (0x80..=0xBF | 0xF0..=0xFF, _) => Err(Kind::NoLead),
    }
    .map_err(|kind| DecodeError {
        valid_up_to: at,
        kind,
    })
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
