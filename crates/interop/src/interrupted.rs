//! The numbers of a run that a signal ended.

use std::fmt;

use serde::Serialize;

/// The numbers of recordings of a run that a signal ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Interrupted {
    pub signal: i32,
    /// Number of recordings in the plan.
    pub planned: usize,
    /// Number of recordings that were made.
    pub made: usize,
    /// Number of recordings that differ from the originals' and have no verdict, because not all of the originals' recordings
    /// of their cases were made.
    pub unjudged: usize,
}

impl fmt::Display for Interrupted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Interrupted { planned, made, .. } = self;
        write!(f, "interrupted after {made} of {planned} recordings")?;
        match self.unjudged {
            0 => Ok(()),
            n => write!(
                f,
                ", {n} of them without a verdict because the originals' own of their cases were not all made"
            ),
        }
    }
}
