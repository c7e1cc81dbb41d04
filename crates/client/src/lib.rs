//! The hello/hi chat client: a drop-in replacement for the lab's `client.java`.
//!
//! All functions block. The client sends one line and receives one message at a time. Only at a
//! terminal a second thread prints the messages, because the line editor blocks too.
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
