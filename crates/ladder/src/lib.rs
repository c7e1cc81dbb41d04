//! Shows a recorded conversation as rows on one clock, and draws them.
//!
//! 1. [`from_recording`] takes the system calls, segments and consoles of a recording, and puts them in the
//!    order of their times: `connect` enters, a SYN leaves, a SYN-ACK comes, `connect` returns.
//! 2. Each row gets the TCP states of both ends after it (RFC 9293), and a caption where it shows something
//!    for the first time.
//! 3. [`order::check`] rejects orders of events that TCP makes impossible.
//! 4. [`row_text::all`] puts each row into words; [`terminal`], [`svg`], [`html`] and [`mermaid`] draw them, and
//!    [`document`] writes them as JSON.
//!
//! The crate takes payloads apart into the frames of Java's `writeUTF`, and judges nothing.

mod about;
mod assemble;
mod beside;
mod call;
mod caption;
pub mod chain;
mod conversation;
mod conversation_calls;
pub mod document;
mod explain;
pub mod html;
mod ladder;
mod lang;
pub mod mermaid;
pub mod order;
pub mod outline;
pub mod part;
pub mod payload;
mod player;
pub mod row_text;
pub mod saved;
#[cfg(test)]
mod scene;
pub mod segment;
mod states;
pub mod svg;
mod tcp;
pub mod terminal;
mod timed;
pub mod visible;
mod wrap;

pub use about::About;
pub use assemble::from_recording;
pub use call::{Phase, Purpose, ShownCall};
pub use caption::Caption;
pub use ladder::{ConsoleStream, Event, Ladder, Row};
pub use lang::Lang;
pub use player::{Player, Source, plain_name};
pub use tcp::State;
