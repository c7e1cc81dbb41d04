//! The link to the bus, as the log and the members of the room are told of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_nats::Event;
use tokio::sync::watch;
use tokio::time::Instant;
use tracing::{info, warn};

use crate::room::Room;

/// The link to the bus, of which the log and the members are told.
pub(super) struct Link {
    pub(super) room: Arc<Room>,
    pub(super) node: String,
    /// The addresses of the NATS servers.
    pub(super) servers: String,
    /// A flag that is set once the log says that none can be reached.
    pub(super) has_failed: AtomicBool,
    /// Told the time since which the bus is connected.
    pub(super) connected_since: watch::Sender<Option<Instant>>,
}

impl Link {
    /// Takes note of an event, and tells of it.
    pub(super) fn tell(&self, event: &Event) {
        let Self { node, servers, .. } = self;
        match event {
            Event::Connected => {
                info!(node, "connected to the bus");
                self.has_failed.store(false, Ordering::Relaxed);
                self.room.link_changed(true);
                self.connected_since.send_replace(Some(Instant::now()));
            }
            Event::Disconnected => {
                warn!(servers, "the connection to the bus is lost");
                self.connected_since.send_replace(None);
                self.room.link_changed(false);
            }
            Event::ClientError(error) => {
                if !self.has_failed.swap(true, Ordering::Relaxed) {
                    warn!(servers, %error, "cannot connect to the bus, and tries until it can; the room goes on here");
                }
            }
            // The room counts what this server was too slow for.
            Event::SlowConsumer(_) => {}
            other => info!(event = %other, "bus"),
        }
    }
}
