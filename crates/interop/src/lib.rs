//! Pairs of programs, recorded and compared with what the originals do.

pub mod programs;
pub mod standard_output;
