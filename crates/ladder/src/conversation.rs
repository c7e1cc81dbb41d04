//! Finds the connections of a recording that belong to the conversation of its two programs.

use recorder::{Act, Connection, Nanos, PerformedStep, Recording, Side, Step};

/// Returns the ports of the client program.
pub(crate) fn ports(recording: &Recording) -> Vec<u16> {
    let connections = connections(recording).into_iter();
    connections
        .map(|connection| connection.client.port())
        .collect()
}

/// Returns the time at which the client program was started, if there were other clients. A script that is
/// the only client is not another client.
pub(crate) fn start_among_others(recording: &Recording) -> Option<Nanos> {
    let mut made = recording.made.iter();
    let started = made.find(|act| act.step == Step::Start(Side::Client));
    let connects = |act: &PerformedStep| matches!(act.step, Step::Act(Act::Connect));
    let started = started.filter(|_| recording.made.iter().any(connects));
    started.map(|act| act.time)
}

/// Returns the client program's connections to the port. Connections from before its start are other
/// clients'.
pub(crate) fn connections(recording: &Recording) -> Vec<&Connection> {
    let since = start_among_others(recording).unwrap_or(0);
    let all = recording.wire.iter().flatten();
    all.filter(|connection| connection.server.port() == recording.port)
        .filter(|connection| connection.segments[0].time >= since)
        .collect()
}

pub(crate) fn traced(recording: &Recording, side: Side) -> bool {
    recording
        .played(side)
        .is_some_and(|played| played.trace.is_ok())
}
