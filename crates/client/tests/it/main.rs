//! The client, run as a program against scripted servers.

mod line_by_line;
mod once;
mod support;
