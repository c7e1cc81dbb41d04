#![doc = include_str!("../README.md")]
//!
//! # Overview
//!
//! - A Java string: [`JavaStr`] borrowed, [`JavaString`] owned. For text alone, use
//!   [`JavaStr::str_from_mutf8`].
//! - A blocking stream: [`read_utf`] and [`write_utf`], and with numbers [`DataInput`] and
//!   [`DataOutput`].
//! - An asynchronous stream: `tokio::read_utf`, or the codec `Utf`.
//! - Bytes in memory: [`split_frame`].
//! - Java's two `UTFDataFormatException`s, with their numbers: [`DecodeError`] and [`TooLong`].
//! - The probable protocol of a peer that sends something else, for a log: `diagnose`.
#![forbid(unsafe_code)]
#![cfg_attr(not(feature = "std"), no_std)]
#![cfg_attr(docsrs, feature(doc_cfg))]

extern crate alloc;

mod chars;
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
mod search;
#[cfg(feature = "serde")]
pub mod serde;
mod to_java_str;
#[cfg(feature = "tokio")]
pub mod tokio;
mod too_long;
mod units;

pub use chars::Chars;
#[cfg(feature = "codec")]
pub use codec::Utf;
pub use convert::{NotCanonical, TextError};
#[cfg(feature = "std")]
pub use data_input::DataInput;
#[cfg(feature = "std")]
pub use data_output::{Counted, DataOutput};
#[cfg(feature = "diagnose")]
pub use diagnose::{Cause, Reading, StreamState, diagnose};
pub use frame::{MAX_BODY, TakeError, put_utf, split_frame, take_utf};
#[cfg(feature = "std")]
pub use io::{ReadError, WriteError, read_utf, write_utf};
pub use java_str::JavaStr;
pub use java_string::JavaString;
pub use mutf8::{DecodeError, LoneSurrogate};
pub use to_java_str::ToJavaStr;
pub use too_long::TooLong;
pub use units::Units;
