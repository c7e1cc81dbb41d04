//! Records pairs of programs and compares each recording with recordings of the original programs.
//!
//! A [`Suite`] names the originals, the candidates and the cases. [`run()`] takes each case through four steps:
//!
//! 1. It plans the recordings. `exchange/ascii` is played three times by Java with Java, once by Java with
//!    Rust, once by Rust with Java and once by Rust with Rust.
//! 2. It makes the recordings with the crate `recorder`.
//! 3. It judges each recording, channel by channel. If Java's server always exited with 0 and Rust's exited
//!    with 1, the channel `server.exit` of that recording is different.
//! 4. It reports one summary: on the terminal, as an HTML page, as JSON, as JUnit XML and as Markdown.
//!
//! No expectation is written by hand: the recordings of the originals say what is right.

mod args;
mod attempt;
pub mod case;
mod case_result;
mod certificate;
pub mod channel;
pub mod conversation;
pub mod declared;
mod difference;
mod environment;
#[cfg(test)]
mod example;
mod filter;
mod finished_run;
mod interrupt;
mod interrupted;
mod judge;
mod left_out;
pub mod mask;
pub mod mutant;
mod mutants;
mod oracle;
pub mod pair;
pub mod peer;
mod plan;
pub mod probes;
pub mod programs;
pub mod progress;
mod report;
mod run;
mod schedule;
pub mod standard_output;
mod suggestion;
mod suite;
mod summary;
pub mod tapped;
mod task;
mod verdict;

pub use args::Args;
pub use run::run;
pub use suite::Suite;
