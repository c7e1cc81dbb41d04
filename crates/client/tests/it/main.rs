//! The client, run as a program against scripted servers.

mod once;
mod support;
