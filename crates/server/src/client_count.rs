//! The number of clients that are served, in all and for each address.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::config::Limits;

/// The number of clients that are served.
#[derive(Debug, Default)]
pub(crate) struct ClientCount {
    counts: Mutex<Counts>,
    /// Notified whenever a client leaves.
    pub(crate) left: Notify,
}

#[derive(Debug, Default)]
struct Counts {
    total: usize,
    by_address: HashMap<IpAddr, usize>,
}

/// The limit that keeps one more client out.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum LimitReached {
    #[error("all {0} places are taken (--max-clients)")]
    All(usize),
    #[error("{1} has all {0} places it may have (--max-clients-per-address)")]
    Address(usize, IpAddr),
}

impl ClientCount {
    /// Returns the number of clients.
    pub(crate) fn total(&self) -> usize {
        self.lock().total
    }

    /// Adds a client with the address `ip`, unless that exceeds one of `limits`.
    pub(crate) fn add(&self, ip: IpAddr, limits: &Limits) -> Result<(), LimitReached> {
        let address = counted_as(ip);
        let mut counts = self.lock();
        if counts.total >= limits.max_clients {
            return Err(LimitReached::All(limits.max_clients));
        }
        let clients = counts.by_address.get(&address).copied().unwrap_or(0);
        let most = limits.max_clients_per_address;
        if clients >= most {
            return Err(LimitReached::Address(most, address));
        }
        counts.by_address.insert(address, clients + 1);
        counts.total += 1;
        Ok(())
    }

    /// Subtracts a client that was added with the address `ip`.
    pub(crate) fn subtract(&self, ip: IpAddr) {
        let mut counts = self.lock();
        counts.total -= 1;
        if let Entry::Occupied(mut clients) = counts.by_address.entry(counted_as(ip)) {
            *clients.get_mut() -= 1;
            if *clients.get() == 0 {
                clients.remove();
            }
        }
        self.left.notify_waiters();
    }

    fn lock(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns the address that `ip` is counted as. One household or host has a whole `/64` network
/// of IPv6, so all its addresses count as one: `2001:db8:1:2:3:4:5:6` as `2001:db8:1:2::`.
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
