//! Peers that are silent for five seconds and then go on, wherever a program waits.

use std::time::Duration;

use super::super::steps::{
    FRAME, connection, feed, finish, longest, opening, probe, receive_frame, send, server_listens,
    settled, type_in,
};
use ::interop::case::Case;
use recorder::{Act, Await, Console, Side, Step};

/// Time that is longer than the usual timeouts of one, two, three and five seconds.
const LONG: Duration = Duration::from_millis(5500);

/// Returns the cases about silent peers. In `patience/server/accept` a server waits in `accept`.
pub(super) fn all() -> Vec<Case> {
    [server(), client()].concat()
}

fn pause() -> Vec<Step> {
    vec![Step::Pause(LONG)]
}

fn server() -> Vec<Case> {
    let side = Side::Client;

    let connect = || vec![Step::Act(Act::Connect)];
    let answered = || [receive_frame(), finish()].concat();
    let longest = longest();
    let within = |n: usize| {
        let (first, rest) = FRAME.split_at(n);
        let steps = [
            connection(side),
            send(first),
            pause(),
            send(rest),
            answered(),
        ];
        steps.concat()
    };
    let output = vec![Step::StartWith(Side::Server, Console::OutputFull)];
    let read = vec![
        Step::ReadOutput(Side::Server),
        Step::Await(Await::Listening),
    ];
    let moments = [
        (
            "output",
            [
                output,
                settled(side),
                pause(),
                read,
                connect(),
                send(FRAME),
                answered(),
            ]
            .concat(),
        ),
        (
            "accept",
            [
                server_listens(),
                pause(),
                connect(),
                send(FRAME),
                answered(),
            ]
            .concat(),
        ),
        ("length", within(0)),
        ("second-byte", within(1)),
        ("body", within(2)),
        ("last-byte", within(3)),
        (
            "reply-unread",
            [
                vec![Step::LimitBuffers],
                server_listens(),
                connect(),
                send(&longest),
                settled(side),
                pause(),
                vec![Step::Act(Act::Receive(longest.len()))],
                finish(),
            ]
            .concat(),
        ),
    ];
    let about = "a client that is silent for five seconds, and then goes on";
    moments
        .map(|(moment, steps)| probe(format!("patience/server/{moment}"), about, side, steps))
        .to_vec()
}

fn client() -> Vec<Case> {
    let side = Side::Server;
    let last = |text: &[u8]| vec![type_in(text), Step::EndInput(Side::Client)];
    let answered = || [receive_frame(), send(FRAME), finish()].concat();
    let longest = longest();
    let within = |n: usize| {
        let (first, rest) = FRAME.split_at(n);
        [opening(side), send(first), pause(), send(rest), finish()].concat()
    };
    // The script's own connection fills the queue of its listener, so the client's SYN is not answered.
    let crowded = vec![
        Step::LimitBacklog(0),
        Step::Act(Act::Listen),
        Step::Act(Act::Connect),
        Step::Start(Side::Client),
        Step::Await(Await::SynUnanswered),
    ];
    let accepted = vec![Step::Act(Act::Accept), Step::Act(Act::Accept)];
    let output = vec![
        Step::Act(Act::Listen),
        Step::StartWith(Side::Client, Console::OutputFull),
    ];
    let read = vec![Step::ReadOutput(Side::Client), Step::Act(Act::Accept)];
    let moments = [
        (
            "output",
            [
                output,
                settled(side),
                pause(),
                read,
                last(b"hi\n"),
                answered(),
            ]
            .concat(),
        ),
        (
            "connect",
            [crowded, pause(), accepted, feed(side), answered()].concat(),
        ),
        (
            "console",
            [connection(side), pause(), last(b"hi\n"), answered()].concat(),
        ),
        (
            "line",
            [
                connection(side),
                vec![type_in(b"h")],
                pause(),
                last(b"i\n"),
                answered(),
            ]
            .concat(),
        ),
        (
            "request-unread",
            [
                vec![Step::LimitBuffers],
                connection(side),
                last(&[&longest[2..], b"\n"].concat()),
                settled(side),
                pause(),
                vec![Step::Act(Act::Receive(longest.len()))],
                send(FRAME),
                finish(),
            ]
            .concat(),
        ),
        ("reply", within(0)),
        ("second-byte", within(1)),
        ("body", within(2)),
        ("last-byte", within(3)),
    ];
    let about = "a server or a user that is silent for five seconds, and then goes on";
    moments
        .map(|(moment, steps)| probe(format!("patience/client/{moment}"), about, side, steps))
        .to_vec()
}
