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

/// A borrowed Java string. It is to [`JavaString`](crate::JavaString) what [`str`] is to
/// [`String`].
///
/// It holds the *canonical* modified UTF-8 of the string: exactly the bytes that
/// `DataOutputStream.writeUTF` sends after the length. Every Java string has one such form.
/// Therefore strings are equal, as in `String.equals`, exactly if their bytes are equal, and both
/// comparison and hash cost as much as for bytes.
///
/// The order is by UTF-16 code unit, as in `String.compareTo`, so strings that a Java peer has
/// sorted are sorted here. It differs from the order of the bytes, in which NUL (`C0 80`) comes
/// after `7F`. It also differs from the order of [`str`], which is by code point, so that U+FFFF
/// comes before U+10000.
///
/// [`Display`] writes the string as Java prints it on a UTF-8 console, see [`to_console`].
/// [`Debug`] writes it like that of [`str`], with lone surrogates as `\u{d800}`.
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

    /// Returns the canonical modified UTF-8, as `writeUTF` sends it after the length. It may be of
    /// any length and has no byte `00`.
    pub const fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Returns whether the string has no code units.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the number of UTF-16 code units, as `String.length` does.
    pub fn utf16_len(&self) -> usize {
        self.0.iter().filter(|&&byte| is_lead(byte)).count()
    }

    /// Returns the length that `writeUTF` sends before the body.
    ///
    /// # Errors
    ///
    /// Returns [`TooLong`] where `writeUTF` throws `UTFDataFormatException`, because the string has
    /// more than [`MAX_BODY`](crate::MAX_BODY) bytes.
    pub fn body_length(&self) -> Result<u16, TooLong> {
        u16::try_from(self.0.len()).map_err(|_| TooLong::new(self.0.len(), self.units()))
    }

    /// Returns the text. Borrows unless the text has NUL or a character beyond U+FFFF, because all
    /// other characters have the same bytes in UTF-8.
    ///
    /// # Errors
    ///
    /// Returns the first [`LoneSurrogate`], because a string with one is not text.
    #[inline]
    pub fn to_str(&self) -> Result<Cow<'_, str>, LoneSurrogate> {
        mutf8::to_text(&self.0)
    }

    /// Returns the text as Java prints it on a UTF-8 console and as `String.getBytes` encodes it:
    /// with `?` for each lone surrogate. Borrows when [`to_str`](Self::to_str) borrows.
    pub fn to_console(&self) -> Cow<'_, str> {
        self.to_str().unwrap_or_else(|_| {
            let console = |decoded: Result<char, _>| decoded.unwrap_or('?');
            let text: String = char::decode_utf16(self.units()).map(console).collect();
            text.into()
        })
    }

    /// Returns the text of [`to_console`](Self::to_console) for a terminal, with every character
    /// escaped that could control the terminal or deceive a reader:
    ///
    /// - control characters (C0, DEL, C1),
    /// - characters that change the direction of text,
    /// - the line and the paragraph separator,
    /// - invisible characters, such as a zero-width space.
    ///
    /// Invisible characters that belong to the text stay: the joiners within an emoji, a non-joiner
    /// within a word, a variation selector.
    pub fn printable(&self) -> impl Display {
        Printable(self.to_console())
    }

    /// Returns an iterator over the UTF-16 code units, as `String.charAt` gives them.
    pub fn units(&self) -> Units<'_> {
        Units::of(&self.0)
    }

    /// Returns all UTF-16 code units, as `String.toCharArray` does.
    pub fn to_utf16(&self) -> Vec<u16> {
        mutf8::to_utf16(&self.0)
    }

    /// Returns the bytes with a `00` behind them, as JNI's `NewStringUTF` takes them.
    ///
    /// The opposite, a string of `GetStringUTFChars`, is read by [`from_mutf8`](Self::from_mutf8).
    ///
    /// ```
    /// use hellohi_proto::JavaStr;
    ///
    /// let c_string = JavaStr::from_text("a\0b").to_c_string();
    /// assert_eq!(c_string.as_c_str(), c"a\xC0\x80b");
    /// assert_eq!(*JavaStr::from_mutf8(c_string.to_bytes())?, *"a\0b");
    /// # Ok::<(), hellohi_proto::DecodeError>(())
    /// ```
    pub fn to_c_string(&self) -> CString {
        CString::new(&self.0).expect("the canonical form has no byte 00")
    }
}

impl Ord for JavaStr {
    fn cmp(&self, other: &Self) -> Ordering {
        // The bytes are in the order of the units, except for NUL: its lead byte C0 belongs before
        // 01.
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
                // `str`'s Debug does not escape the quote that cannot end a string literal.
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
