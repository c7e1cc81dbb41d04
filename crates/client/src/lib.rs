//! The hello/hi chat client.
//!
//! Everything here blocks: one line goes out and one message comes in at a time. Only at a
//! terminal a thread of its own prints what comes, because the line editor blocks as well.
#![forbid(unsafe_code)]

pub mod args;
pub mod connect;
pub mod console;
mod error;

mod message_reader;
pub mod output;
mod run;
pub mod session;
mod stop;
mod terminal;

pub use error::Error;
pub use run::run;
