//! [`Chars`], the characters of a Java string.

use core::char::DecodeUtf16;
use core::iter::FusedIterator;

use crate::mutf8::LoneSurrogate;
use crate::units::Units;

/// An iterator over the characters of a [`JavaStr`](crate::JavaStr), each of which is a [`char`] or
/// a lone surrogate. Returned by [`JavaStr::chars`](crate::JavaStr::chars).
#[derive(Debug, Clone)]
pub struct Chars<'a> {
    decoded: DecodeUtf16<Units<'a>>,
    index: usize,
}

impl<'a> Chars<'a> {
    pub(crate) fn of(units: Units<'a>) -> Self {
        Self {
            decoded: char::decode_utf16(units),
            index: 0,
        }
    }
}

impl Iterator for Chars<'_> {
    type Item = Result<char, LoneSurrogate>;

    fn next(&mut self) -> Option<Self::Item> {
        let index = self.index;
        let decoded = self.decoded.next()?;
        self.index += decoded.as_ref().map_or(1, |char| char.len_utf16());
        Some(decoded.map_err(|error| LoneSurrogate::new(index, error.unpaired_surrogate())))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.decoded.size_hint()
    }
}

impl FusedIterator for Chars<'_> {}
