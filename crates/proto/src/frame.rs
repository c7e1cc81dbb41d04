//! The frame of `writeUTF` in memory.

/// The longest body a frame can carry, in bytes: its length is two bytes.
pub const MAX_BODY: usize = u16::MAX as usize;

/// The body of the frame that `bytes` begin with, and what follows it; `None` while the frame is
/// not whole. For whole files in memory, and for buffers of one's own.
///
/// A class file's `CONSTANT_Utf8_info` is a tag and such a frame (JVMS 4.4.7):
///
/// ```
/// use hellohi_proto::{JavaStr, split_frame};
///
/// let constant_pool = b"\x01\x00\x04Code\x01\x00\x03()V";
/// let [1, frame @ ..] = &constant_pool[..] else { panic!("not a CONSTANT_Utf8") };
/// let (body, rest) = split_frame(frame).ok_or("the pool is cut short")?;
/// assert_eq!(*JavaStr::from_body(body)?, *"Code");
/// assert_eq!(rest[0], 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn split_frame(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk()?;
    rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))
}
