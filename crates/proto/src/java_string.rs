//! [`JavaString`], the owned form of a Java string.

use alloc::borrow::{Borrow, Cow, ToOwned};
use alloc::string::String;
use alloc::vec::Vec;
use core::cmp::Ordering;
use core::fmt;
use core::ops::Deref;

use crate::java_str::JavaStr;
use crate::mutf8::{self, LoneSurrogate};

/// An owned Java string. It is to [`JavaStr`] what [`String`] is to [`str`].
///
/// It dereferences to [`JavaStr`], which also defines its equality, order and hash.
///
/// ```
/// use hellohi_proto::JavaString;
///
/// let mut string = JavaString::from("hello");
/// string.extend([0x21, 0xD83D, 0xDE00]);
/// assert_eq!(string, "hello!😀");
/// assert_eq!(string.into_string()?, "hello!😀");
/// # Ok::<(), hellohi_proto::LoneSurrogate>(())
/// ```
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct JavaString(Vec<u8>);

impl JavaString {
    /// Returns the string of these UTF-16 code units. Lone surrogates are kept.
    pub fn from_utf16(units: &[u16]) -> Self {
        units.iter().copied().collect()
    }

    pub(crate) const fn from_canonical(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// Returns the canonical modified UTF-8, as `writeUTF` sends it after the length.
    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    /// Returns the text. Does not copy when [`to_str`](JavaStr::to_str) borrows.
    ///
    /// # Errors
    ///
    /// Returns the first [`LoneSurrogate`], because a string with one is not text.
    pub fn into_string(self) -> Result<String, LoneSurrogate> {
        match self.to_str()? {
            Cow::Owned(text) => Ok(text),
            Cow::Borrowed(_) => Ok(String::from_utf8(self.0).expect("to_str found it valid")),
        }
    }
}

impl ToOwned for JavaStr {
    type Owned = JavaString;

    fn to_owned(&self) -> JavaString {
        JavaString(self.as_bytes().to_vec())
    }
}

impl Deref for JavaString {
    type Target = JavaStr;

    fn deref(&self) -> &JavaStr {
        JavaStr::from_canonical(&self.0)
    }
}

impl Borrow<JavaStr> for JavaString {
    fn borrow(&self) -> &JavaStr {
        self
    }
}

impl AsRef<JavaStr> for JavaString {
    fn as_ref(&self) -> &JavaStr {
        self
    }
}

impl Ord for JavaString {
    fn cmp(&self, other: &Self) -> Ordering {
        JavaStr::cmp(self, other)
    }
}

impl PartialOrd for JavaString {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Appends UTF-16 code units. Lone surrogates are kept.
impl Extend<u16> for JavaString {
    fn extend<I: IntoIterator<Item = u16>>(&mut self, units: I) {
        let units = units.into_iter();
        self.0.reserve(units.size_hint().0);
        units.for_each(|unit| mutf8::push_unit(&mut self.0, unit));
    }
}

/// Collects UTF-16 code units. Lone surrogates are kept.
impl FromIterator<u16> for JavaString {
    fn from_iter<I: IntoIterator<Item = u16>>(units: I) -> Self {
        let mut string = Self::default();
        string.extend(units);
        string
    }
}

impl fmt::Display for JavaString {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl fmt::Debug for JavaString {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
