//! The steps of a pair's cases.

use anyhow::{Result, bail};
use recorder::{Await, Side, Step};

use super::file::Move;
use crate::probes::Happened;
use crate::tapped::{Said, Tapped};

/// Returns the steps in which both programs play.
///
/// The server is started first, and each move is made once everything that runs has come to rest. Before a client starts
/// again, and at the end, its input ends, unless it is kept open.
pub(super) fn both(moves: &[Move], keep_open: bool) -> Vec<Step> {
    let rest = || Step::Await(Await::BothSettled);
    let end_input = |side| match keep_open {
        true => Vec::new(),
        false => vec![Step::EndInput(side), rest()],
    };
    let mut steps = vec![Step::Start(Side::Server)];
    let mut clients = 0;
    let mut current = 1;
    let mut of_client = |number: usize| match std::mem::replace(&mut current, number) == number {
        true => Vec::new(),
        false => vec![Step::Client(number)],
    };
    for a_move in moves {
        match a_move {
            Move::ClientStarts(number, arguments) => {
                if *number <= clients {
                    steps.push(rest());
                    steps.extend(of_client(*number));
                    steps.extend(end_input(Side::Client));
                } else if *number == 1 {
                    steps.push(Step::Await(Await::Listening));
                } else {
                    of_client(*number);
                    steps.push(rest());
                }
                clients = clients.max(*number);
                steps.push(match (*number, &arguments[..]) {
                    (1, []) => Step::Start(Side::Client),
                    (number, arguments) => Step::StartClient(number, arguments.to_vec()),
                });
            }
            Move::Typed(side, number, bytes) => {
                steps.push(match clients {
                    0 => Step::Await(Await::Settled(Side::Server)),
                    _ => rest(),
                });
                if *side == Side::Client {
                    steps.extend(of_client(*number));
                }
                steps.push(Step::Feed(*side, bytes.clone()));
            }
        }
    }
    steps.push(rest());
    for number in 1..=clients {
        if !keep_open {
            steps.extend(of_client(number));
        }
        steps.extend(end_input(Side::Client));
    }
    let typed_at_server = |a_move: &Move| matches!(a_move, Move::Typed(Side::Server, ..));
    if moves.iter().any(typed_at_server) {
        steps.extend(end_input(Side::Server));
    }
    steps.push(Step::Await(Await::Stopped(Side::Server)));
    steps
}

/// Returns what happens when a tapped conversation is played again, with `fed` on the programs' consoles.
///
/// A tap does not see consoles. So each element of a side's console is typed before the side's next words, and the
/// rest before the end of its input. Fails unless there is one connection.
pub(super) fn tapped(
    tapped: &Tapped,
    fed: &[(Side, Vec<u8>)],
    keep_open: bool,
) -> Result<Vec<Happened>> {
    let [connection] = &tapped.connections[..] else {
        let number = tapped.connections.len();
        bail!("one connection can be replayed, and the file has {number}");
    };
    let mut consoles = Side::BOTH.map(|side| {
        let own = fed.iter().filter(move |(of, _)| *of == side);
        (side, own.map(|(_, bytes)| bytes.clone()))
    });
    let mut happened: Vec<Happened> = Vec::new();
    for event in &connection.events {
        match &event.what {
            Said::Bytes(bytes) => match happened.last_mut() {
                Some(Happened::Said(side, said)) if *side == event.from => said.extend(bytes),
                _ => {
                    let own = consoles.iter_mut().find(|(side, _)| *side == event.from);
                    let next = own.and_then(|(_, elements)| elements.next());
                    happened.extend(next.map(|bytes| Happened::Fed(event.from, bytes)));
                    happened.push(Happened::Said(event.from, bytes.clone()));
                }
            },
            Said::End(end) => happened.push(Happened::Ended(event.from, *end)),
        }
    }
    for (side, elements) in consoles {
        happened.extend(elements.map(|bytes| Happened::Fed(side, bytes)));
        if !keep_open && side == Side::Client {
            happened.push(Happened::InputEnded(side));
        }
    }
    Ok(happened)
}
