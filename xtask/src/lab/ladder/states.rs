//! The states of both ends, beside every event.

use super::super::own::About;
use super::super::segment::Segment;
use super::super::tcp::{End, State};
use super::timed::Timed;
use super::{Call, Event, Phase, Row, traced};
use crate::record::{self, Connection, Recording, Side};

/// Every event with the states that both ends have after it.
pub(super) fn rows(
    events: Vec<Timed>,
    recording: &Recording,
    connections: &[&Connection],
) -> Vec<Row> {
    let begun = events.first().map_or(0, |timed| timed.time);
    let mut both = Both {
        ends: [End::new(State::Closed), End::new(State::Closed)],
        listening: !traced(recording, Side::Server) && answered(connections),
        connection: 0,
    };
    let row = |timed: Timed| {
        let lawful = both.follow(&timed);
        Row {
            time: timed.time - begun,
            event: timed.event,
            client_state: both.ends[0].state,
            server_state: both.ends[1].state,
            lawful,
            caption: None,
        }
    };
    events.into_iter().map(row).collect()
}

/// Without the server's calls, its answer to a SYN is what says that it listened.
fn answered(connections: &[&Connection]) -> bool {
    let mut segments = connections
        .iter()
        .flat_map(|connection| &connection.segments);
    segments.any(|segment| segment.from == Side::Server && segment.syn)
}

struct Both {
    ends: [End; 2],
    listening: bool,
    /// Which connection the ends belong to, counted from 1; 0 before the first.
    connection: usize,
}

impl Both {
    /// Whether the states had a place for what happened.
    fn follow(&mut self, timed: &Timed) -> bool {
        match &timed.event {
            Event::Segment(shown) => {
                let segment = timed.segment.as_ref();
                return self.passed(shown, segment.expect("a segment's row has its segment"));
            }
            Event::Call(call) => self.called(call),
            Event::Exit {
                side: Side::Server, ..
            } => self.listening = false,
            _ => {}
        }
        if self.connection == 0 {
            self.ends[1] = End::new(self.passive());
        }
        true
    }

    fn passed(&mut self, shown: &Segment, segment: &record::Segment) -> bool {
        if shown.connection != self.connection {
            self.connection = shown.connection;
            self.ends = [End::new(State::Closed), End::new(self.passive())];
        }
        let [client, server] = &mut self.ends;
        match shown.from {
            Side::Client => client.send(segment) & server.receive(segment),
            Side::Server => server.send(segment) & client.receive(segment),
        }
    }

    fn called(&mut self, call: &Call) {
        if call.about == About::Listener && call.phase != Phase::Enters {
            self.listening = match call.name.as_str() {
                "listen" => call.result == Some(0),
                "close" => false,
                _ => self.listening,
            };
        }
    }

    fn passive(&self) -> State {
        match self.listening {
            true => State::Listen,
            false => State::Closed,
        }
    }
}
