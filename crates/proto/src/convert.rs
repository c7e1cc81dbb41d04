//! Java strings made from the body of a frame and from text.
//!
//! For example, `a` and NUL in the body `61 00` are two bytes that `writeUTF` would send as `61 C0
//! 80`. So `from_mutf8` returns an owned string with these three bytes. The body `61` is returned
//! borrowed.

use alloc::borrow::{Cow, ToOwned as _};
use alloc::boxed::Box;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::convert::Infallible;
use core::str::FromStr;

use bytemuck::allocation::TransparentWrapperAlloc as _;

use crate::java_str::{Canonical, JavaStr};
use crate::java_string::JavaString;
use crate::mutf8::{self, DecodeError, LoneSurrogate};

impl JavaStr {
    /// Decodes the body of one frame, as `DataInputStream.readUTF` does after the length.
    ///
    /// The bytes of an NBT string and of JNI's `GetStringUTFChars` are such bodies too. For those of
    /// a class file there is [`from_canonical`](Self::from_canonical). The body may be of any
    /// length.
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
    #[doc(alias("readUTF", "GetStringUTFChars", "from_body"))]
    pub fn from_mutf8(body: &[u8]) -> Result<Cow<'_, JavaStr>, DecodeError> {
        mutf8::canonical(body).map(Self::wrap_cow)
    }

    /// Decodes a body, with U+FFFD for each malformed sequence. Never fails, and returns the same as
    /// [`from_mutf8`](Self::from_mutf8) where that succeeds.
    ///
    /// A malformed sequence is a lead byte with those continuation bytes that it has, or any other
    /// byte.
    ///
    /// ```
    /// use hellohi_proto::JavaStr;
    ///
    /// let string = JavaStr::from_mutf8_lossy(b"a\xE4\xBDb\xFF");
    /// assert_eq!(*string, *"a\u{FFFD}b\u{FFFD}");
    /// ```
    #[doc(alias = "from_body_lossy")]
    pub fn from_mutf8_lossy(body: &[u8]) -> Cow<'_, JavaStr> {
        Self::wrap_cow(mutf8::lossy(body))
    }

    /// Returns the string that has exactly these bytes in modified UTF-8, without a copy.
    ///
    /// A class file of version 48 or later (Java 1.4) must hold its strings so. `readUTF` accepts
    /// more than this.
    ///
    /// # Errors
    ///
    /// Returns [`NotCanonical`] if the bytes are malformed, have a raw `00`, or have a character in
    /// more bytes than it needs. HotSpot throws a `ClassFormatError` (`Illegal UTF8 string`) for
    /// these.
    ///
    /// ```
    /// use hellohi_proto::JavaStr;
    ///
    /// assert_eq!(*JavaStr::from_canonical(b"a\xC0\x80")?, *"a\0");
    /// for bytes in [&b"a\0"[..], b"a\xC1\x81", b"a\xE0\x84\x80", b"a\xFF"] {
    ///     assert_eq!(JavaStr::from_canonical(bytes).unwrap_err().valid_up_to(), 1);
    /// }
    /// # Ok::<(), hellohi_proto::NotCanonical>(())
    /// ```
    #[doc(alias("CONSTANT_Utf8", "ClassFormatError"))]
    pub fn from_canonical(bytes: &[u8]) -> Result<&JavaStr, NotCanonical> {
        let valid_up_to = match mutf8::canonical(bytes) {
            Ok(Cow::Borrowed(bytes)) => return Ok(Self::wrap(bytes)),
            Ok(Cow::Owned(other)) => bytes.iter().zip(&other).take_while(|(a, b)| a == b).count(),
            Err(error) => {
                let (valid, _) = bytes.split_at(error.valid_up_to());
                Self::from_canonical(valid)?;
                valid.len()
            }
        };
        Err(NotCanonical { valid_up_to })
    }

    /// Returns the string of a text in the program. In a constant, this costs nothing at run time.
    ///
    /// # Panics
    ///
    /// Panics if the text has NUL or a character beyond U+FFFF, whose bytes are others in modified
    /// UTF-8. In a constant, that is an error of the compiler.
    ///
    /// ```
    /// use hellohi_proto::JavaStr;
    ///
    /// const CODE: &JavaStr = JavaStr::from_static("Code");
    /// assert_eq!(*CODE, *"Code");
    /// ```
    pub const fn from_static(text: &'static str) -> &'static JavaStr {
        let bytes = text.as_bytes();
        let mut at = 0;
        while at < bytes.len() {
            assert!(
                bytes[at] != 0 && bytes[at] < 0xF0,
                "the text has NUL or a character beyond U+FFFF; use JavaStr::from_text"
            );
            at += 1;
        }
        Self::wrap(bytes)
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
        Self::wrap_cow(mutf8::from_text(text))
    }

    #[inline]
    fn wrap_cow(canonical: Cow<'_, [u8]>) -> Cow<'_, JavaStr> {
        match canonical {
            Cow::Borrowed(bytes) => Cow::Borrowed(Self::wrap(bytes)),
            Cow::Owned(bytes) => Cow::Owned(JavaString::wrap(bytes)),
        }
    }
}

/// The error of bytes that are not canonical modified UTF-8.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the bytes from index {valid_up_to} are not canonical modified UTF-8")]
pub struct NotCanonical {
    valid_up_to: usize,
}

impl NotCanonical {
    /// Returns the index of the first byte of the character that is malformed, or not as `writeUTF`
    /// would send it.
    pub const fn valid_up_to(&self) -> usize {
        self.valid_up_to
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
            Cow::Owned(rewritten) => Ok(Self::wrap(rewritten)),
            Cow::Borrowed(_) => Ok(Self::wrap(body)),
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
        Self::wrap(mutf8::from_text(text).into_owned())
    }
}

impl From<String> for JavaString {
    fn from(text: String) -> Self {
        match mutf8::from_text(&text) {
            Cow::Owned(rewritten) => Self::wrap(rewritten),
            Cow::Borrowed(_) => Self::wrap(text.into_bytes()),
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

/// Returns the canonical modified UTF-8.
impl From<JavaString> for Vec<u8> {
    fn from(string: JavaString) -> Self {
        string.into_bytes()
    }
}

impl TryFrom<JavaString> for String {
    type Error = LoneSurrogate;

    fn try_from(string: JavaString) -> Result<Self, LoneSurrogate> {
        string.into_string()
    }
}

/// Implements the conversion into a smart pointer.
macro_rules! shared {
    ($($pointer:ident: $wrap:ident;)*) => {$(
        impl From<&JavaStr> for $pointer<JavaStr> {
            fn from(string: &JavaStr) -> Self {
                JavaStr::$wrap(Canonical::$wrap($pointer::from(string.as_bytes())))
            }
        }
    )*};
}

shared! {
    Box: wrap_box;
    Rc: wrap_rc;
    Arc: wrap_arc;
}

impl Clone for Box<JavaStr> {
    fn clone(&self) -> Self {
        (**self).into()
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
