//! The part of a room that other servers hold.
//!
//! Each server of a room is a node. A node tells the others the names of its members, and everything that its clients
//! say, numbered from 1. With the names it tells the number of the last message, so that a loss is noticed also if no
//! message comes behind it. For example, when node `b` tells of `carol` and 0 messages, sends messages 1 and 3, and then
//! tells of `carol` and 5 messages:
//!
//! ```text
//! * carol joined
//! carol: one
//! * 1 message from other servers was lost
//! carol: three
//! * 2 messages from other servers were lost
//! ```
//!
//! A node that is heard for the first time has lost nothing: its earlier messages were not for this server.
//!
//! Whatever a node sends is checked as if a stranger had sent it.

use std::collections::BTreeMap;
use std::future::poll_fn;
use std::mem;
use std::time::{Duration, SystemTime};

use hellohi_proto::{JavaStr, read_utf, write_utf};
use tokio::time::Instant;
use tracing::warn;

use super::line;
use super::name::Name;
use super::outbox::{Outbox, Outgoing};
use super::{People, Room};

/// Number of the bus among those who send to a room. Clients have numbers from 1.
const BUS: u64 = 0;

/// Time without names from a node after which its members leave.
const SILENCE: Duration = Duration::from_secs(10);

/// Number of other nodes that a room has at most.
const MAX_NODES: usize = 1000;

/// The line for members whose server cannot reach the bus.
pub(super) const ALONE: &str = "the other servers of the room cannot be reached; here it goes on";

/// Number of members that one node may tell of.
const MAX_NAMES: usize = 100_000;

/// Another server of the room.
#[derive(Debug)]
pub(super) struct Node {
    /// Its members by their folded names; none while it is silent.
    pub(super) names: BTreeMap<String, Name>,
    /// Number of its last message that has come or is lost; `None` before it has told any.
    last_message: Option<u64>,
    /// Time at which it told its names.
    heard: Instant,
    /// A flag that is set from the loss of the bus until it is there again.
    is_awaited: bool,
}

impl Node {
    fn new(now: Instant) -> Self {
        Self {
            names: BTreeMap::new(),
            last_message: None,
            heard: now,
            is_awaited: false,
        }
    }

    /// Takes note that the messages from `first` to `last` are here. Returns the number of those before that are lost.
    fn take_messages(&mut self, first: u64, last: u64) -> u64 {
        let before = first.saturating_sub(1);
        let known = self.last_message.unwrap_or(before);
        self.last_message = Some(known.max(last));
        before.saturating_sub(known)
    }
}

impl Room {
    /// Sets the way to the other nodes, which cannot be reached yet.
    pub(crate) fn attach(&self, outbox: Outbox) {
        let mut people = self.people();
        people.outbox = Some(outbox);
        people.is_alone = true;
    }

    /// Ends the way to the other nodes, so that whoever publishes comes to an end.
    pub(crate) fn detach(&self) {
        self.people().outbox = None;
    }

    /// Returns the names of this node's members, a frame each, as far as `most` bytes hold them.
    pub(crate) fn names(&self, most: usize) -> Vec<u8> {
        let people = self.people();
        let mut left = most;
        let names = people.members.values().map(|(name, _)| name.as_str());
        frames_of(names.take_while(|name| {
            let rest = left.checked_sub(2 + JavaStr::from_text(name).as_bytes().len());
            left = rest.unwrap_or(0);
            rest.is_some()
        }))
    }

    /// Lets the other nodes know who is here.
    pub(crate) fn tell_names(&self) {
        self.people().tell_names();
    }

    /// Returns the number of messages of other nodes that were lost.
    pub(crate) fn lost(&self) -> u64 {
        self.people().lost
    }

    /// Waits until no member delays what other nodes send.
    pub(crate) async fn wait_for_readers(&self) {
        poll_fn(|cx| self.broadcast.poll_may_send(BUS, cx)).await;
    }

    /// Takes the names that a node tells, and announces who came and who left. The node has `said` so many messages.
    pub(crate) fn hear_names(&self, node: &str, said: u64, frames: &[u8]) {
        let Some(names) = names_of(frames).filter(|_| is_node(node)) else {
            return warn!("a node of the bus tells what are no names");
        };
        let mut people = self.people();
        let is_alone = people.is_alone;
        let Some(known) = people.node(node) else {
            return;
        };
        known.heard = Instant::now();
        known.is_awaited &= is_alone;
        let lost = known.take_messages(said.saturating_add(1), said);
        let before = mem::replace(&mut known.names, names.clone());
        self.announce_lost(&mut people, node, lost);
        for (folded, name) in &names {
            if !before.contains_key(folded) {
                self.announce(&format!("{} joined", people.shown(node, name)));
            }
        }
        for (folded, name) in &before {
            if !names.contains_key(folded) {
                self.announce(&format!("{} left", people.shown(node, name)));
            }
        }
    }

    /// Takes `count` messages of a node, of which the first has the number `first`.
    pub(crate) fn hear_messages(&self, node: &str, first: u64, count: u64, frames: &[u8]) {
        let Some(messages) = messages_of(frames).filter(|_| is_node(node) && first > 0) else {
            return warn!("a node of the bus sends what are no messages");
        };
        let mut people = self.people();
        let Some(known) = people.node(node) else {
            return;
        };
        if known.last_message.is_some_and(|last| first <= last) {
            return;
        }
        let lost = known.take_messages(first, (first - 1).saturating_add(count));
        self.announce_lost(&mut people, node, lost);
        for (name, text) in messages {
            let name = people.shown(node, &name);
            self.broadcast
                .send(&line::frames(&format!("{name}: "), &text));
            people.history.add(SystemTime::now(), &name, &text);
        }
    }

    /// Returns whether nodes that had members when the bus was lost have not told their names since it is back.
    pub(crate) fn awaits_nodes(&self) -> bool {
        self.people().nodes.values().any(|node| node.is_awaited)
    }

    /// Awaits no node any longer.
    pub(crate) fn await_no_node(&self) {
        for node in self.people().nodes.values_mut() {
            node.is_awaited = false;
        }
    }

    fn announce_lost(&self, people: &mut People, node: &str, lost: u64) {
        if lost > 0 {
            warn!(lost, node, "messages from other servers were lost");
            people.lost = people.lost.saturating_add(lost);
            self.announce(&match lost {
                1 => "1 message from other servers was lost".to_owned(),
                more => format!("{more} messages from other servers were lost"),
            });
        }
    }

    /// Takes a private message for a member of this node.
    pub(crate) fn hear_private(&self, frames: &[u8]) {
        let texts = texts_of(frames).unwrap_or_default();
        let people = self.people();
        if let [from, to, texts @ ..] = &texts[..]
            && let (Ok(from), Ok(to)) = (from.parse::<Name>(), to.parse::<Name>())
            && let Some((to, number)) = people.members.get(to.folded())
            && let Some(from) = people.shown_elsewhere(&from)
        {
            for text in texts {
                let frames = line::frames(&format!("{from} -> {to}: "), text);
                self.broadcast.send_to(*number, frames);
            }
        }
    }

    /// Lets the members of nodes leave that have told no names for [`SILENCE`].
    pub(crate) fn forget_silent_nodes(&self) {
        let mut people = self.people();
        let mut left = Vec::new();
        for (id, node) in &mut people.nodes {
            if node.heard.elapsed() > SILENCE {
                let names = mem::take(&mut node.names).into_values();
                left.extend(names.map(|name| (id.clone(), name)));
            }
        }
        for (node, name) in left {
            let name = people.shown(&node, &name);
            self.announce(&format!("{name} left (its server is lost)"));
        }
    }

    /// Tells the members that the bus is lost, or back.
    pub(crate) fn link_changed(&self, is_connected: bool) {
        let mut people = self.people();
        let was_alone = mem::replace(&mut people.is_alone, !is_connected);
        for node in people.nodes.values_mut().filter(|_| !is_connected) {
            node.is_awaited |= !node.names.is_empty();
        }
        drop(people);
        if was_alone == is_connected {
            self.announce(if is_connected {
                "the other servers of the room can be reached again"
            } else {
                ALONE
            });
        }
    }
}

impl People {
    /// Lets the other nodes know who is here. If too much waits for them, they learn it the next time.
    pub(super) fn tell_names(&self) {
        if let Some(outbox) = &self.outbox {
            outbox.add(Outgoing::Names { said: self.said });
        }
    }

    /// Returns the node with this name. If there are too many, it takes the place of the one that has been without
    /// members for longest.
    fn node(&mut self, node: &str) -> Option<&mut Node> {
        if self.nodes.len() >= MAX_NODES && !self.nodes.contains_key(node) {
            let empty = self.nodes.iter().filter(|(_, node)| node.names.is_empty());
            let (oldest, _) = empty.min_by_key(|(_, node)| node.heard)?;
            let oldest = oldest.clone();
            self.nodes.remove(&oldest);
        }
        let new = || Node::new(Instant::now());
        Some(self.nodes.entry(node.to_owned()).or_insert_with(new))
    }

    /// Returns the name under which a member or a guest of `node` is shown here: with the node, if somebody else has
    /// the same.
    pub(super) fn shown(&self, node: &str, name: &Name) -> Name {
        let folded = name.folded();
        let has_it =
            |(other, known): (&String, &Node)| other != node && known.names.contains_key(folded);
        let is_shared = self.members.contains_key(folded) || self.nodes.iter().any(has_it);
        if is_shared || name.is_guest() {
            name.at(node)
        } else {
            name.clone()
        }
    }

    /// Returns the name under which a member of any other node is shown here. `None` if only a member of this node
    /// is called so, which the bus must not speak for.
    fn shown_elsewhere(&self, name: &Name) -> Option<Name> {
        let folded = name.folded();
        let mut nodes = self.nodes.iter();
        match nodes.find(|(_, node)| node.names.contains_key(folded)) {
            Some((node, _)) => Some(self.shown(node, name)),
            None => (!self.members.contains_key(folded)).then(|| name.clone()),
        }
    }

    /// Sends a private message to a member of another node. Returns whether it is on its way, or `None` if there is no
    /// such member.
    pub(super) fn send_private(&self, from: &Name, to: &Name, text: &str) -> Option<bool> {
        let mut nodes = self.nodes.iter();
        let (node, _) = nodes.find(|(_, node)| node.names.contains_key(to.folded()))?;
        let outbox = self.outbox.as_ref().filter(|_| !self.is_alone);
        Some(outbox.is_some_and(|outbox| {
            let frames = private(from, to, text);
            let node = node.clone();
            outbox.add(Outgoing::Private { node, frames })
        }))
    }
}

/// Returns whether `node` may be a node's name, which is shown behind names: up to 16 letters and digits.
fn is_node(node: &str) -> bool {
    (1..=16).contains(&node.len()) && node.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// Writes texts as one frame each. The texts of this module are short enough.
pub(crate) fn frames_of<'a>(texts: impl IntoIterator<Item = &'a str>) -> Vec<u8> {
    let mut frames = Vec::new();
    for text in texts {
        let written = write_utf(&mut frames, text);
        debug_assert!(
            written.is_ok(),
            "{} bytes do not fit in a frame",
            text.len()
        );
    }
    frames
}

/// Returns the texts of whole frames, or `None` if the bytes are anything else.
pub(super) fn texts_of(mut frames: &[u8]) -> Option<Vec<String>> {
    let mut texts = Vec::new();
    while !frames.is_empty() {
        let text = read_utf(&mut frames).ok()?;
        texts.push(text.printable().to_string());
    }
    Some(texts)
}

/// Returns the names that a node tells; `None` if any is no name, or twice the same.
pub(super) fn names_of(frames: &[u8]) -> Option<BTreeMap<String, Name>> {
    let texts = texts_of(frames)?;
    let count = texts.len();
    let names = texts.iter().map(|text| text.parse::<Name>().ok());
    let names = names.map(|name| name.map(|name| (name.folded().to_owned(), name)));
    let names: BTreeMap<_, _> = names.collect::<Option<_>>()?;
    (names.len() == count && count <= MAX_NAMES).then_some(names)
}

/// Returns the sender and the text of each message that a node sends, as `carol: hi`; `None` if any is anything else.
pub(super) fn messages_of(frames: &[u8]) -> Option<Vec<(Name, String)>> {
    let messages = texts_of(frames)?.into_iter().map(|line| {
        let (name, text) = line.split_once(": ")?;
        Some((Name::of_sender(name)?, text.to_owned()))
    });
    messages.collect()
}

/// Returns the frames of a private message for another node.
pub(super) fn private(from: &Name, to: &Name, text: &str) -> Vec<u8> {
    let mut frames = frames_of([from.as_str(), to.as_str()]);
    frames.extend(line::frames("", text));
    frames
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_messages_of_a_node_are_checked() {
        assert_eq!(names_of(&frames_of(["alice", "Bob"])).unwrap().len(), 2);
        assert_eq!(names_of(b"").unwrap().len(), 0);
        for names in [&["alice", "ALICE"][..], &["* alice"], &["guest-1"], &[""]] {
            assert!(
                names_of(&frames_of(names.iter().copied())).is_none(),
                "{names:?}"
            );
        }
        let messages = messages_of(&frames_of(["alice: hi: ho", "guest-3: \x1B[2J"])).unwrap();
        assert_eq!(messages[0].1, "hi: ho");
        assert_eq!(
            (messages[1].0.as_str(), messages[1].1.as_str()),
            ("guest-3", r"\u{1b}[2J")
        );
        for line in [
            "* bob left",
            "alice",
            "a b: c",
            "guest-x: hi",
            "guest-03: hi",
            ": hi",
        ] {
            assert!(messages_of(&frames_of([line])).is_none(), "{line:?}");
        }
        for bytes in [&b"\0"[..], b"\0\x05ali", b"\0\x01\xFF", b"\0\x08alice: a\0"] {
            assert!(messages_of(bytes).is_none(), "{bytes:?}");
        }
    }
}
