//! The steps that bring a program into a call that waits, and out of it again.

use ladder::chain::SocketCall;
use recorder::{Act, Await, Side, Step};

/// Returns the steps that bring the program on `side` into `socket_call`, hold it there, and let it end.
pub(super) fn steps(socket_call: SocketCall, side: Side, is_java: bool) -> Vec<Step> {
    let mut steps = Vec::new();
    if socket_call == SocketCall::Write {
        steps.push(Step::LimitBuffers);
    }
    let [before, after] = match side {
        Side::Client => client_steps(socket_call),
        Side::Server => server_steps(socket_call),
    };
    steps.extend(before);
    steps.push(Step::Await(Await::Settled(side)));
    if is_java {
        steps.push(Step::ThreadDump(side));
    }
    steps.push(Step::Hold(side));
    steps.extend(after);
    steps
}

/// Returns the steps before and after the server is held.
fn server_steps(socket_call: SocketCall) -> [Vec<Step>; 2] {
    let begun = [Step::Start(Side::Server), Step::Await(Await::Listening)];
    let over = [
        Step::Act(Act::Close),
        Step::Await(Await::Exited(Side::Server)),
    ];
    let (before, after) = match socket_call {
        SocketCall::Accept => (vec![], vec![Step::Act(Act::Connect)]),
        SocketCall::Read => (
            vec![
                Step::Act(Act::Connect),
                Step::Await(Await::Lines(Side::Server, 2)),
            ],
            vec![
                Step::Act(Act::Send(frame(b"hello"))),
                Step::Act(Act::Receive(7)),
            ],
        ),
        SocketCall::Write | SocketCall::Connect => (
            vec![Step::Act(Act::Connect), Step::Act(Act::Send(long_frame()))],
            vec![Step::Act(Act::Receive(long_frame().len()))],
        ),
    };
    [
        [begun.to_vec(), before].concat(),
        [after, over.to_vec()].concat(),
    ]
}

/// Returns the steps before and after the client is held.
fn client_steps(socket_call: SocketCall) -> [Vec<Step>; 2] {
    let feed = |line: Vec<u8>| [Step::Feed(Side::Client, line), Step::EndInput(Side::Client)];
    let hello = || feed(b"hello\n".to_vec()).to_vec();
    let reply = [
        Step::Act(Act::Send(frame(b"hello"))),
        Step::Act(Act::Close),
        Step::Await(Await::Exited(Side::Client)),
    ];
    let met = [Step::Act(Act::Listen), Step::Start(Side::Client)];
    let taken = |n| vec![Step::Act(Act::Accept), Step::Act(Act::Receive(n))];
    let (before, after) = match socket_call {
        SocketCall::Read => ([met.to_vec(), hello(), taken(7)].concat(), vec![]),
        SocketCall::Write => {
            let line = [vec![b'a'; u16::MAX.into()], b"\n".to_vec()].concat();
            let accept = vec![Step::Act(Act::Accept)];
            (
                [met.to_vec(), feed(line).to_vec(), accept].concat(),
                vec![Step::Act(Act::Receive(long_frame().len()))],
            )
        }
        // The script's own connection fills the queue until the script accepts it.
        SocketCall::Connect | SocketCall::Accept => (
            vec![
                Step::LimitBacklog(0),
                Step::Act(Act::Listen),
                Step::Act(Act::Connect),
                Step::Start(Side::Client),
                Step::Await(Await::SynUnanswered),
            ],
            [vec![Step::Act(Act::Accept)], hello(), taken(7)].concat(),
        ),
    };
    [before, [after, reply.to_vec()].concat()]
}

fn frame(text: &[u8]) -> Vec<u8> {
    [&(text.len() as u16).to_be_bytes(), text].concat()
}

/// Returns a frame that is too long for the smallest buffers.
fn long_frame() -> Vec<u8> {
    frame(&vec![b'a'; u16::MAX.into()])
}
