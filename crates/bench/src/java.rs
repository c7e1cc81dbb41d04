//! Our own Java programs, the format of their questions and answers, and the bodies they are asked about.

pub(crate) mod batch;
pub(crate) mod bodies;
pub(crate) mod class_files;
pub(crate) mod programs;
