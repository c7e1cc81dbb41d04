//! A window of 32 bytes that are converted at a time, with the bytes around it.

pub(super) const WINDOW: usize = 32;
/// Number of bytes before the window: the third byte of a character depends on its lead.
pub(super) const BEFORE: usize = 2;
/// Number of bytes after the window: a lead depends on its third byte.
pub(super) const AFTER: usize = 2;

/// The bytes of a window with those around it.
pub(super) type Window = [u8; BEFORE + WINDOW + AFTER];
/// One result for each byte of a window.
pub(super) type Lanes<T = u8> = [T; WINDOW];
