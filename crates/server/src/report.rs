//! The numbers that [`run`](crate::run) returns when it ends.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Counters that all connections of a server add to.
#[derive(Debug, Default)]
pub(crate) struct Totals {
    clients: AtomicU64,
    messages: AtomicU64,
    refused: AtomicU64,
    cut: AtomicU64,
    given_up: AtomicU64,
}

impl Totals {
    /// Adds a served client, the number of its messages, and whether its connection was cut.
    pub(crate) fn add(&self, messages: u64, cut: bool) {
        self.clients.fetch_add(1, Relaxed);
        self.messages.fetch_add(messages, Relaxed);
        self.cut.fetch_add(cut.into(), Relaxed);
    }

    /// Adds a client that was refused.
    pub(crate) fn refuse(&self) {
        self.refused.fetch_add(1, Relaxed);
    }

    /// Adds clients that were never accepted.
    pub(crate) fn give_up(&self, clients: usize) {
        self.given_up.fetch_add(clients as u64, Relaxed);
    }

    /// Returns the present value of all counters.
    pub(crate) fn report(&self) -> Report {
        Report {
            clients: self.clients.load(Relaxed),
            messages: self.messages.load(Relaxed),
            refused: self.refused.load(Relaxed),
            cut: self.cut.load(Relaxed),
            given_up: self.given_up.load(Relaxed),
        }
    }
}

/// The totals of one [`run`](crate::run), displayed as one line for a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            clients,
            messages,
            refused,
            cut,
            given_up,
        } = self;
        write!(
            f,
            "{clients} clients and {messages} messages served, {refused} clients refused, \
             {cut} connections cut, {given_up} clients given up"
        )
    }
}
