//! The results of a run, which every report is made from.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use recorder::{Isolation, Side};

use crate::case::Case;
use crate::case_result::CaseResult;
use crate::declared::Declared;
use crate::environment::Environment;
use crate::interrupted::Interrupted;
use crate::mutant::Findings;
use crate::oracle::Oracle;
use crate::peer::{NOBODY, Peer, SCRIPT};
use crate::programs::jdk::Jdk;
use crate::verdict::Verdict;

/// Cases that a peer claims not to support, although every recording of them is the same as Java's.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Outdated<'a> {
    pub peer: &'a str,
    pub side: Side,
    pub reason: &'a str,
    pub cases: Vec<&'a str>,
}

/// The results of a run.
#[derive(Debug)]
pub(crate) struct Summary<'a> {
    pub jdks: &'a [Jdk],
    pub peers: &'a [Peer],
    pub environment: Environment,
    pub isolation: Isolation,
    pub oracles: Vec<(&'a Case, Oracle)>,
    pub results: Vec<CaseResult<'a>>,
    /// Every declared difference.
    pub declarations: &'static [Declared],
    /// Declared differences that never occurred in a whole run.
    pub stale: Vec<&'static Declared>,
    pub evidence: PathBuf,
    /// Time that each recording was given.
    pub deadline: Duration,
    pub took: Duration,
    /// Numbers of recordings, if a signal ended the run early.
    pub interrupted: Option<Interrupted>,
    /// The results of the test of the harness itself, if it ran.
    pub mutants: Option<Findings>,
}

/// Number of recordings with each verdict.
pub(crate) type VerdictCounts = BTreeMap<Verdict, usize>;

impl Summary<'_> {
    /// Returns the matrix: the verdicts of each client with each server.
    pub(crate) fn matrix(&self) -> BTreeMap<(&str, &str), VerdictCounts> {
        let mut matrix: BTreeMap<_, VerdictCounts> = BTreeMap::new();
        for result in &self.results {
            let pairing = (result.task.client_name(), result.task.server_name());
            *matrix
                .entry(pairing)
                .or_default()
                .entry(result.judgement.verdict)
                .or_default() += 1;
        }
        matrix
    }

    /// Returns the clients and servers that the matrix shows, in the order of the peers.
    pub(crate) fn axes(&self) -> (Vec<&str>, Vec<&str>) {
        let matrix = self.matrix();
        let names = self.peers.iter().map(|peer| peer.name.as_str());
        let names: Vec<&str> = names.chain([SCRIPT, NOBODY]).collect();
        let clients = names.iter().copied();
        let clients = clients.filter(|name| matrix.keys().any(|(client, _)| client == name));
        let servers = names.iter().copied();
        let servers = servers.filter(|name| matrix.keys().any(|(_, server)| server == name));
        (clients.collect(), servers.collect())
    }

    /// Returns the recordings that are different or have no verdict.
    pub(crate) fn failed(&self) -> impl Iterator<Item = &CaseResult<'_>> {
        self.results
            .iter()
            .filter(|result| result.judgement.verdict >= Verdict::Different)
    }

    /// Returns the reasons of the declared differences that occurred, with their counts.
    pub(crate) fn declared(&self) -> BTreeMap<&str, usize> {
        let channels = self
            .results
            .iter()
            .flat_map(|result| result.judgement.channels.values());
        let showed = channels.filter(|judged| judged.verdict == Some(Verdict::Declared));
        counted(showed.filter_map(|judged| Some(judged.declared?.reason)))
    }

    /// Returns the reasons why recordings are unsupported, with their counts.
    pub(crate) fn unsupported(&self) -> BTreeMap<&str, usize> {
        counted(
            self.results
                .iter()
                .filter_map(|result| result.task.unsupported),
        )
    }

    /// Returns the claims of peers that all their recordings contradict.
    pub(crate) fn outdated(&self) -> Vec<Outdated<'_>> {
        let mut claims: BTreeMap<(&str, Side, &str), BTreeMap<&str, bool>> = BTreeMap::new();
        for result in &self.results {
            let (Some(reason), Some((peer, side))) = (result.task.unsupported, result.claimant())
            else {
                continue;
            };
            let cases = claims.entry((peer, side, reason)).or_default();
            let holds = cases.entry(&result.task.case.name).or_insert(true);
            *holds &= result.is_supported_after_all();
        }
        let outdated = claims
            .into_iter()
            .map(|((peer, side, reason), cases)| Outdated {
                peer,
                side,
                reason,
                cases: cases
                    .into_iter()
                    .filter_map(|(case, is_supported)| is_supported.then_some(case))
                    .collect(),
            });
        outdated.filter(|claim| !claim.cases.is_empty()).collect()
    }

    /// Returns whether there are unsupported cases and none of them was recorded.
    pub(crate) fn has_unchecked_claims(&self) -> bool {
        let mut unsupported = self
            .results
            .iter()
            .filter(|result| result.judgement.verdict == Verdict::Unsupported)
            .peekable();
        unsupported.peek().is_some()
            && unsupported.all(|result| result.attempt.recording().is_none())
    }

    /// Returns the recordings that did not fail and took more than half of their deadline, slowest first. A
    /// slower machine may not finish them in time.
    pub(crate) fn near_deadline(&self) -> Vec<(&CaseResult<'_>, Duration)> {
        // The deadline does not include the pauses of the script.
        let took = |result: &CaseResult<'_>| {
            let made = result.attempt.recording()?;
            Some(made.took.saturating_sub(result.task.case.pauses()))
        };
        let results = self.results.iter();
        let mut near: Vec<_> = results
            .filter(|result| result.judgement.verdict < Verdict::Different)
            .filter_map(|result| Some((result, took(result)?)))
            .filter(|(_, took)| *took > self.deadline / 2)
            .collect();
        near.sort_by_key(|(_, took)| Reverse(*took));
        near
    }

    /// Returns the exit status: 0 as expected, 1 a difference, 2 could not run, and 128 plus the number of the
    /// signal if one interrupted the run.
    pub(crate) fn status(&self) -> u8 {
        if let Some(interrupted) = &self.interrupted {
            return u8::try_from(128 + interrupted.signal).unwrap_or(u8::MAX);
        }
        let mutants = self.mutants.as_ref();
        let (failures, errors) = mutants.map_or((0, 0), |findings| {
            (findings.failures(), findings.errors.len())
        });
        let unexpected = self.count(Verdict::Different) + self.stale.len() + failures;
        match (self.count(Verdict::Error) + errors, unexpected) {
            (0, 0) => 0,
            (_, 1..) => 1,
            (_, 0) => 2,
        }
    }

    /// Returns the observations of the originals in `case`.
    pub(crate) fn oracle(&self, case: &str) -> Option<&Oracle> {
        self.oracles
            .iter()
            .find(|(of, _)| of.name == case)
            .map(|(_, oracle)| oracle)
    }

    /// Returns the number of recordings with this verdict.
    pub(crate) fn count(&self, verdict: Verdict) -> usize {
        self.results
            .iter()
            .filter(|result| result.judgement.verdict == verdict)
            .count()
    }
}

fn counted<'a>(reasons: impl Iterator<Item = &'a str>) -> BTreeMap<&'a str, usize> {
    let mut counts = BTreeMap::new();
    for reason in reasons {
        *counts.entry(reason).or_default() += 1;
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example;

    /// Returns a run whose results have only these verdicts.
    fn with(verdicts: &[Verdict]) -> Summary<'static> {
        let mut summary = example::summary();
        summary.stale.clear();
        summary.mutants = None;
        summary
            .results
            .retain(|result| verdicts.contains(&result.judgement.verdict));
        summary
    }

    #[test]
    fn different_could_not_run_and_as_expected_are_three_exit_statuses() {
        use Verdict::{Declared, Different, Error, Same, Unsupported};
        assert_eq!(with(&[Same, Declared, Unsupported]).status(), 0);
        assert_eq!(with(&[Same, Different]).status(), 1);
        assert_eq!(with(&[Same, Error]).status(), 2);
        assert_eq!(with(&[Different, Error]).status(), 1);
    }

    #[test]
    fn what_took_more_than_half_of_its_deadline_is_near_it() {
        let mut summary = example::summary();
        assert!(summary.near_deadline().is_empty());
        let half = summary.deadline / 2;
        for n in 0..3_u32 {
            let recording = example::recording_of(&mut summary.results[n as usize]);
            recording.took = half + Duration::from_nanos(n.into());
        }
        let near = summary.near_deadline().into_iter();
        let runs: Vec<usize> = near.map(|(result, _)| result.task.repetition).collect();
        assert_eq!(runs, [3, 2]);
    }

    #[test]
    fn different_and_without_a_verdict_failed() {
        let summary = example::summary();
        let failed: Vec<Verdict> = summary
            .failed()
            .map(|failed| failed.judgement.verdict)
            .collect();
        assert_eq!(failed, [Verdict::Different, Verdict::Error]);
    }

    #[test]
    fn a_declared_difference_counts_where_it_showed() {
        let mut summary = example::summary();
        assert_eq!(summary.declared().into_values().collect::<Vec<_>>(), [1]);
        for judged in summary.results[3].judgement.channels.values_mut() {
            judged.verdict = Some(Verdict::Same);
        }
        assert!(summary.declared().is_empty());
    }

    #[test]
    fn an_oracle_is_of_one_case() {
        let summary = example::summary();
        assert!(summary.oracle("exchange/emoji").is_some());
        assert!(summary.oracle("exchange/ascii").is_none());
    }

    #[test]
    fn a_stale_declaration_and_a_survivor_are_failures() {
        let mut stale = with(&[Verdict::Same]);
        stale.stale = example::summary().stale;
        assert_eq!(stale.status(), 1);
        let mut survivor = with(&[Verdict::Same]);
        survivor.mutants = Some(Findings {
            useless: vec!["exchange/ascii".into()],
            ..Findings::default()
        });
        assert_eq!(survivor.status(), 1);
    }

    #[test]
    fn an_interrupted_run_has_a_status_of_its_own_whatever_it_found() {
        use Verdict::{Different, Same};
        for verdicts in [&[Same][..], &[Same, Different]] {
            let mut summary = with(verdicts);
            summary.interrupted = Some(example::INTERRUPTED);
            assert_eq!(summary.status(), 130);
        }
    }

    #[test]
    fn a_mutant_that_could_not_run_is_an_exit_status_of_its_own() {
        let mut summary = with(&[Verdict::Same]);
        summary.mutants = Some(Findings {
            errors: vec!["no program".into()],
            ..Findings::default()
        });
        assert_eq!(summary.status(), 2);
    }
}
