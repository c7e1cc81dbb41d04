//! Events of the programs in a recording.

use crate::recording::{Chunk, Exit};

/// A thing that happens to a program of a recording, which its process id names.
#[derive(Debug)]
pub(crate) enum Event {
    Printed(u32, Output, Chunk),
    /// The program printed more than is kept; the rest is not read.
    Cut(u32, Output),
    /// One of a program's outputs reached its end.
    Closed(u32),
    Exited(u32, Exit),
}

/// One of a program's two outputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Output {
    Stdout,
    Stderr,
}
