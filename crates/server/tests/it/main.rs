//! Tests of the server as a program, as its clients and its users see it.
#![cfg(unix)]

mod hostile;
mod limits;
mod log;
mod once;
mod output;
mod room;
mod serve;
mod support;
mod systemd;
mod usage;
