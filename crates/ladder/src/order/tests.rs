use super::*;
use crate::about::About;
use crate::conversation;
use crate::conversation_calls;
use crate::player::Player;
use crate::saved::{self, Saved};
use crate::scene;
use recorder::{Connection, LONGEST_RETURN_LAG, Nanos, PerformedStep, Step, Syscall, SystemCall};

/// Time before everything that was recorded; `LAST` is after it.
const FIRST: Nanos = 1;
const LAST: Nanos = 1_000_000_000_000;

#[test]
fn every_recording_is_in_order() {
    let saved = saved::examples();
    assert_eq!(saved.len(), 30);
    for saved in saved {
        let ladder = saved.ladder();
        assert!(ladder.missing.is_empty() && ladder.has_wire(), "{saved:?}");
        check(&ladder).unwrap_or_else(|error| panic!("{}: {error:#}", saved.scenario));
    }
}

#[test]
fn no_segment_can_come_before_what_it_follows_from() {
    let mut tried = 0;
    for saved in saved::examples() {
        let connections = saved.recording.wire.as_ref().unwrap();
        let starts = |made: &&PerformedStep| made.step == Step::Start(Side::Client);
        let start = saved.recording.made.iter().find(starts).unwrap().time;
        for (n, connection) in connections.iter().enumerate() {
            // Those of other clients are not in the ladder.
            if !conversation::ports(&saved.recording).contains(&connection.client.port()) {
                continue;
            }
            for segment in 0..connection.segments.len() {
                let mut saved = saved.clone();
                let connections = saved.recording.wire.as_mut().unwrap();
                connections[n].segments[segment].time = start;
                fails(&saved, &format!("segment {segment}"));
                tried += 1;
            }
        }
    }
    assert!(tried > 200, "{tried}");
}

#[test]
fn nothing_is_read_connected_or_accepted_before_it_arrived() {
    let waits = |call: &SystemCall| {
        let waits = matches!(
            call.syscall,
            Syscall::Read { .. } | Syscall::Accept { .. } | Syscall::Connect { .. }
        );
        waits && call.result >= Some(0)
    };
    assert!(each_moved(waits, as_early_as_can_be) > 60);
}

/// Returns the earliest time at which the call could return: once its descriptor exists. Returns `None` if
/// the event that it waited for had come by then.
fn as_early_as_can_be(saved: &Saved, side: Side, call: &SystemCall) -> Option<(Nanos, Nanos)> {
    let Ok(trace) = &saved.recording.played(side)?.trace else {
        return None;
    };
    let makes = |other: &&SystemCall| {
        let made = other.new_descriptor();
        made.is_some() && made == call.syscall.descriptor() && other.entered < call.entered
    };
    let made = trace
        .calls
        .iter()
        .filter(makes)
        .filter_map(|made| made.returned);
    let at = made.max().map_or(FIRST, |made| made + 1);
    let ports = conversation::ports(&saved.recording);
    let own = |connection: &&Connection| ports.contains(&connection.client.port());
    let segments = saved.recording.wire.as_ref().unwrap().iter().filter(own);
    let had_come = segments
        .flat_map(|connection| &connection.segments)
        .any(|segment| {
            let waited_for = match call.syscall {
                Syscall::Connect { .. } => segment.syn,
                _ => segment.fin || !segment.payload.is_empty(),
            };
            segment.from != side && waited_for && segment.time <= at + LONGEST_RETURN_LAG
        });
    (matches!(call.syscall, Syscall::Accept { .. }) || !had_come).then_some((at, at))
}

#[test]
fn nothing_is_sent_before_the_call_that_sends_it() {
    let sends = |call: &SystemCall| {
        let sends = matches!(
            call.syscall,
            Syscall::Write { .. } | Syscall::Connect { .. } | Syscall::Shutdown { .. }
        );
        sends && call.result >= Some(0)
    };
    let later = |_: &Saved, _, call: &SystemCall| {
        let took = call.returned.map_or(0, |returned| returned - call.entered);
        Some((LAST, LAST + took))
    };
    assert!(each_moved(sends, later) > 60);
}

fn fails(saved: &Saved, what: &str) {
    let ladder = saved.ladder();
    assert!(
        check(&ladder).is_err(),
        "{} by {} with {what} moved",
        saved.scenario,
        ladder.client.name
    );
}

/// Moves each `chosen` call of the conversation, in turn, to the times that `to` returns. Returns the number
/// of calls.
fn each_moved(
    chosen: impl Fn(&SystemCall) -> bool,
    to: impl Fn(&Saved, Side, &SystemCall) -> Option<(Nanos, Nanos)>,
) -> usize {
    let mut tried = 0;
    for saved in saved::examples() {
        let ports = conversation::ports(&saved.recording);
        for side in Side::BOTH {
            let Some(Ok(trace)) = saved.recording.played(side).map(|played| &played.trace) else {
                continue;
            };
            let own = conversation_calls::find(&trace.calls, saved.recording.port, &ports);
            let own = own.iter().filter(|(about, call)| {
                *about != About::Console && *about != About::OtherClient && chosen(call)
            });
            for (_, call) in own {
                let Some((entered, returned)) = to(&saved, side, call) else {
                    continue;
                };
                let mut saved = saved.clone();
                let found = calls(&mut saved).find(|other| *other == call).unwrap();
                (found.entered, found.returned) = (entered, Some(returned));
                fails(&saved, &format!("{call:?}"));
                tried += 1;
            }
        }
    }
    tried
}

fn calls(saved: &mut Saved) -> impl Iterator<Item = &mut SystemCall> {
    let played = [&mut saved.recording.client, &mut saved.recording.server];
    let traces = played
        .into_iter()
        .flatten()
        .flat_map(|played| &mut played.trace);
    traces.flat_map(|trace| &mut trace.calls)
}

#[test]
fn a_read_returns_0_where_linux_says_so() {
    let reset = "s close(4) = 0\ns: RA\n";
    let write = "c write(3, \"\\x68\", 1) = -1 ECONNRESET\n";
    let end = "c read(3, \"\", 10) = 0\n";
    let possible = [
        "c shutdown(3, SHUT_RD) = 0\n",
        "c shutdown(3, SHUT_RDWR) = 0\nc: FA\n",
        &[reset, write].concat(),
        "c read(3, \"\", 0) = 0\ns close(4) = 0\ns: FA\n",
    ];
    let order = |before: &str| {
        let script = ["@hi\n", before, end].concat();
        check(&scene::ladder(&script, Player::plain("a")))
    };
    for before in possible {
        order(before).unwrap_or_else(|error| panic!("{before}: {error:#}"));
    }
    for before in ["", "c shutdown(3, SHUT_WR) = 0\nc: FA\n"] {
        assert!(order(before).is_err(), "{before}");
    }
}

#[test]
fn two_connections_at_the_same_time_are_called_so() {
    let next = "c socket(AF_INET, SOCK_STREAM, IPPROTO_IP) = 5\nc connect(5, SERVER, 16) = 0\nc: S\ns: SA\nc: A\n";
    let mut ladder = scene::ladder(&["@open\n", next].concat(), Player::plain("a"));
    check(&ladder).unwrap();
    let mut rows = ladder.rows.iter_mut().rev();
    let last = rows.find_map(|row| match &mut row.event {
        Event::Segment(segment) => Some(segment),
        _ => None,
    });
    last.unwrap().connection = 1;
    let error = check(&ladder).unwrap_err().to_string();
    assert!(
        error.contains("two connections at the same time"),
        "{error}"
    );
}
