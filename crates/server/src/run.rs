//! The server's life: accept clients, stop, drain, report.

use std::panic;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tracing::info;

use crate::accept;
use crate::config::Config;
use crate::deadline::deadline;
use crate::report::Report;
use crate::state::ServerState;

/// Serves every client, and every message of each, until `shutdown` is ready.
///
/// Then the server stops in this order:
/// - It accepts the clients that wait already, and no others. If the file descriptors do not
///   suffice for all of them, it accepts one whenever another client leaves.
/// - It answers every message that has arrived.
/// - It closes each connection that has been silent for a moment.
/// - It closes all others after [`Limits::drain_timeout`](crate::Limits::drain_timeout).
///
/// Returns the totals once every connection is closed.
///
/// # Panics
///
/// Panics if a task that accepts clients panics, or the one that delivers to a room.
pub async fn run(
    listeners: Vec<TcpListener>,
    config: Config,
    shutdown: impl Future<Output = ()>,
) -> Report {
    let server = Arc::new(ServerState::new(config));
    #[cfg(feature = "metrics")]
    let _until_the_end = crate::metrics::start(&server);
    #[cfg(feature = "nats")]
    let mut bus = start_bus(&server);
    let mut delivery = JoinSet::new();
    if let Some(room) = server.room.clone() {
        delivery.spawn(async move { room.deliver().await });
    }
    let mut acceptors = JoinSet::new();
    for listener in listeners {
        acceptors.spawn(accept::accept_all(listener, Arc::clone(&server)));
    }
    tokio::select! {
        () = shutdown => {}
        // A server that accepts nobody, or delivers nothing, must not seem to be alive.
        Some(Err(panicked)) = acceptors.join_next() => panic::resume_unwind(panicked.into_panic()),
        Some(Err(panicked)) = delivery.join_next() => panic::resume_unwind(panicked.into_panic()),
    }
    info!(clients = server.clients.total(), "stopping");
    let drain_deadline = deadline(Instant::now(), server.config.limits.drain_timeout);
    let _ = server.drain_deadline.set(drain_deadline);
    server.stop.cancel();
    acceptors.join_all().await;
    server.connections.close();
    server.connections.wait().await;
    #[cfg(feature = "nats")]
    if let Some(room) = &server.room {
        // The last words are published. If the bus panicked, the room went on without it.
        room.detach();
        let _ = tokio::time::timeout(crate::bus::GOODBYE, bus.join_next()).await;
    }
    server.throttles.log_withheld();
    let lost = server.room.as_ref().map_or(0, |room| room.lost());
    server.counters.report(lost)
}

/// Starts to join the room with those of other servers, if the configuration has a bus.
#[cfg(feature = "nats")]
fn start_bus(server: &ServerState) -> JoinSet<()> {
    let mut bus = JoinSet::new();
    if let Some((room, config)) = server.room.clone().zip(server.config.bus.clone()) {
        let (outbox, waiting) = crate::room::Outbox::new();
        room.attach(outbox);
        let stop = server.stop.clone();
        bus.spawn(crate::bus::run(room, config, waiting, stop));
    }
    bus
}
