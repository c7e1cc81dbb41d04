//! Makes the recordings, some at a time, and has them judged.

use std::sync::Mutex;
use std::thread;

use super::Outcome;
use super::case::Case;
use super::declared::{self, Declared};
use super::plan::Task;
use super::verdict::{Judgement, Oracle, Subject, judge as judge_one};
use crate::progress::Progress;
use crate::record::Recording;

/// A recording, or why there is none.
pub(crate) type Attempt = Result<Recording, String>;

/// What `record` makes of each task, in the order of `tasks`, `jobs` at a time.
pub(crate) fn run(
    tasks: &[Task<'_>],
    jobs: usize,
    record: impl Fn(&Task<'_>) -> Attempt + Sync,
) -> Vec<Attempt> {
    let progress = Progress::new("recording", tasks.len());
    let next = Mutex::new(tasks.iter().enumerate());
    let worker = || {
        let mut made = Vec::new();
        loop {
            let Some((index, task)) = next.lock().expect("no worker panics").next() else {
                return made;
            };
            let attempt = match task.unsupported {
                Some(reason) => Err(reason.to_owned()),
                None => record(task),
            };
            made.push((index, attempt));
            progress.step(&format!("{} {}", task.pairing(), task.case.name));
        }
    };
    let mut made: Vec<(usize, Attempt)> = thread::scope(|scope| {
        let workers: Vec<_> = (0..jobs.min(tasks.len()))
            .map(|_| scope.spawn(worker))
            .collect();
        workers
            .into_iter()
            .flat_map(|worker| worker.join().expect("no worker panics"))
            .collect()
    });
    made.sort_unstable_by_key(|(index, _)| *index);
    made.into_iter().map(|(_, attempt)| attempt).collect()
}

/// What the originals did in each case.
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

/// Every recording with its verdict.
pub(crate) fn judge<'a>(
    tasks: Vec<Task<'a>>,
    recordings: Vec<Attempt>,
    oracles: &[(&Case, Oracle)],
) -> Vec<Outcome<'a>> {
    let judge = |(task, recording): (Task<'a>, Attempt)| {
        let oracle = oracles.iter().find(|(case, _)| case.name == task.case.name);
        let (_, oracle) = oracle.expect("every task's case has an oracle");
        let subject = Subject {
            case: &task.case.name,
            client: task.client_name(),
            server: task.server_name(),
        };
        let judgement = match task.unsupported {
            Some(reason) => Judgement::unsupported(reason),
            None => judge_one(subject, &recording, oracle),
        };
        Outcome {
            task,
            recording,
            judgement,
        }
    };
    tasks.into_iter().zip(recordings).map(judge).collect()
}

/// The declared differences that none of `outcomes` showed.
pub(crate) fn stale(outcomes: &[Outcome<'_>]) -> Vec<&'static Declared> {
    let judged = || {
        outcomes
            .iter()
            .flat_map(|outcome| outcome.judgement.channels.values())
    };
    let shown = |entry: &Declared| {
        judged().any(|judged| {
            judged
                .declared
                .is_some_and(|declared| std::ptr::eq(declared, entry))
        })
    };
    declared::LIST
        .iter()
        .filter(|entry| !shown(entry))
        .collect()
}
