//! Steps that many cases share.

use ::interop::case::{Case, Participants};
pub(super) use ::interop::conversation::send;
use ::interop::conversation::{Conversation, Turn};
use recorder::{Act, Await, Side, Step};

/// A frame with `hi`, which scripts send where the text does not matter.
pub(super) const FRAME: &[u8] = b"\0\x02hi";

/// Returns the longest frame, which does not fit into limited buffers.
pub(super) fn longest() -> Vec<u8> {
    [&[0xFF, 0xFF][..], &[b'a'; 65_535]].concat()
}

/// Returns a case in which a script plays `scripted` and then waits until the real program has exited.
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

/// Returns the steps up to the point where the scripted side may send; a scripted server has received the request.
pub(super) fn opening(side: Side) -> Vec<Step> {
    match side {
        Side::Client => connection(side),
        Side::Server => [request_sent(), receive_frame()].concat(),
    }
}

/// Returns the steps up to the client's request, which the scripted server has not received.
pub(super) fn request_sent() -> Vec<Step> {
    [connection(Side::Server), feed(Side::Server)].concat()
}

/// Returns the steps that connect the real program with the script.
pub(super) fn connection(scripted: Side) -> Vec<Step> {
    match scripted {
        Side::Client => [server_listens(), vec![Step::Act(Act::Connect)]].concat(),
        Side::Server => vec![
            Step::Act(Act::Listen),
            Step::Start(Side::Client),
            Step::Act(Act::Accept),
        ],
    }
}

/// Returns the steps that type `hi` at a real client's console. A real server has none.
pub(super) fn feed(scripted: Side) -> Vec<Step> {
    match scripted {
        Side::Client => Vec::new(),
        Side::Server => {
            vec![type_in(b"hi\n"), Step::EndInput(Side::Client)]
        }
    }
}

/// Returns the steps that start the server and wait until it listens.
pub(super) fn server_listens() -> Vec<Step> {
    vec![Step::Start(Side::Server), Step::Await(Await::Listening)]
}

/// Returns the step that types `bytes` at a real client's console.
pub(super) fn type_in(bytes: &[u8]) -> Step {
    Step::Feed(Side::Client, bytes.to_vec())
}

/// Returns the steps in which the script receives as many bytes as [`FRAME`] has.
pub(super) fn receive_frame() -> Vec<Step> {
    vec![Step::Act(Act::Receive(FRAME.len()))]
}

/// Returns the conversation in which the script says `frame`, once the real program has said what it says first.
pub(super) fn conversation(scripted: Side, frame: &[u8]) -> Conversation {
    let real = scripted.other();
    Conversation {
        prefix: String::new(),
        scripted,
        opening: opening(scripted),
        turns: vec![Turn {
            before: Vec::new(),
            says: frame.to_vec(),
        }],
        rest: Vec::new(),
        close: finish(),
        read: Await::Consumed(real),
        end: vec![Step::Await(Await::Exited(real))],
    }
}

/// Returns the steps in which the script closes its sending half and reads to the end.
pub(super) fn finish() -> Vec<Step> {
    vec![Step::Act(Act::HalfClose), Step::Act(Act::ReceiveEnd)]
}

/// Returns the step that waits until the real program waits for something or has exited.
pub(super) fn settled(scripted: Side) -> Vec<Step> {
    vec![Step::Await(Await::Settled(scripted.other()))]
}

/// Returns a case in which two real programs talk. The client's console has `input` and then ends.
pub(super) fn exchange(name: String, about: &'static str, input: impl Into<Vec<u8>>) -> Case {
    let steps = vec![
        Step::Start(Side::Client),
        Step::Feed(Side::Client, input.into()),
        Step::EndInput(Side::Client),
    ];
    let steps = [server_listens(), steps, exits()].concat();
    Case::new(name, about, Participants::Both, steps)
}

/// Returns the steps that wait until both programs have exited.
pub(super) fn exits() -> Vec<Step> {
    vec![
        Step::Await(Await::Exited(Side::Client)),
        Step::Await(Await::Exited(Side::Server)),
    ]
}
