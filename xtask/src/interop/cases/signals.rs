//! Signals that reach a program wherever it waits: some ask it to end, some do not.

use super::super::steps::{
    FRAME, connection, finish, longest, probe, receive_frame, send, server_listens, type_in,
};
use ::interop::case::Case;
use recorder::{Act, Await, Console, Side, Signal, Step};

const SIGNALS: [(&str, Signal); 3] = [
    ("term", Signal::Terminate),
    ("int", Signal::Interrupt),
    ("hup", Signal::Hangup),
];

/// Returns the cases about signals. In `signal/server/accept/term` a server gets SIGTERM in `accept`.
pub(super) fn all() -> Vec<Case> {
    let server = server_moments().into_iter();
    let server = server.flat_map(|moment| at(Side::Server, moment));
    let client = client_moments().into_iter();
    let client = client.flat_map(|moment| at(Side::Client, moment));
    server
        .chain(client)
        .chain([typed(), server_goes_on(), client_goes_on()])
        .collect()
}

/// The name of a moment, and the steps that lead to it.
type Moment = (&'static str, Vec<Step>);

fn server_moments() -> Vec<Moment> {
    let narrow = vec![Step::Act(Act::ConnectNarrow)];
    // The reply is too long for the buffers.
    let small = vec![Step::LimitBuffers];
    vec![
        (
            "output-full",
            vec![Step::StartWith(Side::Server, Console::OutputFull)],
        ),
        ("accept", server_listens()),
        ("length", connection(Side::Client)),
        (
            "body",
            [connection(Side::Client), send(&FRAME[..3])].concat(),
        ),
        (
            "reply-unread",
            [small, server_listens(), narrow, send(&longest())].concat(),
        ),
    ]
}

fn client_moments() -> Vec<Moment> {
    let typed = |text: &[u8]| vec![type_in(text)];
    let asked = || [connection(Side::Server), typed(b"hi\n"), receive_frame()].concat();
    vec![
        (
            "output-full",
            vec![Step::StartWith(Side::Client, Console::OutputFull)],
        ),
        ("console", connection(Side::Server)),
        ("line", [connection(Side::Server), typed(b"hi")].concat()),
        ("reply", asked()),
        ("reply-body", [asked(), send(&FRAME[..3])].concat()),
    ]
}

/// Returns cases in which the program on `side` gets each of the signals at this moment.
fn at(side: Side, (moment, steps): Moment) -> Vec<Case> {
    SIGNALS
        .iter()
        .map(|(name, signal)| {
            let settled = Step::Await(Await::Settled(side));
            let signalled = vec![settled, Step::Signal(side, *signal)];
            let name = format!("signal/{}/{moment}/{name}", side.name());
            let about = "a signal that asks the program to end";
            // A program that still waits for its reader is released.
            let released = match moment {
                "reply-unread" => vec![Step::Await(Await::Settled(side)), Step::Act(Act::Reset)],
                _ => Vec::new(),
            };
            let steps = [steps.clone(), signalled, released].concat();
            probe(name, about, side.other(), steps)
        })
        .collect()
}

/// Returns the case in which Control-C is typed at the client's terminal.
fn typed() -> Case {
    let steps = vec![
        Step::Act(Act::Listen),
        Step::StartWith(Side::Client, Console::Terminal),
        Step::Act(Act::Accept),
        Step::Await(Await::Settled(Side::Client)),
        type_in(b"\x03"),
    ];
    let about = "Control-C at the terminal";
    probe("signal/client/console/typed", about, Side::Server, steps)
}

/// Returns the steps that send a waiting program the signals for a new terminal size, a stop and a continuation.
fn disturbed(side: Side) -> Vec<Step> {
    vec![
        Step::Await(Await::Settled(side)),
        Step::Signal(side, Signal::Resize),
        Step::Signal(side, Signal::Stop),
        Step::Signal(side, Signal::Continue),
        Step::Await(Await::Settled(side)),
    ]
}

const GOES_ON: &str = "signals that end no program come wherever it waits";

/// Returns the steps that receive the longest frame.
fn receive_longest() -> Vec<Step> {
    vec![Step::Act(Act::Receive(longest().len()))]
}

fn server_goes_on() -> Case {
    let server = Side::Server;

    let connect = vec![Step::Act(Act::ConnectNarrow)];
    // A server has a console, too, and reads nothing from it.
    let console = vec![
        Step::Feed(server, b"quit\n".to_vec()),
        Step::EndInput(server),
    ];
    let steps = [
        vec![Step::LimitBuffers],
        server_listens(),
        disturbed(server),
        console,
        disturbed(server),
        connect,
        disturbed(server),
        send(&longest()[..3]),
        disturbed(server),
        send(&longest()[3..]),
        disturbed(server),
        receive_longest(),
        finish(),
    ];
    let name = "signal/server/goes-on";
    probe(name, GOES_ON, Side::Client, steps.concat())
}

fn client_goes_on() -> Case {
    let client = Side::Client;
    let typed = |text: &[u8]| vec![type_in(text)];
    let line = [b'a'; 65_535];
    let steps = [
        vec![Step::LimitBuffers],
        connection(Side::Server),
        disturbed(client),
        typed(&line[..1]),
        disturbed(client),
        typed(&line[1..]),
        typed(b"\n"),
        vec![Step::EndInput(client)],
        disturbed(client),
        receive_longest(),
        disturbed(client),
        send(&FRAME[..3]),
        disturbed(client),
        send(&FRAME[3..]),
        finish(),
    ];
    let name = "signal/client/goes-on";
    probe(name, GOES_ON, Side::Server, steps.concat())
}
