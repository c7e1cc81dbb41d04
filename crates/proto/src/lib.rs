//! Java's modified UTF-8 and the frames of `DataOutputStream.writeUTF` and
//! `DataInputStream.readUTF`, exact to the last malformed byte.
//!
//! ```text
//!  0               1               2               2 + N
//! +-------------------------------+------- - - - -+
//! |  length N: u16, big-endian    | body: N bytes |
//! +-------------------------------+------- - - - -+
//! ```
//!
//! The body is modified UTF-8: each UTF-16 code unit of the string on its own, NUL in two bytes
//! and the two halves of a surrogate pair in three bytes each. A [`JavaStr`] is such a body as
//! `writeUTF` would write it, so it holds every Java string there is, lone surrogates included.
#![forbid(unsafe_code)]
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

#[cfg(feature = "codec")]
mod codec;
#[cfg(feature = "diagnose")]
mod diagnose;
#[cfg(feature = "std")]
mod frame;
mod java_str;
mod java_string;
mod mutf8;

#[cfg(feature = "codec")]
pub use codec::Utf;
#[cfg(feature = "diagnose")]
pub use diagnose::{Cause, Stream, diagnose};
#[cfg(feature = "std")]
pub use frame::{ReadError, WriteError, read_utf, write_utf};
pub use java_str::{JavaStr, LoneSurrogate, TextError, TooLong, Units};
pub use java_string::JavaString;
pub use mutf8::DecodeError;

/// The longest body a frame can carry, in bytes: its length is two bytes.
pub const MAX_BODY: usize = u16::MAX as usize;
