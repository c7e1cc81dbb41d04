//! [`JavaStr`], the borrowed form of a Java string.

use alloc::borrow::Cow;
use alloc::ffi::CString;
use alloc::string::String;
use alloc::vec::Vec;
use core::cmp::Ordering;
use core::fmt::{self, Display, Write as _};

use ref_cast::{RefCastCustom, ref_cast_custom};

use crate::mutf8::{self, LoneSurrogate};
use crate::printable::Printable;
use crate::too_long::TooLong;
use crate::units::{Units, is_lead};

/// A Java string, borrowed: what [`str`] is to [`String`], it is to [`JavaString`].
///
/// It holds the string's *canonical* modified UTF-8, exactly the bytes that
/// `DataOutputStream.writeUTF` sends after the length. Every Java string has one such form, so
/// equality and hash are those of `String.equals`, and cost what they cost for bytes.
///
/// The order is `String.compareTo`'s, by UTF-16 code unit: what a Java peer has sorted is sorted
/// here. It is neither the order of the bytes, in which NUL (`C0 80`) would come after `7F`, nor
/// that of [`str`], by code point, in which U+FFFF comes before U+10000.
///
/// [`Display`] writes it as Java prints it on a UTF-8 console, see [`to_console`]; [`Debug`] writes
/// it as [`str`]'s does, with lone surrogates as `\u{d800}`.
///
/// [`to_console`]: JavaStr::to_console
/// [`Debug`]: fmt::Debug
///
/// ```
/// use hellohi_proto::{JavaStr, JavaString};
///
/// let emoji = JavaStr::from_text("😀");
/// assert_eq!(emoji.as_bytes(), b"\xED\xA0\xBD\xED\xB8\x80");
/// assert_eq!(emoji.to_utf16(), [0xD83D, 0xDE00]);
/// assert_eq!(emoji.to_str()?, "😀");
///
/// let half = JavaString::from_utf16(&[0xD83D]);
/// assert!(half.to_str().is_err());
/// assert_eq!(half.to_string(), "?");
/// assert!(*half < *emoji);
/// # Ok::<(), hellohi_proto::LoneSurrogate>(())
/// ```
#[derive(PartialEq, Eq, Hash, RefCastCustom)]
#[repr(transparent)]
pub struct JavaStr([u8]);

impl JavaStr {
    #[ref_cast_custom]
    pub(crate) const fn from_canonical(bytes: &[u8]) -> &Self;

    /// The canonical modified UTF-8, as `writeUTF` sends it after the length; of any length, and
    /// without a byte `00`.
    pub const fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Whether it has no units.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many UTF-16 code units it has, as `String.length` counts.
    pub fn utf16_len(&self) -> usize {
        self.0.iter().filter(|&&byte| is_lead(byte)).count()
    }

    /// The length `writeUTF` would send before the body.
    ///
    /// # Errors
    ///
    /// [`TooLong`] where it is over [`MAX_BODY`](crate::MAX_BODY): `writeUTF` throws
    /// `UTFDataFormatException`.
    pub fn body_length(&self) -> Result<u16, TooLong> {
        u16::try_from(self.0.len()).map_err(|_| TooLong::new(self.0.len(), self.units()))
    }

    /// The text, borrowed wherever the bytes are valid UTF-8 as they stand: unless there is NUL
    /// or a character beyond U+FFFF.
    ///
    /// # Errors
    ///
    /// [`LoneSurrogate`], the first there is: it is no text.
    #[inline]
    pub fn to_str(&self) -> Result<Cow<'_, str>, LoneSurrogate> {
        mutf8::to_text(&self.0)
    }

    /// The text as Java prints it on a UTF-8 console, and as `String.getBytes` encodes it: `?` for
    /// each lone surrogate. Borrowed wherever [`to_str`](Self::to_str) borrows.
    pub fn to_console(&self) -> Cow<'_, str> {
        self.to_str().unwrap_or_else(|_| {
            let console = |decoded: Result<char, _>| decoded.unwrap_or('?');
            let text: String = char::decode_utf16(self.units()).map(console).collect();
            text.into()
        })
    }

    /// As [`to_console`](Self::to_console), with every character escaped that could drive a
    /// terminal or deceive who reads it: controls (C0, DEL, C1), what changes the direction of
    /// text, the line and paragraph separators, and what is not seen at all, such as a zero-width
    /// space. What is not seen but belongs to the text stays: the joiners within an emoji, a
    /// non-joiner within a word, a variation selector.
    pub fn printable(&self) -> impl Display {
        Printable(self.to_console())
    }

    /// The UTF-16 code units, as `String.charAt` gives them.
    pub fn units(&self) -> Units<'_> {
        Units::of(&self.0)
    }

    /// The UTF-16 code units at once, as `String.toCharArray` gives them.
    pub fn to_utf16(&self) -> Vec<u16> {
        mutf8::to_utf16(&self.0)
    }

    /// The bytes with a `00` behind them, which is what JNI's `NewStringUTF` takes.
    ///
    /// What `GetStringUTFChars` gives is read by [`from_body`](Self::from_body).
    ///
    /// ```
    /// use hellohi_proto::JavaStr;
    ///
    /// let c_string = JavaStr::from_text("a\0b").to_c_string();
    /// assert_eq!(c_string.as_c_str(), c"a\xC0\x80b");
    /// assert_eq!(*JavaStr::from_body(c_string.to_bytes())?, *"a\0b");
    /// # Ok::<(), hellohi_proto::DecodeError>(())
    /// ```
    pub fn to_c_string(&self) -> CString {
        CString::new(&self.0).expect("the canonical form has no byte 00")
    }
}

impl Ord for JavaStr {
    fn cmp(&self, other: &Self) -> Ordering {
        // The encoding keeps the units' order but for NUL, whose lead byte C0 belongs before 01.
        let rank = |&byte: &u8| if byte == 0xC0 { 0 } else { byte };
        self.0.iter().map(rank).cmp(other.0.iter().map(rank))
    }
}

impl PartialOrd for JavaStr {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Default for &JavaStr {
    fn default() -> Self {
        JavaStr::from_canonical(&[])
    }
}

impl AsRef<JavaStr> for JavaStr {
    fn as_ref(&self) -> &JavaStr {
        self
    }
}

impl Display for JavaStr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.to_console())
    }
}

impl fmt::Debug for JavaStr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_char('"')?;
        for decoded in char::decode_utf16(self.units()) {
            match decoded {
                // str's Debug leaves the quote that cannot end a string literal alone.
                Ok('\'') => f.write_char('\'')?,
                Ok(char) => write!(f, "{}", char.escape_debug())?,
                Err(lone) => write!(f, "\\u{{{:x}}}", lone.unpaired_surrogate())?,
            }
        }
        f.write_char('"')
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString as _;

    #[test]
    #[cfg_attr(miri, ignore = "as many bytes take it a minute")]
    fn a_string_that_does_not_fit_is_refused_in_javas_words() {
        let mut text = "12345678".repeat(8192);
        text.pop();
        assert_eq!(JavaStr::from_text(&text).body_length(), Ok(65535));
        text.push('😀');
        let error = JavaStr::from_text(&text).body_length().unwrap_err();
        assert_eq!(
            error.to_string(),
            "encoded string (12345678...234567😀) too long: 65541 bytes"
        );
    }
}
