//! Acts of the scripted peer, as data.

use std::fmt;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

/// An act of a scripted peer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Act {
    /// Listens on the port in the server's place.
    Listen,
    /// Listens on the port of this address alone, in addition to where it listens already.
    ListenOn(IpAddr),
    /// Accepts a connection of the client on the first address that the script listened on.
    Accept,
    /// Connects in the client's place.
    Connect,
    /// Connects in the client's place if the server listens. Later acts on a refused connection do nothing.
    TryConnect,
    /// Connects to this address.
    ConnectTo(IpAddr),
    /// Connects with the smallest possible receive buffer.
    ConnectNarrow,
    /// Continues with the script's nth connection, counted from 0 in the order in which they were made.
    Use(usize),
    /// Makes a connection to the port end at its server first, which leaves the port in TIME_WAIT.
    LeaveTimeWait,
    /// Sends bytes, in one segment if they fit into one.
    Send(#[serde(with = "hex")] Vec<u8>),
    /// Reads this many bytes.
    Receive(usize),
    /// Reads all that has arrived.
    ReceiveArrived,
    /// Reads until the other end closes or resets.
    ReceiveEnd,
    /// Sends a FIN; it can still read.
    HalfClose,
    /// Closes: sends a FIN, or a RST if something is unread.
    Close,
    /// Sends a RST, even if everything is read.
    Reset,
}

impl fmt::Display for Act {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Act::Listen | Act::ListenOn(_) => write!(f, "the script could not listen"),
            Act::Accept => write!(f, "nobody connected to the script"),
            Act::Connect | Act::TryConnect | Act::ConnectNarrow => {
                write!(f, "the script could not connect")
            }
            Act::ConnectTo(address) => write!(f, "the script could not connect to {address}"),
            Act::Use(n) => write!(f, "the script has no connection {n}"),
            Act::LeaveTimeWait => write!(f, "the script could not leave port in TIME_WAIT"),
            Act::Send(bytes) => write!(f, "the script could not send {} bytes", bytes.len()),
            Act::Receive(n) => write!(f, "the script did not receive {n} bytes"),
            Act::ReceiveArrived => write!(f, "the script could not receive"),
            Act::ReceiveEnd => write!(f, "the script's connection was not ended"),
            Act::HalfClose | Act::Close | Act::Reset => {
                write!(f, "the script could not end its connection")
            }
        }
    }
}
