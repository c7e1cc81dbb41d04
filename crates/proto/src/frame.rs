//! The frame of `writeUTF` in memory.
//!
//! For example, `00 02 68 69 00` is the length 2, the body `68 69` (`hi`) and one byte of the next
//! frame. [`split_frame`] returns the body and that rest.

/// Number of bytes of the longest body: 65,535, because the length is two bytes.
pub const MAX_BODY: usize = u16::MAX as usize;

/// Splits `bytes` into the body of the first frame and the bytes behind it. Returns `None` while
/// the frame is incomplete.
///
/// Use it for files in memory and for buffers of your own. For example, a class file's
/// `CONSTANT_Utf8_info` is a tag and such a frame (JVMS 4.4.7):
///
/// ```
/// use hellohi_proto::{JavaStr, split_frame};
///
/// let constant_pool = b"\x01\x00\x04Code\x01\x00\x03()V";
/// let [1, frame @ ..] = &constant_pool[..] else { panic!("not a CONSTANT_Utf8") };
/// let (body, rest) = split_frame(frame).ok_or("the pool is cut short")?;
/// assert_eq!(*JavaStr::from_mutf8(body)?, *"Code");
/// assert_eq!(rest[0], 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn split_frame(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk()?;
    rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))
}
