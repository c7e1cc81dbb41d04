//! Probes in which the script ends the connection, or does not, after any number of bytes.
//!
//! No probe acts after the real program has finished, because the program could not see it. The end of the connection
//! is all that shows a client how much of its request a scripted server has read.

use super::super::steps::{
    FRAME, connection, conversation, feed, longest, opening, probe, request_sent, send,
    server_listens, settled,
};
use ::interop::case::{Case, Participants};
use recorder::{Act, Await, Side, Signal, Step};

/// Returns cases in which the script sends a FIN or a RST or nothing more after each byte of its frame.
pub(super) fn faults(side: Side) -> Vec<Case> {
    let whole = FRAME.len();
    let frame = conversation(side, FRAME);
    let cuts = (0..=whole).map(|k| frame.cut(k));
    // The real program ends the connection after the whole frame, and the two ends would race.
    let resets = (0..whole).map(|k| frame.reset(k));
    let stalls = (0..=whole).map(|k| frame.stall(k));
    let unread = (0..=whole).map(|k| reset_unread(side, k));
    cuts.chain(resets).chain(stalls).chain(unread).collect()
}

fn reset_unread(side: Side, k: usize) -> Case {
    let about = "sends so many bytes and a reset before any of it is read";
    let real = side.other();
    let asleep = [
        opening(side),
        settled(side),
        vec![Step::Signal(real, Signal::Stop)],
        send(&FRAME[..k]),
        vec![
            Step::Act(Act::Reset),
            Step::Await(Await::Severed),
            Step::Signal(real, Signal::Continue),
        ],
    ];
    let name = format!("reset-unread/{}/{k}", side.name());
    probe(name, about, side, asleep.concat())
}

/// Returns cases in which the script closes its sending half and then reads on.
pub(super) fn half_closes(side: Side) -> Vec<Case> {
    let frame = conversation(side, FRAME);
    // The console is typed at behind the half-close.
    let at_once = [
        connection(side),
        vec![Step::Act(Act::HalfClose)],
        settled(side),
        feed(side),
        vec![Step::Act(Act::ReceiveEnd)],
    ];
    let name = format!("half-close/{}/at-once", side.name());
    let about = "ends its sending half at once and reads on";
    let mut cases = vec![
        probe(name, about, side, at_once.concat()),
        frame.half_close_at("in-length", 1),
        frame.half_close_at("in-body", 3),
    ];
    if side == Side::Client {
        cases.push(frame.half_close_at("before-reply", FRAME.len()));
    }
    cases
}

/// Returns cases in which a scripted server closes or resets before it has read the whole request.
pub(super) fn unread_requests() -> Vec<Case> {
    let side = Side::Server;
    let closes = || vec![Step::Act(Act::Close)];
    let after_reading = |k| {
        let arrived = Step::Await(Await::Unread(side, FRAME.len()));
        let read = vec![arrived, Step::Act(Act::Receive(k))];
        let steps = [request_sent(), read, closes()].concat();
        let about = "closes with some of the request unread";
        probe(format!("close-unread/server/{k}"), about, side, steps)
    };
    let at_once = [connection(side), closes(), feed(side)].concat();
    let at_once = probe("close-at-once/server", "closes at once", side, at_once);
    let reset = vec![
        Step::Await(Await::Settled(Side::Client)),
        Step::Act(Act::Reset),
        Step::Await(Await::Severed),
        Step::Await(Await::Settled(Side::Client)),
    ];
    let reset = [connection(side), reset, feed(side)].concat();
    let about = "resets while the client waits for its console";
    let reset = probe("reset-at-once/server", about, side, reset);
    (0..FRAME.len())
        .map(after_reading)
        .chain([at_once, reset])
        .collect()
}

/// Returns cases in which a scripted client sends a request and never reads.
pub(super) fn never_read() -> Vec<Case> {
    let side = Side::Client;
    let longest = longest();
    let never_reads = |frame: &[u8]| {
        let narrow = vec![Step::Act(Act::ConnectNarrow)];
        [server_listens(), narrow, send(frame), settled(side)].concat()
    };
    let against = Participants::Scripted(side);
    let resets = [never_reads(&longest), vec![Step::Act(Act::Reset)]].concat();
    vec![
        Case::new(
            "deaf/client/short",
            "asks and never reads",
            against,
            never_reads(FRAME),
        ),
        Case::new(
            "deaf/client/longest",
            "asks for the longest reply and never reads",
            against,
            never_reads(&longest),
        ),
        probe(
            "deaf/client/resets",
            "asks for the longest reply and resets",
            side,
            resets,
        ),
    ]
}
