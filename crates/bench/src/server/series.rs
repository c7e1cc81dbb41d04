//! The rounds in which every server is measured in one scenario.
//!
//! Each round begins with the next server. Three servers are measured in the order A B C, B C A, C A B, and
//! so on, so that none is always behind the same other.

use std::time::Instant;

use super::figures::{Metric, Series};
use super::measure::ServerBench;
use super::peer::{Peer, SUBJECT};
use super::scenario::Scenario;
use crate::load::client_group::WrongReply;

/// Measures `peers` in turn, `rounds` times.
pub(crate) fn measure(
    bench: &mut ServerBench,
    scenario: Scenario,
    peers: &[Peer],
    rounds: usize,
) -> Vec<Series> {
    let is_measured = |peer: &&Peer| match scenario {
        Scenario::Room(_) => peer.has_room(),
        _ => !peer.prints || scenario.has_transcript(),
    };
    let peers: Vec<&Peer> = peers.iter().filter(is_measured).collect();
    let new = |peer: &&Peer| Series {
        scenario: scenario.to_string(),
        peer: peer.name.clone(),
        ..Series::default()
    };
    let mut cells: Vec<Series> = peers.iter().map(new).collect();
    let begun = Instant::now();
    eprint!("{scenario} ");
    for round in 0..scenario.rounds(rounds) {
        for turn in 0..peers.len() {
            eprint!(".");
            let n = (round + turn) % peers.len();
            cells[n].measure(bench, scenario, peers[n]);
        }
    }
    for (cell, peer) in cells.iter_mut().zip(&peers) {
        cell.count(bench, scenario, peer);
    }
    eprintln!(" {:.0?}", begun.elapsed());
    cells
}

impl Series {
    /// Measures and adds a round, unless an earlier one has failed.
    fn measure(&mut self, bench: &mut ServerBench, scenario: Scenario, peer: &Peer) {
        if self.trouble.is_some() {
            return;
        }
        match bench.measure(scenario, peer) {
            Ok(figures) => self.rounds.push(figures),
            Err(error) => {
                bench.discard(peer);
                eprint!(" {}: {error:#} ", self.peer);
                self.trouble = Some(format!("{error:#}"));
                self.failed = error.is::<WrongReply>() || self.peer.starts_with(SUBJECT);
            }
        }
    }

    /// Counts the system calls and adds their number to the first round.
    fn count(&mut self, bench: &mut ServerBench, scenario: Scenario, peer: &Peer) {
        let Some(first) = self.rounds.first_mut() else {
            return;
        };
        match bench.count(scenario, peer) {
            Ok(calls) => first.extend(calls.map(|calls| (Metric::SystemCalls, calls))),
            Err(error) => {
                bench.discard(peer);
                self.uncounted = Some(format!("{error:#}"));
            }
        }
    }
}
