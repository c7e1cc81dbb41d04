//! The hello/hi chat server: a drop-in replacement for the lab's `server.java`.
//!
//! [`bind`] opens the listening sockets, and [`run`] serves every client until it is told to
//! stop. [`bind_as_java`] and [`once`] listen, serve one message and end as `server.java` does.
//!
//! ```no_run
//! # async fn serve() -> Result<(), hellohi_server::ListenError> {
//! use hellohi_server::{Config, ListenAddr, bind, run};
//!
//! let addr: ListenAddr = "localhost:666".parse().unwrap();
//! let shutdown = std::future::pending::<()>();
//! let report = run(bind(&[addr])?, Config::default(), shutdown).await;
//! println!("{report}");
//! # Ok(())
//! # }
//! ```
#![forbid(unsafe_code)]

mod accept;
mod accept_queue;
mod background_writer;
#[cfg_attr(
    not(any(feature = "nats", test)),
    expect(dead_code, reason = "only a bus needs it")
)]
mod bounded_queue;
#[cfg(feature = "nats")]
mod bus;
mod client;
mod client_count;
mod config;
mod connection;
mod counters;
mod deadline;
mod disconnect;

mod keep_alive;
mod listen;
#[cfg(feature = "metrics")]
mod metrics;
mod once;

mod proxy;
mod reply;
mod report;
mod room;
mod run;

mod state;
mod throttle;
mod transcript;

pub use background_writer::BackgroundWriter;
#[cfg(feature = "nats")]
pub use config::Bus;
pub use config::{Config, Limits, MIN_LINK_TIMEOUT, MIN_UNSENT};

pub use listen::{ListenAddr, ListenError, ParseListenAddrError, adopt, bind, bind_as_java};
pub use once::{OnceError, once};
pub use reply::Reply;
pub use report::Report;
pub use run::run;
pub use transcript::{BANNER, Style, print};
