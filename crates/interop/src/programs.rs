//! Finds and builds the programs that take part in recordings.

pub(crate) mod command;
pub mod java;
pub mod jdk;
pub mod originals;
pub mod peer_file;
pub(crate) mod toml_file;
pub mod workspace;
