//! How many clients there are, in all and by address.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::state::Server;

/// The places that are taken.
#[derive(Debug, Default)]
pub(crate) struct ClientCount {
    counts: Mutex<Counts>,
    /// Told whenever a client leaves.
    pub(crate) left: Notify,
}

#[derive(Debug, Default)]
struct Counts {
    total: usize,
    by_address: HashMap<IpAddr, usize>,
}

/// One client's place, free again when dropped.
#[derive(Debug)]
pub(crate) struct Client {
    pub(crate) server: Arc<Server>,
    pub(crate) peer: SocketAddr,
}

/// Why there is no place for a client.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum LimitReached {
    #[error("all {0} places are taken (--max-clients)")]
    All(usize),
    #[error("{1} has all {0} places it may have (--max-clients-per-address)")]
    Address(usize, IpAddr),
}

impl ClientCount {
    /// How many clients are served.
    pub(crate) fn total(&self) -> usize {
        self.lock().total
    }

    fn lock(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Client {
    /// Takes a place for `peer`, if there is one.
    pub(crate) fn take(server: &Arc<Server>, peer: SocketAddr) -> Result<Self, LimitReached> {
        let limits = &server.config.limits;
        let address = counted_as(peer.ip());
        let mut counts = server.clients.lock();
        if counts.total >= limits.max_clients {
            return Err(LimitReached::All(limits.max_clients));
        }
        let places = counts.by_address.get(&address).copied().unwrap_or(0);
        if places >= limits.max_clients_per_address {
            return Err(LimitReached::Address(
                limits.max_clients_per_address,
                address,
            ));
        }
        counts.by_address.insert(address, places + 1);
        counts.total += 1;
        Ok(Self {
            server: Arc::clone(server),
            peer,
        })
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        let mut counts = self.server.clients.lock();
        counts.total -= 1;
        if let Entry::Occupied(mut places) = counts.by_address.entry(counted_as(self.peer.ip())) {
            *places.get_mut() -= 1;
            if *places.get() == 0 {
                places.remove();
            }
        }
        self.server.clients.left.notify_waiters();
    }
}

/// One household or host has a whole /64 of IPv6, so its addresses count as one.
fn counted_as(ip: IpAddr) -> IpAddr {
    match ip {
        IpAddr::V6(ip) if !ip.is_loopback() => {
            let network = ip.to_bits() & (u128::MAX << 64);
            Ipv6Addr::from_bits(network).into()
        }
        ip => ip,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_of_ipv6_counts_as_one_address() {
        let counted = |text: &str| counted_as(text.parse().unwrap()).to_string();
        assert_eq!(counted("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
        assert_eq!(counted("192.0.2.1"), "192.0.2.1");
        assert_eq!(counted("::1"), "::1");
    }
}
