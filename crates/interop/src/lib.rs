//! Pairs of programs, recorded and compared with what the originals do.
//!
//! A [`Suite`] names the originals, the candidates and the cases. [`run`] takes each case through four steps:
//!
//! 1. It plans recordings: `exchange/ascii` is played by Java with Java three times, by Java with Rust and by
//!    Rust with Java.
//! 2. It makes them with the crate `recorder`.
//! 3. It judges them, channel by channel. Where Java's server exits with 0 each time and Rust's with 1, the
//!    channel `server.exit` of that recording is different.
//! 4. It reports a summary: on the terminal, as one HTML page, as JSON, as JUnit XML and as Markdown.
//!
//! Nothing that is expected of a candidate is written by hand: the originals' recordings are the oracle.

pub mod args;
pub mod case;
pub mod channel;
pub mod declared;
mod difference;
mod environment;
#[cfg(test)]
mod example;
mod interrupt;
pub mod mutant;
pub mod mutants;
mod oracle;
mod outcome;
pub mod peer;
mod plan;
pub mod programs;
mod progress;
mod report;
mod run;
mod schedule;
pub mod standard_output;
pub mod suite;
mod summary;
pub mod verdict;

pub use args::Args;
pub use run::run;
pub use suite::Suite;
