//! Assembles a ladder from a recording.
//!
//! A ladder shows only what was recorded. Without system calls it holds the wire and the consoles; without a
//! capture, the calls.

use recorder::{Recording, Side};

use crate::conversation::connections;
use crate::ladder::Ladder;
use crate::player::Player;
use crate::{explain, states, timed};

/// Returns the ladder of `recording`, whose programs are `client` and `server`.
pub fn from_recording(recording: &Recording, client: Player, server: Player) -> Ladder {
    let connections = connections(recording);
    let events = timed::events(recording, [&client, &server], &connections);
    let mut rows = states::rows(events, recording, &connections);
    explain::put(&mut rows);
    Ladder {
        client,
        server,
        rows_before: 0,
        rows,
        missing: missing(recording),
        time_wait: recording.time_wait.clone(),
    }
}

fn missing(recording: &Recording) -> Vec<String> {
    let traces = Side::BOTH.into_iter().filter_map(|side| {
        let played = recording.played(side)?;
        Some(format!("{}: {}", side.name(), played.trace.as_ref().err()?))
    });
    let wire = recording.wire.as_ref().err().cloned();
    wire.into_iter().chain(traces).collect()
}
