//! Makes the recordings, several at a time.
//!
//! Most recordings keep a core busy, because JVMs start. Those of cases that let time pass keep none, so they
//! have workers of their own. With 6 jobs, 40 ordinary tasks and 20 that pause for five seconds:
//!
//! 1. The tasks are taken in a random order of their indices, such as 17, 3, 59, … Six workers take the ordinary
//!    ones. Sixteen more workers take the pausing ones.
//! 2. A worker keeps each recording with the index of its task: the recording of task 17 has the index 17.
//! 3. At the end each recording is put at its index, so the recordings are in the order of the tasks.
//!
//! With 1 job there is one worker: it takes the ordinary tasks, then the pausing ones.
//!
//! A pair's originals are recorded in rounds: `hello` and `bye` once each, a second later once more, and so on. An answer
//! with the time of day in it then differs from round to round.

use std::sync::Mutex;
use std::thread;
use std::time::Duration;

use crate::attempt::Attempt;
use crate::interrupt::Interrupt;
use crate::plan;
use crate::progress::Progress;
use crate::task::{RecordingSettings, Task};

/// Time between two recordings of the originals, so that whatever has the time of day in it varies.
const BETWEEN_ROUNDS: Duration = Duration::from_millis(1100);

/// The settings by which the recordings of a run are made, until a signal arrives.
pub(crate) struct Schedule<'a> {
    pub settings: RecordingSettings<'a>,
    /// Number of recordings that are made at a time.
    pub jobs: usize,
    pub seed: u32,
    pub interrupt: Interrupt,
}

impl Schedule<'_> {
    /// Makes the recordings that have no attempt yet, in random order.
    pub(crate) fn record(&self, tasks: &[Task<'_>], attempts: &mut Vec<Option<Attempt>>) {
        attempts.resize_with(tasks.len(), || None);
        let open = (0..tasks.len()).filter(|&n| attempts[n].is_none());
        self.record_these(tasks, open.collect(), attempts);
    }

    /// Makes the recordings of the originals: one of each case, and after a while the next of each.
    pub(crate) fn record_in_rounds(&self, tasks: &[Task<'_>], attempts: &mut Vec<Option<Attempt>>) {
        attempts.resize_with(tasks.len(), || None);
        for (n, round) in plan::rounds(tasks).into_iter().enumerate() {
            if n > 0 && !self.is_over() {
                thread::sleep(BETWEEN_ROUNDS);
            }
            self.record_these(tasks, round, attempts);
        }
    }

    fn record_these(
        &self,
        tasks: &[Task<'_>],
        these: Vec<usize>,
        attempts: &mut [Option<Attempt>],
    ) {
        let order = plan::random_order(these, self.seed);
        let record = |task: &Task<'_>| task.record(self.settings);
        let made = run(tasks, &order, self.jobs, || self.is_over(), record);
        for (attempt, made) in attempts.iter_mut().zip(made) {
            *attempt = attempt.take().or(made);
        }
    }

    fn is_over(&self) -> bool {
        self.interrupt.signal().is_some()
    }
}

/// Largest number of recordings of pausing cases that are made at a time, in addition to the others.
const PAUSING: usize = 16;

/// Makes the recording of each task, `jobs` at a time, and returns them in the order of `tasks`.
///
/// The recordings begin in the given order of indices. None begins once `is_over` returns true, and those that
/// were not made are `None`.
pub(crate) fn run(
    tasks: &[Task<'_>],
    order: &[usize],
    jobs: usize,
    is_over: impl Fn() -> bool + Sync,
    record: impl Fn(&Task<'_>) -> Attempt + Sync,
) -> Vec<Option<Attempt>> {
    // A recording that pauses for seconds needs no core meanwhile.
    let pauses = |&index: &usize| tasks[index].case.pauses() > Duration::ZERO;
    let (pausing, working): (Vec<_>, Vec<_>) = order.iter().copied().partition(pauses);
    let (pausing_workers, working_workers) = match jobs {
        1 => (0, 1),
        _ => (PAUSING.min(pausing.len()), jobs.min(working.len())),
    };
    let (pausing, working) = match jobs {
        1 => (Vec::new(), [working, pausing].concat()),
        _ => (pausing, working),
    };
    let [pausing, working] = [pausing, working].map(|queue| Mutex::new(queue.into_iter()));
    let worker = |queue: &Mutex<std::vec::IntoIter<usize>>, progress: &Progress<'_>| {
        let mut made = Vec::new();
        while !is_over() {
            let Some(index) = queue.lock().expect("no worker panics").next() else {
                break;
            };
            let task = &tasks[index];
            let attempt = record(task);
            // The signal that ends this program may have ended the recorder: that is no failure.
            if !(matches!(attempt, Attempt::Failed(_)) && is_over()) {
                made.push((index, attempt));
            }
            progress.step(format!("{} {}", task.pairing(), task.case.name));
        }
        made
    };
    let record_all = |progress: &Progress<'_>| -> Vec<(usize, Attempt)> {
        thread::scope(|scope| {
            let worker = &worker;
            let of = |queue, workers: usize| {
                (0..workers).map(move |_| scope.spawn(move || worker(queue, progress)))
            };
            let workers: Vec<_> = of(&pausing, pausing_workers)
                .chain(of(&working, working_workers))
                .collect();
            workers
                .into_iter()
                .flat_map(|worker| worker.join().expect("no worker panics"))
                .collect()
        })
    };
    let made = Progress::of("recording", order.len(), record_all);
    let mut attempts: Vec<_> = tasks.iter().map(|_| None).collect();
    for (index, attempt) in made {
        attempts[index] = Some(attempt);
    }
    attempts
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::example;

    #[test]
    fn recordings_are_in_the_order_of_the_tasks_whatever_order_they_were_made_in() {
        let results = example::run().results.into_iter();
        let tasks: Vec<_> = results.map(|result| result.task).collect();
        let folder = |task: &Task<'_>| task.folder(Path::new("")).display().to_string();
        let order: Vec<usize> = (0..tasks.len()).rev().collect();
        let record = |task: &Task<'_>| Attempt::Failed(folder(task));
        let made = run(&tasks, &order, 3, || false, record);
        for (task, attempt) in tasks.iter().zip(made) {
            let Some(Attempt::Failed(made)) = attempt else {
                panic!("{attempt:?}");
            };
            assert_eq!(made, folder(task));
        }
    }

    #[test]
    fn nothing_is_begun_once_the_run_is_over_and_what_failed_then_is_not_made() {
        let results = example::run().results.into_iter();
        let tasks: Vec<_> = results.map(|result| result.task).collect();
        let begun = AtomicUsize::new(0);
        let record = |_: &Task<'_>| match begun.fetch_add(1, Ordering::SeqCst) {
            2 => Attempt::Failed("killed".into()),
            _ => Attempt::Recorded(example::recording()),
        };
        let is_over = || begun.load(Ordering::SeqCst) == 3;
        let order: Vec<usize> = (0..tasks.len()).collect();
        let made = run(&tasks, &order, 1, is_over, record);
        let made: Vec<bool> = made.iter().map(Option::is_some).collect();
        assert_eq!(made[..4], [true, true, false, false]);
        assert_eq!((made.len(), begun.into_inner()), (tasks.len(), 3));
    }
}
