//! Events of the programs in a recording.

use crate::recording::{Chunk, Exit};
use crate::side::Side;

/// A thing that happens to a program of a recording.
#[derive(Debug)]
pub(crate) enum Event {
    Printed(Side, Output, Chunk),
    /// The program printed more than is kept; the rest is not read.
    Cut(Side, Output),
    /// One of a program's outputs reached its end.
    Closed(Side),
    Exited(Side, Exit),
}

/// One of a program's two outputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Output {
    Stdout,
    Stderr,
}
