//! `KnockKnockServer.java` and `KnockKnockClient.java` in Rust. Both functions take the way in which lines are
//! read, so that the right and the wrong programs differ in that alone.

mod client;
mod protocol;
mod server;

pub use client::talk;
pub use server::serve;
