#![doc = include_str!("../README.md")]
//!
//! # Overview
//!
//! - A Java string: [`JavaStr`] borrowed, [`JavaString`] owned.
//! - A blocking stream: `read_utf` and `write_utf`, and with numbers `DataInput` and `DataOutput`.
//! - An asynchronous stream: `tokio::read_utf`, or the codec `Utf`.
//! - Bytes in memory: [`take_utf`], [`put_utf`] and [`split_frame`].
//! - Java's two `UTFDataFormatException`s, with their numbers: [`DecodeError`] and [`TooLong`].
//! - The probable protocol of a peer that sends something else, for a log: `diagnose`.
//!
//! # To and from a Java string
//!
//! | from | constructor | when |
//! |---|---|---|
//! | modified UTF-8 | [`JavaStr::from_mutf8`] | what `readUTF` accepts is to be accepted: streams, NBT, JNI |
//! | | [`JavaStr::from_mutf8_lossy`] | nothing is to be refused: logs |
//! | | [`JavaStr::from_canonical`] | nothing but the bytes of `writeUTF` is to be accepted, or a borrowed string is needed: class files |
//! | | [`JavaString::from_mutf8`] | the bytes are owned |
//! | text | [`JavaStr::from_text`] | it borrows if it can; `From` and `FromStr` of [`JavaString`] are owned |
//! | | [`JavaStr::from_static`] | the text is a constant |
//! | | none | a function takes [`ToJavaStr`]: pass the text |
//! | UTF-16 | [`JavaString::from_utf16`] | the units are a slice; an iterator of them is collected |
//!
//! | to | conversion | a lone surrogate is |
//! |---|---|---|
//! | text | [`JavaStr::to_str`], [`JavaString::into_string`] | an error |
//! | | [`JavaStr::str_from_mutf8`] | an error; from the bytes at once, and faster |
//! | | [`JavaStr::to_string_lossy`] | U+FFFD, as in Rust |
//! | | [`JavaStr::to_console`], `Display` | `?`, as Java prints it |
//! | | [`JavaStr::printable`] | `?`, and no character controls the terminal |
//! | characters | [`JavaStr::chars`] | an item that is an error |
//! | UTF-16 | [`JavaStr::units`], [`JavaStr::to_utf16`] | kept |
//! | modified UTF-8 | [`JavaStr::as_bytes`], [`JavaString::into_bytes`] | kept |
//! | JNI | [`JavaStr::to_c_string`] | kept |
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
