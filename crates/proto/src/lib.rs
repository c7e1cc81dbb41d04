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
mod convert;
#[cfg(feature = "std")]
mod data_input;
#[cfg(feature = "std")]
mod data_output;
#[cfg(feature = "diagnose")]
mod diagnose;
mod equal;
mod frame;
#[cfg(feature = "std")]
mod io;
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
pub use convert::TextError;
#[cfg(feature = "std")]
pub use data_input::DataInput;
#[cfg(feature = "std")]
pub use data_output::DataOutput;
#[cfg(feature = "diagnose")]
pub use diagnose::{Cause, Stream, diagnose};
pub use frame::{MAX_BODY, split_frame};
#[cfg(feature = "std")]
pub use io::{ReadError, WriteError, read_utf, write_utf};
pub use java_str::JavaStr;
pub use java_string::JavaString;
pub use mutf8::{DecodeError, LoneSurrogate};
pub use too_long::TooLong;
pub use units::Units;
