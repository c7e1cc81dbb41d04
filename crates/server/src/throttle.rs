//! A limit on the warnings that clients can cause at will.
//!
//! For example, of 25 warnings in one second, 10 are logged and 15 are counted. The first warning
//! of the next second is logged with `withheld=15`.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tracing::warn;

/// Number of lines of one kind that are logged in a second.
const LINES_PER_SECOND: u32 = 10;

/// One throttle for each kind of warning that clients can cause at will.
#[derive(Debug, Default)]
pub(crate) struct Throttles {
    /// Clients that were refused because a limit was reached.
    pub(crate) refused: Throttle,
    /// Clients that do not seem to send `writeUTF` frames.
    pub(crate) suspect: Throttle,
    /// Connections that ended in trouble.
    pub(crate) ended: Throttle,
    /// Attempts to accept a client that failed because the system had no resources.
    pub(crate) shortage: Throttle,
}

impl Throttles {
    /// Logs the number of lines of each kind that were withheld since the last one was logged.
    pub(crate) fn log_withheld(&self) {
        for (throttle, what) in [
            (&self.refused, "refused clients"),
            (
                &self.suspect,
                "clients that do not seem to send writeUTF frames",
            ),
            (&self.ended, "connections that ended in trouble"),
            (&self.shortage, "failures to accept"),
        ] {
            let withheld = throttle.take_withheld();
            if withheld > 0 {
                warn!(withheld, "not logged: more {what}");
            }
        }
    }
}

/// A throttle that lets ten lines a second pass and counts the others.
#[derive(Debug, Default)]
pub(crate) struct Throttle(Mutex<Interval>);

#[derive(Debug, Default)]
struct Interval {
    /// Start of the present second.
    began: Option<Instant>,
    /// Number of lines that passed in it.
    lines: u32,
    /// Number of lines that were withheld since the last one passed.
    withheld: u64,
}

impl Throttle {
    /// Returns the number of lines that were withheld since the last one passed, or `None` if the
    /// caller has to withhold its line.
    pub(crate) fn pass(&self) -> Option<u64> {
        self.pass_at(Instant::now())
    }

    /// Returns the number of lines that were withheld since the last one passed, and resets it.
    pub(crate) fn take_withheld(&self) -> u64 {
        std::mem::take(&mut self.lock().withheld)
    }

    fn lock(&self) -> MutexGuard<'_, Interval> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn pass_at(&self, now: Instant) -> Option<u64> {
        let mut interval = self.lock();
        let is_over = |began| now.duration_since(began) >= Duration::from_secs(1);
        if interval.began.is_none_or(is_over) {
            interval.began = Some(now);
            interval.lines = 0;
        }
        if interval.lines == LINES_PER_SECOND {
            interval.withheld += 1;
            return None;
        }
        interval.lines += 1;
        Some(std::mem::take(&mut interval.withheld))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_lines_a_second_pass_and_the_next_says_how_many_did_not() {
        let throttle = Throttle::default();
        let start = Instant::now();
        let passed = (0..25).filter(|_| throttle.pass_at(start).is_some());
        assert_eq!(passed.count(), 10);
        let later = start + Duration::from_secs(1);
        assert_eq!(throttle.pass_at(later), Some(15));
        assert_eq!(throttle.pass_at(later), Some(0));
        assert_eq!(
            (0..25)
                .filter(|_| throttle.pass_at(later).is_none())
                .count(),
            17
        );
        assert_eq!(
            (throttle.take_withheld(), throttle.take_withheld()),
            (17, 0)
        );
    }
}
