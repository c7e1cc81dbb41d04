//! Probes in which the script ends the connection, or does not, after any number of bytes.
//!
//! No probe acts after the real program has finished, because the program could not see it. The end of the connection
//! is all that shows a client how much of its request a scripted server has read.

use super::super::steps::{
    FRAME, connection, feed, finish, opening, probe, receive_frame, request_sent, send,
    server_listens, settled,
};
use ::interop::case::{Case, Participants};
use recorder::{Act, Await, Side, Signal, Step};

/// Returns cases in which the script sends a FIN or a RST or nothing more after each byte of its frame.
pub(super) fn faults(side: Side) -> Vec<Case> {
    let whole = FRAME.len();
    let cuts = (0..=whole).map(|k| cut(side, k));
    let resets = (0..whole).map(|k| reset(side, k));
    let stalls = (0..=whole).map(|k| stall(side, k));
    let unread = (0..=whole).map(|k| reset_unread(side, k));
    cuts.chain(resets).chain(stalls).chain(unread).collect()
}

fn cut(side: Side, k: usize) -> Case {
    let about = "ends its sending half after so many bytes of a frame";
    let name = format!("cut/{}/{k}", side.name());
    probe(name, about, side, [after(side, k), finish()].concat())
}

/// Returns the case in which the script resets the connection after `k` bytes.
///
/// `k` is less than the whole frame, because the real program ends the connection then, and the two ends would race.
fn reset(side: Side, k: usize) -> Case {
    let about = "resets the connection once so many bytes are read";
    let read = Step::Await(Await::Consumed(side.other()));
    let steps = [after(side, k), vec![read, Step::Act(Act::Reset)]].concat();
    probe(format!("reset/{}/{k}", side.name()), about, side, steps)
}

fn stall(side: Side, k: usize) -> Case {
    let about = "says no more after so many bytes of a frame";
    let steps = [after(side, k), settled(side)].concat();
    let name = format!("stall/{}/{k}", side.name());
    Case::new(name, about, Participants::Scripted(side), steps)
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

/// Returns the steps up to where the scripted side has sent `k` bytes of its frame.
fn after(side: Side, k: usize) -> Vec<Step> {
    [opening(side), send(&FRAME[..k])].concat()
}

/// Returns cases in which the script closes its sending half and then reads on.
pub(super) fn half_closes(side: Side) -> Vec<Case> {
    let half = || [vec![Step::Act(Act::HalfClose)], settled(side)].concat();
    let end = || vec![Step::Act(Act::ReceiveEnd)];
    let at_once = [connection(side), half(), feed(side), end()];
    let in_length = [after(side, 1), half(), end()];
    let in_body = [after(side, 3), half(), end()];
    let mut moments = vec![
        ("at-once", at_once.concat()),
        ("in-length", in_length.concat()),
        ("in-body", in_body.concat()),
    ];
    if side == Side::Client {
        let steps = [after(side, FRAME.len()), half(), receive_frame(), end()];
        moments.push(("before-reply", steps.concat()));
    }
    let about = "ends its sending half and reads on";
    let of_moment = |(moment, steps)| {
        let name = format!("half-close/{}/{moment}", side.name());
        probe(name, about, side, steps)
    };
    moments.into_iter().map(of_moment).collect()
}

/// Returns cases in which a scripted server closes before it has read the whole request.
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
    (0..FRAME.len())
        .map(after_reading)
        .chain([at_once])
        .collect()
}

/// Returns cases in which a scripted client sends a request and never reads.
pub(super) fn never_read() -> Vec<Case> {
    let side = Side::Client;
    let longest = [&[0xFF, 0xFF][..], &[b'a'; 65_535]].concat();
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
