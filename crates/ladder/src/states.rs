//! Adds the TCP states of both ends to every event.
//!
//! Both programs close at the same time, so their FINs cross on the wire:
//!
//! ```text
//! event               client        server
//! FIN from server     ESTABLISHED   FIN-WAIT-1   still on its way: the client's FIN does not acknowledge it
//! FIN from client     FIN-WAIT-1    CLOSING      the server's kernel has it at once
//! ACK from server     TIME-WAIT     CLOSING      the server's FIN and its ACK have arrived, in this order
//! ACK from client     TIME-WAIT     TIME-WAIT
//! ```

use crate::about::About;
use crate::call::{Phase, ShownCall};
use crate::conversation::traced;
use crate::ladder::{Event, Row};
use crate::segment::ShownSegment;
use crate::tcp::{Endpoint, State, behind, end_of};
use crate::timed::Timed;
use recorder::{self, Connection, Recording, Side, Syscall};

/// Returns every event with the states of both ends after it.
pub(crate) fn rows(
    events: Vec<Timed>,
    recording: &Recording,
    connections: &[&Connection],
) -> Vec<Row> {
    let begun = events.first().map_or(0, |timed| timed.time);
    let mut crossing = crossing(&events).into_iter();
    let mut both = Both {
        ends: [Endpoint::new(State::Closed), Endpoint::new(State::Closed)],
        listening: !traced(recording, Side::Server) && answered(connections),
        connection: 0,
        late: [None, None],
    };
    let row = |timed: Timed| {
        let lawful = both.follow(&timed, crossing.next() == Some(true));
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

/// Returns `true` for every event that is a FIN still on its way when its receiver sent its next segment.
/// Every segment acknowledges all that its sender's kernel had received (RFC 9293, section 3.10.7.4).
///
/// A capture has the time at which a segment left. All other segments are taken to arrive at once.
fn crossing(events: &[Timed]) -> Vec<bool> {
    let crosses = |(n, timed): (usize, &Timed)| {
        let (Event::Segment(shown), Some(segment)) = (&timed.event, &timed.segment) else {
            return false;
        };
        let mut later = events[n + 1..]
            .iter()
            .filter_map(|later| match &later.event {
                Event::Segment(other) if other.connection == shown.connection => {
                    later.segment.as_ref()
                }
                _ => None,
            });
        let answer = later.find(|other| other.from != segment.from);
        let has_it = |answer: &recorder::Segment| {
            answer.rst
                || answer
                    .acknowledgement
                    .is_none_or(|number| behind(end_of(segment), number))
        };
        segment.fin && answer.is_some_and(|answer| !has_it(answer))
    };
    events.iter().enumerate().map(crosses).collect()
}

/// Returns `true` if the server answered a SYN. Without its system calls, this shows that it listened.
fn answered(connections: &[&Connection]) -> bool {
    let mut segments = connections
        .iter()
        .flat_map(|connection| &connection.segments);
    segments.any(|segment| segment.from == Side::Server && segment.syn)
}

struct Both {
    ends: [Endpoint; 2],
    listening: bool,
    /// Number of the connection that the ends belong to, counted from 1; 0 before the first.
    connection: usize,
    /// FINs that are on their way to each end.
    late: [Option<recorder::Segment>; 2],
}

impl Both {
    /// Changes the states by an event. Returns `false` if the states do not allow it.
    fn follow(&mut self, timed: &Timed, crosses: bool) -> bool {
        match &timed.event {
            Event::Segment(shown) => {
                let segment = timed.segment.as_ref();
                let segment = segment.expect("a segment's row has its segment");
                return self.passed(shown, segment, crosses);
            }
            Event::Call(call) => self.called(call),
            Event::Exit {
                side: Side::Server, ..
            } => self.listening = false,
            _ => {}
        }
        if self.connection == 0 {
            self.ends[1] = Endpoint::new(self.passive());
        }
        true
    }

    fn passed(&mut self, shown: &ShownSegment, segment: &recorder::Segment, crosses: bool) -> bool {
        if shown.connection != self.connection {
            self.connection = shown.connection;
            self.ends = [Endpoint::new(State::Closed), Endpoint::new(self.passive())];
            self.late = [None, None];
        }
        let [own, peer] = [shown.from, shown.from.other()].map(|side| side as usize);
        let confirmed = |fin: &mut recorder::Segment| {
            let number = segment.acknowledgement;
            number.is_some_and(|number| behind(end_of(fin), number))
        };
        let mut lawful = true;
        if let Some(fin) = self.late[own].take_if(confirmed) {
            lawful &= self.ends[own].receive(&fin);
        }
        lawful &= self.ends[own].send(segment);
        // Segments of one direction arrive in their order.
        if let Some(fin) = self.late[peer].take() {
            lawful &= self.ends[peer].receive(&fin);
        }
        if crosses {
            self.late[peer] = Some(segment.clone());
        } else {
            lawful &= self.ends[peer].receive(segment);
        }
        lawful
    }

    fn called(&mut self, call: &ShownCall) {
        if call.about == About::Listener && call.phase != Phase::Enters {
            self.listening = match call.syscall {
                Syscall::Listen { .. } => call.result == Some(0),
                Syscall::Close { .. } => false,
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

#[cfg(test)]
mod tests {
    use crate::order;
    use crate::player::Player;
    use crate::scene::ladder;

    const OPEN: &str = "c: S\ns: SA\nc: A\n";

    #[test]
    fn both_ends_go_through_the_states_of_rfc_9293() {
        let opening = "SYN-SENT LISTEN, ESTABLISHED SYN-RECEIVED, ESTABLISHED ESTABLISHED";
        let cases = [
            // Figure 13: the client's FIN leaves before the server's has come. Either ACK may be the first.
            (
                "s: FA\nc: Fa\ns: A\nc: A",
                "ESTABLISHED FIN-WAIT-1, FIN-WAIT-1 CLOSING, TIME-WAIT CLOSING, TIME-WAIT TIME-WAIT",
            ),
            (
                "s: FA\nc: Fa\nc: A\ns: A",
                "ESTABLISHED FIN-WAIT-1, FIN-WAIT-1 CLOSING, CLOSING TIME-WAIT, TIME-WAIT TIME-WAIT",
            ),
            // A FIN that is acknowledged has arrived at once.
            (
                "s: FA\nc: FA\ns: A",
                "CLOSE-WAIT FIN-WAIT-1, LAST-ACK TIME-WAIT, CLOSED TIME-WAIT",
            ),
            (
                "c: FA\ns: A\ns: FA\nc: A",
                "FIN-WAIT-1 CLOSE-WAIT, FIN-WAIT-2 CLOSE-WAIT, TIME-WAIT LAST-ACK, TIME-WAIT CLOSED",
            ),
        ];
        for (close, expected) in cases {
            let ladder = ladder(&[OPEN, close].concat(), Player::plain("a"));
            order::check(&ladder).unwrap();
            let rows = ladder.rows.iter();
            let states =
                rows.map(|row| [row.client_state.name(), row.server_state.name()].join(" "));
            let states: Vec<String> = states.collect();
            assert_eq!(states.join(", "), [opening, expected].join(", "));
        }
    }

    #[test]
    fn a_segment_that_its_states_have_no_place_for_is_not_lawful() {
        let opens_again = [OPEN, "s: FA\nc: A\ns: S"].concat();
        for script in ["s: FA", "s: SA", "c: A", &opens_again] {
            let rows = ladder(script, Player::plain("a")).rows;
            let (last, before) = rows.split_last().unwrap();
            assert!(
                !last.lawful && before.iter().all(|row| row.lawful),
                "{script}"
            );
        }
    }
}
