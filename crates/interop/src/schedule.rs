//! Makes the recordings, several at a time.
//!
//! Most recordings keep a core busy, because JVMs start. Those of cases that let time pass keep none, so they
//! have workers of their own. With 6 jobs, 40 ordinary tasks and 20 that pause for five seconds:
//!
//! 1. Six workers take the ordinary tasks, one after the other. Sixteen more workers take the pausing tasks.
//! 2. A worker keeps each recording with the index of its task.
//! 3. At the end the recordings are put in the order of the tasks, whoever made them and whenever.
//!
//! With 1 job there is one worker: it takes the ordinary tasks, then the pausing ones.

use std::sync::Mutex;
use std::thread;
use std::time::Duration;

use crate::case::Case;
use crate::declared::{Declarations, Declared, Subject};
use crate::oracle::Oracle;
use crate::outcome::Outcome;
use crate::plan::Task;
use crate::progress::Progress;
use crate::verdict::{Judgement, Verdict, judge as judge_one};
use recorder::Recording;

/// Largest number of recordings of pausing cases that are made at a time, in addition to the others.
const PAUSING: usize = 16;

/// A recording, or the reason why there is none.
pub(crate) type Attempt = Result<Recording, String>;

/// Makes the recording of each task that its peers support, `jobs` at a time, and returns them in the order of `tasks`.
pub(crate) fn run(
    tasks: &[Task<'_>],
    jobs: usize,
    record: impl Fn(&Task<'_>) -> Attempt + Sync,
) -> Vec<Attempt> {
    let record = |task: &Task<'_>| match task.unsupported {
        Some(reason) => Err(reason.to_owned()),
        None => record(task),
    };
    let attempts = run_until(|| false, tasks, jobs, record).into_iter();
    attempts
        .map(|attempt| attempt.expect("nothing stops it"))
        .collect()
}

/// Makes the recording of each task, `jobs` at a time, and returns them in the order of `tasks`.
///
/// No recording begins once `is_over` returns true. Recordings that were not made are `None`.
pub(crate) fn run_until(
    is_over: impl Fn() -> bool + Sync,
    tasks: &[Task<'_>],
    jobs: usize,
    record: impl Fn(&Task<'_>) -> Attempt + Sync,
) -> Vec<Option<Attempt>> {
    let progress = Progress::new("recording", tasks.len());
    // A recording that pauses for seconds needs no core meanwhile.
    let pauses = |(_, task): &(usize, &Task<'_>)| task.case.pauses() > Duration::ZERO;
    let (pausing, working): (Vec<_>, Vec<_>) = tasks.iter().enumerate().partition(pauses);
    let (pausing_workers, working_workers) = match jobs {
        1 => (0, 1),
        _ => (PAUSING.min(pausing.len()), jobs.min(working.len())),
    };
    let (pausing, working) = match jobs {
        1 => (Vec::new(), [working, pausing].concat()),
        _ => (pausing, working),
    };
    let [pausing, working] = [pausing, working].map(|queue| Mutex::new(queue.into_iter()));
    let worker = |queue: &Mutex<std::vec::IntoIter<(usize, &Task<'_>)>>| {
        let mut made = Vec::new();
        while !is_over() {
            let Some((index, task)) = queue.lock().expect("no worker panics").next() else {
                break;
            };
            let attempt = record(task);
            // The signal that ends this program may have ended the recorder: that is no failure.
            if attempt.is_ok() || !is_over() {
                made.push((index, attempt));
            }
            progress.step(&format!("{} {}", task.pairing(), task.case.name));
        }
        made
    };
    let made: Vec<(usize, Attempt)> = thread::scope(|scope| {
        let worker = &worker;
        let of =
            |queue, workers: usize| (0..workers).map(move |_| scope.spawn(move || worker(queue)));
        let workers: Vec<_> = of(&pausing, pausing_workers)
            .chain(of(&working, working_workers))
            .collect();
        workers
            .into_iter()
            .flat_map(|worker| worker.join().expect("no worker panics"))
            .collect()
    });
    let mut attempts: Vec<_> = tasks.iter().map(|_| None).collect();
    for (index, attempt) in made {
        attempts[index] = Some(attempt);
    }
    attempts
}

/// Collects the observations of the originals in each case.
pub(crate) fn oracles<'a>(
    cases: &[&'a Case],
    tasks: &[Task<'_>],
    recordings: &[Attempt],
) -> Vec<(&'a Case, Oracle)> {
    let of_case = |case: &Case| {
        let made = tasks.iter().zip(recordings);
        let originals = made.filter(|(task, _)| task.is_oracle() && task.case.name == case.name);
        Oracle::of(originals.map(|(_, recording)| recording))
    };
    cases.iter().map(|&case| (case, of_case(case))).collect()
}

/// Judges every recording by the originals' recordings of its case.
pub(crate) fn judge<'a>(
    tasks: Vec<Task<'a>>,
    recordings: Vec<Attempt>,
    oracles: &[(&Case, Oracle)],
    declarations: &Declarations,
) -> Vec<Outcome<'a>> {
    let judge = |(task, recording): (Task<'a>, Attempt)| {
        let oracle = oracles.iter().find(|(case, _)| case.name == task.case.name);
        let (_, oracle) = oracle.expect("every task's case has an oracle");
        let subject = Subject {
            case: &task.case.name,
            client: task.client_name(),
            server: task.server_name(),
            serves_forever: task.serves_forever(),
        };
        let judgement = match (task.unsupported, &recording) {
            (Some(reason), Err(_)) => Judgement::unsupported(reason),
            // It was recorded to check whether the peer's claim is still true.
            (Some(reason), Ok(_)) => Judgement {
                channels: judge_one(subject, &recording, oracle, declarations).channels,
                ..Judgement::unsupported(reason)
            },
            (None, _) => judge_one(subject, &recording, oracle, declarations),
        };
        Outcome {
            task,
            recording,
            judgement,
        }
    };
    tasks.into_iter().zip(recordings).map(judge).collect()
}

/// Returns the declared differences that occurred in none of a whole run's `outcomes`.
pub(crate) fn stale(
    outcomes: &[Outcome<'_>],
    declarations: &Declarations,
) -> Vec<&'static Declared> {
    // A recording that could not be made might have shown the difference.
    let ran = |outcome: &Outcome<'_>| {
        let originals_do_not_play = outcome.task.is_oracle() && outcome.task.unsupported.is_some();
        outcome.judgement.verdict != Verdict::Error && !originals_do_not_play
    };
    if !outcomes.iter().all(ran) {
        return Vec::new();
    }
    let channels = outcomes
        .iter()
        .flat_map(|outcome| outcome.judgement.channels.values());
    let shown: Vec<&Declared> = channels.filter_map(|judged| judged.declared).collect();
    declarations
        .entries
        .iter()
        .filter(|entry| !shown.iter().any(|shown| std::ptr::eq(*shown, *entry)))
        .collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::channel::Channel;
    use crate::example;

    #[test]
    fn what_no_recording_of_a_whole_run_was_about_is_stale() {
        let mut outcomes = example::summary().outcomes;
        outcomes.retain(|outcome| outcome.judgement.verdict == Verdict::Same);
        assert_eq!(
            stale(&outcomes, &example::declarations()).len(),
            example::DECLARED.len()
        );
        let judged = outcomes[0].judgement.channels.values_mut().next().unwrap();
        judged.declared = Some(&example::DECLARED[2]);
        let stale = stale(&outcomes, &example::declarations());
        assert_eq!(stale.len(), example::DECLARED.len() - 1);
        assert!(
            !stale
                .iter()
                .any(|entry| std::ptr::eq(*entry, &example::DECLARED[2]))
        );
    }

    #[test]
    fn an_oracle_is_made_of_the_originals_recordings_of_its_case_alone() {
        let outcomes = example::summary().outcomes.into_iter();
        let (tasks, recordings): (Vec<_>, Vec<_>) = outcomes
            .map(|outcome| (outcome.task, outcome.recording))
            .unzip();
        let all = example::cases();
        let seen = |name: &str| {
            let case = all.iter().find(|case| case.name == name).unwrap();
            let oracles = oracles(&[case], &tasks, &recordings);
            let seen = oracles[0].1.seen(Channel::ClientBytes);
            seen.map(|(_, times)| times).collect::<Vec<_>>()
        };
        assert_eq!(seen("exchange/emoji"), [3]);
        assert!(seen("exchange/ascii").is_empty());
    }

    #[test]
    fn what_a_peer_does_not_play_is_not_recorded_and_the_rest_is_in_order() {
        let outcomes = example::summary().outcomes.into_iter();
        let tasks: Vec<_> = outcomes.map(|outcome| outcome.task).collect();
        let made = run(&tasks, 3, |task| {
            Err(task.folder(Path::new("")).display().to_string())
        });
        for (task, attempt) in tasks.iter().zip(made) {
            let folder = task.folder(Path::new("")).display().to_string();
            assert_eq!(
                attempt.unwrap_err(),
                task.unsupported.map_or(folder, Into::into)
            );
        }
    }

    #[test]
    fn nothing_is_begun_once_the_run_is_over_and_what_failed_then_is_not_made() {
        let outcomes = example::summary().outcomes.into_iter();
        let tasks: Vec<_> = outcomes.map(|outcome| outcome.task).collect();
        let begun = AtomicUsize::new(0);
        let record = |_: &Task<'_>| match begun.fetch_add(1, Ordering::SeqCst) {
            2 => Err("killed".into()),
            _ => Ok(example::recording()),
        };
        let is_over = || begun.load(Ordering::SeqCst) == 3;
        let made = run_until(is_over, &tasks, 1, record);
        let made: Vec<bool> = made.iter().map(Option::is_some).collect();
        assert_eq!(made[..4], [true, true, false, false]);
        assert_eq!((made.len(), begun.into_inner()), (tasks.len(), 3));
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
            run: 1,
            place: 0,
            unsupported: None,
        };
        let recording = Ok(example::recording());
        let another = (&all[0], Oracle::of([&Err("of another case".to_owned())]));
        let oracles = [another, (case, Oracle::of([&recording]))];
        let outcomes = judge(
            vec![task],
            vec![recording],
            &oracles,
            &example::declarations(),
        );
        let channels = outcomes[0].judgement.channels.iter();
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
        let outcomes = example::summary().outcomes;
        assert!(
            outcomes
                .iter()
                .any(|outcome| outcome.judgement.verdict == Verdict::Error)
        );
        assert!(stale(&outcomes, &example::declarations()).is_empty());
    }
}
