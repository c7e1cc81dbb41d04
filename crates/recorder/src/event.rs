//! Events of the programs in a recording.

use crate::recording::{Chunk, Exit};
use crate::side::Side;

/// What happens to the programs of a recording.
#[derive(Debug)]
pub(crate) enum Event {
    Printed(Side, Output, Chunk),
    /// More was printed than is kept, and is not read any more.
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
