//! The hello/hi chat server: a drop-in for the lab's `server.java`.
//!
//! [`bind`] opens the listening sockets and [`run`] serves everyone until it is told to stop.
//! [`bind_as_java`] and [`once`] listen, serve one message and end as `server.java` does.
//!
//! ```no_run
//! # async fn serve() -> Result<(), hellohi_server::ListenError> {
//! use hellohi_server::{Config, ListenAddr, bind, run};
//!
//! let addr: ListenAddr = "localhost:666".parse().unwrap();
//! let told_to_stop = std::future::pending::<()>();
//! let report = run(bind(&[addr])?, Config::default(), told_to_stop).await;
//! println!("{report}");
//! # Ok(())
//! # }
//! ```
#![forbid(unsafe_code)]

mod accept;
mod connection;
mod end;
mod lines;
mod listen;
mod once;
mod queue;
mod reply;
mod room;
mod seats;
mod throttle;
mod transcript;

use std::fmt;
use std::panic;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{info, warn};

use room::Room;
use seats::Seats;
use throttle::Throttle;

pub use lines::Lines;
pub use listen::{ListenAddr, ListenError, ParseListenAddrError, adopt, bind, bind_as_java};
pub use once::{OnceError, once};
pub use reply::Reply;
pub use transcript::{BANNER, Style, print};

/// How [`run`] serves.
#[derive(Debug, Default)]
pub struct Config {
    /// What a message is answered with.
    pub reply: Reply,
    /// Where what `server.java` prints goes, if anywhere.
    pub transcript: Option<(Arc<Lines>, Style)>,
    /// What a client may take.
    pub limits: Limits,
}

/// What clients may take of the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// How many clients are served at a time; one more is disconnected at once.
    pub max_clients: usize,
    /// How many of them may have the same address; an IPv6 network of 64 bits counts as one.
    pub max_clients_per_address: usize,
    /// How long a client may be silent between two messages, or leave its replies unread,
    /// before it is disconnected.
    pub idle_timeout: Duration,
    /// How long a message may take from its first byte to its last, before the client is
    /// disconnected.
    pub frame_timeout: Duration,
    /// How long replies may take once the server is told to stop; then every connection is cut.
    pub drain_timeout: Duration,
    /// How many bytes of a room a client may leave unread, before it is disconnected; at least
    /// [`MIN_UNSENT`]. Whoever speaks in a room waits while a client that does read is further
    /// behind than this less [`MIN_UNSENT`]. With other replies nothing is read from a client that leaves replies
    /// unread, so at most the answers to one read, 512 KiB, are kept for it.
    pub max_unsent: usize,
}

/// The least that [`Limits::max_unsent`] can be: the answers to one read of the server.
pub const MIN_UNSENT: usize = 2 * connection::SCRATCH;

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_clients: 32_768,
            max_clients_per_address: 16_384,
            idle_timeout: Duration::from_secs(3600),
            frame_timeout: Duration::from_secs(30),
            drain_timeout: Duration::from_secs(10),
            max_unsent: 1 << 20,
        }
    }
}

/// Serves everyone, each for as many messages as they send, until `shutdown` is ready.
///
/// Then nobody new is accepted, but those who wait already; every message that has arrived is
/// answered; a connection ends once it has been silent for a moment, and all end within
/// [`Limits::drain_timeout`]. Where descriptors are too few for those who wait, they are accepted
/// as others end.
pub async fn run(
    listeners: Vec<TcpListener>,
    config: Config,
    shutdown: impl Future<Output = ()>,
) -> Report {
    let server = Arc::new(Server::new(config));
    let mut acceptors = JoinSet::new();
    for listener in listeners {
        acceptors.spawn(accept::accept_all(listener, Arc::clone(&server)));
    }
    tokio::select! {
        () = shutdown => {}
        // A server that accepts nobody must not seem to be alive.
        Some(Err(panicked)) = acceptors.join_next() => panic::resume_unwind(panicked.into_panic()),
    }
    info!(clients = server.seats.taken(), "stopping");
    let drained_by = later(Instant::now(), server.config.limits.drain_timeout);
    let _ = server.drained_by.set(drained_by);
    server.stop.cancel();
    acceptors.join_all().await;
    server.connections.close();
    server.connections.wait().await;
    server.throttles.say_rest();
    server.totals.report()
}

/// So much later; 30 years, where the clock does not reach further.
fn later(since: Instant, time: Duration) -> Instant {
    const FOREVER: Duration = Duration::from_secs(30 * 365 * 24 * 3600);
    since.checked_add(time).unwrap_or(since + FOREVER)
}

/// What all connections share.
#[derive(Debug)]
struct Server {
    config: Config,
    seats: Seats,
    connections: TaskTracker,
    stop: CancellationToken,
    drained_by: OnceLock<Instant>,
    room: Option<Arc<Room>>,
    throttles: Throttles,
    totals: Totals,
}

/// One for each kind of trouble that a client can make at will.
#[derive(Debug, Default)]
struct Throttles {
    refused: Throttle,
    suspect: Throttle,
    ended: Throttle,
    shortage: Throttle,
}

impl Throttles {
    /// Logs how many lines were withheld and not told of yet.
    fn say_rest(&self) {
        for (throttle, what) in [
            (&self.refused, "refused clients"),
            (
                &self.suspect,
                "clients that do not seem to send writeUTF frames",
            ),
            (&self.ended, "connections that ended in trouble"),
            (&self.shortage, "failures to accept"),
        ] {
            let withheld = throttle.take_withheld();
            if withheld > 0 {
                warn!(withheld, "not logged: more {what}");
            }
        }
    }
}

impl Server {
    fn new(config: Config) -> Self {
        let max_unsent = config.limits.max_unsent.max(MIN_UNSENT);
        let room =
            (config.reply == Reply::Room).then(|| Arc::new(Room::new(max_unsent, MIN_UNSENT)));
        Self {
            config,
            room,
            throttles: Throttles::default(),
            seats: Seats::default(),
            connections: TaskTracker::new(),
            stop: CancellationToken::new(),
            drained_by: OnceLock::new(),
            totals: Totals::default(),
        }
    }
}

#[derive(Debug, Default)]
struct Totals {
    clients: AtomicU64,
    messages: AtomicU64,
    refused: AtomicU64,
    cut: AtomicU64,
    given_up: AtomicU64,
}

impl Totals {
    fn add(&self, messages: u64, cut: bool) {
        self.clients.fetch_add(1, Relaxed);
        self.messages.fetch_add(messages, Relaxed);
        self.cut.fetch_add(cut.into(), Relaxed);
    }

    fn refuse(&self) {
        self.refused.fetch_add(1, Relaxed);
    }

    fn give_up(&self, clients: usize) {
        self.given_up.fetch_add(clients as u64, Relaxed);
    }

    fn report(&self) -> Report {
        Report {
            clients: self.clients.load(Relaxed),
            messages: self.messages.load(Relaxed),
            refused: self.refused.load(Relaxed),
            cut: self.cut.load(Relaxed),
            given_up: self.given_up.load(Relaxed),
        }
    }
}

/// What [`run`] did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Report {
    /// How many clients were served.
    pub clients: u64,
    /// How many messages were answered.
    pub messages: u64,
    /// How many clients were refused because a limit was reached.
    pub refused: u64,
    /// How many connections were cut: at the end of the drain time, or inside a frame whose rest
    /// did not come.
    pub cut: u64,
    /// How many clients waited to be accepted and were not, because the drain time was over.
    pub given_up: u64,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            clients,
            messages,
            refused,
            cut,
            given_up,
        } = self;
        write!(
            f,
            "{clients} clients and {messages} messages served, {refused} clients refused, \
             {cut} connections cut, {given_up} clients given up"
        )
    }
}
