use super::*;
use crate::lab::kept::{self, Kept};
use crate::lab::own::{self, About};
use crate::record::{Call as Recorded, Made, Nanos, Step};

/// Before and behind everything that was recorded.
const FIRST: Nanos = 1;
const LAST: Nanos = 1_000_000_000_000;

#[test]
fn every_recording_is_in_order() {
    let kept = kept::all();
    assert_eq!(kept.len(), 22);
    for kept in kept {
        let ladder = kept.ladder().unwrap();
        assert!(ladder.missing.is_empty() && ladder.has_wire(), "{kept:?}");
        check(&ladder).unwrap_or_else(|error| panic!("{}: {error:#}", kept.scenario));
    }
}

#[test]
fn no_segment_can_come_before_what_it_follows_from() {
    let mut tried = 0;
    for kept in kept::all() {
        let connections = kept.recording.wire.as_ref().unwrap();
        let starts = |made: &&Made| made.step == Step::Start(Side::Client);
        let start = kept.recording.made.iter().find(starts).unwrap().time;
        for (n, connection) in connections.iter().enumerate() {
            // Those of other clients are not in the ladder.
            if !kept.ports().contains(&connection.client.port()) {
                continue;
            }
            for segment in 0..connection.segments.len() {
                let mut kept = kept.clone();
                let connections = kept.recording.wire.as_mut().unwrap();
                connections[n].segments[segment].time = start;
                fails(&kept, &format!("segment {segment}"));
                tried += 1;
            }
        }
    }
    assert!(tried > 200, "{tried}");
}

#[test]
fn nothing_is_read_connected_or_accepted_before_it_arrived() {
    let waits = |call: &Recorded| {
        let waits = ["read", "recv", "accept", "connect"];
        waits.iter().any(|name| call.name.starts_with(name)) && call.result >= Some(0)
    };
    assert!(each_moved(waits, FIRST) > 60);
}

#[test]
fn nothing_is_sent_before_the_call_that_sends_it() {
    let sends = |call: &Recorded| {
        let sends = ["write", "send", "connect", "shutdown"];
        sends.iter().any(|name| call.name.starts_with(name)) && call.result >= Some(0)
    };
    assert!(each_moved(sends, LAST) > 60);
}

#[test]
fn a_shuffled_recording_is_not_in_order() {
    let mut random = fastrand::Rng::with_seed(666);
    for kept in kept::all() {
        for _ in 0..10 {
            let mut kept = kept.clone();
            shuffle(&mut kept, &mut random);
            fails(&kept, "shuffled");
        }
    }
}

fn fails(kept: &Kept, what: &str) {
    let ladder = kept.ladder().unwrap();
    assert!(
        check(&ladder).is_err(),
        "{} by {} with {what} moved",
        kept.scenario,
        ladder.client.name
    );
}

/// Moves each of the conversation's calls that is `chosen`, in turn; says how many there were.
fn each_moved(chosen: impl Fn(&Recorded) -> bool, to: Nanos) -> usize {
    let mut tried = 0;
    for kept in kept::all() {
        let ports = kept.ports();
        for side in Side::BOTH {
            let Some(Ok(trace)) = kept.recording.played(side).map(|played| &played.trace) else {
                continue;
            };
            let own = own::calls(&trace.calls, &ports);
            let own = own.iter().filter(|(about, call)| {
                *about != About::Console && *about != About::OtherClient && chosen(call)
            });
            for (_, call) in own {
                let mut kept = kept.clone();
                let found = calls(&mut kept).find(|other| *other == call);
                set(found.unwrap(), to);
                fails(&kept, &format!("{call:?}"));
                tried += 1;
            }
        }
    }
    tried
}

/// Gives every call and every segment the time of another.
fn shuffle(kept: &mut Kept, random: &mut fastrand::Rng) {
    let mut times: Vec<Nanos> = calls(kept).map(|call| call.entered).collect();
    times.extend(segments(kept).map(|segment| segment.time));
    random.shuffle(&mut times);
    let mut times = times.into_iter();
    calls(kept)
        .zip(&mut times)
        .for_each(|(call, time)| set(call, time));
    segments(kept)
        .zip(times)
        .for_each(|(segment, time)| segment.time = time);
}

fn set(call: &mut Recorded, entered: Nanos) {
    let took = call.returned.map(|returned| returned - call.entered);
    call.entered = entered;
    call.returned = took.map(|took| entered + took);
}

fn calls(kept: &mut Kept) -> impl Iterator<Item = &mut Recorded> {
    let played = [&mut kept.recording.client, &mut kept.recording.server];
    let traces = played
        .into_iter()
        .flatten()
        .flat_map(|played| &mut played.trace);
    traces.flat_map(|trace| &mut trace.calls)
}

fn segments(kept: &mut Kept) -> impl Iterator<Item = &mut crate::record::Segment> {
    let connections = kept.recording.wire.iter_mut().flatten();
    connections.flat_map(|connection| &mut connection.segments)
}
