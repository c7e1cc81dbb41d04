//! Who is let in.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use tracing::{debug, warn};

use crate::connection::Connection;
use crate::listen::BACKLOG;
use crate::seats::Seat;
use crate::{Server, transcript};

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
    let peer = SocketAddr::new(peer.ip().to_canonical(), peer.port());
    match Seat::take(server, peer) {
        Ok(seat) => {
            if let Some((lines, _)) = &server.config.transcript {
                lines.push(transcript::ACCEPTED.as_bytes());
            }
            let connection = Connection::new(stream, seat);
            server.connections.spawn(connection.serve());
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
