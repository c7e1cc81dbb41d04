//! Programs that can play: where they are found, and how they are built.

pub mod jdk;
pub mod workspace;
