//! The ladder: everything that both programs and both kernels did, one row for each event, on one clock.

use serde::{Serialize, Serializer};

use crate::call::{Purpose, ShownCall};
use crate::caption::Caption;
use crate::player::Player;
use crate::segment::ShownSegment;
use crate::tcp::State;
use recorder::{Exit, Nanos, Side, Signal};

/// One conversation.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Ladder {
    pub client: Player,
    pub server: Player,
    /// Number of rows that come before these and are not shown.
    #[serde(skip)]
    pub rows_before: usize,
    pub rows: Vec<Row>,
    /// Sentences about what could not be observed, and what to do about it.
    pub missing: Vec<String>,
    /// Sides that send more than the calls that are known of them: with `sendfile`, or with io_uring.
    #[serde(skip)]
    pub blind: Vec<Side>,
    /// Sides whose sockets the kernel still kept in TIME-WAIT when both programs had ended.
    pub time_wait: Vec<Side>,
}

/// One event, with the states after it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Row {
    /// Time in nanoseconds since the first row.
    pub time: Nanos,
    #[serde(flatten)]
    pub event: Event,
    /// State of the client's end after this event.
    pub client_state: State,
    pub server_state: State,
    /// `true` if the states before the event allow it (RFC 9293, section 3.10.7).
    pub lawful: bool,
    pub caption: Option<Caption>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "event")]
pub enum Event {
    Call(ShownCall),
    Segment(ShownSegment),
    /// Text that a console showed or was given, if no system calls were recorded.
    Console {
        side: Side,
        stream: ConsoleStream,
        text: String,
    },
    /// Signal that the scenario sent to a program.
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
        #[serde(serialize_with = "as_text")]
        how: Exit,
    },
}

fn as_text<S: Serializer>(how: &Exit, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(how)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ConsoleStream {
    Input,
    Output,
    Error,
}

impl Event {
    /// Returns the side that did it; a segment is its sender's. Other clients are on neither side.
    pub fn side(&self) -> Option<Side> {
        match self {
            Event::Call(call) => Some(call.side),
            Event::Segment(segment) => Some(segment.from),
            Event::Console { side, .. } | Event::Signal { side, .. } | Event::Exit { side, .. } => {
                Some(*side)
            }
            Event::OtherClient { .. } => None,
        }
    }
}

impl Ladder {
    pub fn player(&self, side: Side) -> &Player {
        match side {
            Side::Client => &self.client,
            Side::Server => &self.server,
        }
    }

    /// Returns `true` if the system calls of `side` were recorded.
    pub fn has_calls(&self, side: Side) -> bool {
        self.calls().any(|call| call.side == side)
    }

    /// Returns `true` if any packet was recorded.
    pub fn has_wire(&self) -> bool {
        self.rows
            .iter()
            .any(|row| matches!(row.event, Event::Segment(_)))
    }

    /// Returns `true` if `side` closed its connection or was killed. Otherwise the kernel closes it when the
    /// program exits.
    pub fn ends_by_itself(&self, side: Side) -> bool {
        self.rows.iter().any(|row| match &row.event {
            Event::Call(call) => {
                call.side == side && matches!(call.purpose(), Purpose::Shutdown | Purpose::Close)
            }
            Event::Signal {
                side: killed,
                signal,
            } => *killed == side && *signal == Signal::Kill,
            _ => false,
        })
    }

    pub fn calls(&self) -> impl Iterator<Item = &ShownCall> {
        self.rows.iter().filter_map(|row| match &row.event {
            Event::Call(call) => Some(call),
            _ => None,
        })
    }

    pub fn segments(&self) -> impl Iterator<Item = &ShownSegment> {
        self.rows.iter().filter_map(|row| match &row.event {
            Event::Segment(segment) => Some(segment),
            _ => None,
        })
    }
}

impl Row {
    pub fn state(&self, side: Side) -> State {
        match side {
            Side::Client => self.client_state,
            Side::Server => self.server_state,
        }
    }
}
