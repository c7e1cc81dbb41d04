//! Conversations of tests, written as text.
//!
//! Each line is a side (`c` or `s`, or `2` for the server's second process), and a call (`s> ` enters and `s< ` returns), a segment (`c: ` with its flags and
//! bytes) or a signal (`c! `). `tests/captions.txt` says more.

use crate::assemble::from_recording;
use crate::dissector::Dissector;
use crate::ladder::Ladder;
use crate::player::Player;
use crate::saved;
use recorder::{
    Connection, Exit, Nanos, PerformedStep, Played, Recording, Segment, Side, Step, SystemCall,
    Trace,
};

/// Conversations and their captions.
pub(crate) const CASES: &str = include_str!("../tests/captions.txt");

/// Returns the lines of the case called `name`.
fn case(name: &str) -> &'static str {
    let (_, rest) = CASES.split_once(&format!("\n== {name}\n")).unwrap();
    rest.split("\n== ").next().unwrap()
}

/// Returns the ladder of `script`. A side without calls was not traced.
pub(crate) fn ladder(script: &str, client: Player) -> Ladder {
    let mut played = [Vec::<SystemCall>::new(), Vec::new()];
    let (mut connections, mut segments, mut made) = (Vec::new(), Vec::new(), Vec::new());
    let mut next = [1000_u32, 2000];
    let mut time: Nanos = 1;
    let mut lines: Vec<&str> = script.lines().rev().collect();
    while let Some(line) = lines.pop() {
        if let Some(name) = line.strip_prefix('@') {
            lines.extend(case(name).lines().rev());
            continue;
        }
        if !line.starts_with(['c', 's', '2']) {
            continue;
        }
        // So far apart that no return is moved.
        time += 5_000_000;
        let side = Side::BOTH[usize::from(!line.starts_with('c'))];
        let thread = if line.starts_with('2') { 2 } else { 1 };
        let (own, what) = (side as usize, &line[3..]);
        match &line[1..3] {
            ": " => {
                let (flags, bytes) = what.split_once(' ').unwrap_or((what, ""));
                let has = |flag| flags.contains(flag);
                // Another SYN of the client begins its next connection.
                if side == Side::Client && flags == "S" && !segments.is_empty() {
                    connections.push(std::mem::take(&mut segments));
                }
                let takes = u32::from(has('S')) + u32::from(has('F')) + bytes.len() as u32 / 2;
                segments.push(Segment {
                    time,
                    from: side,
                    sequence: next[own] - if has('2') { takes } else { 0 },
                    acknowledgement: match (has('A'), has('a')) {
                        (true, _) => Some(next[1 - own]),
                        (_, true) => Some(next[1 - own] - 1),
                        _ => None,
                    },
                    syn: has('S'),
                    fin: has('F'),
                    rst: has('R'),
                    psh: has('P'),
                    window: 0,
                    options: Vec::new(),
                    payload: hex::decode(bytes).unwrap(),
                });
                next[own] += if has('2') { 0 } else { takes };
            }
            "< " => {
                let mut calls = played[own].iter_mut().rev();
                calls.find(|call| call.name == what).unwrap().returned = Some(time);
            }
            "! " => {
                let signal = serde_json::from_value(what.into()).unwrap();
                made.push(PerformedStep {
                    time,
                    step: Step::Signal(side, signal),
                });
            }
            mark => {
                let line = if mark == "> " { what } else { &line[2..] };
                let returned = (mark != "> ").then_some(time + 1000);
                played[own].push(SystemCall {
                    thread,
                    ..call(line, time, returned)
                });
            }
        }
    }
    connections.push(segments);
    let connection = |segments| Connection {
        client: ([127, 0, 0, 1], 1024).into(),
        server: ([127, 0, 0, 1], 666).into(),
        segments,
        to_server: Default::default(),
        to_client: Default::default(),
    };
    let example = saved::examples().remove(0).recording;
    let of = |calls: Vec<SystemCall>| {
        (!calls.is_empty()).then(|| Played {
            stdout: Vec::new(),
            stderr: Vec::new(),
            exit: Exit::StillRunning,
            earlier: Vec::new(),
            stopped: false,
            trace: Ok(Trace { calls, ended: None }),
            ..example.client.clone().expect("it has a client")
        })
    };
    let [client_calls, server_calls] = played;
    let recording = Recording {
        client: of(client_calls),
        server: of(server_calls),
        wire: Ok(connections.into_iter().map(connection).collect()),
        made,
        beside: Vec::new(),
        time_wait: Side::BOTH.into(),
        ..example.clone()
    };
    from_recording(&recording, client, Player::plain("b"), Dissector::WriteUtf)
}

/// Reads `connect(3, SERVER, 16) = -1 EPIPE`.
pub(crate) fn call(line: &str, entered: Nanos, returned: Option<Nanos>) -> SystemCall {
    let address = |port| {
        let host = r#"inet_addr("\x31\x32\x37\x2e\x30\x2e\x30\x2e\x31")"#;
        format!("{{sa_family=AF_INET, sin_port=htons({port}), sin_addr={host}}}")
    };
    let (name, rest) = line.split_once('(').unwrap();
    let (arguments, outcome) = rest.rsplit_once(") = ").unwrap();
    let arguments = arguments
        .replace("SERVER", &address(666))
        .replace("CLIENT", &address(1024));
    let (result, errno) = outcome.split_once(' ').unwrap_or((outcome, ""));
    let json = serde_json::json!({
        "thread": 1,
        "entered": entered,
        "returned": returned,
        "name": name,
        "arguments": arguments,
        "result": result.parse::<i64>().ok(),
        "errno": (!errno.is_empty()).then_some(errno),
    });
    serde_json::from_value(json).unwrap()
}
