//! [`JavaString`], the owned form of a Java string.

use alloc::borrow::{Borrow, Cow, ToOwned as _};
use alloc::string::String;
use alloc::vec::Vec;
use core::cmp::Ordering;
use core::convert::Infallible;
use core::fmt;
use core::ops::Deref;
use core::str::FromStr;

use crate::JavaStr;
use crate::mutf8::{self, DecodeError};

/// A Java string, owned: what [`String`] is to [`str`], it is to [`JavaStr`], to which it
/// dereferences.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct JavaString(Vec<u8>);

impl JavaString {
    /// Decodes the body of one frame without copying it where it is already canonical; as
    /// [`JavaStr::from_body`] otherwise.
    pub fn from_body(body: Vec<u8>) -> Result<Self, DecodeError> {
        match mutf8::canonical(&body)? {
            Cow::Owned(rewritten) => Ok(Self(rewritten)),
            Cow::Borrowed(_) => Ok(Self(body)),
        }
    }

    /// The string of these UTF-16 code units, whatever they are.
    pub fn from_utf16(units: &[u16]) -> Self {
        let mut bytes = Vec::with_capacity(units.len());
        units
            .iter()
            .for_each(|&unit| mutf8::push_unit(&mut bytes, unit));
        Self(bytes)
    }

    pub(crate) const fn from_canonical(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// The canonical modified UTF-8, as `writeUTF` sends it after the length.
    pub fn into_bytes(self) -> Vec<u8> {
        self.0
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

impl PartialEq<str> for JavaString {
    fn eq(&self, other: &str) -> bool {
        **self == *other
    }
}

impl PartialEq<&str> for JavaString {
    fn eq(&self, other: &&str) -> bool {
        **self == **other
    }
}

impl From<&str> for JavaString {
    fn from(text: &str) -> Self {
        Self(mutf8::from_text(text).into_owned())
    }
}

impl From<String> for JavaString {
    fn from(text: String) -> Self {
        match mutf8::from_text(&text) {
            Cow::Owned(rewritten) => Self(rewritten),
            Cow::Borrowed(_) => Self(text.into_bytes()),
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

impl FromStr for JavaString {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(text.into())
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
