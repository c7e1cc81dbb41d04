//! A client of a room, from its first message to its leaving.

use std::mem;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::SystemTime;

use hellohi_proto::JavaStr;
use tokio::io::AsyncWrite;
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep, sleep_until};

use super::broadcast::{DeliveryError, Receiver};
use super::command::{self, Command, HELP};
use super::name::{Name, NameError};
use super::outbox::Outgoing;
use super::remote::ALONE;
use super::{Room, line};

/// Number of messages that a client may send at once, however low [`Limits::rate`] is.
const BURST: u32 = 250;

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

/// The answer to a message.
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

impl Visitor {
    /// Returns a guest with a number that no other client has.
    pub(super) fn new(room: &Arc<Room>, number: u64) -> Self {
        Self {
            room: Arc::clone(room),
            number,
            name: Name::of_guest(number),
            receiver: None,
            paid_until: Instant::now(),
            timer: None,
            reason: None,
        }
    }

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
        let name: Name = name.parse().map_err(|error: NameError| error.to_string())?;
        let mut people = self.room.people();
        people
            .add(&name, self.number)
            .map_err(|taken| taken.to_string())?;
        self.room.announce(&format!("{name} joined"));
        people.tell_names();
        self.receiver = Some(self.room.broadcast.receiver(self.number));
        let others = people.others(self.number);
        let mut welcome = line::frames(
            line::OWN,
            &format!("welcome, {name}; {others}; /help lists the commands"),
        );
        if people.is_alone {
            welcome.extend(line::frames(line::OWN, ALONE));
        }
        people.history.write(&mut welcome);
        self.room.broadcast.send_to(self.number, welcome);
        drop(people);
        self.name = name;
        Ok(())
    }

    fn rename(&mut self, name: &str) -> Result<(), String> {
        let name: Name = name.parse().map_err(|error: NameError| error.to_string())?;
        if name == self.name {
            return Err(format!("you are {name} already"));
        }
        let mut people = self.room.people();
        people
            .add(&name, self.number)
            .map_err(|taken| taken.to_string())?;
        if name.folded() != self.name.folded() {
            people.members.remove(self.name.folded());
        }
        self.room.announce(&format!("{} is now {name}", self.name));
        people.tell_names();
        drop(people);
        self.name = name;
        Ok(())
    }

    fn say(&self, text: &str) {
        let mut people = self.room.people();
        let frames = line::frames(&format!("{}: ", self.name), text);
        self.room.broadcast.send(&frames);
        people.said += 1;
        if let Some(outbox) = &people.outbox {
            let number = people.said;
            // If too much waits, the message is lost there, and the gap in the numbers tells.
            outbox.add(Outgoing::Said { number, frames });
        }
        people.history.add(SystemTime::now(), &self.name, text);
    }

    fn say_to(&self, to: &str, text: &str) {
        if text.is_empty() {
            return self.answer("nothing was sent; write /msg NAME TEXT, and /who lists the names");
        }
        let name = to.parse::<Name>();
        let people = self.room.people();
        let found = name.as_ref().ok();
        let found = found.and_then(|name| people.members.get(name.folded()).cloned());
        if found.is_none()
            && let Ok(name) = &name
            && let Some(is_sent) = people.send_private(&self.name, name, text)
        {
            return if is_sent {
                self.answer_with(&format!("{} -> {name}: ", self.name), text);
            } else {
                self.answer(&format!(
                    "nothing was sent: the server of {name} cannot be reached now"
                ));
            };
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

    /// Lets the room write to the member's socket itself whenever the member keeps up.
    pub(crate) fn receives_at(&self, socket: &Arc<TcpStream>) {
        if let Some(receiver) = &self.receiver {
            receiver.receives_at(socket);
        }
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
            people.tell_names();
            self.room.announce(&match self.reason {
                None => format!("{} left", self.name),
                Some(reason) => format!("{} left ({reason})", self.name),
            });
        }
    }
}
