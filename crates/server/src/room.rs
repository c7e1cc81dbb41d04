//! A room: what a member says goes to every member, its sender too.
//!
//! Every client of a server with a room begins as a guest. A guest is answered as `server.java` answers, and hears
//! nobody; the room hears it under a name such as `guest-7`. With `/join NAME` it becomes a member, which is no
//! longer answered but hears everybody. For example, when a guest says `hi`, and then alice, who joins, says `ho`:
//!
//! ```text
//! from the guest   hi            to the guest   hi
//! from alice       /join alice   to alice       * welcome, alice; nobody else is here; /help lists the commands
//!                                to alice       * 2026-11-26T09:30:00Z guest-1: hi
//! from alice       ho            to alice       alice: ho
//! ```

mod broadcast;
mod command;
mod history;
mod line;
mod name;
#[cfg(feature = "metrics")]
mod numbers;
#[cfg_attr(
    not(any(feature = "nats", test)),
    expect(dead_code, reason = "only a bus needs it")
)]
mod outbox;
#[cfg_attr(
    not(feature = "nats"),
    expect(dead_code, reason = "only a bus needs it")
)]
mod remote;
mod visitor;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::config::{Limits, MIN_UNSENT};
use broadcast::Broadcast;
use history::History;
use name::Name;
use remote::Node;

pub(crate) use broadcast::DeliveryError;
#[cfg(feature = "metrics")]
pub(crate) use numbers::Numbers;
pub(crate) use outbox::Outbox;
#[cfg(feature = "nats")]
pub(crate) use outbox::Outgoing;
pub(crate) use visitor::{Answer, Visitor};

/// Number of names that one answer lists.
const LISTED_NAMES: usize = 100;

/// The people of a room and what they say.
#[derive(Debug)]
pub(crate) struct Room {
    broadcast: Arc<Broadcast>,
    /// Time in which a client may send one message, on average.
    interval: Duration,
    people: Mutex<People>,
}

#[derive(Debug)]
struct People {
    /// The numbers of the members by their folded names.
    members: BTreeMap<String, (Name, u64)>,
    /// Number of clients that have ever come.
    came: u64,
    history: History,
    /// The other servers of the room.
    nodes: BTreeMap<String, Node>,
    /// The way to them.
    outbox: Option<Outbox>,
    /// Number of messages that were said at this server.
    said: u64,
    /// Number of messages of other servers that were lost.
    lost: u64,
    /// A flag that is set while the bus is away.
    is_alone: bool,
}

/// The error of a name that another member has.
#[derive(Debug, thiserror::Error)]
#[error("the name {0} is taken; choose another")]
struct NameTaken(Name);

impl Room {
    pub(crate) fn new(limits: &Limits) -> Self {
        let max_unsent = limits.max_unsent.max(MIN_UNSENT);
        Self {
            broadcast: Arc::new(Broadcast::new(max_unsent, MIN_UNSENT)),
            interval: Duration::from_secs(1) / limits.rate.get(),
            people: Mutex::new(People {
                members: BTreeMap::new(),
                came: 0,
                history: History::new(limits.history, max_unsent / 4),
                nodes: BTreeMap::new(),
                outbox: None,
                said: 0,
                lost: 0,
                is_alone: false,
            }),
        }
    }

    /// Adds a client as a guest.
    pub(crate) fn enter(self: &Arc<Self>) -> Visitor {
        let mut people = self.people();
        people.came += 1;
        Visitor::new(self, people.came)
    }

    /// Sends the members what is said, until this future is dropped.
    pub(crate) async fn deliver(&self) {
        self.broadcast.deliver().await;
    }

    fn people(&self) -> MutexGuard<'_, People> {
        self.people.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Says a line of the room's own to all members.
    fn announce(&self, text: &str) {
        self.broadcast.send(&line::frames(line::OWN, text));
    }
}

impl People {
    fn add(&mut self, name: &Name, number: u64) -> Result<(), NameTaken> {
        match self.members.get(name.folded()) {
            Some((taken, holder)) if *holder != number => Err(NameTaken(taken.clone())),
            None if self
                .nodes
                .values()
                .any(|node| node.names.contains_key(name.folded())) =>
            {
                Err(NameTaken(name.clone()))
            }
            _ => {
                let member = (name.clone(), number);
                self.members.insert(name.folded().to_owned(), member);
                Ok(())
            }
        }
    }

    /// Returns the names of this server's members in their order, except for the member with this number, and then
    /// those of other servers.
    fn others(&self, number: u64) -> String {
        let others = self.members.values().filter(|(_, other)| *other != number);
        let others = others.map(|(name, _)| name.to_string());
        let remote = self.nodes.iter().flat_map(|(node, known)| {
            let names = known.names.values();
            names.map(|name| self.shown(node, name).to_string())
        });
        let count = self
            .nodes
            .values()
            .map(|node| node.names.len())
            .sum::<usize>()
            + self.members.len()
            - 1;
        let names: Vec<String> = others.chain(remote).take(LISTED_NAMES).collect();
        let names_here = names.join(", ");
        match count - names.len() {
            _ if names.is_empty() => "nobody else is here".into(),
            0 => format!("here are {names_here}"),
            more => format!("here are {names_here} and {more} more"),
        }
    }
}

#[cfg(test)]
mod tests;
