//! The frame of `writeUTF` in memory.
//!
//! For example, `00 02 68 69 00` is the length 2, the body `68 69` (`hi`) and one byte of the next
//! frame. [`split_frame`] returns the body and that rest.

use alloc::borrow::Cow;
use alloc::vec::Vec;
use core::fmt::{self, Display};

use crate::java_str::JavaStr;
use crate::mutf8::DecodeError;
use crate::to_java_str::ToJavaStr;
use crate::too_long::TooLong;

/// Number of bytes of the longest body: 65,535, because the length is two bytes.
pub const MAX_BODY: usize = u16::MAX as usize;

/// Splits `bytes` into the body of the first frame and the bytes behind it. Returns `None` while
/// the frame is incomplete.
///
/// Use it for a body that is not to be decoded, or is to be decoded in another way than
/// [`take_utf`] does.
///
/// ```
/// use hellohi_proto::{JavaStr, split_frame};
///
/// let (body, rest) = split_frame(b"\0\x02hi\0").ok_or("cut")?;
/// assert_eq!(JavaStr::str_from_mutf8(body)?, "hi");
/// assert_eq!(rest, b"\0");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn split_frame(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk()?;
    rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))
}

/// Takes one frame from the front of `bytes` and decodes it, as `DataInputStream.readUTF` does.
/// Borrows if the body is already canonical.
///
/// # Errors
///
/// - [`TakeError::Cut`] if the frame is incomplete. Nothing is taken.
/// - [`TakeError::Malformed`] where `readUTF` throws `UTFDataFormatException`. The frame is taken.
///
/// ```
/// use hellohi_proto::{put_utf, take_utf};
///
/// let mut buffer = Vec::new();
/// put_utf(&mut buffer, "name")?;
/// put_utf(&mut buffer, "你好 😀")?;
///
/// let mut bytes = &buffer[..];
/// assert_eq!(*take_utf(&mut bytes)?, *"name");
/// assert_eq!(*take_utf(&mut bytes)?, *"你好 😀");
/// assert_eq!(take_utf(&mut bytes).unwrap_err().to_string(), "closed before a frame");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[doc(alias = "readUTF")]
pub fn take_utf<'a>(bytes: &mut &'a [u8]) -> Result<Cow<'a, JavaStr>, TakeError> {
    let Some((body, rest)) = split_frame(bytes) else {
        return Err(match bytes.split_first_chunk() {
            Some((length, rest)) => TakeError::Cut {
                got: rest.len(),
                of: Some(u16::from_be_bytes(*length).into()),
            },
            None => TakeError::Cut {
                got: bytes.len(),
                of: None,
            },
        });
    };
    *bytes = rest;
    Ok(JavaStr::from_mutf8(body)?)
}

/// The error of [`take_utf`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TakeError {
    /// The bytes end before the frame or inside it.
    #[error("{}", Cut(*.got, *.of))]
    Cut {
        /// Number of bytes that there are: of the body, or of the length while that is incomplete.
        got: usize,
        /// Number of bytes of the body, once that is known.
        of: Option<usize>,
    },
    /// The body is not modified UTF-8.
    #[error(transparent)]
    Malformed(#[from] DecodeError),
}

/// The words for a frame that ends after a number of bytes, of those that its body has.
pub(crate) struct Cut(pub(crate) usize, pub(crate) Option<usize>);

impl Display for Cut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self(0, None) => f.write_str("closed before a frame"),
            Self(got, None) => write!(f, "closed after {got} of 2 length bytes"),
            Self(got, Some(of)) => write!(f, "closed after {got} of {of} bytes"),
        }
    }
}

/// Appends one frame to `buffer`, as `DataOutputStream.writeUTF` writes it.
///
/// # Errors
///
/// Returns [`TooLong`] where `writeUTF` throws `UTFDataFormatException`, because the string has
/// more than [`MAX_BODY`] bytes. Then nothing is appended.
///
/// ```
/// let mut buffer = Vec::new();
/// hellohi_proto::put_utf(&mut buffer, "hi\0")?;
/// assert_eq!(buffer, b"\0\x04hi\xC0\x80");
/// # Ok::<(), hellohi_proto::TooLong>(())
/// ```
#[doc(alias = "writeUTF")]
pub fn put_utf(buffer: &mut Vec<u8>, string: impl ToJavaStr) -> Result<(), TooLong> {
    let string = string.to_java_str();
    let length = string.body_length()?;
    buffer.reserve(2 + string.as_bytes().len());
    buffer.extend_from_slice(&length.to_be_bytes());
    buffer.extend_from_slice(string.as_bytes());
    Ok(())
}
