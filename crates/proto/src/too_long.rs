//! [`TooLong`], Java's error for a string that does not fit in a frame.

use alloc::string::String;
use core::fmt::{self, Display};

use crate::units::Units;

/// The error of a string of more than [`MAX_BODY`](crate::MAX_BODY) bytes, which `writeUTF` cannot
/// send.
///
/// Displayed as the `UTFDataFormatException` of JDK 17 and later: `encoded string (<first 8
/// units>...<last 8 units>) too long: N bytes`. JDK 8 and 11 say `encoded string too long: N
/// bytes`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[doc(alias = "UTFDataFormatException")]
pub struct TooLong {
    bytes: usize,
    head: [u16; 8],
    tail: [u16; 8],
}

impl TooLong {
    pub(crate) fn new(bytes: usize, units: Units<'_>) -> Self {
        let [mut first, mut last] = [units.clone(), units];
        let head = [(); 8].map(|()| first.next().unwrap_or_default());
        let mut tail = [(); 8].map(|()| last.next_back().unwrap_or_default());
        tail.reverse();
        Self { bytes, head, tail }
    }

    /// Returns the number of bytes of the modified UTF-8.
    pub const fn bytes(&self) -> usize {
        self.bytes
    }

    /// Returns the first eight UTF-16 code units.
    pub const fn head(&self) -> [u16; 8] {
        self.head
    }

    /// Returns the last eight UTF-16 code units.
    pub const fn tail(&self) -> [u16; 8] {
        self.tail
    }
}

impl Display for TooLong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let console = |units: [u16; 8]| -> String {
            char::decode_utf16(units)
                .map(|decoded| decoded.unwrap_or('?'))
                .collect()
        };
        let (head, tail) = (console(self.head), console(self.tail));
        let bytes = self.bytes;
        write!(
            f,
            "encoded string ({head}...{tail}) too long: {bytes} bytes"
        )
    }
}

impl core::error::Error for TooLong {}
