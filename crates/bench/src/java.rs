//! Our own Java programs: the format of their questions and answers, what they are asked, and their start.

pub(crate) mod batch;
pub(crate) mod bodies;
pub(crate) mod class_files;
pub(crate) mod programs;
