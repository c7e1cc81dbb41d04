//! The totals of one server, counted while it runs.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::report::Report;

/// The totals of one server.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    /// Number of clients that were admitted.
    pub(crate) clients: Counter,
    /// Number of messages that were answered, or that a room took.
    pub(crate) messages: Counter,
    /// Number of bytes that were received from clients.
    pub(crate) received: Counter,
    /// Number of bytes that were sent to clients, without those that a room delivered.
    pub(crate) sent: Counter,
    /// Number of clients that were refused because of `--max-clients`.
    pub(crate) refused_max_clients: Counter,
    /// Number of clients that were refused because of `--max-clients-per-address`.
    pub(crate) refused_max_per_address: Counter,
    /// Number of connections that were refused because of `--proxy-protocol`.
    pub(crate) refused_proxy: Counter,
    /// Number of connections that the server closed before all was done.
    pub(crate) cut: Counter,
    /// Number of clients that waited to be accepted when the drain time was over.
    pub(crate) given_up: Counter,
}

/// A number that any task may add to.
#[derive(Debug, Default)]
pub(crate) struct Counter(AtomicU64);

impl Counters {
    /// Returns the totals of a server whose room missed `lost` messages of other servers.
    pub(crate) fn report(&self, lost: u64) -> Report {
        let refused = [
            &self.refused_max_clients,
            &self.refused_max_per_address,
            &self.refused_proxy,
        ];
        Report {
            clients: self.clients.get(),
            messages: self.messages.get(),
            refused: refused.map(Counter::get).iter().sum(),
            cut: self.cut.get(),
            given_up: self.given_up.get(),
            lost,
        }
    }
}

impl Counter {
    pub(crate) fn add(&self, more: u64) {
        self.0.fetch_add(more, Ordering::Relaxed);
    }

    pub(crate) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}
