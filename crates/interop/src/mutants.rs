//! Tests the harness itself with deliberately broken peers.
//!
//! - A control without a defect must be the same as the originals in every case.
//! - Every mutant has one defect, and must differ on the channel that the defect breaks.
//! - Every case must catch at least one mutant; a case that catches none is useless.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use recorder::Side;

use crate::case::Case;
use crate::case_result::CaseResult;
use crate::declared::Declarations;
use crate::judge::judge;
use crate::mutant::{Findings, Mutant, MutantResult, MutantSuite};
use crate::oracle::Oracle;
use crate::peer::Peer;
use crate::schedule;
use crate::task::{RecordingSettings, Task};
use crate::verdict::Verdict;

/// Time after which a recording of a mutant fails. Mutants have no JVM to start, so it is short.
const DEADLINE: Duration = Duration::from_secs(3);

/// The mutant that a recording tests, and the side that it plays.
#[derive(Debug, Clone, Copy)]
struct TestedPeer {
    /// Index in [`MutantSuite::mutants`]; `None` for the control.
    mutant: Option<usize>,
    side: Side,
}

/// The recordings of mutants and control to make.
#[derive(Debug)]
pub(crate) struct MutantPlan<'a> {
    tested: Vec<TestedPeer>,
    pub tasks: Vec<Task<'a>>,
}

/// Plans the recordings of the control in every case, and of each mutant in the cases in which it can show.
pub(crate) fn plan<'a>(suite: &'a MutantSuite, cases: &[&'a Case]) -> MutantPlan<'a> {
    let mut plan = MutantPlan {
        tested: Vec::new(),
        tasks: Vec::new(),
    };
    let mut add = |mutant, side, case: &'a Case, peer| {
        plan.tested.push(TestedPeer { mutant, side });
        plan.tasks.push(task(case, side, peer, &suite.control));
    };
    for side in Side::BOTH {
        for case in cases {
            if case.participants.has_program(side) {
                add(None, side, case, &suite.control);
            }
        }
    }
    for (n, mutant) in suite.mutants.iter().enumerate() {
        for &side in mutant.sides {
            for case in cases {
                if mutant.is_tried_in(case, side) {
                    add(Some(n), side, case, &mutant.peer);
                }
            }
        }
    }
    plan
}

/// Makes the recordings, and judges the control and the mutants by `oracles`.
pub(crate) fn run(
    suite: &MutantSuite,
    plan: MutantPlan<'_>,
    oracles: &[(&Case, Oracle)],
    settings: RecordingSettings<'_>,
    jobs: usize,
) -> Findings {
    let settings = RecordingSettings {
        deadline: DEADLINE,
        ..settings
    };
    let order: Vec<usize> = (0..plan.tasks.len()).collect();
    let attempts = schedule::run(
        &plan.tasks,
        &order,
        jobs,
        || false,
        |task| task.record(settings),
    );
    let attempts = attempts.into_iter().flatten().collect();
    // No difference of a mutant is declared.
    let results = judge(plan.tasks, attempts, oracles, &Declarations::new(&[]), &[]);
    let cases: Vec<&Case> = oracles.iter().map(|(case, _)| *case).collect();
    find(suite, &cases, &plan.tested, &results)
}

fn task<'a>(case: &'a Case, side: Side, mutant: &'a Peer, control: &'a Peer) -> Task<'a> {
    let player = |of: Side| {
        let real = case.participants.has_program(of);
        real.then_some(if of == side { mutant } else { control })
    };
    Task {
        case,
        client: player(Side::Client),
        server: player(Side::Server),
        repetition: 1,
        unsupported: None,
    }
}

fn find(
    suite: &MutantSuite,
    cases: &[&Case],
    tested: &[TestedPeer],
    results: &[CaseResult<'_>],
) -> Findings {
    let mut found: BTreeMap<(Side, &str), MutantResult> = BTreeMap::new();
    let mut useful: BTreeSet<&str> = BTreeSet::new();
    let mut findings = Findings {
        cases: cases.len(),
        ..Findings::default()
    };
    for (tested_peer, result) in tested.iter().zip(results) {
        let (judgement, case) = (&result.judgement, &result.task.case.name);
        let line = || format!("{} {case}: {}", result.task.pairing(), result.explanation());
        let could_not_run = judgement.verdict == Verdict::Error;
        if could_not_run {
            findings.errors.push(line());
        }
        let Some(n) = tested_peer.mutant else {
            if judgement.verdict == Verdict::Different {
                findings.control_differences.push(line());
            }
            continue;
        };
        let mutant = &suite.mutants[n];
        let key = (tested_peer.side, mutant.peer.name.as_str());
        let mutant_result = found
            .entry(key)
            .or_insert_with(|| unseen(mutant, tested_peer.side));
        mutant_result.played += 1;
        if could_not_run {
            mutant_result
                .error
                .get_or_insert_with(|| result.explanation());
        }
        // A case in which a mutant could not run might have caught it, so the case is not called useless.
        if judgement.verdict >= Verdict::Different {
            useful.insert(case);
        }
        mutant_result.differing += usize::from(judgement.verdict == Verdict::Different);
        for channel in result.differing() {
            *mutant_result.channels.entry(channel).or_default() += 1;
            if channel == mutant_result.breaks {
                mutant_result.caught_by.push(case.clone());
            }
        }
    }
    findings.mutants = found.into_values().collect();
    let names = cases.iter().map(|case| &case.name);
    let useless = names.filter(|name| !useful.contains(name.as_str()));
    findings.useless = useless.cloned().collect();
    findings
}

/// Returns the result of a mutant without recordings.
fn unseen(mutant: &Mutant, side: Side) -> MutantResult {
    MutantResult {
        name: format!("{} {}", side.name(), mutant.peer.name),
        about: mutant.about.clone(),
        breaks: mutant.breaks[side as usize],
        caught_by: Vec::new(),
        played: 0,
        differing: 0,
        channels: BTreeMap::new(),
        error: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::channel::Channel;
    use crate::example;

    /// Indices of results in the example's run.
    const SAME: usize = 0;
    const DIFFERENT: usize = 4;
    const COULD_NOT_RUN: usize = 7;

    /// Returns a mutant whose client breaks this channel.
    fn breaks(channel: Channel) -> Option<Channel> {
        Some(channel)
    }

    const CONTROL: Option<Channel> = None;

    /// Returns the findings if each of these clients, `None` for the control, showed the result with that index.
    fn found(played: &[(Option<Channel>, usize)]) -> Findings {
        let mut suite = MutantSuite {
            control: example::peer("control", false),
            mutants: Vec::new(),
        };
        let mut tested = Vec::new();
        for (breaks, _) in played {
            let known = |one: &Mutant| Some(one.breaks[0]) == *breaks;
            let mutant = breaks.map(|breaks| {
                let place = suite.mutants.iter().position(known);
                place.unwrap_or_else(|| {
                    suite.mutants.push(Mutant {
                        peer: example::peer(breaks.name(), false),
                        about: String::new(),
                        sides: &[Side::Client],
                        breaks: [breaks; 2],
                        tried_in: &["*"],
                    });
                    suite.mutants.len() - 1
                })
            });
            tested.push(TestedPeer {
                mutant,
                side: Side::Client,
            });
        }
        let result = |n: usize| example::run().results.swap_remove(n);
        let results: Vec<CaseResult<'_>> = played.iter().map(|(_, n)| result(*n)).collect();
        find(&suite, &[results[0].task.case], &tested, &results)
    }

    fn failures(played: &[(Option<Channel>, usize)]) -> usize {
        found(played).failures()
    }

    #[test]
    fn a_mutant_must_be_caught_by_the_channel_that_it_breaks() {
        let bytes = breaks(Channel::ClientBytes);
        assert_eq!(failures(&[(CONTROL, SAME), (bytes, DIFFERENT)]), 0);
        let exit = breaks(Channel::ClientExit);
        assert_eq!(failures(&[(CONTROL, SAME), (exit, DIFFERENT)]), 1);
    }

    #[test]
    fn a_mutant_is_reported_with_the_cases_whose_broken_channel_caught_it() {
        let found = found(&[(breaks(Channel::ClientBytes), DIFFERENT)]);
        assert_eq!(found.mutants[0].caught_by, ["exchange/emoji"]);
    }

    #[test]
    fn a_survivor_and_a_case_that_catches_nothing_are_two_failures() {
        let bytes = breaks(Channel::ClientBytes);
        assert_eq!(failures(&[(CONTROL, SAME), (bytes, SAME)]), 2);
    }

    #[test]
    fn a_control_that_is_not_as_java_is_a_failure() {
        let bytes = breaks(Channel::ClientBytes);
        assert_eq!(failures(&[(CONTROL, DIFFERENT), (bytes, DIFFERENT)]), 1);
    }

    #[test]
    fn a_mutant_that_could_not_run_is_neither_killed_nor_a_survivor_nor_its_case_useless() {
        let bytes = breaks(Channel::ClientBytes);
        let alone = found(&[(CONTROL, COULD_NOT_RUN), (bytes, COULD_NOT_RUN)]);
        assert_eq!((alone.failures(), alone.errors.len()), (0, 2));
        assert_eq!(alone.mutants[0].verdict(), Verdict::Error);
        let reason = alone.mutants[0].error.as_deref();
        assert_eq!(reason, Some("no such \u{1b}[31mprogram"));
        let elsewhere = found(&[(bytes, COULD_NOT_RUN), (bytes, DIFFERENT)]);
        assert_eq!(elsewhere.mutants[0].verdict(), Verdict::Same);
        assert_eq!(elsewhere.errors.len(), 1);
    }
}
