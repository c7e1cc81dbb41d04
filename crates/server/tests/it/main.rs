//! Tests of the server as a program, as its clients and its users see it.
#![cfg(unix)]

#[cfg(feature = "nats")]
mod bus;
mod limits;
#[cfg(target_os = "linux")]
mod link;
mod log;
#[cfg(feature = "metrics")]
mod metrics;
#[cfg(target_os = "linux")]
mod namespace;
mod once;
mod output;
mod room;
mod serve;
mod shortage;
mod support;
mod systemd;
#[cfg(target_os = "linux")]
mod tls;
mod usage;
