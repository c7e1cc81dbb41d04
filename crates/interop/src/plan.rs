//! Plans the recordings of a run: every chosen case with every chosen pairing, and the originals' own.
//!
//! With the peers `java-17` (an original) and `rust`, the case `exchange/ascii` needs a client and a server.
//! The plan has these recordings, in the order of the report:
//!
//! 1. `java-17__java-17` three times, because the verdicts rest on at least three recordings of the originals.
//! 2. `java-17__rust`, `rust__java-17` and `rust__rust`, once each, or as often as `--repeat` says.
//!
//! With `--pairing 'rust__*'` the pairing `java-17__rust` is left out; the recordings of the originals stay.
//! With two JDKs there are four pairings of originals, and one recording of each is enough.
//!
//! A recording that a peer does not support, or that cannot be observed on this machine, is in the plan once,
//! with its reason, and is skipped.

use std::collections::BTreeMap;

use anyhow::{Result, ensure};

use crate::case::{Case, Participants};
use crate::filter::Filter;
use crate::peer::Peer;
use crate::task::{Task, name, pairing_name};
use recorder::{Isolation, Side};

/// Least number of recordings of the originals in each case.
const ORIGINAL_RECORDINGS: usize = 3;

/// Returns the recordings of `cases` with `peers`: `repeat` of each pairing that matches, and those of the originals.
pub(crate) fn tasks<'a>(
    cases: &[&'a Case],
    peers: &'a [Peer],
    pairings: &Filter,
    repeat: usize,
    isolation: Isolation,
) -> Vec<Task<'a>> {
    let mut tasks = Vec::new();
    for case in cases {
        let unplayable = case
            .steps
            .iter()
            .find_map(|step| step.unplayable(isolation));
        let pairs = pairs(case.participants, peers);
        let originals = pairs.iter().filter(|pair| are_originals(pair)).count();
        let mut recorded = 0..originals;
        for (client, server) in pairs {
            let task = Task {
                case,
                client,
                server,
                repetition: 1,
                unsupported: unplayable.or(unsupported(case, (client, server))),
            };
            let is_original = task.is_original();
            if is_original || pairings.matches(&task.pairing()) {
                let repetitions = match task.unsupported {
                    Some(_) => 1,
                    None if is_original => {
                        repeat.max(original_repetitions(recorded.next(), originals))
                    }
                    None => repeat,
                };
                tasks.extend((1..=repetitions).map(|repetition| Task {
                    repetition,
                    ..task.clone()
                }));
            }
        }
    }
    tasks
}

/// Returns the indices `tasks` in a random order that depends on `seed` alone.
///
/// Each run records in another order, so that a recording that depends on its neighbours is found.
pub(crate) fn random_order(mut tasks: Vec<usize>, seed: u32) -> Vec<usize> {
    fastrand::Rng::with_seed(seed.into()).shuffle(&mut tasks);
    tasks
}

/// Returns the indices of the originals' tasks in rounds: the first of each case, the second of each, …
pub(crate) fn rounds(tasks: &[Task<'_>]) -> Vec<Vec<usize>> {
    let mut rounds: Vec<Vec<usize>> = Vec::new();
    let mut planned: BTreeMap<&str, usize> = BTreeMap::new();
    for (index, task) in tasks
        .iter()
        .enumerate()
        .filter(|(_, task)| task.is_original())
    {
        let round = planned.entry(&task.case.name).or_default();
        match rounds.get_mut(*round) {
            Some(round) => round.push(index),
            None => rounds.push(vec![index]),
        }
        *round += 1;
    }
    rounds
}

/// Fails if no chosen pairing plays a chosen case. Then all `tasks` are the originals', and nothing is judged.
pub(crate) fn require_chosen(tasks: &[Task<'_>], pairings: &Filter) -> Result<()> {
    ensure!(
        tasks.iter().any(|task| pairings.matches(&task.pairing())),
        "no pairing that was chosen plays a case that was chosen; --list shows all of them"
    );
    Ok(())
}

/// Returns the number of recordings of the `n`th of so many pairings of originals, so that together they
/// make [`ORIGINAL_RECORDINGS`]. It is 0 if the pairings before it make enough.
fn original_repetitions(n: Option<usize>, originals: usize) -> usize {
    let once_more = n.is_some_and(|n| n < ORIGINAL_RECORDINGS % originals);
    ORIGINAL_RECORDINGS / originals + usize::from(once_more)
}

type Pair<'a> = (Option<&'a Peer>, Option<&'a Peer>);

fn pairs(participants: Participants, peers: &[Peer]) -> Vec<Pair<'_>> {
    let playing = |side| {
        peers
            .iter()
            .filter(move |peer| peer.program(side).is_some())
    };
    match participants {
        Participants::ClientAlone | Participants::Scripted(Side::Server) => playing(Side::Client)
            .map(|peer| (Some(peer), None))
            .collect(),
        Participants::ServerAlone | Participants::Scripted(Side::Client) => playing(Side::Server)
            .map(|peer| (None, Some(peer)))
            .collect(),
        Participants::Both => {
            let servers =
                |client| playing(Side::Server).map(move |server| (Some(client), Some(server)));
            playing(Side::Client).flat_map(servers).collect()
        }
    }
}

fn unsupported<'a>(case: &Case, (client, server): Pair<'a>) -> Option<&'a str> {
    let of = |peer: Option<&'a Peer>, side| peer?.unsupported(&case.name, side);
    of(client, Side::Client).or_else(|| of(server, Side::Server))
}

fn are_originals((client, server): &Pair<'_>) -> bool {
    [client, server]
        .into_iter()
        .flatten()
        .all(|peer| peer.is_original)
}

/// Returns the name of every pairing, for `--list` and to check filters.
pub(crate) fn pairings(peers: &[Peer]) -> Vec<String> {
    let kinds = [
        Participants::Both,
        Participants::ClientAlone,
        Participants::ServerAlone,
        Participants::Scripted(Side::Server),
        Participants::Scripted(Side::Client),
    ];
    let of_kind = |participants| {
        let pairs = pairs(participants, peers).into_iter();
        pairs.map(move |(client, server)| {
            pairing_name(
                name(Side::Client, client, participants),
                name(Side::Server, server, participants),
            )
        })
    };
    kinds.into_iter().flat_map(of_kind).collect()
}

#[cfg(test)]
mod tests;
