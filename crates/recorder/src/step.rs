//! The steps of a script, as data.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::act::Act;
use crate::clock::Nanos;
use crate::console::Console;
use crate::isolation::Isolation;
use crate::side::Side;

/// One thing that a script does, or waits for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    Start(Side),
    /// Starts a program with a console of this kind.
    StartWith(Side, Console),
    /// Starts the client of this number, from 1, with these arguments behind its command, and continues with it. It is
    /// started again if it was started before, and runs beside the others if not.
    StartClient(usize, Vec<String>),
    /// Continues with the client of this number, from 1: later steps of the client's side are about it.
    Client(usize),
    /// Puts bytes on a program's console.
    Feed(Side, #[serde(with = "hex")] Vec<u8>),
    /// Ends a program's console input.
    EndInput(Side),
    /// Begins to read a program's standard output, which was full.
    ReadOutput(Side),
    /// Does nothing for this time. A program with a time limit may reach it.
    Pause(Duration),
    Signal(Side, Signal),
    /// Makes the scripted peer act.
    Act(Act),
    /// Limits each listener's queue to this many connections, plus one (Linux, in a namespace).
    LimitBacklog(usize),
    /// Limits the buffers of every later socket to the least size (Linux, in a namespace).
    LimitBuffers,
    /// Makes the JVM on this side print its threads' stacks, and waits for them.
    ThreadDump(Side),
    /// Holds a program where it is until the process that ordered the recording has looked at it.
    Hold(Side),
    Await(Await),
}

impl Step {
    /// Returns the reason why this step is impossible on this system or with this isolation, if there is one.
    pub fn unplayable(&self, isolation: Isolation) -> Option<&'static str> {
        let needs_namespace = match self {
            Step::LimitBacklog(_) | Step::LimitBuffers => true,
            Step::Act(Act::ConnectTo(ip)) => !ip.is_loopback(),
            _ => false,
        };
        let needs_linux = matches!(
            self,
            Step::StartWith(_, Console::OutputFull | Console::OutputUnread)
                | Step::Act(Act::ConnectTo(_))
        );
        let needs_unix = matches!(self, Step::StartWith(..) | Step::Signal(..));
        let needs_queues = matches!(
            self,
            Step::Await(
                Await::Unread(..) | Await::Consumed(_) | Await::Settled(_) | Await::BothSettled
            )
        );
        if needs_namespace && isolation == Isolation::None {
            Some("not observed: it needs a network namespace")
        } else if needs_linux && !cfg!(target_os = "linux") {
            Some("not observed: it can be done on Linux only")
        } else if needs_unix && !cfg!(unix) {
            Some("not observed: this system has no such signals and consoles")
        } else if needs_queues && cfg!(windows) {
            Some("not observed: this system does not tell which bytes were read")
        } else {
            None
        }
    }
}

/// A step that was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PerformedStep {
    pub time: Nanos,
    pub step: Step,
}

/// An event that a script waits for, until the recording's deadline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Await {
    /// A program listens on the port.
    Listening,
    /// A connection to the port is established.
    Connected,
    /// A program has printed this many lines.
    Lines(Side, usize),
    /// The kernel holds at least this many bytes that the program on this side has not read.
    Unread(Side, usize),
    /// A program has read all that its kernel received.
    Consumed(Side),
    /// A program has ended, or is at rest with nothing on its way to it. The recording notes which.
    Settled(Side),
    /// Both programs have ended or are at rest, at the same time. The recording notes which.
    BothSettled,
    /// No connection to the port is left, so a reset has reached the peer.
    Severed,
    /// A client's SYN is without an answer.
    SynUnanswered,
    /// A program has ended. One that serves forever gets SIGTERM once its connections are over.
    Exited(Side),
    /// A program that serves forever has got SIGTERM and ended, and the others have ended or are at rest. Of any other
    /// program nothing is awaited.
    Stopped(Side),
}

impl std::fmt::Display for Await {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Await::Listening => write!(f, "the server did not listen on its port"),
            Await::Connected => write!(f, "the client did not connect"),
            Await::Lines(side, n) => write!(f, "the {} did not print {n} lines", side.name()),
            Await::Unread(side, n) => {
                write!(f, "the {}'s kernel did not receive {n} bytes", side.name())
            }
            Await::Consumed(side) => write!(f, "the {} did not read what it was sent", side.name()),
            Await::Settled(side) => write!(f, "the {} neither ended nor came to rest", side.name()),
            Await::BothSettled => write!(f, "the programs neither ended nor came to rest"),
            Await::Severed => write!(f, "the connection was not over"),
            Await::SynUnanswered => write!(f, "the client's SYN was answered"),
            Await::Exited(side) | Await::Stopped(side) => {
                write!(f, "the {} did not exit", side.name())
            }
        }
    }
}

/// A signal that a script sends to a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Signal {
    Kill,
    Terminate,
    Interrupt,
    Hangup,
    Stop,
    Continue,
    /// The terminal's size has changed (SIGWINCH).
    Resize,
}
