//! The connection to a server, and the membership in its room.

use std::net::SocketAddr;
use std::time::Duration;

use hellohi_proto::{JavaStr, JavaString};

use crate::connect::{self, Address, Candidates, ConnectError};
use crate::keep_alive::keep_alive;
use crate::session::{Session, SessionError};

/// Time within which a room must answer who joins.
const JOIN_TIMEOUT: Duration = Duration::from_secs(20);

/// A server, and the time within which it must answer.
#[derive(Debug)]
pub(crate) struct Target {
    pub(crate) address: Address,
    pub(crate) timeout: Option<Duration>,
}

/// The error of a room that does not take a member.
#[derive(Debug, thiserror::Error)]
pub enum JoinError {
    /// The room refuses the name.
    #[error("{peer} refuses the name {name:?}: {reason}")]
    Refused {
        /// The server's address.
        peer: SocketAddr,
        /// The name that was asked for.
        name: String,
        /// The answer of the room.
        reason: String,
    },
    /// The server answers as a server without a room.
    #[error(
        "{peer} has no room to join; leave out --name, or start hellohi-server with --reply room"
    )]
    NoRoom {
        /// The server's address.
        peer: SocketAddr,
    },
    /// The connection ended before there was an answer.
    #[error(transparent)]
    Session(#[from] SessionError),
    /// There is no connection.
    #[error(transparent)]
    Connect(#[from] ConnectError),
}

impl Target {
    /// Connects, and joins the room if there is a name. Returns the room's welcome too.
    pub(crate) fn connect(
        &self,
        name: Option<&str>,
    ) -> Result<(Session, Option<JavaString>), JoinError> {
        let (stream, peer) = connect::connect(&self.address, Candidates::All, self.timeout)?;
        let Some(name) = name else {
            return Ok((Session::new(stream, peer, None), None));
        };
        // A link that cannot be watched is still a link.
        let _ = keep_alive(&stream);
        let session = Session::new(stream, peer, Some(self.timeout.unwrap_or(JOIN_TIMEOUT)));
        let line = format!("/join {name}");
        // If the server has refused this client, the answer says so.
        let _ = session.send(&JavaStr::from_text(&line));
        let answer = session.receive_first()?;
        let text = answer.printable().to_string();
        match text.strip_prefix("* ") {
            Some(own) if own.starts_with("welcome, ") => {
                Ok((session.without_timeout(), Some(answer)))
            }
            Some(reason) => Err(JoinError::Refused {
                peer,
                name: name.to_owned(),
                reason: reason.to_owned(),
            }),
            None => Err(JoinError::NoRoom { peer }),
        }
    }
}

/// Returns the name that a room welcomes, which may have another form than the one that was asked for.
pub(crate) fn welcomed(welcome: &JavaString) -> Option<String> {
    let line = welcome.printable().to_string();
    let (name, _) = line.strip_prefix("* welcome, ")?.split_once(';')?;
    Some(name.to_owned())
}
