//! Equality between all forms of a Java string, and between them and text.

use alloc::borrow::Cow;
use alloc::string::String;

use crate::java_str::JavaStr;
use crate::java_string::JavaString;
use crate::mutf8;

impl PartialEq<str> for JavaStr {
    fn eq(&self, other: &str) -> bool {
        *self.as_bytes() == *mutf8::from_text(other)
    }
}

impl PartialEq<JavaStr> for str {
    fn eq(&self, other: &JavaStr) -> bool {
        other == self
    }
}

/// Implements equality in both directions, by what both sides dereference to.
macro_rules! equal {
    ($($left:ty, $right:ty: $borrowed:ty;)*) => {$(
        impl PartialEq<$right> for $left {
            fn eq(&self, other: &$right) -> bool {
                let (string, other): (&JavaStr, &$borrowed) = (self, other);
                string == other
            }
        }

        impl PartialEq<$left> for $right {
            fn eq(&self, other: &$left) -> bool {
                other == self
            }
        }
    )*};
}

equal! {
    JavaString, JavaStr: JavaStr;
    JavaString, &JavaStr: JavaStr;
    Cow<'_, JavaStr>, JavaStr: JavaStr;
    Cow<'_, JavaStr>, &JavaStr: JavaStr;
    Cow<'_, JavaStr>, JavaString: JavaStr;
    JavaStr, &str: str;
    JavaStr, String: str;
    JavaString, str: str;
    JavaString, &str: str;
    JavaString, String: str;
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::borrow::ToOwned as _;

    #[test]
    fn every_form_of_a_string_equals_every_other() {
        let (text, string) = ("a\0😀", String::from("a\0😀"));
        let borrowed = &*JavaStr::from_text(text);
        let owned = borrowed.to_owned();
        let cow = Cow::Borrowed(borrowed);
        assert_eq!(owned, borrowed);
        assert_eq!(cow, borrowed);
        assert_eq!(owned, cow);
        assert_eq!(borrowed, text);
        assert_eq!(text, owned);
        assert_eq!(*borrowed, string);
        assert_eq!(owned, string);
        assert_ne!(owned, "a");
        assert_ne!(*cow, "a");
        assert_eq!(*borrowed, text);
    }
}
