//! The programs' start, their end, and the peers that they meet.

use super::super::steps::{
    FRAME, connection, exits, finish, probe, receive_frame, send, server_listens, settled, type_in,
};
use ::interop::case::{Case, Participants};
use recorder::{Act, Await, Side, Signal, Step};

/// Returns the cases about a program's life.
pub(super) fn all() -> Vec<Case> {
    use Side::{Client, Server};
    let hello = || type_in(b"hello\n");
    vec![
        Case::new(
            "life/nobody-listens",
            "the banner comes before the connection is refused",
            Participants::ClientAlone,
            vec![
                Step::Start(Client),
                hello(),
                Step::EndInput(Client),
                Step::Await(Await::Exited(Client)),
            ],
        ),
        Case::new(
            "life/port-taken",
            "the banner comes before the port is found taken",
            Participants::ServerAlone,
            vec![
                Step::Act(Act::Listen),
                Step::Start(Server),
                Step::Await(Await::Lines(Server, 1)),
                Step::Await(Await::Settled(Server)),
                Step::Await(Await::Exited(Server)),
            ],
        ),
        Case::new(
            "life/console-after-connect",
            "the client connects, and the server says so, before anything is typed",
            Participants::Both,
            [
                connected(),
                vec![
                    Step::Await(Await::Lines(Server, 2)),
                    Step::Await(Await::Lines(Client, 1)),
                ],
                vec![hello(), Step::EndInput(Client)],
                exits(),
            ]
            .concat(),
        ),
        restarted_at_once(),
        three_clients(),
        stays_open(
            "life/console-stays-open",
            "one line is enough: neither program waits for the end of input",
            b"hello\n",
        ),
        stays_open(
            "life/console-stays-open-after-cr",
            "a line ends with its CR: the client waits for no LF",
            b"hello\r",
        ),
        Case::new(
            "life/client-killed-before-it-sends",
            "the server sees the connection end",
            Participants::Both,
            [
                connected(),
                vec![
                    Step::Await(Await::Lines(Server, 2)),
                    Step::Signal(Client, Signal::Kill),
                ],
                exits(),
            ]
            .concat(),
        ),
        Case::new(
            "life/server-killed-before-it-replies",
            "the client writes to a connection that has ended",
            Participants::Both,
            [
                connected(),
                vec![
                    Step::Await(Await::Lines(Server, 2)),
                    Step::Signal(Server, Signal::Kill),
                    Step::Await(Await::Exited(Server)),
                    hello(),
                    Step::EndInput(Client),
                    Step::Await(Await::Exited(Client)),
                ],
            ]
            .concat(),
        ),
        Case::new(
            "life/server-killed-with-a-request-unread",
            "unread bytes turn the end of the connection into a reset",
            Participants::Both,
            [
                connected(),
                vec![
                    Step::Await(Await::Lines(Server, 2)),
                    Step::Signal(Server, Signal::Stop),
                    hello(),
                    Step::EndInput(Client),
                    Step::Await(Await::Unread(Server, 7)),
                    Step::Signal(Server, Signal::Kill),
                    Step::Await(Await::Exited(Server)),
                    Step::Await(Await::Exited(Client)),
                ],
            ]
            .concat(),
        ),
        Case::new(
            "life/second-client",
            "a second client has sent its message when the first one leaves",
            Participants::Both,
            [
                connection(Client),
                vec![
                    Step::Await(Await::Lines(Server, 2)),
                    Step::Signal(Server, Signal::Stop),
                    Step::Start(Client),
                    hello(),
                    Step::EndInput(Client),
                    Step::Await(Await::Unread(Server, 7)),
                    Step::Act(Act::HalfClose),
                    Step::Signal(Server, Signal::Continue),
                    Step::Act(Act::ReceiveEnd),
                ],
                exits(),
            ]
            .concat(),
        ),
    ]
}

/// Returns the case of a server whose port has a connection in TIME_WAIT.
fn restarted_at_once() -> Case {
    let left = vec![Step::Act(Act::LeaveTimeWait)];
    let side = Side::Client;
    let steps = [
        left,
        connection(side),
        send(FRAME),
        receive_frame(),
        finish(),
    ]
    .concat();
    let about = "the port is still in TIME_WAIT, as after an earlier server";
    probe("life/restarted-at-once", about, side, steps)
}

/// Returns the case of a server with three clients: while it has the first, the second sends and the third is silent.
fn three_clients() -> Case {
    let side = Side::Client;
    let another = || [vec![Step::Act(Act::Connect)], send(FRAME)].concat();
    let of = |n, acts: Vec<Act>| {
        let acts = [vec![Act::Use(n)], acts].concat();
        acts.into_iter().map(Step::Act).collect::<Vec<_>>()
    };
    let first = [
        vec![Step::Act(Act::Use(0))],
        send(FRAME),
        receive_frame(),
        finish(),
    ];
    let steps = [
        connection(side),
        vec![Step::Await(Await::Lines(Side::Server, 2))],
        another(),
        settled(side),
        vec![Step::Act(Act::Connect)],
        settled(side),
        // The second client sends its FIN now; only the server's kernel answers it.
        of(1, vec![Act::HalfClose]),
        first.concat(),
        settled(side),
        of(1, vec![Act::ReceiveEnd]),
        of(2, vec![Act::HalfClose, Act::ReceiveEnd]),
    ];
    let about = "a second client has asked and a third is silent while there is a first";
    probe("life/three-clients", about, side, steps.concat())
}

/// Returns the steps up to the connection of two real programs.
fn connected() -> Vec<Step> {
    let client = vec![Step::Start(Side::Client), Step::Await(Await::Connected)];
    [server_listens(), client].concat()
}

/// Returns a case in which the client's console stays open until the client has done its work.
fn stays_open(name: &str, about: &'static str, line: &[u8]) -> Case {
    let steps = vec![
        type_in(line),
        Step::Await(Await::Lines(Side::Client, 2)),
        Step::Await(Await::Settled(Side::Client)),
        Step::EndInput(Side::Client),
    ];
    Case::new(
        name,
        about,
        Participants::Both,
        [connected(), steps, exits()].concat(),
    )
}
