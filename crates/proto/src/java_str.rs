//! [`JavaStr`], the borrowed form of a Java string.

use alloc::borrow::Cow;
use alloc::ffi::CString;
use alloc::string::String;
use alloc::vec::Vec;
use core::cmp::Ordering;
use core::fmt::{self, Display, Write as _};

use bytemuck::TransparentWrapper;
use ref_cast::{RefCastCustom, ref_cast_custom};

use crate::chars::Chars;
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
///
/// # Lookup
///
/// A map with keys of [`JavaString`](crate::JavaString) finds the Java string of a text. For most
/// texts this allocates nothing:
///
/// ```
/// use std::collections::HashMap;
/// use hellohi_proto::{JavaStr, JavaString};
///
/// let map = HashMap::from([(JavaString::from("Code"), 1)]);
/// assert_eq!(map.get(&*JavaStr::from_text("Code")), Some(&1));
/// assert_eq!(map.get(JavaStr::from_static("Code")), Some(&1));
/// ```
#[derive(PartialEq, Eq, Hash, RefCastCustom, TransparentWrapper)]
#[repr(transparent)]
#[doc(alias("MUTF-8", "CESU-8", "java.lang.String", "CONSTANT_Utf8"))]
pub struct JavaStr(Canonical);

/// Canonical bytes. Because this type is private, no other crate can make a [`JavaStr`] of bytes
/// through [`TransparentWrapper`].
#[derive(PartialEq, Eq, Hash, RefCastCustom, TransparentWrapper)]
#[repr(transparent)]
pub(crate) struct Canonical([u8]);

impl Canonical {
    #[ref_cast_custom]
    const fn wrap(bytes: &[u8]) -> &Self;
}

impl JavaStr {
    #[ref_cast_custom]
    const fn wrap_canonical(canonical: &Canonical) -> &Self;

    /// Returns the string of these bytes, which must be canonical.
    pub(crate) const fn wrap(bytes: &[u8]) -> &Self {
        Self::wrap_canonical(Canonical::wrap(bytes))
    }

    /// Returns the canonical modified UTF-8, as `writeUTF` sends it after the length. It may be of
    /// any length and has no byte `00`.
    pub const fn as_bytes(&self) -> &[u8] {
        &self.0.0
    }

    /// Returns whether the string has no code units.
    pub const fn is_empty(&self) -> bool {
        self.as_bytes().is_empty()
    }

    /// Returns the number of UTF-16 code units, as `String.length` does.
    #[doc(alias = "length")]
    pub fn utf16_len(&self) -> usize {
        self.as_bytes()
            .iter()
            .filter(|&&byte| is_lead(byte))
            .count()
    }

    /// Returns the length that `writeUTF` sends before the body.
    ///
    /// # Errors
    ///
    /// Returns [`TooLong`] where `writeUTF` throws `UTFDataFormatException`, because the string has
    /// more than [`MAX_BODY`](crate::MAX_BODY) bytes.
    pub fn body_length(&self) -> Result<u16, TooLong> {
        u16::try_from(self.as_bytes().len())
            .map_err(|_| TooLong::new(self.as_bytes().len(), self.units()))
    }

    /// Returns the text. Borrows unless the text has NUL or a character beyond U+FFFF, because all
    /// other characters have the same bytes in UTF-8.
    ///
    /// # Errors
    ///
    /// Returns the first [`LoneSurrogate`], because a string with one is not text.
    #[inline]
    #[doc(alias = "getBytes")]
    pub fn to_str(&self) -> Result<Cow<'_, str>, LoneSurrogate> {
        mutf8::to_text(self.as_bytes())
    }

    /// Returns the text as Java prints it on a UTF-8 console and as `String.getBytes` encodes it:
    /// with `?` for each lone surrogate. Borrows when [`to_str`](Self::to_str) borrows.
    pub fn to_console(&self) -> Cow<'_, str> {
        self.to_str_replacing('?')
    }

    /// Returns the text with U+FFFD for each lone surrogate, as [`String::from_utf16_lossy`] does.
    /// Borrows when [`to_str`](Self::to_str) borrows.
    ///
    /// ```
    /// use hellohi_proto::JavaString;
    ///
    /// let half = JavaString::from_utf16(&[0x61, 0xD83D]);
    /// assert_eq!(half.to_string_lossy(), "a\u{FFFD}");
    /// assert_eq!(half.to_console(), "a?");
    /// ```
    pub fn to_string_lossy(&self) -> Cow<'_, str> {
        self.to_str_replacing(char::REPLACEMENT_CHARACTER)
    }

    fn to_str_replacing(&self, replacement: char) -> Cow<'_, str> {
        self.to_str().unwrap_or_else(|_| {
            let chars = self.chars().map(|char| char.unwrap_or(replacement));
            chars.collect::<String>().into()
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
        Units::of(self.as_bytes())
    }

    /// Returns an iterator over the characters, as `String.codePoints` gives them. A lone surrogate
    /// is an error with its index.
    ///
    /// ```
    /// use hellohi_proto::JavaString;
    ///
    /// let string = JavaString::from_utf16(&[0xD83D, 0xDE00, 0xDE00]);
    /// let mut chars = string.chars();
    /// assert_eq!(chars.next(), Some(Ok('😀')));
    /// let lone = chars.next().unwrap().unwrap_err();
    /// assert_eq!((lone.unit(), lone.index()), (0xDE00, 2));
    /// assert_eq!(chars.next(), None);
    /// ```
    #[doc(alias = "codePoints")]
    pub fn chars(&self) -> Chars<'_> {
        Chars::of(self.units())
    }

    /// Returns the hash that `String.hashCode` returns.
    ///
    /// ```
    /// use hellohi_proto::JavaStr;
    ///
    /// assert_eq!(JavaStr::from_text("hello").hash_code(), 99_162_322);
    /// ```
    #[doc(alias = "hashCode")]
    pub fn hash_code(&self) -> i32 {
        let next = |hash: i32, unit| hash.wrapping_mul(31).wrapping_add(i32::from(unit));
        self.units().fold(0, next)
    }

    /// Returns all UTF-16 code units, as `String.toCharArray` does.
    pub fn to_utf16(&self) -> Vec<u16> {
        mutf8::to_utf16(self.as_bytes())
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
    #[doc(alias = "NewStringUTF")]
    pub fn to_c_string(&self) -> CString {
        CString::new(self.as_bytes()).expect("the canonical form has no byte 00")
    }
}

impl Ord for JavaStr {
    fn cmp(&self, other: &Self) -> Ordering {
        // The bytes are in the order of the units, except for NUL: its lead byte C0 belongs before
        // 01.
        let rank = |&byte: &u8| if byte == 0xC0 { 0 } else { byte };
        self.as_bytes()
            .iter()
            .map(rank)
            .cmp(other.as_bytes().iter().map(rank))
    }
}

impl PartialOrd for JavaStr {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Default for &JavaStr {
    fn default() -> Self {
        JavaStr::wrap(&[])
    }
}

impl AsRef<JavaStr> for JavaStr {
    fn as_ref(&self) -> &JavaStr {
        self
    }
}

/// The canonical modified UTF-8.
impl AsRef<[u8]> for JavaStr {
    fn as_ref(&self) -> &[u8] {
        self.as_bytes()
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
        for char in self.chars() {
            match char {
                // `str`'s Debug does not escape the quote that cannot end a string literal.
                Ok('\'') => f.write_char('\'')?,
                Ok(char) => write!(f, "{}", char.escape_debug())?,
                Err(lone) => write!(f, "\\u{{{:x}}}", lone.unit())?,
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
