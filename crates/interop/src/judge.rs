//! Judges the recordings of a run by those of the originals.

use crate::attempt::Attempt;
use crate::case::Case;
use crate::case_result::CaseResult;
use crate::declared::{Declarations, Declared, Subject};
use crate::mask::{self, Mask};
use crate::oracle::Oracle;
use crate::task::Task;
use crate::verdict::{self, Judgement, Verdict};

/// Collects the observations of the originals in each case.
pub(crate) fn oracles<'a>(
    cases: &[&'a Case],
    tasks: &[Task<'_>],
    attempts: &[Attempt],
    masks: &[Mask],
) -> Vec<(&'a Case, Oracle)> {
    let of_case = |case: &Case| {
        let made = tasks.iter().zip(attempts);
        let originals = made.filter(|(task, _)| task.is_original() && task.case.name == case.name);
        Oracle::of(&case.name, masks, originals.map(|(_, attempt)| attempt))
    };
    cases.iter().map(|&case| (case, of_case(case))).collect()
}

/// Judges every recording by the originals' recordings of its case.
pub(crate) fn judge<'a>(
    tasks: Vec<Task<'a>>,
    attempts: Vec<Attempt>,
    oracles: &[(&Case, Oracle)],
    declarations: &Declarations,
    masks: &[Mask],
) -> Vec<CaseResult<'a>> {
    let judge = |(task, attempt): (Task<'a>, Attempt)| {
        let oracle = oracles.iter().find(|(case, _)| case.name == task.case.name);
        let (_, oracle) = oracle.expect("every task's case has an oracle");
        let subject = Subject {
            case: &task.case.name,
            client: task.client_name(),
            server: task.server_name(),
            serves_forever: task.serves_forever(),
        };
        let mut judgement = match &attempt {
            Attempt::Recorded(recording) => {
                let observations = mask::observe(masks, &task.case.name, recording);
                verdict::judge(subject, &observations, oracle, declarations)
            }
            Attempt::Failed(reason) | Attempt::Skipped(reason) => Judgement::failed(reason.clone()),
        };
        // An unsupported case that was recorded all the same shows whether the claim is still true.
        if let Some(reason) = task.unsupported {
            judgement.verdict = Verdict::Unsupported;
            judgement.error = Some(reason.to_owned());
        }
        CaseResult {
            task,
            attempt,
            judgement,
        }
    };
    tasks.into_iter().zip(attempts).map(judge).collect()
}

/// Returns the declared differences that occurred in none of a whole run's `results`.
pub(crate) fn stale(
    results: &[CaseResult<'_>],
    declarations: &Declarations,
) -> Vec<&'static Declared> {
    // A recording that could not be made might have shown the difference.
    let ran = |result: &CaseResult<'_>| {
        let originals_do_not_play = result.task.is_original() && result.task.unsupported.is_some();
        result.judgement.verdict != Verdict::Error && !originals_do_not_play
    };
    if !results.iter().all(ran) {
        return Vec::new();
    }
    let channels = results
        .iter()
        .flat_map(|result| result.judgement.channels.values());
    let shown: Vec<&Declared> = channels.filter_map(|judged| judged.declared).collect();
    declarations
        .entries
        .iter()
        .filter(|entry| !shown.iter().any(|shown| std::ptr::eq(*shown, *entry)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::channel::Channel;
    use crate::example;

    #[test]
    fn what_no_recording_of_a_whole_run_was_about_is_stale() {
        let mut results = example::run().results;
        results.retain(|result| result.judgement.verdict == Verdict::Same);
        assert_eq!(
            stale(&results, &example::declarations()).len(),
            example::DECLARED.len()
        );
        let judged = results[0].judgement.channels.values_mut().next().unwrap();
        judged.declared = Some(&example::DECLARED[2]);
        let stale = stale(&results, &example::declarations());
        assert_eq!(stale.len(), example::DECLARED.len() - 1);
        assert!(
            !stale
                .iter()
                .any(|entry| std::ptr::eq(*entry, &example::DECLARED[2]))
        );
    }

    #[test]
    fn an_oracle_is_made_of_the_originals_recordings_of_its_case_alone() {
        let (tasks, attempts) = example::taken_apart(example::run().results);
        let all = example::cases();
        let seen = |name: &str| {
            let case = all.iter().find(|case| case.name == name).unwrap();
            let oracles = oracles(&[case], &tasks, &attempts, &[]);
            let seen = oracles[0].1.seen(Channel::ClientBytes);
            seen.map(|(_, times)| times).collect::<Vec<_>>()
        };
        assert_eq!(seen("exchange/emoji"), [3]);
        assert!(seen("exchange/ascii").is_empty());
    }

    /// Returns the channels that have a declared difference when the default programs play `case`.
    fn declared_in(case: &str, serves_forever: bool) -> Vec<Channel> {
        let all = example::cases();
        let case = all.iter().find(|of| of.name == case);
        let case = case.unwrap();
        let client = example::peer("rust-default", false);
        let mut server = example::peer("rust-default", false);
        server.server.as_mut().unwrap().serves_forever = serves_forever;
        let task = Task {
            case,
            client: Some(&client),
            server: Some(&server),
            repetition: 1,
            unsupported: None,
        };
        let attempt = Attempt::Recorded(example::recording());
        let another = (
            &all[0],
            Oracle::of("", &[], [&Attempt::Failed("of another case".into())]),
        );
        let oracles = [another, (case, Oracle::of("", &[], [&attempt]))];
        let results = judge(
            vec![task],
            vec![attempt],
            &oracles,
            &example::declarations(),
            &[],
        );
        let channels = results[0].judgement.channels.iter();
        channels
            .filter(|(_, judged)| judged.declared.is_some())
            .map(|(channel, _)| *channel)
            .collect()
    }

    #[test]
    fn a_recording_is_judged_as_one_of_its_case_peers_and_kind_of_server() {
        let (one, every) = (
            declared_in("console/two-lines", false),
            declared_in("console/two-lines", true),
        );
        assert!(one.contains(&Channel::ClientExit) && !one.contains(&Channel::ClientStdout));
        assert!(every.contains(&Channel::ClientStdout) && !every.contains(&Channel::ClientExit));
        assert!(declared_in("console/end-at-once", true).contains(&Channel::ClientExit));
    }

    #[test]
    fn nothing_is_stale_where_something_could_not_run() {
        let results = example::run().results;
        assert!(
            results
                .iter()
                .any(|result| result.judgement.verdict == Verdict::Error)
        );
        assert!(stale(&results, &example::declarations()).is_empty());
    }
}
