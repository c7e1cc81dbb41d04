//! The rounds in which every server is measured in one scenario.
//!
//! Each round begins with the next server. Three servers are measured in the order A B C, B C A, C A B, and
//! so on, so that none is always behind the same other.

use std::time::Instant;

use anyhow::Error;

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
    let peers: Vec<&Peer> = peers
        .iter()
        .filter(|peer| !peer.prints || scenario.has_transcript())
        .collect();
    let mut cells: Vec<Series> = peers
        .iter()
        .map(|peer| Series::new(scenario, peer))
        .collect();
    let begun = Instant::now();
    eprint!("{scenario} ");
    for round in 0..scenario.rounds(rounds) {
        eprint!(".");
        for turn in 0..peers.len() {
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
    fn new(scenario: Scenario, peer: &Peer) -> Series {
        Series {
            scenario: scenario.to_string(),
            peer: peer.name.clone(),
            ..Series::default()
        }
    }

    /// Measures and adds a round, unless an earlier one has failed.
    fn measure(&mut self, bench: &mut ServerBench, scenario: Scenario, peer: &Peer) {
        if self.trouble.is_some() {
            return;
        }
        match bench.measure(scenario, peer) {
            Ok(figures) => self.rounds.push(figures),
            Err(error) => {
                bench.discard(peer);
                self.fail(&error);
            }
        }
    }

    fn fail(&mut self, error: &Error) {
        eprint!(" {}: {error:#} ", self.peer);
        self.trouble = Some(format!("{error:#}"));
        let is_wrong = error.downcast_ref::<WrongReply>().is_some();
        self.failed = is_wrong || self.peer.starts_with(SUBJECT);
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
