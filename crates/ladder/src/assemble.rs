//! Assembles a ladder from a recording.
//!
//! A ladder shows only what was recorded. Without system calls it holds the wire and the consoles; without a
//! capture, the calls.

use std::collections::HashSet;

use recorder::{Recording, Side, Syscall, SystemCall};

use crate::call::{Phase, Purpose};
use crate::conversation::connections;
use crate::conversation_calls::is_datagram;
use crate::dissector::Dissector;
use crate::ladder::{Event, Ladder, Row};
use crate::player::Player;
use crate::{explain, states, timed};

/// Returns the ladder of `recording`, whose programs are `client` and `server`.
pub fn from_recording(
    recording: &Recording,
    client: Player,
    server: Player,
    dissector: Dissector,
) -> Ladder {
    let connections = connections(recording);
    let events = timed::events(recording, [&client, &server], &connections, dissector);
    let mut rows = states::rows(events, recording, &connections);
    let blind: Vec<Side> = Side::BOTH
        .into_iter()
        .filter(|&side| hides_bytes(recording, side) && sends_more(&rows, side))
        .collect();
    explain::put(&mut rows, &blind);
    Ladder {
        client,
        server,
        rows_before: 0,
        missing: missing(recording, &blind),
        rows,
        blind,
        time_wait: recording.time_wait.clone(),
    }
}

/// Returns `true` if `side` made calls whose bytes strace does not print.
fn hides_bytes(recording: &Recording, side: Side) -> bool {
    let trace = recording
        .played(side)
        .and_then(|played| played.trace.as_ref().ok());
    let hides = |call: &SystemCall| matches!(call.syscall, Syscall::Splice { .. } | Syscall::Ring);
    trace.is_some_and(|trace| trace.calls.iter().any(hides))
}

/// Returns `true` if `side` sends more bytes or more SYNs than its other calls can have sent.
fn sends_more(rows: &[Row], side: Side) -> bool {
    let (mut has_calls, mut written, mut connects) = (false, 0, 0);
    let (mut sent, mut syns) = (0, 0);
    for row in rows {
        match &row.event {
            Event::Call(call) if call.side == side => {
                has_calls = true;
                let enters = call.phase != Phase::Returns;
                written += match call.purpose() {
                    Purpose::Write if enters => call.result.unwrap_or(0).max(0) as usize,
                    _ => 0,
                };
                connects += usize::from(enters && call.purpose() == Purpose::Connect);
            }
            Event::Segment(segment) if segment.from == side && !segment.again => {
                sent += segment.length;
                syns += usize::from(segment.has("SYN") && side == Side::Client);
            }
            _ => {}
        }
    }
    has_calls && (sent > written || syns > connects)
}

fn missing(recording: &Recording, blind: &[Side]) -> Vec<String> {
    let traces = Side::BOTH.into_iter().filter_map(|side| {
        let played = recording.played(side)?;
        Some(format!("{}: {}", side.name(), played.trace.as_ref().err()?))
    });
    let wire = recording.wire.as_ref().err().cloned();
    let unknown = blind.iter().map(|side| {
        format!(
            "{}: it sends bytes with sendfile, splice, sendmmsg or io_uring, and no call shows which these are",
            side.name()
        )
    });
    let udp = recording
        .datagrams
        .iter()
        .filter(|to| to.port() == recording.port);
    let udp = udp.map(|to| format!("UDP datagrams went to {to}: a ladder shows TCP only"));
    let served = serves_udp(recording).then(|| {
        let port = recording.port;
        format!("the server has a UDP socket on port {port}: a ladder shows TCP only")
    });
    let all = wire.into_iter().chain(traces);
    all.chain(unknown).chain(udp).chain(served).collect()
}

/// Returns `true` if the server binds a socket of UDP to the port.
fn serves_udp(recording: &Recording) -> bool {
    let played = recording.played(Side::Server);
    let trace = played.and_then(|played| played.trace.as_ref().ok());
    let mut datagrams = HashSet::new();
    trace.is_some_and(|trace| {
        trace.calls.iter().any(|call| match call.syscall {
            Syscall::Socket if is_datagram(call) => {
                datagrams.extend(call.new_descriptor());
                false
            }
            Syscall::Close { fd } => {
                datagrams.remove(&fd);
                false
            }
            Syscall::Bind {
                fd,
                address: Some(own),
            } => own.port() == recording.port && datagrams.contains(&fd),
            _ => false,
        })
    })
}
