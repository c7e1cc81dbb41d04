//! The hello/hi chat client: a drop-in replacement for the lab's `client.java`.
//!
//! All functions block, so a thread reads the lines while another one receives the messages.
#![forbid(unsafe_code)]

pub mod args;
pub mod connect;
pub mod console;
mod error;

mod join;
mod keep_alive;
mod link;
mod message_reader;
pub mod output;
mod pipe;
mod room_line;
mod roster;
mod run;
pub mod session;
mod stop;
mod terminal;

pub use error::Error;
pub use join::JoinError;
pub use run::run;
