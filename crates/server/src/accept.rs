//! Accepting clients: while the server runs, and the waiting ones once it is told to stop.

use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use socket2::SockRef;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, sleep_until, timeout, timeout_at};
use tracing::{debug, warn};

use crate::accept_queue::AcceptQueue;
use crate::client::Client;
use crate::client_count::LimitReached;
use crate::connection::Connection;
use crate::deadline::deadline;
use crate::listen::BACKLOG;
use crate::proxy::{self, ProxyError};
use crate::state::ServerState;
use crate::transcript;

/// Time for which nobody is accepted after the system ran out of resources, unless another client
/// leaves earlier.
const SHORTAGE_PAUSE: Duration = Duration::from_secs(1);

/// Accepts clients until the server is told to stop, and then those that wait already.
pub(crate) async fn accept_all(listener: TcpListener, server: Arc<ServerState>) {
    let queue = AcceptQueue::of(&listener);
    while let Some(accepted) = server.stop.run_until_cancelled(listener.accept()).await {
        match accepted {
            Ok((stream, peer)) => admit(stream, peer, &server),
            Err(error) if concerns_one_client(&error) => {
                debug!(%error, "a client left before it was accepted");
            }
            Err(error) => {
                let waiting = wait_for_resources(&error, &server);
                server.stop.run_until_cancelled(waiting).await;
            }
        }
    }
    // With a backlog of 0 the kernel completes no more connections while any client waits.
    let _ = SockRef::from(&listener).listen(0);
    let listener = match listener.into_std() {
        Ok(listener) => listener,
        Err(error) => return warn!(%error, "cannot accept the clients that still wait"),
    };
    let admitted = admit_waiting(|| accept_now(&listener), &server).await;
    if let Err(error) = admitted {
        let clients = queue.length().unwrap_or(1);
        warn!(%error, clients, "clients that waited were not accepted in time");
        server.counters.given_up.add(clients as u64);
    }
}

/// Waits until a client leaves, or for [`SHORTAGE_PAUSE`], because the system has no file
/// descriptor or no memory for one more.
async fn wait_for_resources(error: &io::Error, server: &ServerState) {
    if let Some(withheld) = server.throttles.shortage.pass() {
        let clients = server.clients.total();
        warn!(%error, clients, withheld, "cannot accept: waiting for a client to leave");
    }
    let _ = timeout(SHORTAGE_PAUSE, server.clients.left.notified()).await;
}

/// Admits the clients that wait already, since their messages may have arrived.
///
/// If the system has no resources for one of them, this waits until another client leaves, at most
/// until the drain deadline. Returns the error that was left at that time.
async fn admit_waiting(
    mut accept: impl FnMut() -> io::Result<(TcpStream, SocketAddr)>,
    server: &Arc<ServerState>,
) -> io::Result<()> {
    let mut left = BACKLOG;
    while left > 0 {
        // Enabled before `accept`, so that no client can leave unnoticed between the two.
        let mut leaves = pin!(server.clients.left.notified());
        leaves.as_mut().enable();
        match accept() {
            Ok((stream, peer)) => {
                admit(stream, peer, server);
                left -= 1;
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
            Err(error) if concerns_one_client(&error) => left -= 1,
            Err(error) => {
                let now = Instant::now();
                let pause = deadline(now, SHORTAGE_PAUSE);
                match server.drain_deadline.get() {
                    Some(&limit) if now < limit => {
                        drop(timeout_at(limit.min(pause), leaves).await);
                    }
                    _ => return Err(error),
                }
            }
        }
    }
    Ok(())
}

fn accept_now(listener: &std::net::TcpListener) -> io::Result<(TcpStream, SocketAddr)> {
    let (stream, peer) = listener.accept()?;
    stream.set_nonblocking(true)?;
    Ok((TcpStream::from_std(stream)?, peer))
}

/// Serves a connection, after the line of its proxy if there is one.
fn admit(stream: TcpStream, peer: SocketAddr, server: &Arc<ServerState>) {
    let peer = SocketAddr::new(peer.ip().to_canonical(), peer.port());
    if !server.config.proxy_protocol {
        if let Some(connection) = admit_client(stream, peer, server) {
            server.connections.spawn(connection.serve());
        }
    } else if server.connections.len() < server.config.limits.max_clients {
        let connections = server.connections.clone();
        connections.spawn(admit_behind_proxy(stream, peer, Arc::clone(server)));
    } else {
        let full = LimitReached::All(server.config.limits.max_clients);
        refuse(peer, &full.into(), server);
    }
}

async fn admit_behind_proxy(mut stream: TcpStream, proxy: SocketAddr, server: Arc<ServerState>) {
    let line = timeout(
        server.config.limits.frame_timeout,
        proxy::client_address(&mut stream),
    );
    let drained = async {
        server.stop.cancelled().await;
        let now = Instant::now();
        sleep_until(server.drain_deadline.get().copied().unwrap_or(now)).await;
    };
    let told = tokio::select! {
        told = line => told.unwrap_or(Err(ProxyError::Late)),
        () = drained => Err(ProxyError::Late),
    };
    match told {
        Ok(client) => {
            if let Some(connection) = admit_client(stream, client.unwrap_or(proxy), &server) {
                connection.serve().await;
            }
        }
        Err(error) => refuse(proxy, &error.into(), &server),
    }
}

/// Returns the connection of a client, unless it exceeds a limit.
fn admit_client(
    stream: TcpStream,
    peer: SocketAddr,
    server: &Arc<ServerState>,
) -> Option<Connection> {
    match Client::admit(server, peer) {
        Ok(client) => {
            server.counters.clients.add(1);
            if let Some((lines, _)) = &server.config.transcript {
                lines.push(transcript::ACCEPTED.as_bytes());
            }
            Some(Connection::new(stream, client))
        }
        Err(full) => {
            refuse(peer, &full.into(), server);
            None
        }
    }
}

/// The reason why a client is not served.
#[derive(Debug, thiserror::Error)]
enum Refusal {
    #[error(transparent)]
    Limit(#[from] LimitReached),
    #[error(transparent)]
    Proxy(#[from] ProxyError),
}

fn refuse(peer: SocketAddr, reason: &Refusal, server: &ServerState) {
    let counters = &server.counters;
    let counter = match reason {
        Refusal::Limit(LimitReached::All(_)) => &counters.refused_max_clients,
        Refusal::Limit(LimitReached::Address(..)) => &counters.refused_max_per_address,
        Refusal::Proxy(_) => &counters.refused_proxy,
    };
    counter.add(1);
    if let Some(withheld) = server.throttles.refused.pass() {
        warn!(%peer, %reason, withheld, "refused");
    }
}

/// Returns whether `error` means that the client is gone and that the next one can be accepted at
/// once.
fn concerns_one_client(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(
        error.kind(),
        ConnectionAborted | ConnectionRefused | ConnectionReset
    )
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use super::*;
    use crate::config::Config;

    #[tokio::test]
    async fn a_client_that_left_the_queue_does_not_stop_the_next_from_being_accepted() {
        let server = Arc::new(ServerState::new(Config::default()));
        let drain_deadline = Instant::now() + Duration::from_secs(20);
        server.drain_deadline.set(drain_deadline).unwrap();
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let addr = listener.local_addr().unwrap();
        let _clients = [(); 2].map(|()| std::net::TcpStream::connect(addr).unwrap());
        let mut failures = VecDeque::from([
            io::Error::from(io::ErrorKind::ConnectionAborted),
            io::Error::from(io::ErrorKind::OutOfMemory),
        ]);
        let accept = || {
            failures
                .pop_front()
                .map_or_else(|| accept_now(&listener), Err)
        };
        admit_waiting(accept, &server).await.unwrap();
        assert_eq!(server.clients.total(), 2);
    }
}
