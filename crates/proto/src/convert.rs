//! Java strings made from the body of a frame and from text.
//!
//! For example, `a` and NUL in the body `61 00` are two bytes that `writeUTF` would send as `61 C0
//! 80`. So `from_mutf8` returns an owned string with these three bytes. The body `61` is returned
//! borrowed.

use alloc::borrow::{Cow, ToOwned as _};
use alloc::string::String;
use alloc::vec::Vec;
use core::convert::Infallible;
use core::str::FromStr;

use crate::java_str::JavaStr;
use crate::java_string::JavaString;
use crate::mutf8::{self, DecodeError, LoneSurrogate};

impl JavaStr {
    /// Decodes the body of one frame, as `DataInputStream.readUTF` does after the length.
    ///
    /// The bytes of a class file's `CONSTANT_Utf8`, of an NBT string and of JNI's
    /// `GetStringUTFChars` are such bodies too. The body may be of any length.
    ///
    /// Borrows if the body is already canonical. Otherwise it has a raw `00`, or a character in
    /// more bytes than it needs, and the string is rewritten as `writeUTF` would send it back. It
    /// may then be longer than the body, and too long to be sent at all.
    ///
    /// # Errors
    ///
    /// Returns [`DecodeError`] where `readUTF` throws `UTFDataFormatException`, with the same
    /// message.
    ///
    /// ```
    /// use std::borrow::Cow;
    /// use hellohi_proto::JavaStr;
    ///
    /// assert!(matches!(JavaStr::from_mutf8("你好".as_bytes()), Ok(Cow::Borrowed(_))));
    /// assert_eq!(JavaStr::from_mutf8(b"\0")?.as_bytes(), b"\xC0\x80");
    /// let error = JavaStr::from_mutf8("😀".as_bytes()).unwrap_err();
    /// assert_eq!(error.to_string(), "malformed input around byte 0");
    /// # Ok::<(), hellohi_proto::DecodeError>(())
    /// ```
    #[inline]
    pub fn from_mutf8(body: &[u8]) -> Result<Cow<'_, JavaStr>, DecodeError> {
        Ok(match mutf8::canonical(body)? {
            Cow::Borrowed(bytes) => Cow::Borrowed(Self::from_canonical(bytes)),
            Cow::Owned(bytes) => Cow::Owned(JavaString::from_canonical(bytes)),
        })
    }

    /// Decodes the body of one frame to text. Returns the same as [`from_mutf8`](Self::from_mutf8)
    /// and [`to_str`](Self::to_str) together, and is faster.
    ///
    /// # Errors
    ///
    /// Returns [`TextError`] if `readUTF` refuses the body, or reads a lone surrogate from it.
    #[inline]
    pub fn str_from_mutf8(body: &[u8]) -> Result<Cow<'_, str>, TextError> {
        match mutf8::same_text(body) {
            Some(text) => Ok(Cow::Borrowed(text)),
            None => Self::other_text(body).map(Cow::Owned),
        }
    }

    #[cold]
    fn other_text(body: &[u8]) -> Result<String, TextError> {
        match mutf8::rewritten_text(body) {
            Some(text) => Ok(text),
            None => Ok(Self::from_mutf8(body)?.to_str()?.into_owned()),
        }
    }

    /// Returns the Java string of `text`. Borrows unless the text has NUL or a character beyond
    /// U+FFFF.
    #[inline]
    pub fn from_text(text: &str) -> Cow<'_, JavaStr> {
        match mutf8::from_text(text) {
            Cow::Borrowed(bytes) => Cow::Borrowed(Self::from_canonical(bytes)),
            Cow::Owned(bytes) => Cow::Owned(JavaString::from_canonical(bytes)),
        }
    }
}

/// The error of a body that is not text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// `readUTF` refuses the body.
    #[error(transparent)]
    Malformed(#[from] DecodeError),
    /// `readUTF` accepts the body, but the string has a lone surrogate.
    #[error(transparent)]
    LoneSurrogate(#[from] LoneSurrogate),
}

impl JavaString {
    /// Decodes the body of one frame. Returns the same as [`JavaStr::from_mutf8`], and does not copy
    /// a body that is already canonical.
    ///
    /// # Errors
    ///
    /// Returns [`DecodeError`] where `DataInputStream.readUTF` throws `UTFDataFormatException`.
    pub fn from_mutf8(body: Vec<u8>) -> Result<Self, DecodeError> {
        match mutf8::canonical(&body)? {
            Cow::Owned(rewritten) => Ok(Self::from_canonical(rewritten)),
            Cow::Borrowed(_) => Ok(Self::from_canonical(body)),
        }
    }
}

impl<'a> From<&'a JavaStr> for Cow<'a, JavaStr> {
    fn from(string: &'a JavaStr) -> Self {
        Cow::Borrowed(string)
    }
}

impl From<&str> for JavaString {
    fn from(text: &str) -> Self {
        Self::from_canonical(mutf8::from_text(text).into_owned())
    }
}

impl From<String> for JavaString {
    fn from(text: String) -> Self {
        match mutf8::from_text(&text) {
            Cow::Owned(rewritten) => Self::from_canonical(rewritten),
            Cow::Borrowed(_) => Self::from_canonical(text.into_bytes()),
        }
    }
}

impl From<&JavaStr> for JavaString {
    fn from(string: &JavaStr) -> Self {
        string.to_owned()
    }
}

impl From<Cow<'_, JavaStr>> for JavaString {
    fn from(string: Cow<'_, JavaStr>) -> Self {
        string.into_owned()
    }
}

impl From<JavaString> for Cow<'_, JavaStr> {
    fn from(string: JavaString) -> Self {
        Cow::Owned(string)
    }
}

impl FromStr for JavaString {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(text.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString as _;
    use alloc::vec;
    use alloc::vec::Vec;

    #[test]
    fn text_is_borrowed_where_the_bytes_are_utf8_as_they_stand() {
        for text in ["", "hello", "你好", "\u{7FF}\u{800}\u{FFFF}"] {
            let string = JavaStr::from_text(text);
            assert!(matches!(&string, Cow::Borrowed(_)), "{text}");
            assert!(
                matches!(string.to_str(), Ok(Cow::Borrowed(back)) if back == text),
                "{text}"
            );
        }
    }

    #[test]
    fn nul_and_emoji_come_back_as_text() {
        let string = JavaStr::from_text("a\0😀");
        assert_eq!(string.as_bytes(), b"a\xC0\x80\xED\xA0\xBD\xED\xB8\x80");
        assert_eq!(string.to_str().as_deref(), Ok("a\0😀"));
        assert_eq!(string.to_string(), "a\0😀");
    }

    #[test]
    fn a_lone_surrogate_is_a_question_mark_on_the_console() {
        let string = JavaString::from_utf16(&[0x61, 0xDC00, 0xD800, 0xD83D, 0xDE00]);
        assert_eq!(string.to_console(), "a??😀");
        let error = string.to_str().unwrap_err();
        assert_eq!(error.to_string(), "lone surrogate DC00 at index 1");
        assert_eq!(alloc::format!("{string:?}"), r#""a\u{dc00}\u{d800}😀""#);
    }

    #[test]
    fn order_is_by_unit_as_compare_to_has_it() {
        let mut strings: Vec<Vec<u16>> = vec![
            vec![],
            vec![0],
            vec![0, 1],
            vec![1],
            vec![0x7F],
            vec![0x80],
            vec![0x7FF, 0],
            vec![0x800],
            vec![0xD83D, 0xDE00],
            vec![0xFFFF],
        ];
        strings.reverse();
        let mut by_bytes: Vec<JavaString> =
            strings.iter().map(|s| JavaString::from_utf16(s)).collect();
        by_bytes.sort();
        strings.sort();
        let units: Vec<Vec<u16>> = by_bytes.iter().map(|s| s.units().collect()).collect();
        assert_eq!(units, strings);
    }
}
