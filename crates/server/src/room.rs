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
#[cfg_attr(
    not(feature = "nats"),
    expect(dead_code, reason = "only a bus needs it")
)]
mod remote;

use std::collections::BTreeMap;
use std::mem;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::{Duration, SystemTime};

use hellohi_proto::JavaStr;
use tokio::io::AsyncWrite;
use tokio::sync::{Notify, mpsc};
use tokio::time::{Instant, Sleep, sleep_until};

use crate::config::{Limits, MIN_UNSENT};
use broadcast::{Broadcast, Receiver};
use command::{Command, HELP};
use history::History;
use name::Name;
use remote::Node;

pub(crate) use broadcast::DeliveryError;
pub(crate) use remote::Outgoing;

/// Number of messages that a client may send at once, however low [`Limits::rate`] is.
const BURST: u32 = 250;

/// Number of names that one answer lists.
const LISTED_NAMES: usize = 100;

/// The people of a room and what they say.
#[derive(Debug)]
pub(crate) struct Room {
    broadcast: Arc<Broadcast>,
    /// Time in which a client may send one message, on average.
    interval: Duration,
    people: Mutex<People>,
    /// Notified when the members of this server change.
    changed: Notify,
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
    outgoing: Option<mpsc::Sender<Outgoing>>,
    /// Number of messages that were said at this server.
    said: u64,
    /// A flag that is set while the bus is away.
    is_alone: bool,
}

/// A client of a server with a room: a guest until it joins. It leaves the room when it is dropped.
#[derive(Debug)]
pub(crate) struct Visitor {
    room: Arc<Room>,
    number: u64,
    name: Name,
    /// The delivery of what is said, once it has joined.
    receiver: Option<Receiver>,
    /// Time at which all its messages so far are within the rate.
    paid_until: Instant,
    /// Wakes the task when the client may send the next message.
    timer: Option<Pin<Box<Sleep>>>,
    /// A reason for others, to be said when it leaves.
    reason: Option<&'static str>,
}

/// What becomes of a message.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// It is sent back, as `server.java` does.
    Echo,
    /// These frames are sent back.
    Frames(Vec<u8>),
    /// The room has taken it.
    Taken,
    /// The client is disconnected.
    Quit,
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
                outgoing: None,
                said: 0,
                is_alone: false,
            }),
            changed: Notify::new(),
        }
    }

    /// Adds a client as a guest.
    pub(crate) fn enter(self: &Arc<Self>) -> Visitor {
        let mut people = self.people();
        people.came += 1;
        Visitor {
            room: Arc::clone(self),
            number: people.came,
            name: Name::of_guest(people.came),
            receiver: None,
            paid_until: Instant::now(),
            timer: None,
            reason: None,
        }
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

    /// Returns the names of the members in their order, except for the one with this number.
    fn others(&self, number: u64) -> String {
        let others = self.members.values().filter(|(_, other)| *other != number);
        let remote = self.nodes.values().flat_map(|node| node.names.values());
        let others = others.map(|(name, _)| name).chain(remote);
        let names: Vec<&str> = others.map(Name::as_str).collect();
        match names.get(..LISTED_NAMES) {
            _ if names.is_empty() => "nobody else is here".into(),
            Some(some) if some.len() < names.len() => {
                format!(
                    "here are {} and {} more",
                    some.join(", "),
                    names.len() - some.len()
                )
            }
            _ => format!("here are {}", names.join(", ")),
        }
    }
}

impl Visitor {
    pub(crate) fn is_member(&self) -> bool {
        self.receiver.is_some()
    }

    /// Takes a message, and returns what becomes of it.
    pub(crate) fn take(&mut self, message: &JavaStr) -> Answer {
        self.paid_until = self.paid_until.max(Instant::now()) + self.room.interval;
        let text = message.printable().to_string();
        if self.is_member() {
            return self.obey(&Command::of(&text));
        }
        match command::join_of(&text) {
            Some(name) => match self.join(name) {
                Ok(()) => Answer::Taken,
                Err(refusal) => Answer::Frames(line::frames(line::OWN, &refusal)),
            },
            None => {
                self.say(&text);
                Answer::Echo
            }
        }
    }

    fn obey(&mut self, command: &Command<'_>) -> Answer {
        match *command {
            Command::Say(text) => self.say(text),
            Command::Join => self.answer("you have joined already; /nick NAME takes another name"),
            Command::Nick(name) => {
                if let Err(refusal) = self.rename(name) {
                    self.answer(&refusal);
                }
            }
            Command::Who => {
                let others = self.room.people().others(self.number);
                self.answer(&format!("you are {}; {others}", self.name));
            }
            Command::Private { to, text } => self.say_to(to, text),
            Command::Help => HELP.iter().for_each(|line| self.answer(line)),
            Command::Quit => return Answer::Quit,
            Command::Unknown(command) => self.answer(&format!(
                "no command is called {command}; /help lists them, and //{} says the line",
                &command[1..]
            )),
        }
        Answer::Taken
    }

    fn join(&mut self, name: &str) -> Result<(), String> {
        let name: Name = name
            .parse()
            .map_err(|error: name::NameError| error.to_string())?;
        let mut people = self.room.people();
        people
            .add(&name, self.number)
            .map_err(|taken| taken.to_string())?;
        self.room.announce(&format!("{name} joined"));
        self.room.changed.notify_one();
        self.receiver = Some(self.room.broadcast.receiver(self.number));
        let others = people.others(self.number);
        let mut welcome = line::frames(
            line::OWN,
            &format!("welcome, {name}; {others}; /help lists the commands"),
        );
        people.history.write(&mut welcome);
        self.room.broadcast.send_to(self.number, welcome);
        drop(people);
        self.name = name;
        Ok(())
    }

    fn rename(&mut self, name: &str) -> Result<(), String> {
        let name: Name = name
            .parse()
            .map_err(|error: name::NameError| error.to_string())?;
        let mut people = self.room.people();
        people
            .add(&name, self.number)
            .map_err(|taken| taken.to_string())?;
        if name.folded() != self.name.folded() {
            people.members.remove(self.name.folded());
        }
        self.room.announce(&format!("{} is now {name}", self.name));
        self.room.changed.notify_one();
        drop(people);
        self.name = name;
        Ok(())
    }

    fn say(&self, text: &str) {
        let mut people = self.room.people();
        let frames = line::frames(&format!("{}: ", self.name), text);
        self.room.broadcast.send(&frames);
        people.said += 1;
        if let Some(outgoing) = &people.outgoing {
            let number = people.said;
            // If too much waits, the message is lost there, and the gap in the numbers tells.
            let _ = outgoing.try_send(Outgoing::Said { number, frames });
        }
        people.history.add(SystemTime::now(), &self.name, text);
    }

    fn say_to(&self, to: &str, text: &str) {
        let name = to.parse::<Name>();
        let people = self.room.people();
        let found = name.as_ref().ok();
        let found = found.and_then(|name| people.members.get(name.folded()).cloned());
        if found.is_none()
            && let Ok(name) = &name
            && people.send_private(&self.name, name, text)
        {
            return self.answer_with(&format!("{} -> {name}: ", self.name), text);
        }
        drop(people);
        match found {
            Some((name, number)) => {
                let frames = line::frames(&format!("{} -> {name}: ", self.name), text);
                self.room.broadcast.send_to(number, frames.clone());
                if number != self.number {
                    self.room.broadcast.send_to(self.number, frames);
                }
            }
            None => self.answer(&format!(
                "nobody is called {to:?}, so nothing was sent; write /msg NAME TEXT, and /who lists the names"
            )),
        }
    }

    /// Answers this member alone.
    fn answer(&self, text: &str) {
        self.answer_with(line::OWN, text);
    }

    fn answer_with(&self, prefix: &str, text: &str) {
        let frames = line::frames(prefix, text);
        self.room.broadcast.send_to(self.number, frames);
    }

    /// Waits until the client may send a message: until those before are within the rate, unless it is in a
    /// `hurry`, and until no member delays it.
    pub(crate) fn poll_may_speak(&mut self, hurry: bool, cx: &mut Context<'_>) -> Poll<()> {
        let may_at = self.paid_until.checked_sub(self.room.interval * BURST);
        if let Some(may_at) = may_at.filter(|&at| !hurry && at > Instant::now()) {
            let timer = self
                .timer
                .get_or_insert_with(|| Box::pin(sleep_until(may_at)));
            if timer.deadline() != may_at {
                timer.as_mut().reset(may_at);
            }
            ready!(timer.as_mut().poll(cx));
        }
        self.timer = None;
        self.room.broadcast.poll_may_send(self.number, cx)
    }

    /// Sends a member what it has not been sent. Ready once it has been sent all.
    pub(crate) fn poll_deliver(
        &mut self,
        stream: &mut (impl AsyncWrite + Unpin),
        cx: &mut Context<'_>,
    ) -> Poll<Result<(), DeliveryError>> {
        match &mut self.receiver {
            Some(receiver) => receiver.poll_deliver(stream, cx),
            None => Poll::Ready(Ok(())),
        }
    }

    /// Returns the number of bytes that a member has been sent.
    pub(crate) fn sent(&self) -> u64 {
        self.receiver.as_ref().map_or(0, Receiver::sent)
    }

    /// Returns whether a member has not been sent all.
    pub(crate) fn is_behind(&self) -> bool {
        self.receiver.as_ref().is_some_and(Receiver::is_behind)
    }

    /// Sets the reason that the others are told when this client leaves.
    pub(crate) fn leaves_because(&mut self, reason: Option<&'static str>) {
        self.reason = reason;
    }

    /// Returns the room's last line to a member, which says why its connection ends.
    pub(crate) fn last_line(reason: &str) -> Vec<u8> {
        line::frames(line::OWN, &format!("goodbye: {reason}"))
    }

    /// Returns the line of the transcript for a message: `alice: hi`.
    pub(crate) fn name(&self) -> &str {
        self.name.as_str()
    }
}

impl Drop for Visitor {
    fn drop(&mut self) {
        self.room.broadcast.stop_waiting(self.number);
        if mem::take(&mut self.receiver).is_some() {
            let mut people = self.room.people();
            people.members.remove(self.name.folded());
            self.room.changed.notify_one();
            self.room.announce(&match self.reason {
                None => format!("{} left", self.name),
                Some(reason) => format!("{} left ({reason})", self.name),
            });
        }
    }
}

#[cfg(test)]
mod tests;
