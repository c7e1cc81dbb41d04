//! Finds and builds the programs that take part in recordings.

pub mod java;
pub mod jdk;
pub mod peer_file;
pub mod workspace;
