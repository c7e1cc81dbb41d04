//! A recorded conversation as rows on one clock, and their drawing.
//!
//! 1. [`from_recording`] takes the system calls, segments and consoles of a recording, and puts them in the
//!    order of their times: `connect` enters, a SYN leaves, a SYN-ACK comes, `connect` returns.
//! 2. Each row gets the TCP states of both ends after it (RFC 9293), and a caption where it shows something
//!    for the first time.
//! 3. [`order::check`] rejects orders of events that TCP makes impossible.
//! 4. [`cells::all`] puts each row into words; [`terminal`], [`svg`], [`html`] and [`mermaid`] draw them, and
//!    [`document`] writes them as JSON.
//!
//! The crate takes payloads apart into the frames of Java's `writeUTF`, and judges nothing.

mod assemble;
mod beside;
mod call;
mod caption;
pub mod cells;
pub mod chain;
pub mod document;
mod explain;
pub mod html;
mod ladder;
mod lang;
pub mod mermaid;
pub mod order;
pub mod outline;
mod own;
pub mod payload;
mod player;
pub mod saved;
mod scope;
pub mod segment;
mod states;
pub mod svg;
mod tcp;
pub mod terminal;
mod timed;
pub mod visible;

pub use assemble::from_recording;
pub use call::{Call, Kind, Phase};
pub use caption::Caption;
pub use ladder::{Event, Ladder, Row, Stream};
pub use lang::Lang;
pub use own::About;
pub use player::{Player, Source};
pub use tcp::State;
