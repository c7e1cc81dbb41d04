//! Consoles other than two pipes: a terminal, a closed descriptor, a full pipe, a broken pipe.

use super::super::steps::{FRAME, finish, probe, receive_frame, send, settled, type_in};
use ::interop::case::Case;
use recorder::{Act, Await, Console, Side, Step};

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
        send(FRAME),
        receive_frame(),
        finish(),
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
        send(FRAME),
        finish(),
    ];
    probe(name(console, Side::Client), about, scripted, steps.concat())
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
