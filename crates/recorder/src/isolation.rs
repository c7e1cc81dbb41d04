//! The network that a recording is made in.

use std::net::TcpListener;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

/// The network of a recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Isolation {
    /// A user and network namespace of its own (Linux).
    Namespace,
    /// This machine's own loopback interface, one recording at a time. Packets from and to other ports than the
    /// plan's are not recorded, because anybody may send them.
    None,
}

/// Checks that programs without isolation can have `port`. The error says what to do.
pub fn port_is_free(port: u16) -> Result<()> {
    TcpListener::bind(("::", port)).with_context(|| {
        format!(
            "without isolation the programs need port {port}, which is not available here (run as root, or after \
             `sysctl net.ipv4.ip_unprivileged_port_start={port}`, and stop whatever listens on it)"
        )
    })?;
    Ok(())
}
