//! Turns a recording into events on one clock.
//!
//! A `read` is entered at 1 ms, a segment arrives at 3 ms, and strace saw the call return at 2.9 ms:
//!
//! ```text
//! 1.0 ms  read enters
//! 3.0 ms  segment           strace's time of the return is too early by up to 0.2 ms,
//! 3.0 ms  read returns      so the return moves behind the segment that it waited for
//! ```
//!
//! The two ends of a call of less than 2 ms become one row if no segment is between them.

use crate::about::About;
use crate::call::{Phase, ShownCall};
use crate::conversation::{ports, start_among_others, traced};
use crate::conversation_calls;
use crate::ladder::{ConsoleStream, Event};
use crate::player::Player;
use crate::segment;
use recorder::{
    self, Act, Chunk, Connection, Errno, Exit, Nanos, Recording, Side, Step, Syscall, SystemCall,
};

/// Returns everything that happened, in order.
pub(crate) fn events(
    recording: &Recording,
    players: [&Player; 2],
    connections: &[&Connection],
) -> Vec<Timed> {
    let mut timed = segments(connections);
    timed.extend(acts(recording));
    for (side, player) in Side::BOTH.into_iter().zip(players) {
        timed.extend(played(recording, side, player, connections));
    }
    timed.sort_by_key(|timed| (timed.time, timed.rank()));
    join_ends(timed)
}

/// An event with its absolute time. The two ends of a call have the same `id`.
pub(crate) struct Timed {
    pub time: Nanos,
    id: usize,
    pub event: Event,
    pub segment: Option<recorder::Segment>,
}

impl Timed {
    fn new(time: Nanos, event: Event) -> Timed {
        Timed {
            time,
            id: 0,
            event,
            segment: None,
        }
    }

    /// Returns the rank among events of one nanosecond: calls begin, then segments pass, then calls end.
    fn rank(&self) -> u8 {
        match &self.event {
            Event::Call(call) if call.phase == Phase::Enters => 0,
            Event::Segment(_) => 1,
            Event::Call(_) => 2,
            _ => 3,
        }
    }
}

fn segments(connections: &[&Connection]) -> Vec<Timed> {
    let numbered = connections.iter().enumerate();
    numbered
        .flat_map(|(index, connection)| {
            let shown = segment::all(connection, index + 1);
            connection
                .segments
                .iter()
                .zip(shown)
                .map(|(recorded, shown)| Timed {
                    segment: Some(recorded.clone()),
                    ..Timed::new(recorded.time, Event::Segment(shown))
                })
        })
        .collect()
}

fn acts(recording: &Recording) -> Vec<Timed> {
    let others = start_among_others(recording).is_some();
    let event = |step: &Step| match step {
        Step::Signal(side, signal) => Some(Event::Signal {
            side: *side,
            signal: *signal,
        }),
        Step::Act(Act::Connect) if others => Some(Event::OtherClient { leaves: false }),
        Step::Act(Act::Close) if others => Some(Event::OtherClient { leaves: true }),
        Step::Feed(side, bytes) if !traced(recording, *side) => Some(Event::Console {
            side: *side,
            stream: ConsoleStream::Input,
            text: String::from_utf8_lossy(bytes).into_owned(),
        }),
        _ => None,
    };
    let acts = recording.made.iter();
    acts.filter_map(|act| Some(Timed::new(act.time, event(&act.step)?)))
        .collect()
}

fn played(
    recording: &Recording,
    side: Side,
    player: &Player,
    connections: &[&Connection],
) -> Vec<Timed> {
    let Some(played) = recording.played(side) else {
        return Vec::new();
    };
    let exit = |time| {
        (played.exit != Exit::StillRunning).then(|| {
            Timed::new(
                time,
                Event::Exit {
                    side,
                    how: played.exit.to_string(),
                },
            )
        })
    };
    let Ok(trace) = &played.trace else {
        let streams = [
            (ConsoleStream::Output, &played.stdout),
            (ConsoleStream::Error, &played.stderr),
        ];
        let shown = streams
            .iter()
            .flat_map(|(stream, chunks)| consoles(side, *stream, chunks));
        let mut timed: Vec<Timed> = shown.collect();
        let last = recording.started + recording.took.as_nanos() as Nanos;
        timed.extend(exit(last));
        return timed;
    };
    let ports = ports(recording);
    let calls = conversation_calls::find(&trace.calls, recording.port, &ports);
    let mut timed = Vec::new();
    for (index, (about, call)) in calls.iter().enumerate() {
        let mut later = calls[index + 1..].iter().map(|(_, later)| later);
        let next = later.find(|later| later.thread == call.thread);
        let call = SystemCall {
            returned: call.returned.map(|returned| {
                let last = next.map_or(Nanos::MAX, |next| next.entered);
                behind_arrivals(side, call, returned, last, connections)
            }),
            ..call.clone()
        };
        let code = player.code(*about, &call, failed(&calls[..index], &call));
        timed.extend(ends(side, 1 + index, *about, &call, code));
    }
    timed.extend(trace.ended.and_then(exit));
    timed
}

/// Returns `true` if the socket that `call` works on could not connect.
fn failed(earlier: &[(About, SystemCall)], call: &SystemCall) -> bool {
    earlier.iter().any(|(_, earlier)| {
        let failed = earlier.errno.as_ref();
        let failed = failed.is_some_and(|errno| *errno != Errno::InProgress);
        let connects = matches!(earlier.syscall, Syscall::Connect { .. });
        connects && failed && earlier.syscall.descriptor() == call.syscall.descriptor()
    })
}

/// Returns the time at which `call` returned: `returned`, or later, but before `last`. It is after the
/// segments that arrived meanwhile, because the call may have waited for them.
fn behind_arrivals(
    side: Side,
    call: &SystemCall,
    returned: Nanos,
    last: Nanos,
    connections: &[&Connection],
) -> Nanos {
    let segments = connections
        .iter()
        .flat_map(|connection| &connection.segments);
    let arrivals = segments
        .filter(|segment| segment.from != side)
        .map(|segment| segment.time);
    let within = |since, until| {
        arrivals
            .clone()
            .filter(move |time| (since..until).contains(time))
    };
    let soon = last.min(returned + recorder::RETURN_LAG);
    if let Some(arrival) = within(returned, soon).max() {
        return arrival;
    }
    let waits = matches!(
        call.syscall,
        Syscall::Read { .. } | Syscall::Accept { .. } | Syscall::Connect { .. }
    );
    if !waits || within(call.entered, returned).next().is_some() {
        return returned;
    }
    within(soon, last.min(returned + recorder::LONGEST_RETURN_LAG))
        .min()
        .unwrap_or(returned)
}

fn consoles(side: Side, stream: ConsoleStream, chunks: &[Chunk]) -> Vec<Timed> {
    let event = |chunk: &Chunk| Event::Console {
        side,
        stream,
        text: String::from_utf8_lossy(&chunk.bytes).into_owned(),
    };
    chunks
        .iter()
        .map(|chunk| Timed::new(chunk.time, event(chunk)))
        .collect()
}

/// Returns the beginning of a call, and its end if it returned.
fn ends(
    side: Side,
    id: usize,
    about: About,
    call: &SystemCall,
    code: Option<String>,
) -> Vec<Timed> {
    let event = |phase| {
        Event::Call(ShownCall {
            side,
            phase,
            about,
            name: call.name.clone(),
            arguments: call.arguments.clone(),
            result: call.result,
            errno: call.errno.clone(),
            syscall: call.syscall.clone(),
            took: call.returned.map(|returned| returned - call.entered),
            code: code.clone(),
        })
    };
    let end = |time, phase| Timed {
        id,
        ..Timed::new(time, event(phase))
    };
    let mut ends = vec![end(call.entered, Phase::Enters)];
    ends.extend(call.returned.map(|time| end(time, Phase::Returns)));
    ends
}

/// Nanoseconds after which a call counts as waiting, so its two ends are shown apart.
const WAITED: Nanos = 2_000_000;

/// Joins the two ends of a call if nothing happened on the wire between them.
fn join_ends(timed: Vec<Timed>) -> Vec<Timed> {
    let mut whole: Vec<Timed> = Vec::new();
    for mut event in timed {
        if let Event::Call(call) = &mut event.event
            && call.phase == Phase::Returns
        {
            let same = |earlier: &Timed| {
                matches!(&earlier.event, Event::Call(other)
                    if earlier.id == event.id && other.side == call.side)
            };
            let begin = whole
                .iter()
                .rposition(same)
                .expect("a call that ends has begun");
            let quiet = whole[begin + 1..]
                .iter()
                .all(|between| matches!(between.event, Event::Call(_)));
            if quiet && call.took.is_some_and(|took| took < WAITED) {
                if let Event::Call(call) = &mut whole[begin].event {
                    call.phase = Phase::Whole;
                }
                continue;
            }
        }
        whole.push(event);
    }
    whole
}
