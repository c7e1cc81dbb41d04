//! A client that the server has admitted.

use std::net::SocketAddr;
use std::sync::Arc;

use crate::client_count::LimitReached;
use crate::state::ServerState;

/// A client that counts towards the limits until it is dropped.
#[derive(Debug)]
pub(crate) struct Client {
    pub(crate) server: Arc<ServerState>,
    pub(crate) peer: SocketAddr,
}

impl Client {
    /// Counts the client at the address `peer`, unless that exceeds a limit.
    pub(crate) fn admit(server: &Arc<ServerState>, peer: SocketAddr) -> Result<Self, LimitReached> {
        server.clients.add(peer.ip(), &server.config.limits)?;
        Ok(Self {
            server: Arc::clone(server),
            peer,
        })
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        self.server.clients.subtract(self.peer.ip());
    }
}
