#![doc = include_str!("../README.md")]
//!
//! # Where to begin
//!
//! - [`JavaStr`] and [`JavaString`]: a Java string, borrowed and owned. [`JavaStr::str_from_body`] where
//!   text is all that is wanted.
//! - [`read_utf`] and [`write_utf`], or [`DataInput`] and [`DataOutput`] where there are numbers, too;
//!   `tokio::read_utf` and the codec `Utf` where the stream is asynchronous; [`split_frame`] where it is
//!   in memory.
//! - [`DecodeError`] and [`TooLong`]: Java's two `UTFDataFormatException`s, with their numbers.
//! - `diagnose` for the log of whoever wonders what the peer sends.
#![forbid(unsafe_code)]
#![cfg_attr(not(feature = "std"), no_std)]
#![cfg_attr(docsrs, feature(doc_cfg))]

extern crate alloc;

#[cfg(feature = "codec")]
mod codec;
#[cfg(feature = "std")]
mod data_input;
#[cfg(feature = "std")]
mod data_output;
#[cfg(feature = "diagnose")]
mod diagnose;
mod equal;
#[cfg(feature = "std")]
mod frame;
mod java_str;
mod java_string;
mod mutf8;
mod printable;
#[cfg(feature = "serde")]
mod serde;
#[cfg(feature = "tokio")]
pub mod tokio;
mod too_long;
mod units;

#[cfg(feature = "codec")]
pub use codec::Utf;
#[cfg(feature = "std")]
pub use data_input::DataInput;
#[cfg(feature = "std")]
pub use data_output::DataOutput;
#[cfg(feature = "diagnose")]
pub use diagnose::{Cause, Stream, diagnose};
#[cfg(feature = "std")]
pub use frame::{ReadError, WriteError, read_utf, write_utf};
pub use java_str::{JavaStr, LoneSurrogate, TextError};
pub use java_string::JavaString;
pub use mutf8::DecodeError;
pub use too_long::TooLong;
pub use units::Units;

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
