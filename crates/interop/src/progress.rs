//! Progress on standard error: one line that is overwritten, or without a terminal one line every ten seconds.

use std::io::{IsTerminal, Write, stderr};
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// A counter of steps whose total is known.
#[derive(Debug)]
pub(crate) struct Progress {
    what: &'static str,
    total: usize,
    state: Mutex<State>,
    terminal: bool,
}

#[derive(Debug)]
struct State {
    done: usize,
    shown: Instant,
}

impl Progress {
    /// Starts to count to `total`; `what` is the first word of each line.
    pub(crate) fn new(what: &'static str, total: usize) -> Progress {
        let state = State {
            done: 0,
            shown: Instant::now(),
        };
        Progress {
            what,
            total,
            state: Mutex::new(state),
            terminal: stderr().is_terminal(),
        }
    }

    /// Counts one more step as done; `label` names it.
    pub(crate) fn step(&self, label: &str) {
        let mut state = self.state.lock().expect("no step panics");
        state.done += 1;
        let every = Duration::from_millis(if self.terminal { 50 } else { 10_000 });
        if state.shown.elapsed() < every {
            return;
        }
        state.shown = Instant::now();
        let line = format!("{} {}/{}  {label}", self.what, state.done, self.total);
        if self.terminal {
            // A line that is wider than the terminal would wrap and not be overwritten.
            let line: String = line.chars().take(78).collect();
            write!(stderr(), "\r\x1b[K{line}").ok();
        } else {
            writeln!(stderr(), "{line}").ok();
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.terminal {
            write!(stderr(), "\r\x1b[K").ok();
        }
    }
}
