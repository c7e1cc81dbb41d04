//! Who is let in.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::io;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::time::timeout;
use tracing::{debug, warn};

use crate::listen::BACKLOG;
use crate::{Limits, Server, connection, transcript};

/// How long nobody is accepted after the system had no resources for it, unless a client leaves
/// earlier.
const SHORTAGE_PAUSE: Duration = Duration::from_secs(1);

/// Accepts clients until the server is told to stop, and then those who wait already.
pub(crate) async fn accept_all(listener: TcpListener, server: Arc<Server>) {
    while let Some(accepted) = server.stop.run_until_cancelled(listener.accept()).await {
        match accepted {
            Ok((stream, peer)) => admit(stream, peer, &server),
            Err(error) if concerns_one_client(&error) => {
                debug!(%error, "a client left before it was accepted");
            }
            Err(error) => wait_for_resources(&error, &server).await,
        }
    }
    if let Err(error) = admit_waiting(listener, &server)
        && error.kind() != io::ErrorKind::WouldBlock
    {
        warn!(%error, "cannot accept the clients that still wait");
    }
}

/// Out of file descriptors or memory: those who wait are accepted when a client leaves.
async fn wait_for_resources(error: &io::Error, server: &Server) {
    if let Some(withheld) = server.throttles.shortage.pass() {
        let clients = server.seats.taken();
        warn!(%error, clients, withheld, "cannot accept: waiting for a client to leave");
    }
    let _ = timeout(SHORTAGE_PAUSE, server.seats.left.notified()).await;
}

/// Admits those whose connection the kernel has finished: their message may have arrived.
fn admit_waiting(listener: TcpListener, server: &Arc<Server>) -> io::Result<()> {
    let listener = listener.into_std()?;
    for _ in 0..BACKLOG {
        let (stream, peer) = listener.accept()?;
        stream.set_nonblocking(true)?;
        admit(TcpStream::from_std(stream)?, peer, server);
    }
    Ok(())
}

fn admit(stream: TcpStream, peer: SocketAddr, server: &Arc<Server>) {
    match server.seats.take(peer.ip(), &server.config.limits) {
        Ok(seat) => {
            if let Some((lines, _)) = &server.config.transcript {
                lines.push(transcript::accepted);
            }
            server
                .connections
                .spawn(connection::serve(stream, peer, seat, Arc::clone(server)));
        }
        Err(full) => {
            server.totals.refuse();
            if let Some(withheld) = server.throttles.refused.pass() {
                warn!(%peer, reason = %full, withheld, "refused");
            }
        }
    }
}

/// Whether the client that was to be accepted is gone, and the next can be accepted at once.
fn concerns_one_client(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(
        error.kind(),
        ConnectionAborted | ConnectionRefused | ConnectionReset
    )
}

/// The clients that are served, counted in all and by address.
#[derive(Debug, Default)]
pub(crate) struct Seats {
    taken: Mutex<Taken>,
    left: Notify,
}

#[derive(Debug, Default)]
struct Taken {
    total: usize,
    by_address: HashMap<IpAddr, usize>,
}

/// One client's place, free again when dropped.
#[derive(Debug)]
pub(crate) struct Seat {
    address: IpAddr,
    seats: Arc<Seats>,
}

/// Why there is no place for a client.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Full {
    #[error("all {0} places are taken (--max-clients)")]
    All(usize),
    #[error("{1} has all {0} places it may have (--max-clients-per-address)")]
    Address(usize, IpAddr),
}

impl Seats {
    fn take(self: &Arc<Self>, ip: IpAddr, limits: &Limits) -> Result<Seat, Full> {
        let address = counted_as(ip);
        let mut taken = self.lock();
        if taken.total >= limits.max_clients {
            return Err(Full::All(limits.max_clients));
        }
        let places = taken.by_address.entry(address).or_default();
        if *places >= limits.max_clients_per_address {
            return Err(Full::Address(limits.max_clients_per_address, address));
        }
        *places += 1;
        taken.total += 1;
        Ok(Seat {
            address,
            seats: Arc::clone(self),
        })
    }

    /// How many clients are served.
    pub(crate) fn taken(&self) -> usize {
        self.lock().total
    }

    fn lock(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = self.seats.lock();
        taken.total -= 1;
        if let Entry::Occupied(mut places) = taken.by_address.entry(self.address) {
            *places.get_mut() -= 1;
            if *places.get() == 0 {
                places.remove();
            }
        }
        self.seats.left.notify_waiters();
    }
}

/// One household or host has a whole /64 of IPv6, so its addresses count as one.
fn counted_as(ip: IpAddr) -> IpAddr {
    match ip.to_canonical() {
        IpAddr::V6(ip) if !ip.is_loopback() => {
            let network = ip.to_bits() & (u128::MAX << 64);
            Ipv6Addr::from_bits(network).into()
        }
        ip => ip,
    }
}
