//! [`Units`], the UTF-16 code units of a Java string.

use core::iter::FusedIterator;

use crate::mutf8;

/// An iterator over the UTF-16 code units of a [`JavaStr`](crate::JavaStr), from both ends.
/// Returned by [`JavaStr::units`](crate::JavaStr::units).
#[derive(Debug, Clone)]
pub struct Units<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Units<'a> {
    /// Creates the iterator over canonical modified UTF-8.
    pub(crate) fn of(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }
}

impl Iterator for Units<'_> {
    type Item = u16;

    fn next(&mut self) -> Option<u16> {
        mutf8::next_unit(self.bytes, &mut self.at)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.bytes.len() - self.at;
        (left.div_ceil(3), Some(left))
    }
}

impl DoubleEndedIterator for Units<'_> {
    fn next_back(&mut self) -> Option<u16> {
        let left = &self.bytes[self.at..];
        let mut lead = self.at + left.iter().rposition(|&byte| is_lead(byte))?;
        let (before, _) = self.bytes.split_at(lead);
        let unit = mutf8::next_unit(self.bytes, &mut lead);
        self.bytes = before;
        unit
    }
}

impl FusedIterator for Units<'_> {}

pub(crate) fn is_lead(byte: u8) -> bool {
    byte & 0xC0 != 0x80
}
