//! Why connections end, and what the log says of it.

use std::io;
use std::net::SocketAddr;

use hellohi_proto::{Stream, diagnose};
use tracing::{debug, warn};

use crate::reply::ReplyError;
use crate::room::RoomError;
use crate::throttle::Throttles;

/// How many of a peer's bytes are looked at to tell what it speaks.
const MAX_DIAGNOSED: usize = 1024;

/// Why a connection ended.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DisconnectReason {
    #[error("closed by the client")]
    Closed,
    #[error("closed by the client after {got} of a frame's {of} bytes")]
    ClosedInside { got: usize, of: usize },
    #[error("closed by the client inside the length of a frame")]
    ClosedInsideLength,
    #[error(transparent)]
    Reply(#[from] ReplyError),
    #[error(transparent)]
    Room(#[from] RoomError),
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error("silent for too long (--idle-timeout)")]
    Idle,
    #[error("a frame took too long (--frame-timeout)")]
    SlowFrame,
    #[error("the server stops")]
    Drained,
    #[error("cut: the server stops and the drain time is over (--drain-timeout)")]
    Cut,
    #[error("cut: the server stops and the rest of a frame has not come")]
    CutInside,
}

impl DisconnectReason {
    /// Whether the server ended a connection that was not done.
    pub(crate) fn is_cut(&self) -> bool {
        matches!(self, Self::Cut | Self::CutInside)
    }

    /// Logs it. The client has sent so many bytes and messages, and what is `left` of them is a
    /// frame without an answer.
    pub(crate) fn log(
        &self,
        peer: SocketAddr,
        (bytes, messages): (u64, u64),
        left: &[u8],
        throttles: &Throttles,
    ) {
        if matches!(self, Self::Closed | Self::Drained) {
            debug!(%peer, bytes, messages, reason = %self, "disconnected");
        } else if let Some(withheld) = throttles.ended.pass() {
            let likely = likely_cause(left);
            warn!(%peer, bytes, messages, reason = %self, likely, withheld, "disconnected");
        }
    }
}

/// Logs what a client seems to speak instead of `writeUTF` frames, if it does; `seen` is all that
/// it has sent.
pub(crate) fn log_suspicion(peer: SocketAddr, seen: &[u8], throttles: &Throttles) {
    if let Some(likely) = likely_cause(seen)
        && let Some(withheld) = throttles.suspect.pass()
    {
        warn!(%peer, likely, withheld, "this client does not seem to send writeUTF frames");
    }
}

fn likely_cause(seen: &[u8]) -> Option<String> {
    // A cut stream has its own reason, so bytes that are only few are no cause.
    let cause = diagnose(&seen[..seen.len().min(MAX_DIAGNOSED)], Stream::Open);
    cause.map(|cause| cause.to_string())
}
