//! Makes the recordings of a run, in random order or in rounds, until a signal arrives.
//!
//! A pair's originals are recorded in rounds: `hello` and `bye` once each, a second later once more, and so on. An answer
//! with the time of day in it then differs from round to round.

use std::thread;
use std::time::Duration;

use crate::attempt::Attempt;
use crate::interrupt::Interrupt;
use crate::plan;
use crate::schedule;
use crate::task::{RecordingSettings, Task};

/// Time between two recordings of the originals, so that whatever has the time of day in it varies.
const BETWEEN_ROUNDS: Duration = Duration::from_millis(1100);

/// Makes the recordings of a run, until a signal arrives.
pub(crate) struct Studio<'a> {
    pub settings: RecordingSettings<'a>,
    /// Number of recordings that are made at a time.
    pub jobs: usize,
    pub seed: u32,
    pub interrupt: Interrupt,
}

impl Studio<'_> {
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
        let made = schedule::run(tasks, &order, self.jobs, || self.is_over(), record);
        for (attempt, made) in attempts.iter_mut().zip(made) {
            *attempt = attempt.take().or(made);
        }
    }

    fn is_over(&self) -> bool {
        self.interrupt.signal().is_some()
    }
}
