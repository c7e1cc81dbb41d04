//! Search in a Java string, and parts of it.
//!
//! Bytes are compared, and the results are whole code units, because no byte both begins a unit and
//! continues one. For example, `½` (`C2 BD`) is not found in `你` (`E4 BD A0`).

use core::iter;
use core::ops::{Bound, RangeBounds};

use memchr::memmem;

use crate::java_str::JavaStr;
use crate::to_java_str::ToJavaStr;
use crate::units::is_lead;

/// Search and parts. An index counts UTF-16 code units, as in Java, and finding its place takes
/// time in proportion to it.
impl JavaStr {
    /// Returns the UTF-16 code unit at `index`, as `String.charAt` does. Returns `None` where Java
    /// throws an exception.
    ///
    /// ```
    /// use hellohi_proto::JavaStr;
    ///
    /// let string = JavaStr::from_text("é😀");
    /// assert_eq!(string.char_at(1), Some(0xD83D));
    /// assert_eq!(string.char_at(3), None);
    /// ```
    #[doc(alias = "charAt")]
    pub fn char_at(&self, index: usize) -> Option<u16> {
        self.units().nth(index)
    }

    /// Returns the part between two indices, as `String.substring` does. Returns `None` where Java
    /// throws an exception. The part may begin or end inside a surrogate pair.
    ///
    /// ```
    /// use hellohi_proto::JavaStr;
    ///
    /// let string = JavaStr::from_static("java/lang/String");
    /// assert_eq!(*string.get(10..).unwrap(), *"String");
    /// assert_eq!(*string.get(5..=8).unwrap(), *"lang");
    /// assert_eq!(string.get(10..17), None);
    /// ```
    #[doc(alias = "substring")]
    pub fn get(&self, range: impl RangeBounds<usize>) -> Option<&JavaStr> {
        let from = match range.start_bound() {
            Bound::Included(&index) => self.offset(index)?,
            Bound::Excluded(&index) => self.offset(index.checked_add(1)?)?,
            Bound::Unbounded => 0,
        };
        let to = match range.end_bound() {
            Bound::Included(&index) => self.offset(index.checked_add(1)?)?,
            Bound::Excluded(&index) => self.offset(index)?,
            Bound::Unbounded => self.as_bytes().len(),
        };
        self.as_bytes().get(from..to).map(Self::wrap)
    }

    /// Returns the number of bytes before the unit at `index`.
    fn offset(&self, index: usize) -> Option<usize> {
        let bytes = self.as_bytes();
        let units = (0..bytes.len()).filter(|&at| is_lead(bytes[at]));
        units.chain([bytes.len()]).nth(index)
    }

    /// Returns the index of the first occurrence of `pattern`, as `String.indexOf` does.
    ///
    /// ```
    /// use hellohi_proto::JavaStr;
    ///
    /// let string = JavaStr::from_text("你好 😀!");
    /// assert_eq!(string.find("!"), Some(5));
    /// assert_eq!(string.find("?"), None);
    /// ```
    #[doc(alias = "indexOf")]
    pub fn find(&self, pattern: impl ToJavaStr) -> Option<usize> {
        let at = memmem::find(self.as_bytes(), pattern.to_java_str().as_bytes())?;
        Some(Self::wrap(&self.as_bytes()[..at]).utf16_len())
    }

    /// Returns whether the string has `pattern` in it, as `String.contains` does.
    pub fn contains(&self, pattern: impl ToJavaStr) -> bool {
        memmem::find(self.as_bytes(), pattern.to_java_str().as_bytes()).is_some()
    }

    /// Returns whether the string begins with `prefix`, as `String.startsWith` does.
    #[doc(alias = "startsWith")]
    pub fn starts_with(&self, prefix: impl ToJavaStr) -> bool {
        self.strip_prefix(prefix).is_some()
    }

    /// Returns whether the string ends with `suffix`, as `String.endsWith` does.
    #[doc(alias = "endsWith")]
    pub fn ends_with(&self, suffix: impl ToJavaStr) -> bool {
        self.strip_suffix(suffix).is_some()
    }

    /// Returns the string without `prefix`, or `None` if it does not begin with it.
    ///
    /// ```
    /// use hellohi_proto::JavaStr;
    ///
    /// let descriptor = JavaStr::from_static("Ljava/lang/String;");
    /// assert!(descriptor.starts_with("Ljava/") && descriptor.ends_with(";"));
    /// assert!(descriptor.contains("lang") && !descriptor.contains("Lang"));
    /// let class = descriptor.strip_prefix("L").and_then(|class| class.strip_suffix(";"));
    /// assert_eq!(*class.unwrap(), *"java/lang/String");
    /// assert_eq!(descriptor.strip_prefix("["), None);
    /// ```
    pub fn strip_prefix(&self, prefix: impl ToJavaStr) -> Option<&JavaStr> {
        let rest = self
            .as_bytes()
            .strip_prefix(prefix.to_java_str().as_bytes());
        rest.map(Self::wrap)
    }

    /// Returns the string without `suffix`, or `None` if it does not end with it.
    pub fn strip_suffix(&self, suffix: impl ToJavaStr) -> Option<&JavaStr> {
        let rest = self
            .as_bytes()
            .strip_suffix(suffix.to_java_str().as_bytes());
        rest.map(Self::wrap)
    }

    /// Returns an iterator over the parts between occurrences of `separator`, as [`str::split`]
    /// does. An empty separator is found nowhere.
    ///
    /// Unlike `String.split`, it takes no regular expression and keeps empty parts at the end.
    ///
    /// ```
    /// use hellohi_proto::JavaStr;
    ///
    /// let name = JavaStr::from_static("java/lang/String");
    /// assert!(name.split("/").eq(["java", "lang", "String"].map(JavaStr::from_static)));
    /// ```
    pub fn split(&self, separator: impl ToJavaStr) -> impl Iterator<Item = &JavaStr> {
        let separator = separator.to_java_str().into_owned().into_bytes();
        let mut left = Some(self.as_bytes());
        iter::from_fn(move || {
            let bytes = left.take()?;
            let found = memmem::find(bytes, &separator).filter(|_| !separator.is_empty());
            let part = match found {
                Some(at) => {
                    left = Some(&bytes[at + separator.len()..]);
                    &bytes[..at]
                }
                None => bytes,
            };
            Some(Self::wrap(part))
        })
    }
}
