//! The reason why a connection ended, and its line in the log.

use std::io;
use std::net::SocketAddr;

use hellohi_proto::{StreamState, diagnose};
use tracing::{debug, warn};

use crate::reply::ReplyError;
use crate::room::DeliveryError;
use crate::throttle::Throttles;

/// Number of bytes of a peer that are used to recognise its protocol.
const MAX_DIAGNOSED: usize = 1024;

/// The reason why a connection ended.
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
    Room(#[from] DeliveryError),
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error("left with /quit")]
    Quit,
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
    /// Returns whether the server closed the connection before all was done.
    pub(crate) fn is_cut(&self) -> bool {
        matches!(self, Self::Cut | Self::CutInside)
    }

    /// Returns the words in which the others of a room are told the reason; `None` if the client left by itself.
    pub(crate) fn for_others(&self) -> Option<&'static str> {
        match self {
            Self::Closed | Self::Quit => None,
            Self::Idle | Self::SlowFrame => Some("timed out"),
            Self::Io(error) if error.kind() == io::ErrorKind::TimedOut => Some("timed out"),
            Self::ClosedInside { .. } | Self::ClosedInsideLength | Self::Io(_) => {
                Some("connection lost")
            }
            Self::Room(DeliveryError::TooSlow(_)) => Some("read too slowly"),
            Self::Room(DeliveryError::Io(_)) => Some("connection lost"),
            Self::Reply(_) => Some("sent what is no message"),
            Self::Drained | Self::Cut | Self::CutInside => Some("the server stops"),
        }
    }

    /// Returns whether the client can still be told the reason: the server ends the connection, and no write has
    /// failed.
    pub(crate) fn can_be_told(&self) -> bool {
        !matches!(
            self,
            Self::Closed
                | Self::ClosedInside { .. }
                | Self::ClosedInsideLength
                | Self::Io(_)
                | Self::Room(_)
        )
    }

    /// Logs the end of the connection to `peer`, which sent this number of bytes and messages.
    /// `left` is the frame that was not answered.
    pub(crate) fn log(
        &self,
        peer: SocketAddr,
        (bytes, messages): (u64, u64),
        left: &[u8],
        throttles: &Throttles,
    ) {
        if matches!(self, Self::Closed | Self::Quit | Self::Drained) {
            debug!(%peer, bytes, messages, reason = %self, "disconnected");
        } else if let Some(withheld) = throttles.ended.pass() {
            let likely = likely_cause(left);
            warn!(%peer, bytes, messages, reason = %self, likely, withheld, "disconnected");
        }
    }
}

/// Logs the protocol that the client probably speaks instead of `writeUTF` frames, if any is
/// recognised. `seen` is all that the client has sent.
pub(crate) fn log_suspicion(peer: SocketAddr, seen: &[u8], throttles: &Throttles) {
    if let Some(likely) = likely_cause(seen)
        && let Some(withheld) = throttles.suspect.pass()
    {
        warn!(%peer, likely, withheld, "this client does not seem to send writeUTF frames");
    }
}

fn likely_cause(seen: &[u8]) -> Option<String> {
    // `Open`, because a stream that ended inside a frame has a reason of its own.
    let cause = diagnose(&seen[..seen.len().min(MAX_DIAGNOSED)], StreamState::Open);
    cause.map(|cause| cause.to_string())
}
