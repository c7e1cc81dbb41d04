//! Tests of the server as a program, as its clients and its users see it.
#![cfg(unix)]

#[cfg(feature = "nats")]
mod bus;
mod limits;
mod log;
#[cfg(feature = "metrics")]
mod metrics;
mod once;
mod output;
mod room;
mod serve;
mod shortage;
mod support;
mod systemd;
mod usage;
