//! The numbers that [`run`](crate::run) returns when it ends.

use std::fmt;

/// The totals of one [`run`](crate::run), displayed as one line for a log.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Report {
    /// Number of clients that were served.
    pub clients: u64,
    /// Number of messages that were answered.
    pub messages: u64,
    /// Number of clients that were refused because a limit was reached.
    pub refused: u64,
    /// Number of connections that the server closed before all was done: at the end of the drain
    /// time, or inside a frame that the client did not complete.
    pub cut: u64,
    /// Number of clients that waited to be accepted when the drain time was over.
    pub given_up: u64,
    /// Number of messages of other servers of the room that were lost on the bus.
    pub lost: u64,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} clients and {} messages served, {} clients refused, {} connections cut, \
             {} clients given up",
            self.clients, self.messages, self.refused, self.cut, self.given_up
        )?;
        if self.lost > 0 {
            write!(f, ", {} messages of other servers lost", self.lost)?;
        }
        Ok(())
    }
}
