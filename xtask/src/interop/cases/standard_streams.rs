//! Standard streams other than pipes: a terminal, a closed descriptor, a full pipe, a broken pipe.

use super::super::steps::{FRAME, finish, probe, receive_frame, send, settled, type_in};
use ::interop::case::Case;
use recorder::{Act, Await, Console, Side, Signal, Step};

/// A frame that makes a program fail, which it says on standard error.
const MALFORMED: &[u8] = b"\0\x01\x80";

/// Returns the cases about the console. In `console-is/terminal/client` a client is at a terminal.
pub(super) fn all() -> Vec<Case> {
    use Side::{Client, Server};
    let kinds = [
        (
            Console::Terminal,
            "a terminal for input and output",
            &[Client, Server][..],
        ),
        (
            Console::OutputClosed,
            "standard output is not open",
            &[Client, Server],
        ),
        (
            Console::OutputBroken,
            "nobody reads standard output any more",
            &[Client, Server],
        ),
        (
            Console::OutputFull,
            "standard output is full, and read once the program waits for it",
            &[Client, Server],
        ),
        (
            Console::OutputUnread,
            "nobody reads standard output, and SIGTERM comes while a long message is printed",
            &[Client, Server],
        ),
        (
            Console::ErrorBroken,
            "nobody reads standard error any more, and a malformed frame comes",
            &[Client, Server],
        ),
        // A JVM opens its own class library as descriptor 0 if that is closed, so there is no oracle for a client.
        (
            Console::InputClosed,
            "standard input is not open",
            &[Server],
        ),
    ];
    let cases = kinds.iter().flat_map(|(console, about, sides)| {
        sides.iter().map(|side| match side {
            Client => client(*console, about),
            Server => server(*console, about),
        })
    });
    cases.collect()
}

fn name(console: Console, side: Side) -> String {
    format!("console-is/{}/{}", console.name(), side.name())
}

fn server(console: Console, about: &'static str) -> Case {
    let start = vec![Step::StartWith(Side::Server, console)];
    let listens = vec![Step::Await(Await::Listening), Step::Act(Act::Connect)];
    let scripted = Side::Client;
    let steps = [
        start,
        unblocked(console, scripted),
        listens,
        match console {
            Console::ErrorBroken => [send(MALFORMED), finish()].concat(),
            Console::OutputUnread => ended_while_it_prints(scripted),
            _ => [send(FRAME), receive_frame(), finish()].concat(),
        },
    ];
    probe(name(console, Side::Server), about, scripted, steps.concat())
}

fn client(console: Console, about: &'static str) -> Case {
    let start = vec![
        Step::Act(Act::Listen),
        Step::StartWith(Side::Client, console),
    ];
    // At a terminal the Enter key is a CR. The terminal echoes it, so the banner must have been printed before.
    let at_rest = vec![
        Step::Act(Act::Accept),
        Step::Await(Await::Settled(Side::Client)),
    ];
    let typed = vec![type_in(b"hi\r"), Step::EndInput(Side::Client)];
    let scripted = Side::Server;
    let steps = [
        start,
        unblocked(console, scripted),
        at_rest,
        typed,
        receive_frame(),
        match console {
            Console::ErrorBroken => [send(MALFORMED), finish()].concat(),
            Console::OutputUnread => ended_while_it_prints(scripted),
            _ => [send(FRAME), finish()].concat(),
        },
    ];
    probe(name(console, Side::Client), about, scripted, steps.concat())
}

/// Returns the steps that send a message that does not fit into standard output, and one byte that is never read.
/// While the program prints it, a stop and a continuation interrupt its write, and then SIGTERM comes.
fn ended_while_it_prints(scripted: Side) -> Vec<Step> {
    let real = scripted.other();
    let signal = |signal| vec![Step::Signal(real, signal)];
    let message = vec![b'a'; 16_000];
    let frame = [&16_000_u16.to_be_bytes()[..], &message, b"!"].concat();
    [
        send(&frame),
        settled(scripted),
        signal(Signal::Stop),
        signal(Signal::Continue),
        settled(scripted),
        signal(Signal::Terminate),
    ]
    .concat()
}

/// Returns the steps that wait until a program with a full standard output waits for it, and then read that output.
fn unblocked(console: Console, scripted: Side) -> Vec<Step> {
    match console {
        Console::OutputFull => {
            let read = vec![Step::ReadOutput(scripted.other())];
            [settled(scripted), read].concat()
        }
        _ => Vec::new(),
    }
}
