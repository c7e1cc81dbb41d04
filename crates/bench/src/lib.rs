//! Benchmarks of hellohi beside its competitors, attacks on its server, and comparisons of its codec with JVMs.
//!
//! Each public module is a task of `cargo xtask` with its arguments, `Args`, and its `run`.

mod choice;
pub mod codec;
mod java;
#[cfg(target_os = "linux")]
mod load;
mod machine;
mod median;
pub mod oracle;
mod report_files;
#[cfg(target_os = "linux")]
pub mod server;
#[cfg(target_os = "linux")]
pub mod soak;
mod table;
