//! hellohi measured beside its competitors, its server attacked, and its codec compared with JVMs.

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
