//! The summary of a run, which is computed once and which every report is made from.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use recorder::Side;

use crate::case_result::CaseResult;
use crate::finished_run::FinishedRun;
use crate::oracle::Oracle;
use crate::peer::{NOBODY, SCRIPT};
use crate::verdict::Verdict;

/// Cases that a peer claims not to support, although every recording of them is the same as the originals'.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Outdated<'a> {
    pub peer: &'a str,
    pub side: Side,
    pub reason: &'a str,
    pub cases: Vec<&'a str>,
}

/// Number of recordings with each verdict.
pub(crate) type VerdictCounts = BTreeMap<Verdict, usize>;

/// The summary of a run.
#[derive(Debug)]
pub(crate) struct Summary<'a> {
    pub run: &'a FinishedRun<'a>,
    counts: VerdictCounts,
    /// The verdicts of each client with each server.
    pub matrix: BTreeMap<(&'a str, &'a str), VerdictCounts>,
    /// The recordings that are different or have no verdict.
    pub failed: Vec<&'a CaseResult<'a>>,
    /// Reasons of the declared differences that occurred, with their counts.
    pub declared: BTreeMap<&'a str, usize>,
    /// Reasons why recordings are unsupported, with their counts.
    pub unsupported: BTreeMap<&'a str, usize>,
    /// Claims of peers that all their recordings contradict.
    pub outdated: Vec<Outdated<'a>>,
    /// True if there are unsupported cases and none of them was recorded.
    pub has_unchecked_claims: bool,
    /// The recordings that did not fail and took more than half of their deadline, slowest first. A slower
    /// machine may not finish them in time.
    pub near_deadline: Vec<(&'a CaseResult<'a>, Duration)>,
}

impl<'a> Summary<'a> {
    /// Summarizes `run`.
    pub(crate) fn of(run: &'a FinishedRun<'a>) -> Summary<'a> {
        let mut counts = VerdictCounts::new();
        let mut matrix: BTreeMap<_, VerdictCounts> = BTreeMap::new();
        for result in &run.results {
            let pairing = (result.task.client_name(), result.task.server_name());
            let of_pairing = matrix.entry(pairing).or_default();
            for counts in [&mut counts, of_pairing] {
                *counts.entry(result.judgement.verdict).or_default() += 1;
            }
        }
        let results = || run.results.iter();
        let channels = results().flat_map(|result| result.judgement.channels.values());
        let occurred = channels.filter(|judged| judged.verdict == Some(Verdict::Declared));
        let mut unsupported = results().filter(|result| result.task.unsupported.is_some());
        Summary {
            run,
            has_unchecked_claims: counts.contains_key(&Verdict::Unsupported)
                && unsupported.all(|result| result.attempt.recording().is_none()),
            counts,
            matrix,
            failed: results()
                .filter(|result| result.judgement.verdict >= Verdict::Different)
                .collect(),
            declared: counted(occurred.filter_map(|judged| Some(judged.declared?.reason))),
            unsupported: counted(results().filter_map(|result| result.task.unsupported)),
            outdated: outdated(run),
            near_deadline: near_deadline(run),
        }
    }

    /// Returns the clients and the servers of the matrix, in the order of the peers.
    pub(crate) fn axes(&self) -> [Vec<&'a str>; 2] {
        let names = self.run.peers.iter().map(|peer| peer.name.as_str());
        let names: Vec<&str> = names.chain([SCRIPT, NOBODY]).collect();
        let (clients, servers): (BTreeSet<_>, BTreeSet<_>) = self.matrix.keys().copied().unzip();
        [clients, servers].map(|played| {
            let names = names.iter().copied();
            names.filter(|name| played.contains(name)).collect()
        })
    }

    /// Returns the exit status: 0 as expected, 1 a difference, 2 could not run, and 128 plus the number of the
    /// signal if one interrupted the run.
    pub(crate) fn status(&self) -> u8 {
        if let Some(interrupted) = &self.run.interrupted {
            return u8::try_from(128 + interrupted.signal).unwrap_or(u8::MAX);
        }
        let mutants = self
            .run
            .mutants
            .as_ref()
            .map(|findings| (findings.failures(), findings.errors.len()));
        let certificate = self
            .run
            .certificate
            .as_ref()
            .map(|certificate| (certificate.unmatched.len(), certificate.blind.len()));
        let (failures, errors) = mutants.or(certificate).unwrap_or_default();
        let unexpected = self.count(Verdict::Different) + self.run.stale.len() + failures;
        match (self.count(Verdict::Error) + errors, unexpected) {
            (0, 0) => 0,
            (_, 1..) => 1,
            (_, 0) => 2,
        }
    }

    /// Returns the observations of the originals in `case`.
    pub(crate) fn oracle(&self, case: &str) -> Option<&Oracle> {
        let mut oracles = self.run.oracles.iter();
        let found = oracles.find(|(of, _)| of.name == case);
        found.map(|(_, oracle)| oracle)
    }

    /// Returns the number of recordings with this verdict.
    pub(crate) fn count(&self, verdict: Verdict) -> usize {
        self.counts.get(&verdict).copied().unwrap_or(0)
    }
}

fn outdated<'a>(run: &'a FinishedRun<'_>) -> Vec<Outdated<'a>> {
    let mut claims: BTreeMap<(&str, Side, &str), BTreeMap<&str, bool>> = BTreeMap::new();
    for result in &run.results {
        let (Some(reason), Some((peer, side))) = (result.task.unsupported, result.claimant())
        else {
            continue;
        };
        let cases = claims.entry((peer, side, reason)).or_default();
        let holds = cases.entry(&result.task.case.name).or_insert(true);
        *holds &= result.is_supported_after_all();
    }
    let outdated = claims.into_iter().map(|((peer, side, reason), cases)| {
        let supported = cases.into_iter().filter(|(_, is_supported)| *is_supported);
        Outdated {
            peer,
            side,
            reason,
            cases: supported.map(|(case, _)| case).collect(),
        }
    });
    outdated.filter(|claim| !claim.cases.is_empty()).collect()
}

fn near_deadline<'a>(run: &'a FinishedRun<'a>) -> Vec<(&'a CaseResult<'a>, Duration)> {
    // The deadline does not include the pauses of the script.
    let took = |result: &CaseResult<'_>| {
        let recording = result.attempt.recording()?;
        Some(recording.took.saturating_sub(result.task.case.pauses()))
    };
    let results = run.results.iter();
    let mut near: Vec<_> = results
        .filter(|result| result.judgement.verdict < Verdict::Different)
        .filter_map(|result| Some((result, took(result)?)))
        .filter(|(_, took)| *took > run.deadline / 2)
        .collect();
    near.sort_by_key(|(_, took)| Reverse(*took));
    near
}

/// Returns the counts in words: `3 different, 1 error`.
pub(crate) fn in_words(counts: &VerdictCounts) -> String {
    let counts = counts.iter();
    let counts = counts.map(|(verdict, n)| format!("{n} {}", verdict.name()));
    counts.collect::<Vec<_>>().join(", ")
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
    use crate::mutant::Findings;

    /// Returns a run whose results have only these verdicts.
    fn with(verdicts: &[Verdict]) -> FinishedRun<'static> {
        let mut run = example::run();
        run.stale.clear();
        run.mutants = None;
        run.results
            .retain(|result| verdicts.contains(&result.judgement.verdict));
        run
    }

    #[test]
    fn different_could_not_run_and_as_expected_are_three_exit_statuses() {
        use Verdict::{Declared, Different, Error, Same, Unsupported};
        assert_eq!(
            Summary::of(&with(&[Same, Declared, Unsupported])).status(),
            0
        );
        assert_eq!(Summary::of(&with(&[Same, Different])).status(), 1);
        assert_eq!(Summary::of(&with(&[Same, Error])).status(), 2);
        assert_eq!(Summary::of(&with(&[Different, Error])).status(), 1);
    }

    #[test]
    fn what_took_more_than_half_of_its_deadline_is_near_it() {
        let mut run = example::run();
        assert!(Summary::of(&run).near_deadline.is_empty());
        let half = run.deadline / 2;
        for n in 0..3_u32 {
            let recording = example::recording_of(&mut run.results[n as usize]);
            recording.took = half + Duration::from_nanos(n.into());
        }
        let near = Summary::of(&run).near_deadline.into_iter();
        let runs: Vec<usize> = near.map(|(result, _)| result.task.repetition).collect();
        assert_eq!(runs, [3, 2]);
    }

    #[test]
    fn different_and_without_a_verdict_failed() {
        let run = example::run();
        let failed: Vec<Verdict> = Summary::of(&run)
            .failed
            .iter()
            .map(|failed| failed.judgement.verdict)
            .collect();
        assert_eq!(failed, [Verdict::Different, Verdict::Error]);
    }

    #[test]
    fn a_declared_difference_counts_where_it_showed() {
        let mut run = example::run();
        assert_eq!(
            Summary::of(&run).declared.into_values().collect::<Vec<_>>(),
            [1]
        );
        for judged in run.results[3].judgement.channels.values_mut() {
            judged.verdict = Some(Verdict::Same);
        }
        assert!(Summary::of(&run).declared.is_empty());
    }

    #[test]
    fn an_oracle_is_of_one_case() {
        let run = example::run();
        assert!(Summary::of(&run).oracle("exchange/emoji").is_some());
        assert!(Summary::of(&run).oracle("exchange/ascii").is_none());
    }

    #[test]
    fn a_stale_declaration_and_a_survivor_are_failures() {
        let mut stale = with(&[Verdict::Same]);
        stale.stale = example::run().stale;
        assert_eq!(Summary::of(&stale).status(), 1);
        let mut survivor = with(&[Verdict::Same]);
        survivor.mutants = Some(Findings {
            useless: vec!["exchange/ascii".into()],
            ..Findings::default()
        });
        assert_eq!(Summary::of(&survivor).status(), 1);
    }

    #[test]
    fn an_interrupted_run_has_a_status_of_its_own_whatever_it_found() {
        use Verdict::{Different, Same};
        for verdicts in [&[Same][..], &[Same, Different]] {
            let mut run = with(verdicts);
            run.interrupted = Some(example::INTERRUPTED);
            assert_eq!(Summary::of(&run).status(), 130);
        }
    }

    #[test]
    fn a_mutant_that_could_not_run_is_an_exit_status_of_its_own() {
        let mut run = with(&[Verdict::Same]);
        run.mutants = Some(Findings {
            errors: vec!["no program".into()],
            ..Findings::default()
        });
        assert_eq!(Summary::of(&run).status(), 2);
    }
}
