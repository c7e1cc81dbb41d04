//! Reduces a ladder to what is the same whenever its scenario is played.
//!
//! Times, numbers, and the order of one side's rows among the other's are left out. A server that reads
//! `hello` in two pieces and replies becomes:
//!
//! ```text
//! read(6, …, 2) = 2           server calls read 7
//! read(6, …, 5) = 5           server calls write 7
//! write(6, …, 7) = 7          server sends 7 bytes
//! ACK                         (left out)
//! 7 bytes →
//! ```

use crate::call::{Phase, Purpose, ShownCall};
use crate::ladder::{Event, Ladder};
use crate::segment::ShownSegment;
use recorder::{Errno, Side};

/// Returns the outline of `ladder`, a line for each thing that a side did.
///
/// Lone acknowledgements are left out, and reads in a row are added up: their number depends on timing and on
/// the JDK. It also depends on timing which side closes first.
pub fn outline(ladder: &Ladder) -> Vec<String> {
    let side = |side: Side| {
        let does = [calls(ladder, side), sends(ladder, side), ends(ladder, side)].concat();
        let lines = does.into_iter();
        lines.map(move |line| format!("{} {line}", side.name()))
    };
    Side::BOTH.into_iter().flat_map(side).collect()
}

fn calls(ladder: &Ladder, side: Side) -> Vec<String> {
    let mut calls: Vec<(&str, i64)> = Vec::new();
    for call in ladder.calls().filter(|call| call.side == side) {
        let Some((words, bytes)) = summary(call) else {
            continue;
        };
        match calls.last_mut() {
            Some(last) if last.0 == words => last.1 += bytes,
            _ => calls.push((words, bytes)),
        }
    }
    let line = |(words, bytes)| match bytes {
        0 => format!("calls {words}"),
        bytes => format!("calls {words} {bytes}"),
    };
    calls.into_iter().map(line).collect()
}

/// Returns the words for a call, and apart from them its number of bytes, which can be added up. Returns
/// `None` if the call depends on timing.
fn summary(call: &ShownCall) -> Option<(&str, i64)> {
    let purpose = call.purpose();
    if call.phase == Phase::Enters {
        return None;
    }
    match (purpose, call.result?, &call.errno) {
        (Purpose::Aside | Purpose::Wait | Purpose::Set, ..) => None,
        (_, _, Some(Errno::Again | Errno::InProgress)) => None,
        // Whether the peer's last ACK came before it (ENOTCONN) is a matter of timing, too.
        (Purpose::Shutdown | Purpose::Close, ..) => Some(("close", 0)),
        (_, _, Some(errno)) => Some((errno.name(), 0)),
        (Purpose::Read, 0, _) => Some(("read: the end", 0)),
        (Purpose::Read, bytes, _) => Some(("read", bytes)),
        (Purpose::Write, bytes, _) => Some(("write", bytes)),
        (Purpose::Accept, ..) => Some(("accept", 0)),
        _ => Some((&call.name, 0)),
    }
}

fn sends(ladder: &Ladder, side: Side) -> Vec<String> {
    // Behind two FINs a reset ends nothing: it answers a segment that was late.
    let fin = |side| {
        let mut segments = ladder.segments();
        segments.position(|segment| segment.from == side && segment.has("FIN"))
    };
    let over = fin(Side::Client).zip(fin(Side::Server));
    let over = over.map_or(usize::MAX, |(client, server)| client.max(server));
    let segments = ladder.segments().enumerate();
    let counts = segments.filter(|(n, segment)| *n <= over || !segment.has("RST"));
    let sent = counts
        .map(|(_, segment)| segment)
        .filter(|segment| segment.from == side);
    let mut sent: Vec<String> = sent.filter_map(sent_as).collect();
    // How often a kernel tries again is a matter of timing, too.
    sent.dedup_by(|one, before| one == before && one.ends_with("again"));
    sent
}

fn sent_as(segment: &ShownSegment) -> Option<String> {
    let again = if segment.again { " again" } else { "" };
    match segment.kind() {
        "ack" => None,
        "data" => Some(format!("sends {} bytes{again}", segment.length)),
        kind => Some(format!("sends {}{again}", kind.to_uppercase())),
    }
}

fn ends(ladder: &Ladder, side: Side) -> Vec<String> {
    let ends = ladder.rows.iter().filter_map(|row| match &row.event {
        Event::Exit { side: of, how } if *of == side => Some(format!("ends: {how}")),
        _ => None,
    });
    ends.collect()
}
