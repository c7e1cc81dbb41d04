//! The objects that system calls work on.

use serde::Serialize;

/// The object that a call works on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum About {
    Listener,
    /// The connection between the two programs.
    Connection,
    /// A connection of another client to the same server.
    OtherClient,
    Console,
    /// A socket that other descriptors refer to, too, of this process or of another.
    Copy,
    /// Readiness of several descriptors.
    Readiness,
}
