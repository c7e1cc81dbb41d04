//! The ladder: what both programs and both kernels did, row by row on one clock.
//!
//! `from_recording` makes it from what was recorded and adds nothing that was not: without system calls
//! it is the wire and the consoles, without a capture the calls.

use serde::{Deserialize, Serialize};

use super::caption::{self, Caption};
use super::code::Player;
use super::own::{self, About};
use super::segment::{self, Segment};
use super::tcp::{End, State};
use crate::record::{self, Act, Chunk, Connection, Exit, Nanos, Recording, Side, Signal, Step};

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

/// A system call, or one of its ends.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Call {
    pub(crate) side: Side,
    pub(crate) phase: Phase,
    pub(crate) about: About,
    pub(crate) name: String,
    /// As strace prints them.
    pub(crate) arguments: String,
    pub(crate) result: Option<i64>,
    pub(crate) errno: Option<String>,
    /// The bytes that it moved.
    #[serde(with = "hex")]
    pub(crate) data: Vec<u8>,
    /// Nanoseconds in the kernel; `None` where it never returned.
    pub(crate) took: Option<Nanos>,
    /// The line of Java or the Rust function that made it.
    pub(crate) code: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Phase {
    /// Nothing happened on the wire between its two ends.
    Whole,
    Enters,
    Returns,
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
    let mut timed = segments(&connections);
    timed.extend(acts(recording));
    for (side, player) in [(Side::Client, &client), (Side::Server, &server)] {
        timed.extend(played(recording, side, player, &connections));
    }
    timed.sort_by_key(|timed| (timed.time, timed.rank()));
    let timed = whole(timed);
    let mut rows = states(timed, &connections, recording);
    caption::put(&mut rows);
    Ladder {
        client,
        server,
        rows,
        missing: missing(recording),
        time_wait: recording.time_wait.clone(),
    }
}

/// An event at its absolute time; `id` joins the two ends of a call.
struct Timed {
    time: Nanos,
    id: usize,
    event: Event,
    segment: Option<record::Segment>,
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

    /// At one nanosecond: calls begin, then segments pass, then calls end.
    fn rank(&self) -> u8 {
        match &self.event {
            Event::Call(call) if call.phase == Phase::Enters => 0,
            Event::Segment(_) => 1,
            Event::Call(_) => 2,
            _ => 3,
        }
    }
}

/// The client program's connections; those of other clients were there before it was started.
fn connections(recording: &Recording) -> Vec<&Connection> {
    let started = recording
        .made
        .iter()
        .find(|act| act.step == Step::Start(Side::Client));
    let crowded = recording
        .made
        .iter()
        .any(|act| matches!(act.step, Step::Act(Act::Connect)));
    let since = started.filter(|_| crowded).map_or(0, |act| act.time);
    let all = recording.wire.iter().flatten();
    all.filter(|connection| connection.segments[0].time >= since)
        .collect()
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
    let event = |step: &Step| match step {
        Step::Signal(side, signal) => Some(Event::Signal {
            side: *side,
            signal: *signal,
        }),
        Step::Act(Act::Connect) => Some(Event::OtherClient { leaves: false }),
        Step::Act(Act::Close) => Some(Event::OtherClient { leaves: true }),
        Step::Feed(side, bytes) if !traced(recording, *side) => Some(Event::Console {
            side: *side,
            stream: Stream::Input,
            text: String::from_utf8_lossy(bytes).into_owned(),
        }),
        _ => None,
    };
    let acts = recording.made.iter();
    acts.filter_map(|act| Some(Timed::new(act.time, event(&act.step)?)))
        .collect()
}

fn traced(recording: &Recording, side: Side) -> bool {
    recording
        .played(side)
        .is_some_and(|played| played.trace.is_ok())
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
            (Stream::Output, &played.stdout),
            (Stream::Error, &played.stderr),
        ];
        let shown = streams
            .iter()
            .flat_map(|(stream, chunks)| consoles(side, *stream, chunks));
        let mut timed: Vec<Timed> = shown.collect();
        let last = recording.started + recording.took.as_nanos() as Nanos;
        timed.extend(exit(last));
        return timed;
    };
    let ports: Vec<u16> = connections
        .iter()
        .map(|connection| connection.client.port())
        .collect();
    let mut timed = Vec::new();
    for (index, (about, call)) in own::calls(&trace.calls, &ports).into_iter().enumerate() {
        timed.extend(ends(side, 1 + index, about, &call, player));
    }
    timed.extend(trace.ended.and_then(exit));
    timed
}

fn consoles(side: Side, stream: Stream, chunks: &[Chunk]) -> Vec<Timed> {
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

/// A call's beginning, and its end where it had one.
fn ends(side: Side, id: usize, about: About, call: &record::Call, player: &Player) -> Vec<Timed> {
    let moved = call.result.unwrap_or(0).max(0) as usize;
    let mut data = call.data();
    // What is no buffer is an address.
    if !matches!(call.name.as_str(), "read" | "write" | "readv" | "writev")
        && !is_transfer(&call.name)
    {
        data.clear();
    }
    let is_input = call.name.starts_with("re");
    if is_input {
        data.truncate(moved);
    }
    let event = |phase| {
        Event::Call(Call {
            side,
            phase,
            about,
            name: call.name.clone(),
            arguments: call.arguments.clone(),
            result: call.result,
            errno: call.errno.clone(),
            data: data.clone(),
            took: call.returned.map(|returned| returned - call.entered),
            code: player.code(about, call),
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

fn is_transfer(name: &str) -> bool {
    matches!(name, "sendto" | "recvfrom" | "sendmsg" | "recvmsg")
}

/// Longer than this, a call waited: its two ends are shown apart.
const WAITED: Nanos = 2_000_000;

/// Puts the two ends of a call together where nothing happened on the wire between them.
fn whole(timed: Vec<Timed>) -> Vec<Timed> {
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

/// Gives every event the states of both ends.
fn states(timed: Vec<Timed>, connections: &[&Connection], recording: &Recording) -> Vec<Row> {
    let begun = timed.first().map_or(0, |timed| timed.time);
    let answered = connections
        .iter()
        .flat_map(|connection| &connection.segments);
    let mut answered = answered.filter(|segment| segment.from == Side::Server && segment.syn);
    // Without the server's calls, its answer to a SYN is what says that it listened.
    let mut listening = !traced(recording, Side::Server) && answered.next().is_some();
    let mut current = 0;
    let mut ends = [End::new(State::Closed), End::new(State::Closed)];
    let mut rows = Vec::new();
    for Timed {
        time,
        event,
        segment,
        ..
    } in timed
    {
        let mut lawful = true;
        match &event {
            Event::Segment(shown) => {
                if shown.connection != current {
                    current = shown.connection;
                    let passive = if listening {
                        State::Listen
                    } else {
                        State::Closed
                    };
                    ends = [End::new(State::Closed), End::new(passive)];
                }
                let [client, server] = &mut ends;
                let recorded = segment.as_ref().expect("a segment's row has its segment");
                lawful = match shown.from {
                    Side::Client => client.send(recorded) & server.receive(recorded),
                    Side::Server => server.send(recorded) & client.receive(recorded),
                };
            }
            Event::Call(call) if call.about == About::Listener && call.phase != Phase::Enters => {
                listening = match call.name.as_str() {
                    "listen" => call.result == Some(0),
                    "close" => false,
                    _ => listening,
                };
            }
            Event::Exit {
                side: Side::Server, ..
            } => listening = false,
            _ => {}
        }
        if current == 0 {
            ends[1] = End::new(if listening {
                State::Listen
            } else {
                State::Closed
            });
        }
        rows.push(Row {
            time: time - begun,
            event,
            client_state: ends[0].state,
            server_state: ends[1].state,
            lawful,
            caption: None,
        });
    }
    rows
}

fn missing(recording: &Recording) -> Vec<String> {
    let traces = Side::BOTH.into_iter().filter_map(|side| {
        let played = recording.played(side)?;
        Some(format!("{}: {}", side.name(), played.trace.as_ref().err()?))
    });
    let wire = recording.wire.as_ref().err().cloned();
    wire.into_iter().chain(traces).collect()
}
