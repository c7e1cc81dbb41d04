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
    use super::*;
    use crate::assemble::from_recording;
    use crate::caption::Caption;
    use crate::ladder::Ladder;
    use crate::order;
    use crate::player::Player;
    use crate::saved;

    /// Returns a ladder of segments in the order in which they left: flags, sequence and acknowledgement
    /// number.
    fn ladder(segments: &[(Side, &str, u32, u32)]) -> Ladder {
        let segments = segments
            .iter()
            .zip(1..)
            .map(|(&(from, flags, sequence, ack), time)| {
                let has = |flag| flags.contains(flag);
                recorder::Segment {
                    time,
                    from,
                    sequence,
                    acknowledgement: has('A').then_some(ack),
                    syn: has('S'),
                    fin: has('F'),
                    rst: false,
                    psh: false,
                    window: 0,
                    options: Vec::new(),
                    payload: Vec::new(),
                }
            });
        let connection = Connection {
            client: ([127, 0, 0, 1], 1024).into(),
            server: ([127, 0, 0, 1], 666).into(),
            segments: segments.collect(),
            to_server: Default::default(),
            to_client: Default::default(),
        };
        let recording = Recording {
            client: None,
            server: None,
            wire: Ok(vec![connection]),
            made: Vec::new(),
            time_wait: Side::BOTH.into(),
            ..saved::examples().remove(0).recording
        };
        from_recording(&recording, Player::plain("rust"), Player::plain("rust"))
    }

    fn states(ladder: &Ladder) -> Vec<[&'static str; 2]> {
        let rows = ladder.rows.iter();
        rows.map(|row| [row.client_state.name(), row.server_state.name()])
            .collect()
    }

    use Side::{Client, Server};
    const OPEN: [(Side, &str, u32, u32); 3] = [
        (Client, "S", 0, 0),
        (Server, "SA", 100, 1),
        (Client, "A", 1, 101),
    ];

    const OPENING: [[&str; 2]; 3] = [
        ["SYN-SENT", "LISTEN"],
        ["ESTABLISHED", "SYN-RECEIVED"],
        ["ESTABLISHED", "ESTABLISHED"],
    ];

    #[test]
    fn fins_that_cross_leave_both_ends_in_time_wait() {
        // RFC 9293, figure 13; the client's FIN left before the server's had come.
        let fins = [(Server, "FA", 101, 1), (Client, "FA", 1, 101)];
        let server_first = [(Server, "A", 102, 2), (Client, "A", 2, 102)];
        let ladder_of = |acks: [_; 2]| ladder(&[&OPEN[..], &fins, &acks].concat());
        let one = ladder_of(server_first);
        order::check(&one).unwrap();
        let closing = [["ESTABLISHED", "FIN-WAIT-1"], ["FIN-WAIT-1", "CLOSING"]];
        let ends = [["TIME-WAIT", "CLOSING"], ["TIME-WAIT", "TIME-WAIT"]];
        assert_eq!(states(&one), [&OPENING[..], &closing, &ends].concat());
        assert_eq!(one.rows[4].caption, Some(Caption::FinCrossing));
        let [server, client] = server_first;
        let other = ladder_of([client, server]);
        order::check(&other).unwrap();
        let ends = [["CLOSING", "TIME-WAIT"], ["TIME-WAIT", "TIME-WAIT"]];
        assert_eq!(states(&other), [&OPENING[..], &closing, &ends].concat());
    }

    #[test]
    fn a_fin_that_is_acknowledged_has_arrived_at_once() {
        let in_three = [
            (Server, "FA", 101, 1, ["CLOSE-WAIT", "FIN-WAIT-1"]),
            (Client, "FA", 1, 102, ["LAST-ACK", "TIME-WAIT"]),
            (Server, "A", 102, 2, ["CLOSED", "TIME-WAIT"]),
        ];
        let in_four = [
            (Client, "FA", 1, 101, ["FIN-WAIT-1", "CLOSE-WAIT"]),
            (Server, "A", 101, 2, ["FIN-WAIT-2", "CLOSE-WAIT"]),
            (Server, "FA", 101, 2, ["TIME-WAIT", "LAST-ACK"]),
            (Client, "A", 2, 102, ["TIME-WAIT", "CLOSED"]),
        ];
        for close in [&in_three[..], &in_four] {
            let segments = close
                .iter()
                .map(|&(from, flags, sequence, ack, _)| (from, flags, sequence, ack));
            let expected = close.iter().map(|&(.., states)| states);
            let ladder = ladder(&OPEN.into_iter().chain(segments).collect::<Vec<_>>());
            let expected: Vec<_> = OPENING.into_iter().chain(expected).collect();
            assert_eq!(states(&ladder), expected);
        }
    }

    #[test]
    fn a_segment_that_its_states_have_no_place_for_is_not_lawful() {
        let before_all = [
            (Server, "FA", 0, 0),
            (Server, "SA", 0, 0),
            (Client, "A", 0, 0),
        ];
        for segment in before_all {
            assert!(!ladder(&[segment]).rows[0].lawful, "{segment:?}");
        }
        let opens_again = [
            (Server, "FA", 101, 1),
            (Client, "A", 1, 102),
            (Server, "S", 7, 0),
        ];
        let ladder = ladder(&[&OPEN[..], &opens_again].concat());
        let lawful = ladder.rows.iter().map(|row| row.lawful);
        assert!(lawful.eq([true, true, true, true, true, false]));
    }
}
