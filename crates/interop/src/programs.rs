//! Programs that can play: where they are found, and how they are built.

pub mod java;
pub mod jdk;
pub mod peer_file;
pub mod workspace;
