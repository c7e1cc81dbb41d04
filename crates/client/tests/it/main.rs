//! Tests of the client as a program, against scripted servers.
#![expect(clippy::unwrap_used, reason = "a step that fails is a test that fails")]

#[cfg(target_os = "linux")]
mod emulator;
mod line_by_line;
mod member;
mod once;
#[cfg(unix)]
mod pseudoterminal;
mod room;
mod support;
mod terminal;
mod typing;
