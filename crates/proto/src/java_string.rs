//! [`JavaString`], the owned form of a Java string.

use alloc::borrow::{Borrow, Cow, ToOwned};
use alloc::string::String;
use alloc::vec::Vec;
use core::cmp::Ordering;
use core::fmt;
use core::ops::{AddAssign, Deref};

use crate::java_str::JavaStr;
use crate::mutf8::{self, LoneSurrogate};
use crate::to_java_str::{ToJavaStr, sealed};

/// An owned Java string. It is to [`JavaStr`] what [`String`] is to [`str`].
///
/// It dereferences to [`JavaStr`], which also defines its equality, order and hash.
///
/// ```
/// use hellohi_proto::JavaString;
///
/// let mut string = JavaString::from("hello");
/// string += ", ";
/// string.push('你');
/// string.extend([0xD83D, 0xDE00]);
/// assert_eq!(string, "hello, 你😀");
/// assert_eq!(string.into_string()?, "hello, 你😀");
/// # Ok::<(), hellohi_proto::LoneSurrogate>(())
/// ```
///
/// # Conversions
///
/// ```
/// use std::sync::Arc;
/// use hellohi_proto::{JavaStr, JavaString};
///
/// let string: JavaString = ["java", "/", "lang"].into_iter().collect();
/// let shared: Arc<JavaStr> = Arc::from(&*string);
/// let boxed: Box<JavaStr> = Box::from(&*string);
/// assert_eq!(*shared, *boxed);
///
/// let bytes: &[u8] = string.as_ref();
/// assert_eq!(bytes, b"java/lang");
/// assert_eq!(String::try_from(string.clone())?, "java/lang");
/// assert_eq!(Vec::from(string), b"java/lang");
/// # Ok::<(), hellohi_proto::LoneSurrogate>(())
/// ```
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct JavaString(Vec<u8>);

impl JavaString {
    /// Creates an empty string without an allocation.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Creates an empty string with space for this number of bytes in modified UTF-8.
    pub fn with_capacity(bytes: usize) -> Self {
        Self(Vec::with_capacity(bytes))
    }

    /// Returns the string of these UTF-16 code units. Lone surrogates are kept.
    pub fn from_utf16(units: &[u16]) -> Self {
        units.iter().copied().collect()
    }

    /// Returns the string of these bytes, which must be canonical.
    pub(crate) const fn wrap(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// Appends a character.
    ///
    /// ```
    /// use std::fmt::Write as _;
    /// use hellohi_proto::{JavaStr, JavaString};
    ///
    /// let mut string = JavaString::with_capacity(16);
    /// string.push('a');
    /// string.push_str("b\0");
    /// string.push_str(JavaStr::from_static("c"));
    /// string.push_unit(0xD83D);
    /// string.push_unit(0xDE00);
    /// string += "d";
    /// write!(string, "{}", 5)?;
    /// assert_eq!(string, "ab\0c😀d5");
    /// # Ok::<(), std::fmt::Error>(())
    /// ```
    pub fn push(&mut self, char: char) {
        char.encode_utf16(&mut [0; 2])
            .iter()
            .for_each(|&unit| self.push_unit(unit));
    }

    /// Appends text or a Java string.
    pub fn push_str(&mut self, string: impl ToJavaStr) {
        self.0.extend_from_slice(string.to_java_str().as_bytes());
    }

    /// Appends a UTF-16 code unit. A half of a surrogate pair before it may become whole.
    pub fn push_unit(&mut self, unit: u16) {
        mutf8::push_unit(&mut self.0, unit);
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
        JavaStr::wrap(&self.0)
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

/// The canonical modified UTF-8.
impl AsRef<[u8]> for JavaString {
    fn as_ref(&self) -> &[u8] {
        self.as_bytes()
    }
}

impl sealed::Sealed for JavaString {}

impl ToJavaStr for JavaString {
    fn to_java_str(&self) -> Cow<'_, JavaStr> {
        Cow::Borrowed(self)
    }
}

impl<S: ToJavaStr> AddAssign<S> for JavaString {
    fn add_assign(&mut self, string: S) {
        self.push_str(string);
    }
}

impl fmt::Write for JavaString {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.push_str(text);
        Ok(())
    }

    fn write_char(&mut self, char: char) -> fmt::Result {
        self.push(char);
        Ok(())
    }
}

/// Implements [`Extend`] and [`FromIterator`] by the method that appends one item.
macro_rules! collect {
    ($($(#[$doc:meta])* $item:ty $(, $lifetime:lifetime)?: $push:ident;)*) => {$(
        $(#[$doc])*
        impl$(<$lifetime>)? Extend<$item> for JavaString {
            fn extend<I: IntoIterator<Item = $item>>(&mut self, items: I) {
                let items = items.into_iter();
                self.0.reserve(items.size_hint().0);
                items.for_each(|item| self.$push(item));
            }
        }

        $(#[$doc])*
        impl$(<$lifetime>)? FromIterator<$item> for JavaString {
            fn from_iter<I: IntoIterator<Item = $item>>(items: I) -> Self {
                let mut string = Self::new();
                string.extend(items);
                string
            }
        }
    )*};
}

collect! {
    /// UTF-16 code units. Lone surrogates are kept.
    u16: push_unit;
    char: push;
    &'a str, 'a: push_str;
    &'a JavaStr, 'a: push_str;
    JavaString: push_str;
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
