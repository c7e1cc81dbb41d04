//! [`ToJavaStr`], what a function takes that needs a string.

use alloc::borrow::{Cow, ToOwned};
use alloc::boxed::Box;
use alloc::rc::Rc;
use alloc::string::String;
use alloc::sync::Arc;

use crate::java_str::JavaStr;

/// A string that Java has, in any form: [`str`], [`String`], [`JavaStr`],
/// [`JavaString`](crate::JavaString), and references, smart pointers and [`Cow`]s of these.
///
/// This trait is sealed. Only this crate implements it, so that forms and methods can be added in a
/// minor version.
///
/// ```
/// use hellohi_proto::{DataOutput as _, JavaString};
///
/// let mut stream = Vec::new();
/// stream.write_utf("text")?;
/// stream.write_utf(String::from("text"))?;
/// stream.write_utf(&JavaString::from_utf16(&[0xD83D]))?;
/// # Ok::<(), std::io::Error>(())
/// ```
pub trait ToJavaStr: sealed::Sealed {
    /// Returns the string. Borrows unless this is text with NUL or a character beyond U+FFFF.
    fn to_java_str(&self) -> Cow<'_, JavaStr>;
}

pub(crate) mod sealed {
    pub trait Sealed {}
}

impl sealed::Sealed for str {}

impl ToJavaStr for str {
    fn to_java_str(&self) -> Cow<'_, JavaStr> {
        JavaStr::from_text(self)
    }
}

impl sealed::Sealed for JavaStr {}

impl ToJavaStr for JavaStr {
    fn to_java_str(&self) -> Cow<'_, JavaStr> {
        Cow::Borrowed(self)
    }
}

/// Implements the trait by what a type dereferences to.
macro_rules! by_deref {
    ($($type:ty $(, $param:ident: $bound:path)?;)*) => {$(
        impl$(<$param: $bound + ?Sized>)? sealed::Sealed for $type {}

        impl$(<$param: $bound + ?Sized>)? ToJavaStr for $type {
            fn to_java_str(&self) -> Cow<'_, JavaStr> {
                (**self).to_java_str()
            }
        }
    )*};
}

by_deref! {
    String;
    &S, S: ToJavaStr;
    Box<S>, S: ToJavaStr;
    Rc<S>, S: ToJavaStr;
    Arc<S>, S: ToJavaStr;
}

impl<S: ToJavaStr + ToOwned + ?Sized> sealed::Sealed for Cow<'_, S> {}

impl<S: ToJavaStr + ToOwned + ?Sized> ToJavaStr for Cow<'_, S> {
    fn to_java_str(&self) -> Cow<'_, JavaStr> {
        (**self).to_java_str()
    }
}
