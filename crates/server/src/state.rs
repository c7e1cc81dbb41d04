//! The state that all connections and listeners of one server share.

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::client_count::ClientCount;
use crate::config::Config;
use crate::reply::Reply;
use crate::report::Report;
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
    totals: Mutex<Report>,
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
            totals: Mutex::default(),
        }
    }

    /// Returns the totals so far, locked for a change.
    pub(crate) fn totals(&self) -> MutexGuard<'_, Report> {
        self.totals.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
