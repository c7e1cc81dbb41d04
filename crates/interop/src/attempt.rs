//! The result of trying to make a recording.

use recorder::Recording;

/// A recording, or the reason why there is none.
#[derive(Debug, Clone)]
#[expect(
    clippy::large_enum_variant,
    reason = "nearly every attempt is a recording"
)]
pub(crate) enum Attempt {
    Recorded(Recording),
    /// The recording could not be made, for this reason.
    Failed(String),
    /// The plan skips the recording, for this reason.
    Skipped(String),
}

impl Attempt {
    /// Returns the recording, if there is one.
    pub(crate) fn recording(&self) -> Option<&Recording> {
        match self {
            Attempt::Recorded(recording) => Some(recording),
            Attempt::Failed(_) | Attempt::Skipped(_) => None,
        }
    }
}
