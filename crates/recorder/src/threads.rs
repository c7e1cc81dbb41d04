//! Finds out from the kernel when a program's threads are stopped, or at rest.
//!
//! A program is at rest if it will do nothing more until something happens to it. A look reads the state and
//! the count of context switches of each thread. For a server whose second thread works for 15 ms:
//!
//! ```text
//!   0 ms   S 7   R 9     thread 2 runs: no rest
//!  10 ms   S 7   R 9
//!  20 ms   S 7   S 10    both sleep, and a first look with these counts
//!  30 ms   S 7   S 10    the same
//!  60 ms   S 7   S 10    three looks agree over 40 ms: at rest
//! ```

use std::time::{Duration, Instant};

use crate::tree;

/// Time for which a program must sleep to be at rest. It is longer than the 10 ms that a JVM sleeps at a time
/// while it exits, and shorter than the 250 ms between two ticks of a JVM that waits.
const LONG_ENOUGH: Duration = Duration::from_millis(40);

/// Longest time between two looks, and the number of looks that must agree.
pub(super) const BETWEEN_LOOKS: Duration = Duration::from_millis(10);
const LOOKS: usize = 3;

/// Time after which a program that keeps waking up is at rest, if it does nothing that can be seen.
const LONG_ENOUGH_AWAKE: Duration = Duration::from_millis(400);

/// Number of looks in that time; most of them must find all threads asleep.
const LOOKS_AWAKE: usize = 15;

/// Returns `true` if every thread of `pid` has obeyed SIGSTOP.
#[cfg(target_os = "linux")]
pub(super) fn stopped(pid: u32) -> bool {
    // proc_pid_stat(5): T is stopped, t is stopped and held by a tracer.
    threads(pid).is_some_and(|threads| threads.iter().all(|thread| "Tt".contains(thread.state)))
}

#[cfg(not(target_os = "linux"))]
pub(super) fn stopped(_: u32) -> bool {
    true
}

/// A program that is looked at until it is at rest, together with the processes that it has started.
///
/// A look takes the threads one by one, and one thread may wake another meanwhile: a single look at sleeping
/// threads proves nothing. But a thread that ran and sleeps again has one more context switch. If two looks
/// find the same threads asleep with the same counts, all of them slept at the same time in between. A thread
/// that lacks a processor is ready to run, so it never looks asleep.
///
/// Two kinds of threads deceive this test. A thread that sleeps 60 ms before it goes on (`nanosleep(2)`)
/// looks like one that waits for the other side. A thread that sleeps 20 ms in a loop has a new count at each
/// look. Such a program is at rest after [`LONG_ENOUGH_AWAKE`] if most looks found all threads asleep,
/// nothing was printed, and no packet was sent.
#[derive(Debug, Default)]
pub(super) struct Rest {
    /// Looks since the last context switch.
    asleep: Period,
    /// Looks since the threads last did something that can be seen.
    quiet: Period,
    /// Number of looks in `quiet` that found a thread awake.
    awake: usize,
    seen: Vec<Thread>,
    /// Number of bytes printed and packets sent before the last look.
    activity: usize,
    family: Vec<u32>,
}

/// Looks in a row that agree.
#[derive(Debug, Default)]
struct Period {
    since: Option<Instant>,
    looks: usize,
}

impl Period {
    fn lasts(&mut self, now: Instant) {
        self.since.get_or_insert(now);
        self.looks += 1;
    }

    fn is(&self, long: Duration, looks: usize, now: Instant) -> bool {
        self.looks >= looks && self.since.is_some_and(|since| now >= since + long)
    }
}

impl Rest {
    /// Looks again. Returns `true` once `pid` has slept for long enough without a break, which is
    /// [`LONG_ENOUGH_AWAKE`] if `certain`. `activity` counts everything that the programs have done so far that can
    /// be seen.
    pub(super) fn is_long_enough(
        &mut self,
        pid: u32,
        activity: usize,
        certain: bool,
        now: Instant,
    ) -> bool {
        if activity != self.activity {
            self.activity = activity;
            self.disturb();
        }
        if self.family.is_empty() {
            self.family.push(pid);
        }
        let seen: Option<Vec<_>> = self.family.iter().map(|&pid| threads(pid)).collect();
        if seen.is_none() {
            self.family.clear();
        }
        if !self.look(seen.unwrap_or_default().concat(), now) || certain && !self.is_quiet(now) {
            return false;
        }
        // Looked up at the end alone, because all processes of the machine are read for it.
        let family = tree::family(pid);
        let timed = || family.iter().any(|&pid| sleeps_for_a_time(pid));
        if family == self.family && (self.is_quiet(now) || !timed()) {
            return true;
        }
        if family == self.family {
            // A thread that set itself a time to sleep may go on then, so the program must be quiet for longer.
            return false;
        }
        // A program that keeps starting processes never has the same family twice, so it is enough that all sleep.
        let asleep = family.iter().filter_map(|&pid| threads(pid)).flatten();
        let all_asleep = asleep.into_iter().all(|thread| thread.state == 'S');
        if all_asleep && self.is_quiet(now) {
            return true;
        }
        self.family = family;
        self.disturb();
        false
    }

    fn look(&mut self, threads: Vec<Thread>, now: Instant) -> bool {
        let asleep = threads.iter().all(|thread| thread.state == 'S') && !threads.is_empty();
        if !asleep || threads != self.seen {
            self.asleep = Period::default();
        }
        if threads.is_empty() {
            self.disturb();
            return false;
        }
        self.quiet.lasts(now);
        match asleep {
            true => self.asleep.lasts(now),
            false => self.awake += 1,
        }
        self.seen = threads;
        self.asleep.is(LONG_ENOUGH, LOOKS, now) || asleep && self.is_quiet(now)
    }

    /// Returns `true` if the threads did nothing that can be seen for long enough. Starts again if they were
    /// mostly awake.
    fn is_quiet(&mut self, now: Instant) -> bool {
        if !self.quiet.is(LONG_ENOUGH_AWAKE, LOOKS_AWAKE, now) {
            return false;
        }
        let mostly_asleep = self.awake <= self.quiet.looks / 2;
        if !mostly_asleep {
            self.disturb();
        }
        mostly_asleep
    }

    /// Starts again, because something is still on its way to the program.
    pub(super) fn disturb(&mut self) {
        self.asleep = Period::default();
        self.quiet = Period::default();
        self.awake = 0;
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Thread {
    id: u32,
    state: char,
    /// Number of times that it was taken off a processor.
    switches: u64,
}

/// Returns `true` if a thread of `pid` sleeps for a time that it has set itself (proc_pid_wchan(5)).
#[cfg(target_os = "linux")]
fn sleeps_for_a_time(pid: u32) -> bool {
    let threads = std::fs::read_dir(format!("/proc/{pid}/task"))
        .into_iter()
        .flatten()
        .flatten();
    let mut waits =
        threads.filter_map(|thread| std::fs::read_to_string(thread.path().join("wchan")).ok());
    waits.any(|place| place.contains("nanosleep"))
}

#[cfg(not(target_os = "linux"))]
fn sleeps_for_a_time(_: u32) -> bool {
    false
}

/// Returns the threads of `pid`; `None` if the program or one of its threads ended meanwhile.
#[cfg(target_os = "linux")]
fn threads(pid: u32) -> Option<Vec<Thread>> {
    let mut threads = Vec::new();
    for entry in std::fs::read_dir(format!("/proc/{pid}/task")).ok()? {
        let folder = entry.ok()?.path();
        let id = folder.file_name()?.to_str()?.parse().ok()?;
        threads.push(thread(
            id,
            &std::fs::read_to_string(folder.join("status")).ok()?,
        )?);
    }
    Some(threads)
}

/// Returns one sleeping thread, because this system does not tell the states: time alone decides.
#[cfg(not(target_os = "linux"))]
fn threads(pid: u32) -> Option<Vec<Thread>> {
    let state = 'S';
    Some(vec![Thread {
        id: pid,
        state,
        switches: 0,
    }])
}

/// Reads a thread's state and context switches from proc_pid_status(5).
#[cfg(any(target_os = "linux", test))]
fn thread(id: u32, status: &str) -> Option<Thread> {
    let value = |key: &str| {
        let mut lines = status.lines().filter_map(|line| line.split_once(":\t"));
        lines.find(|(name, _)| *name == key).map(|(_, value)| value)
    };
    let switches = |key| value(key)?.parse::<u64>().ok();
    Some(Thread {
        id,
        state: value("State")?.chars().next()?,
        switches: switches("voluntary_ctxt_switches")? + switches("nonvoluntary_ctxt_switches")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns `true` if a program is at rest at the last of `looks`: milliseconds, and a state and a count
    /// for each thread.
    fn at_rest(looks: &[(u64, &[(char, u64)])]) -> bool {
        let begun = Instant::now();
        let mut rest = Rest::default();
        let mut at_rest = false;
        for (millis, threads) in looks {
            let threads = threads.iter().zip(1..);
            let threads = threads.map(|(&(state, switches), id)| Thread {
                id,
                state,
                switches,
            });
            at_rest = rest.look(threads.collect(), begun + Duration::from_millis(*millis));
        }
        at_rest
    }

    #[test]
    fn a_program_whose_threads_all_sleep_on_is_at_rest() {
        let asleep: &[(char, u64)] = &[('S', 7), ('S', 9)];
        assert!(at_rest(&[(0, asleep), (10, asleep), (40, asleep)]));
        assert!(!at_rest(&[(0, asleep), (10, asleep), (39, asleep)]));
        assert!(!at_rest(&[(0, asleep), (1000, asleep)]));
    }

    #[test]
    fn threads_that_hand_on_to_each_other_are_not_at_rest_however_long_a_look_takes() {
        let looks: Vec<[(char, u64); 2]> = (0..9).map(|n| [('S', n), ('S', n + 1)]).collect();
        let looks: Vec<(u64, &[(char, u64)])> = (0..)
            .step_by(500)
            .zip(looks.iter().map(|look| &look[..]))
            .collect();
        assert!(!at_rest(&looks));
    }

    #[test]
    fn a_program_that_keeps_waking_up_for_nothing_is_at_rest_after_a_while() {
        let looks = |last: u64| -> Vec<(u64, [(char, u64); 1])> {
            let millis = (0..=last).step_by(20);
            millis.map(|millis| (millis, [('S', millis)])).collect()
        };
        let rests = |looks: Vec<(u64, [(char, u64); 1])>| {
            let looks: Vec<_> = looks
                .iter()
                .map(|(millis, look)| (*millis, &look[..]))
                .collect();
            at_rest(&looks)
        };
        assert!(rests(looks(400)));
        assert!(!rests(looks(380)));
        let run = |awake: usize| {
            let mut looks = looks(400);
            looks
                .iter_mut()
                .take(awake)
                .for_each(|look| look.1[0].0 = 'R');
            rests(looks)
        };
        assert!(run(8));
        assert!(!run(12));
    }

    #[test]
    fn whoever_could_run_and_whoever_is_gone_is_not_at_rest() {
        let asleep: &[(char, u64)] = &[('S', 7), ('S', 9)];
        for last in [
            &[('S', 7), ('R', 9)][..],
            &[('S', 7), ('D', 9)],
            &[('S', 7)],
            &[],
        ] {
            assert!(
                !at_rest(&[(0, asleep), (10, asleep), (40, last)]),
                "{last:?}"
            );
        }
    }

    #[test]
    fn the_kernel_tells_a_threads_state_and_switches() {
        let status = "Name:\tjava\nState:\tS (sleeping)\nvoluntary_ctxt_switches:\t40\nnonvoluntary_ctxt_switches:\t2\n";
        let expected = Thread {
            id: 5,
            state: 'S',
            switches: 42,
        };
        assert_eq!(thread(5, status), Some(expected));
        assert_eq!(thread(5, "State:\tS (sleeping)\n"), None);
    }
}
