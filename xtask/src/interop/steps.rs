//! Steps that many cases have in common.

use ::interop::case::{Case, Participants};
use recorder::{Act, Await, Side, Step};

/// What scripts send where the text does not matter: `hi`.
pub(super) const FRAME: &[u8] = b"\0\x02hi";

/// A script that ends with the real program's exit.
pub(super) fn probe(
    name: impl Into<String>,
    about: &'static str,
    scripted: Side,
    steps: Vec<Step>,
) -> Case {
    let exit = vec![Step::Await(Await::Exited(scripted.other()))];
    let steps = [steps, exit].concat();
    Case::new(name, about, Participants::Scripted(scripted), steps)
}

/// Up to where the scripted side speaks: a server has the request by then.
pub(super) fn opening(side: Side) -> Vec<Step> {
    match side {
        Side::Client => connection(side),
        Side::Server => [
            opening_of_server(),
            vec![Step::Act(Act::Receive(FRAME.len()))],
        ]
        .concat(),
    }
}

pub(super) fn opening_of_server() -> Vec<Step> {
    [connection(Side::Server), feed(Side::Server)].concat()
}

/// The real program is connected to the script, and nobody has said anything.
pub(super) fn connection(scripted: Side) -> Vec<Step> {
    match scripted {
        Side::Client => vec![
            Step::Start(Side::Server),
            Step::Await(Await::Listening),
            Step::Act(Act::Connect),
        ],
        Side::Server => vec![
            Step::Act(Act::Listen),
            Step::Start(Side::Client),
            Step::Act(Act::Accept),
        ],
    }
}

/// A real client's console; a real server has none.
pub(super) fn feed(scripted: Side) -> Vec<Step> {
    match scripted {
        Side::Client => Vec::new(),
        Side::Server => {
            vec![
                Step::Feed(Side::Client, b"hi\n".to_vec()),
                Step::EndInput(Side::Client),
            ]
        }
    }
}

pub(super) fn send(bytes: &[u8]) -> Vec<Step> {
    if bytes.is_empty() {
        Vec::new()
    } else {
        vec![Step::Act(Act::Send(bytes.to_vec()))]
    }
}

pub(super) fn read_send(real: Side, bytes: &[u8]) -> Vec<Step> {
    [send(bytes), vec![Step::Await(Await::Consumed(real))]].concat()
}

/// The script ends its half and reads to the end.
pub(super) fn goodbye() -> Vec<Step> {
    vec![Step::Act(Act::HalfClose), Step::Act(Act::ReceiveEnd)]
}

/// The real program has done all that it does by itself.
pub(super) fn settled(scripted: Side) -> Vec<Step> {
    vec![Step::Await(Await::Settled(scripted.other()))]
}

/// A whole conversation: the client's console holds `input` and then ends.
pub(super) fn exchange(name: String, about: &'static str, input: impl Into<Vec<u8>>) -> Case {
    let steps = vec![
        Step::Start(Side::Server),
        Step::Await(Await::Listening),
        Step::Start(Side::Client),
        Step::Feed(Side::Client, input.into()),
        Step::EndInput(Side::Client),
    ];
    Case::new(name, about, Participants::Both, [steps, exits()].concat())
}

pub(super) fn exits() -> Vec<Step> {
    vec![
        Step::Await(Await::Exited(Side::Client)),
        Step::Await(Await::Exited(Side::Server)),
    ]
}
