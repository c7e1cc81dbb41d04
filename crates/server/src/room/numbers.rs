//! The numbers of a room, for a monitor.

use super::Room;

/// The numbers of a room.
#[derive(Debug)]
pub(crate) struct Numbers {
    /// Number of members at this server.
    pub(crate) members: usize,
    /// Number of bytes that members have been sent.
    pub(crate) sent: u64,
    /// Number of bytes that wait to be sent to members.
    pub(crate) unsent: u64,
    /// Number of bytes that wait to be sent to the member that is furthest behind.
    pub(crate) lag: u64,
    /// A flag that is set while the bus can be reached; `None` without a bus.
    pub(crate) is_bus_connected: Option<bool>,
    /// Number of messages of other servers that were lost.
    pub(crate) lost: u64,
    /// Number of other servers.
    pub(crate) other_servers: usize,
    /// Number of members at other servers.
    pub(crate) other_members: usize,
}

impl Room {
    /// Returns the numbers of this moment. Looks at each member once.
    pub(crate) fn numbers(&self) -> Numbers {
        let lags = self.broadcast.lags();
        let people = self.people();
        let bus = people.outbox.as_ref();
        Numbers {
            members: people.members.len(),
            sent: self.broadcast.sent(),
            unsent: lags.iter().sum(),
            lag: lags.iter().copied().max().unwrap_or(0),
            is_bus_connected: bus.map(|_| !people.is_alone),
            lost: people.lost,
            other_servers: people.nodes.len(),
            other_members: people.nodes.values().map(|node| node.names.len()).sum(),
        }
    }
}
