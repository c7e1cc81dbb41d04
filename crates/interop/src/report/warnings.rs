//! Warnings: findings that are no failures but need attention, such as a recording that was nearly too slow.

use crate::case::Participants;
use crate::case_result::CaseResult;
use crate::oracle::clues;
use crate::summary::Outdated;
use crate::summary::Summary;

/// Number of recordings or cases that a warning names; the others are counted.
const NAMED: usize = 3;

/// Returns the warnings of a run, one line each.
pub(super) fn of(summary: &Summary<'_>) -> Vec<String> {
    let left_out = summary.run.left_out.iter().map(ToString::to_string);
    let found = [
        near_deadline(summary),
        no_oracle(summary),
        late(summary),
        unconnected(summary),
    ];
    left_out
        .chain(found.into_iter().flatten())
        .chain(summary.outdated.iter().map(outdated))
        .collect()
}

/// Returns the warning of a peer that supports cases although it claims not to.
fn outdated(claim: &Outdated<'_>) -> String {
    let Outdated {
        peer,
        side,
        reason,
        cases,
    } = claim;
    let named: Vec<&str> = cases.iter().copied().take(NAMED).collect();
    let more = and_more(cases.len() - named.len());
    format!(
        "{peer} claims that its {} does not support {}{more}, but it is the same as the originals there; the claim was: \
         {reason}",
        side.name(),
        named.join(", ")
    )
}

/// Returns the warning of recordings that may be too slow on another machine.
fn near_deadline(summary: &Summary<'_>) -> Option<String> {
    let near = &summary.near_deadline;
    let slowest: Vec<String> = near
        .iter()
        .take(NAMED)
        .map(|(result, took)| {
            let (pairing, case) = (result.task.pairing(), &result.task.case.name);
            format!("{pairing} {case} took {:.1} s", took.as_secs_f64())
        })
        .collect();
    (!near.is_empty()).then(|| {
        format!(
            "{} took more than half of the deadline of {} s: {}{}",
            recordings(near.len()),
            summary.run.deadline.as_secs(),
            slowest.join(", "),
            if near.len() > NAMED { ", …" } else { "" }
        )
    })
}

/// Returns the warning of cases in which the originals were too slow, so that nothing can be judged.
fn no_oracle(summary: &Summary<'_>) -> Option<String> {
    let originals_are_late = |case: &str| {
        let mut results = summary.run.results.iter();
        results.any(|result| {
            result.task.is_original() && result.task.case.name == case && is_late(summary, result)
        })
    };
    let cases = summary.run.oracles.iter();
    let late: Vec<&str> = cases
        .filter(|(_, oracle)| oracle.broken.is_some())
        .map(|(case, _)| case.name.as_str())
        .filter(|case| originals_are_late(case))
        .collect();
    let (first, others) = late.split_first()?;
    let others = and_more(others.len());
    Some(format!(
        "no oracle in {first}{others}: the originals were not done within {} s; {MORE_TIME}",
        summary.run.deadline.as_secs()
    ))
}

/// Returns the warning of candidates that were too slow.
fn late(summary: &Summary<'_>) -> Option<String> {
    let late = summary
        .failed
        .iter()
        .filter(|result| is_late(summary, result));
    let count = late.filter(|result| !result.task.is_original()).count();
    (count > 0).then(|| {
        format!(
            "{} not done within {} s; if the programs are not at fault, {MORE_TIME}",
            match count {
                1 => "1 recording that failed was".into(),
                n => format!("{n} recordings that failed were"),
            },
            summary.run.deadline.as_secs()
        )
    })
}

/// Returns the warning of a pair's cases in which the originals agree, but made no connection: perhaps the pair's file
/// starts them in a wrong way.
fn unconnected(summary: &Summary<'_>) -> Option<String> {
    summary.run.certificate.as_ref()?;
    let recording_of = |case: &str| {
        let mut results = summary.run.results.iter();
        let of_case = |result: &&CaseResult<'_>| {
            result.task.is_original()
                && result.task.case.name == case
                && result.task.case.participants == Participants::Both
        };
        results.find(of_case)?.attempt.recording()
    };
    let oracles = summary.run.oracles.iter();
    let unconnected: Vec<_> = oracles
        .filter(|(_, oracle)| oracle.broken.is_none())
        .filter_map(|(case, _)| Some((&case.name, recording_of(&case.name)?)))
        .filter(|(_, recording)| recording.wire.as_ref().is_ok_and(Vec::is_empty))
        .collect();
    let (&(name, recording), others) = unconnected.split_first()?;
    let others = and_more(others.len());
    let clues = clues(recording);
    Some(format!(
        "in {name}{others} the originals made no connection to the port{clues}"
    ))
}

const MORE_TIME: &str = "give recordings more time (--deadline), or make fewer at a time (--jobs)";

fn is_late(summary: &Summary<'_>, result: &CaseResult<'_>) -> bool {
    let recording = result.attempt.recording();
    recording.is_some_and(|recording| {
        recording.missed.is_some() && recording.took >= summary.run.deadline
    })
}

fn and_more(n: usize) -> String {
    match n {
        0 => String::new(),
        n => format!(" and {n} more"),
    }
}

fn recordings(n: usize) -> String {
    match n {
        1 => "1 recording".into(),
        n => format!("{n} recordings"),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use globset::Glob;

    use crate::attempt::Attempt;
    use crate::example;
    use crate::finished_run::FinishedRun;
    use crate::judge;
    use crate::peer::Unsupported;
    use crate::verdict::Verdict;
    use recorder::{Chunk, Recording, Side};

    #[test]
    fn a_run_in_good_time_warns_of_nothing() {
        assert_eq!(of(&Summary::of(&example::run())), [""; 0]);
    }

    #[test]
    fn recordings_near_their_deadline_are_one_line_that_names_the_slowest() {
        let mut run = example::run();
        for (n, result) in run.results.iter_mut().take(5).enumerate() {
            let recording = example::recording_of(result);
            recording.took = Duration::from_millis(6000 + 100 * n as u64);
        }
        let expected = "4 recordings took more than half of the deadline of 10 s: \
            java-17__rust exchange/emoji took 6.3 s, java-17__java-17 exchange/emoji took 6.2 s, \
            java-17__java-17 exchange/emoji took 6.1 s, …";
        assert_eq!(of(&Summary::of(&run)), [expected], "the fifth failed");
    }

    /// Returns a run in which the recording of the `n`th result reached its deadline.
    fn with_late(n: usize) -> FinishedRun<'static> {
        let mut run = example::run();
        let recording = example::recording_of(&mut run.results[n]);
        recording.missed = Some("the server did not listen".into());
        recording.took = run.deadline;
        let (tasks, attempts) = example::taken_apart(run.results);
        let cases: Vec<_> = run.oracles.iter().map(|(case, _)| *case).collect();
        run.oracles = judge::oracles(&cases, &tasks, &attempts, &[]);
        run.results = judge::judge(tasks, attempts, &run.oracles, &example::declarations(), &[]);
        run
    }

    /// Returns a run in which a case that `python` does not support was recorded, with this recording.
    fn with_claim(recording: &Recording) -> FinishedRun<'static> {
        let mut run = example::run();
        let python = Box::leak(Box::new(example::peer("python", false)));
        python.unsupported.push(Unsupported {
            case: Glob::new("exchange/*").unwrap().compile_matcher(),
            side: Some(Side::Client),
            reason: "no <emoji>".into(),
        });
        let (mut tasks, mut attempts) = example::taken_apart(run.results);
        tasks[6].client = Some(python);
        attempts[6] = Attempt::Recorded(recording.clone());
        run.results = judge::judge(tasks, attempts, &run.oracles, &example::declarations(), &[]);
        run
    }

    #[test]
    fn a_claim_that_is_no_longer_true_is_told_and_fails_nothing() {
        let run = with_claim(&example::recording());
        let expected = "python claims that its client does not support exchange/emoji, but it is the same as \
            the originals there; the claim was: no <emoji>";
        assert_eq!(of(&Summary::of(&run)), [expected]);
        assert_eq!(run.results[6].judgement.verdict, Verdict::Unsupported);
        assert!(!Summary::of(&run).has_unchecked_claims);
    }

    #[test]
    fn a_claim_that_a_recording_bears_out_is_not_told() {
        let mut recording = example::recording();
        recording.client.as_mut().unwrap().stdout.clear();
        assert_eq!(of(&Summary::of(&with_claim(&recording))), [""; 0]);
        assert!(Summary::of(&example::run()).has_unchecked_claims);
    }

    #[test]
    fn an_original_that_was_late_comes_with_advice() {
        let expected = "no oracle in exchange/emoji: the originals were not done within 10 s; give recordings more \
            time (--deadline), or make fewer at a time (--jobs)";
        assert_eq!(of(&Summary::of(&with_late(0))), [expected]);
    }

    #[test]
    fn a_pairs_originals_that_made_no_connection_are_told_with_what_they_wrote() {
        let mut run = example::run();
        run.certificate = Some(crate::certificate::Certificate::default());
        assert_eq!(of(&Summary::of(&run)), [""; 0]);
        for result in run.results.iter_mut().take(4) {
            let recording = example::recording_of(result);
            recording.wire = Ok(Vec::new());
            let bytes = b"UnknownHostException: vm\n\tat Client".to_vec();
            recording.client.as_mut().unwrap().stderr = vec![Chunk { time: 0, bytes }];
        }
        let [warning] = &of(&Summary::of(&run))[..] else {
            panic!("one warning");
        };
        let (start, end) = (
            "in exchange/emoji the originals made no connection to the port (",
            "; the client (exit 0) wrote: UnknownHostException: vm",
        );
        assert!(
            warning.starts_with(start) && warning.ends_with(end),
            "{warning}"
        );
    }

    #[test]
    fn a_candidate_that_was_late_comes_with_advice() {
        let expected = "1 recording that failed was not done within 10 s; if the programs are not at fault, \
            give recordings more time (--deadline), or make fewer at a time (--jobs)";
        assert_eq!(of(&Summary::of(&with_late(4))), [expected]);
    }
}
