//! Bytes with those around them.

pub(super) const WINDOW: usize = 32;
/// The third byte of a character looks back this far to its lead, ...
pub(super) const BEFORE: usize = 2;
/// ... and the lead this far to the third.
pub(super) const AFTER: usize = 2;

/// Bytes with those around them.
pub(super) type Window = [u8; BEFORE + WINDOW + AFTER];
/// One result for each byte of a window.
pub(super) type Lanes<T = u8> = [T; WINDOW];
