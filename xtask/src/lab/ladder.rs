//! The ladder: what both programs and both kernels did, row by row on one clock.
//!
//! `from_recording` makes it from what was recorded and adds nothing that was not: without system calls
//! it is the wire and the consoles, without a capture the calls.

mod call;
mod states;
mod timed;

use serde::{Deserialize, Serialize};

use super::caption::{self, Caption};
use super::code::Player;
use super::segment::Segment;
use super::tcp::State;
pub(crate) use call::{Call, Kind, Phase};
use recorder::{Act, Connection, Made, Nanos, Recording, Side, Signal, Step};

/// One conversation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Ladder {
    pub(crate) client: Player,
    pub(crate) server: Player,
    pub(crate) rows: Vec<Row>,
    /// What could not be observed, and what to do about it.
    pub(crate) missing: Vec<String>,
    /// Whose sockets the kernel still kept in TIME-WAIT when both programs were over.
    pub(crate) time_wait: Vec<Side>,
}

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Row {
    /// Nanoseconds since the first row.
    pub(crate) time: Nanos,
    #[serde(flatten)]
    pub(crate) event: Event,
    /// The client's end of the connection after this.
    pub(crate) client_state: State,
    pub(crate) server_state: State,
    /// Whether the states before it had a place for it (RFC 9293, section 3.10.7).
    pub(crate) lawful: bool,
    pub(crate) caption: Option<Caption>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "event")]
pub(crate) enum Event {
    Call(Call),
    Segment(Segment),
    /// What a console showed or was given, where no system calls were recorded.
    Console {
        side: Side,
        stream: Stream,
        text: String,
    },
    /// What the scenario did to a program.
    Signal {
        side: Side,
        signal: Signal,
    },
    /// Other clients connected, or closed their connections.
    OtherClient {
        leaves: bool,
    },
    Exit {
        side: Side,
        how: String,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Stream {
    Input,
    Output,
    Error,
}

impl Ladder {
    pub(crate) fn player(&self, side: Side) -> &Player {
        match side {
            Side::Client => &self.client,
            Side::Server => &self.server,
        }
    }

    /// Whether the system calls of `side` were recorded.
    pub(crate) fn has_calls(&self, side: Side) -> bool {
        self.calls().any(|call| call.side == side)
    }

    /// Whether any packet was recorded.
    pub(crate) fn has_wire(&self) -> bool {
        self.rows
            .iter()
            .any(|row| matches!(row.event, Event::Segment(_)))
    }

    /// Whether `side` closed its connection or was killed; else the kernel closes it when it exits.
    pub(crate) fn ends_by_itself(&self, side: Side) -> bool {
        self.rows.iter().any(|row| match &row.event {
            Event::Call(call) => {
                call.side == side && matches!(call.kind(), Kind::Shutdown | Kind::Close)
            }
            Event::Signal {
                side: killed,
                signal,
            } => *killed == side && *signal == Signal::Kill,
            _ => false,
        })
    }

    pub(crate) fn calls(&self) -> impl Iterator<Item = &Call> {
        self.rows.iter().filter_map(|row| match &row.event {
            Event::Call(call) => Some(call),
            _ => None,
        })
    }

    pub(crate) fn segments(&self) -> impl Iterator<Item = &Segment> {
        self.rows.iter().filter_map(|row| match &row.event {
            Event::Segment(segment) => Some(segment),
            _ => None,
        })
    }
}

impl Row {
    pub(crate) fn state(&self, side: Side) -> State {
        match side {
            Side::Client => self.client_state,
            Side::Server => self.server_state,
        }
    }
}

/// The ladder of `recording`, whose programs are `client` and `server`.
pub(crate) fn from_recording(recording: &Recording, client: Player, server: Player) -> Ladder {
    let connections = connections(recording);
    let events = timed::events(recording, [&client, &server], &connections);
    let mut rows = states::rows(events, recording, &connections);
    caption::put(&mut rows);
    Ladder {
        client,
        server,
        rows,
        missing: missing(recording),
        time_wait: recording.time_wait.clone(),
    }
}

/// The ports of the client program.
pub(crate) fn ports(recording: &Recording) -> Vec<u16> {
    let connections = connections(recording).into_iter();
    connections
        .map(|connection| connection.client.port())
        .collect()
}

/// When the client program was started, where it was not the only client; a script alone is the client.
fn crowded(recording: &Recording) -> Option<Nanos> {
    let mut made = recording.made.iter();
    let started = made.find(|act| act.step == Step::Start(Side::Client));
    let connects = |act: &Made| matches!(act.step, Step::Act(Act::Connect));
    let started = started.filter(|_| recording.made.iter().any(connects));
    started.map(|act| act.time)
}

/// The client program's connections to the port; those of other clients were there before it was started.
fn connections(recording: &Recording) -> Vec<&Connection> {
    let since = crowded(recording).unwrap_or(0);
    let all = recording.wire.iter().flatten();
    all.filter(|connection| connection.server.port() == recording.port)
        .filter(|connection| connection.segments[0].time >= since)
        .collect()
}

fn traced(recording: &Recording, side: Side) -> bool {
    recording
        .played(side)
        .is_some_and(|played| played.trace.is_ok())
}

fn missing(recording: &Recording) -> Vec<String> {
    let traces = Side::BOTH.into_iter().filter_map(|side| {
        let played = recording.played(side)?;
        Some(format!("{}: {}", side.name(), played.trace.as_ref().err()?))
    });
    let wire = recording.wire.as_ref().err().cloned();
    wire.into_iter().chain(traces).collect()
}
