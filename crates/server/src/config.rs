//! The settings of [`run`](crate::run) and their defaults.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

#[cfg(feature = "metrics")]
use tokio::net::TcpListener;

use crate::background_writer::BackgroundWriter;
use crate::reply::Reply;
use crate::transcript::Style;

/// Number of bytes that one read takes at most, together with the incomplete frame before it.
/// Holds any frame.
pub(crate) const SCRATCH: usize = 256 * 1024;

/// The least value of [`Limits::max_unsent`]: 512 KiB, the longest replies to one read.
///
/// A reply can be twice as long as its message: the one byte `00` is sent back as `C0 80`.
pub const MIN_UNSENT: usize = 2 * SCRATCH;

/// The least value of [`Limits::link_timeout`]: 4 seconds, because the system counts in seconds.
pub const MIN_LINK_TIMEOUT: Duration = Duration::from_secs(4);

/// The settings of [`run`](crate::run).
#[derive(Debug, Default)]
pub struct Config {
    /// The reply to each message.
    pub reply: Reply,
    /// The output that receives the lines that `server.java` prints, and the style of those
    /// lines; `None` to print nothing.
    pub transcript: Option<(Arc<BackgroundWriter>, Style)>,
    /// Expect every connection to come from a proxy that tells the client's address in a first line,
    /// as version 1 of the PROXY protocol says. A connection without that line is closed.
    pub proxy_protocol: bool,
    /// The most that clients may use.
    pub limits: Limits,
    /// The listeners that answer a monitor over HTTP: `/metrics` with the server's numbers in the text format of
    /// Prometheus, `/healthz` with `ok` (status 200), or `draining` (503) from the time that the server is told to
    /// stop until it ends. None by default.
    ///
    /// At most 8 connections are open at a time, one is accepted in 10 ms, and each is closed after its first answer
    /// or after 5 seconds.
    #[cfg(feature = "metrics")]
    pub monitors: Vec<TcpListener>,
    /// The bus of the room; `None` for a room of this server alone.
    #[cfg(feature = "nats")]
    pub bus: Option<Bus>,
}

/// The bus that joins the room with those of other servers.
#[cfg(feature = "nats")]
#[derive(Debug, Clone)]
pub struct Bus {
    /// The addresses of NATS servers, such as `nats://localhost:4222`.
    pub servers: Vec<String>,
    /// The name of the room on the bus: letters, digits, `-` and `_`.
    pub room: String,
    /// The name of this server on the bus, which no other may have: up to 16 letters and digits.
    pub node: String,
}

/// The most that clients may use of the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Number of clients that are served at a time; 32,768 by default. The server disconnects
    /// one more at once.
    pub max_clients: usize,
    /// Number of clients with the same address that are served at a time; 16,384 by default. The
    /// server disconnects one more at once. All addresses of an IPv6 network of 64 bits count as
    /// one.
    pub max_clients_per_address: usize,
    /// Time that a client may be silent between two messages, or may leave its replies unread;
    /// one hour by default. Then the server disconnects it.
    pub idle_timeout: Duration,
    /// Time that a message may take from its first byte to its last; 30 seconds by default. Then
    /// the server disconnects the client.
    pub frame_timeout: Duration,
    /// Time after which the server notices that the link to a member of a room is dead, because its
    /// system answers nothing; 50 seconds by default, and at least [`MIN_LINK_TIMEOUT`]. Then the
    /// server disconnects it. A member whose link is alive may be silent for ever.
    pub link_timeout: Duration,
    /// Time that the server takes to send the last replies after it is told to stop; 10 seconds
    /// by default. Then it closes the remaining connections.
    pub drain_timeout: Duration,
    /// Number of bytes of a room that a client may leave unread; 1 MiB by default, and at least
    /// [`MIN_UNSENT`]. Then the server disconnects it.
    ///
    /// A client that sends messages to a room has to wait while another client, which does read,
    /// has more than this less [`MIN_UNSENT`] left to read. Outside a room the server reads
    /// nothing from a client with unread replies, so it keeps at most [`MIN_UNSENT`] bytes for
    /// that client.
    pub max_unsent: usize,
    /// Number of messages that a client may send to a room in a second; 50 by default. The server
    /// reads no more from a client that sends more, so it is slowed down and nothing is lost. 250
    /// messages may come at once.
    pub rate: NonZeroU32,
    /// Number of messages of a room that are shown to whoever joins; 20 by default. A room keeps
    /// fewer if they take more than a quarter of [`max_unsent`](Self::max_unsent).
    pub history: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_clients: 32_768,
            max_clients_per_address: 16_384,
            idle_timeout: Duration::from_secs(3600),
            frame_timeout: Duration::from_secs(30),
            link_timeout: Duration::from_secs(50),
            drain_timeout: Duration::from_secs(10),
            max_unsent: 1 << 20,
            rate: NonZeroU32::new(50).expect("50 is not 0"),
            history: 20,
        }
    }
}
