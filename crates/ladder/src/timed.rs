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
use crate::dissector::Dissector;
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
    dissector: Dissector,
) -> Vec<Timed> {
    let mut timed = segments(connections, dissector);
    timed.extend(acts(recording));
    timed.extend(
        Side::BOTH
            .into_iter()
            .flat_map(|side| outputs(recording, side)),
    );
    let calls: Vec<Timed> = Side::BOTH
        .into_iter()
        .zip(players)
        .flat_map(|(side, player)| calls(recording, side, player, connections, &timed))
        .collect();
    timed.extend(calls);
    timed.sort_by_key(|timed| (timed.time, timed.rank()));
    timed
}

/// An event with its absolute time.
pub(crate) struct Timed {
    pub time: Nanos,
    pub event: Event,
    pub segment: Option<recorder::Segment>,
}

impl Timed {
    fn new(time: Nanos, event: Event) -> Timed {
        Timed {
            time,
            event,
            segment: None,
        }
    }

    /// Returns the rank among events of one nanosecond: calls begin, then segments pass, then calls end.
    fn rank(&self) -> u8 {
        match &self.event {
            Event::Call(call) if call.phase != Phase::Returns => 0,
            Event::Segment(_) => 1,
            Event::Call(_) => 2,
            _ => 3,
        }
    }
}

fn segments(connections: &[&Connection], dissector: Dissector) -> Vec<Timed> {
    let numbered = connections.iter().enumerate();
    numbered
        .flat_map(|(index, connection)| {
            let shown = segment::all(connection, index + 1, dissector);
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

/// Returns the end of a program, and what its console showed if no system calls tell that.
fn outputs(recording: &Recording, side: Side) -> Vec<Timed> {
    let Some(played) = recording.played(side) else {
        return Vec::new();
    };
    let mut timed = Vec::new();
    let ended = match &played.trace {
        Ok(trace) => trace.ended,
        Err(_) => {
            timed.extend(console(side, ConsoleStream::Output, &played.stdout));
            timed.extend(console(side, ConsoleStream::Error, &played.stderr));
            Some(recording.started + recording.took.as_nanos() as Nanos)
        }
    };
    let how = played.exit;
    let ended = ended.filter(|_| how != Exit::StillRunning);
    timed.extend(ended.map(|time| Timed::new(time, Event::Exit { side, how })));
    timed
}

fn console(side: Side, stream: ConsoleStream, chunks: &[Chunk]) -> impl Iterator<Item = Timed> {
    chunks.iter().map(move |chunk| {
        let text = String::from_utf8_lossy(&chunk.bytes).into_owned();
        Timed::new(chunk.time, Event::Console { side, stream, text })
    })
}

/// Returns the conversation's system calls of one program; `others` is everything else that happened.
fn calls(
    recording: &Recording,
    side: Side,
    player: &Player,
    connections: &[&Connection],
    others: &[Timed],
) -> Vec<Timed> {
    let Some(Ok(trace)) = recording.played(side).map(|played| &played.trace) else {
        return Vec::new();
    };
    let ports = ports(recording);
    let calls = conversation_calls::find(&trace.calls, recording.port, &ports);
    let mut timed = Vec::new();
    for (index, (about, call)) in calls.iter().enumerate() {
        let mut later = calls[index + 1..].iter().map(|(_, later)| later);
        let next = later.find(|later| later.thread == call.thread);
        let seen = call.returned;
        let call = SystemCall {
            returned: call.returned.map(|returned| {
                let last = next.map_or(Nanos::MAX, |next| next.entered);
                behind_arrivals(side, call, returned, last, connections)
            }),
            ..call.clone()
        };
        let code = player.code(*about, &call, failed(&calls[..index], &call));
        timed.extend(ends(side, *about, &call, code, seen, others));
    }
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
        Syscall::Read { .. }
            | Syscall::Peek { .. }
            | Syscall::Accept { .. }
            | Syscall::Connect { .. }
    );
    if !waits || within(call.entered, returned).next().is_some() {
        return returned;
    }
    within(soon, last.min(returned + recorder::LONGEST_RETURN_LAG))
        .min()
        .unwrap_or(returned)
}

/// Nanoseconds after which a call counts as waiting, so its two ends are shown apart.
const WAITED: Nanos = 2_000_000;

/// Returns the beginning of a call, and its end if it returned, which was `seen` earlier. They are one if nothing else
/// happened between them.
fn ends(
    side: Side,
    about: About,
    call: &SystemCall,
    code: Option<String>,
    seen: Option<Nanos>,
    others: &[Timed],
) -> Vec<Timed> {
    let end = |time, phase| {
        let shown = ShownCall {
            side,
            phase,
            about,
            name: call.name.clone(),
            arguments: call.arguments.clone(),
            result: call.result,
            errno: call.errno.clone(),
            syscall: call.syscall.clone(),
            took: call.returned.map(|returned| returned - call.entered),
            moved: call
                .returned
                .zip(seen)
                .map_or(0, |(returned, seen)| returned - seen),
            blocked: false,
            code: code.clone(),
        };
        Timed::new(time, Event::Call(shown))
    };
    let Some(returned) = call.returned else {
        return vec![end(call.entered, Phase::Enters)];
    };
    let is_between = |other: &Timed| {
        let arrives_at_its_end = other.time == returned && other.segment.is_some();
        (call.entered..returned).contains(&other.time) || arrives_at_its_end
    };
    if returned - call.entered < WAITED && !others.iter().any(is_between) {
        return vec![end(call.entered, Phase::Whole)];
    }
    vec![
        end(call.entered, Phase::Enters),
        end(returned, Phase::Returns),
    ]
}
