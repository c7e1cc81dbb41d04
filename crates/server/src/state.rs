//! The state that all connections and listeners of one server share.

use std::sync::{Arc, OnceLock};

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::client_count::ClientCount;
use crate::config::Config;
use crate::counters::Counters;
use crate::reply::Reply;
use crate::room::Room;
use crate::throttle::Throttles;

/// The shared state of one server.
#[derive(Debug)]
pub(crate) struct ServerState {
    pub(crate) config: Config,
    pub(crate) clients: ClientCount,
    /// The tasks of all connections.
    pub(crate) connections: TaskTracker,
    /// Cancelled when the server is told to stop.
    pub(crate) stop: CancellationToken,
    /// Time at which the remaining connections are closed; set before `stop` is cancelled.
    pub(crate) drain_deadline: OnceLock<Instant>,
    /// The room, with [`Reply::Room`] only.
    pub(crate) room: Option<Arc<Room>>,
    pub(crate) throttles: Throttles,
    pub(crate) counters: Counters,
}

impl ServerState {
    pub(crate) fn new(config: Config) -> Self {
        let room = (config.reply == Reply::Room).then(|| Arc::new(Room::new(&config.limits)));
        Self {
            config,
            room,
            throttles: Throttles::default(),
            clients: ClientCount::default(),
            connections: TaskTracker::new(),
            stop: CancellationToken::new(),
            drain_deadline: OnceLock::new(),
            counters: Counters::default(),
        }
    }
}
