//! Handles Ctrl-C and SIGTERM.
//!
//! The first signal ends a run after the recordings under way, and the run is reported. The second one ends the
//! program at once.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};

use anyhow::Result;

use crate::attempt::Attempt;
use crate::case_result::CaseResult;
use crate::interrupted::Interrupted;
use crate::task::Task;
use crate::verdict::Verdict;

/// The state before the first signal.
const NONE: i32 = 0;

/// The state in which the next signal ends this program.
const LAST: i32 = -1;

/// A flag that the first SIGINT or SIGTERM sets.
#[derive(Debug, Clone, Default)]
pub(crate) struct Interrupt(Arc<AtomicI32>);

impl Interrupt {
    /// Watches for SIGINT and SIGTERM from now on.
    #[cfg(unix)]
    pub(crate) fn watch() -> Result<Interrupt> {
        use signal_hook::consts::{SIGINT, SIGTERM};
        use signal_hook::iterator::Signals;

        let interrupt = Interrupt::default();
        let (mut signals, state) = (Signals::new([SIGINT, SIGTERM])?, Arc::clone(&interrupt.0));
        std::thread::spawn(move || {
            for signal in signals.forever() {
                let first =
                    state.compare_exchange(NONE, signal, Ordering::AcqRel, Ordering::Acquire);
                if first.is_err() {
                    // The recorders end with this program, and end the programs under test.
                    std::process::exit(128 + signal);
                }
                eprintln!(
                    "\ninterrupted: the recordings under way are finished and reported; Ctrl-C again ends \
                     at once, without a report"
                );
            }
        });
        Ok(interrupt)
    }

    /// Returns a flag that nothing sets: without Unix signals, Ctrl-C ends this program at once.
    #[cfg(not(unix))]
    pub(crate) fn watch() -> Result<Interrupt> {
        Ok(Interrupt::default())
    }

    /// Returns the number of the signal that has arrived.
    pub(crate) fn signal(&self) -> Option<i32> {
        Some(self.0.load(Ordering::Acquire)).filter(|&signal| signal > NONE)
    }

    /// Lets the next signal end this program, because recording is over, and returns the signal that has arrived.
    pub(crate) fn end(&self) -> Option<i32> {
        Some(self.0.swap(LAST, Ordering::AcqRel)).filter(|&signal| signal > NONE)
    }
}

/// The part of a plan that was not recorded.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Unrecorded {
    /// Number of recordings in the plan.
    planned: usize,
    /// Names of the cases in which a recording of the originals is unrecorded.
    incomplete: BTreeSet<String>,
}

impl Unrecorded {
    /// Separates the tasks that were recorded from those whose attempt is `None`.
    pub(crate) fn of<'a>(
        tasks: Vec<Task<'a>>,
        attempts: Vec<Option<Attempt>>,
    ) -> (Vec<Task<'a>>, Vec<Attempt>, Unrecorded) {
        let mut unrecorded = Unrecorded {
            planned: tasks.len(),
            incomplete: BTreeSet::new(),
        };
        let (mut made, mut attempts_made) = (Vec::new(), Vec::new());
        for (task, attempt) in tasks.into_iter().zip(attempts) {
            match attempt {
                Some(attempt) => {
                    made.push(task);
                    attempts_made.push(attempt);
                }
                None if task.is_original() => {
                    unrecorded.incomplete.insert(task.case.name.clone());
                }
                None => {}
            }
        }
        (made, attempts_made, unrecorded)
    }

    /// Returns the numbers of a run that `signal` ended, and removes the results without a verdict.
    ///
    /// A recording that is the same as one of the originals' keeps its verdict. One that differs might be the same as
    /// one of Java's that was not made, so it has no verdict.
    pub(crate) fn interrupted(self, signal: i32, results: &mut Vec<CaseResult<'_>>) -> Interrupted {
        let made = results.len();
        results.retain(|result| {
            let is_open = self.incomplete.contains(&result.task.case.name);
            !(is_open && result.judgement.verdict == Verdict::Different)
        });
        Interrupted {
            signal,
            planned: self.planned,
            made,
            unjudged: made - results.len(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example;
    use crate::finished_run::FinishedRun;
    use crate::judge;
    use crate::summary::Summary;

    #[test]
    #[cfg(unix)]
    fn the_first_signal_is_noted_and_does_not_end_the_program() {
        use nix::sys::signal::{Signal, raise};
        use std::time::{Duration, Instant};

        let interrupt = Interrupt::watch().unwrap();
        assert_eq!(interrupt.signal(), None);
        raise(Signal::SIGINT).unwrap();
        let end = Instant::now() + Duration::from_secs(60);
        while interrupt.signal().is_none() && Instant::now() < end {
            std::thread::yield_now();
        }
        assert_eq!(interrupt.signal(), Some(2));
        assert_eq!(interrupt.end(), Some(2));
        assert_eq!(interrupt.signal(), None, "the next one ends the program");
    }

    /// Returns a run of the example's tasks in which the `n`th was not recorded.
    fn without(n: usize) -> (FinishedRun<'static>, Interrupted) {
        let mut run = example::run();
        let (tasks, attempts) = example::taken_apart(run.results);
        let attempts = attempts.into_iter().enumerate();
        let attempts = attempts.map(|(nth, attempt)| (nth != n).then_some(attempt));
        let (tasks, attempts, unrecorded) = Unrecorded::of(tasks, attempts.collect());
        let cases: Vec<_> = run.oracles.iter().map(|(case, _)| *case).collect();
        run.oracles = judge::oracles(&cases, &tasks, &attempts, &[]);
        run.results = judge::judge(tasks, attempts, &run.oracles, &example::declarations(), &[]);
        let interrupted = unrecorded.interrupted(2, &mut run.results);
        (run, interrupted)
    }

    #[test]
    fn a_difference_from_some_of_javas_recordings_is_no_verdict_and_the_same_is() {
        let (run, interrupted) = without(1);
        let count = |verdict| Summary::of(&run).count(verdict);
        assert_eq!(
            interrupted.to_string(),
            "interrupted after 7 of 8 recordings, 1 of them without a verdict because the originals' own of their \
             cases were not all made"
        );
        assert_eq!(count(Verdict::Different), 0);
        assert_eq!(count(Verdict::Same), 4);
        assert_eq!(count(Verdict::Error), 1, "no program to record");
    }

    #[test]
    fn what_java_was_recorded_for_in_full_is_judged() {
        let (run, interrupted) = without(5);
        assert_eq!(
            interrupted.to_string(),
            "interrupted after 7 of 8 recordings"
        );
        assert_eq!(Summary::of(&run).count(Verdict::Different), 1);
    }

    #[test]
    fn a_case_that_java_was_not_recorded_in_has_no_difference() {
        let mut run = example::run();
        run.results.drain(1..4);
        let (tasks, attempts) = example::taken_apart(run.results);
        let mut attempts: Vec<_> = attempts.into_iter().map(Some).collect();
        attempts[0] = None;
        let (tasks, attempts, unrecorded) = Unrecorded::of(tasks, attempts);
        let cases: Vec<_> = run.oracles.iter().map(|(case, _)| *case).collect();
        let oracles = judge::oracles(&cases, &tasks, &attempts, &[]);
        let mut results = judge::judge(tasks, attempts, &oracles, &example::declarations(), &[]);
        assert_eq!(unrecorded.interrupted(15, &mut results).unjudged, 2);
        let verdicts = results.iter().map(|result| result.judgement.verdict);
        assert_eq!(
            verdicts.collect::<Vec<_>>(),
            [Verdict::Unsupported, Verdict::Error]
        );
    }
}
