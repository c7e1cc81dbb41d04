//! Progress on standard error while something takes long.
//!
//! A terminal has one line that is written anew ten times a second. Anything else gets a line every four seconds:
//!
//! ```text
//! recording 371/1919, 12 s: script__java-17 split/client/2+1+1
//! ```

use std::io::{self, IsTerminal, Write, stderr};
use std::process::{Command, ExitStatus};
use std::sync::Mutex;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

/// Number of columns of a line at a terminal. A line that is wider than the terminal could not be overwritten.
const WIDTH: usize = 78;

/// The steps of some work that are done.
#[derive(Debug)]
pub struct Progress<'a> {
    what: &'a str,
    /// Number of steps; 0 for work without steps.
    total: usize,
    begun: Instant,
    last: Mutex<Last>,
}

/// The last step that was done.
#[derive(Debug, Default)]
struct Last {
    done: usize,
    label: String,
}

impl<'a> Progress<'a> {
    /// Does `work` and shows its progress until it ends. Each line begins with `what`.
    pub fn of<T>(what: &'a str, total: usize, work: impl FnOnce(&Self) -> T) -> T {
        let progress = Self {
            what,
            total,
            begun: Instant::now(),
            last: Mutex::default(),
        };
        thread::scope(|scope| {
            let (working, is_over) = mpsc::channel::<()>();
            scope.spawn(|| progress.show_until(is_over));
            let result = work(&progress);
            drop(working);
            result
        })
    }

    /// Runs `child`, which shows its own progress at a terminal, and shows elsewhere that it goes on.
    pub fn of_child(what: &str, child: &mut Command) -> io::Result<ExitStatus> {
        match stderr().is_terminal() {
            true => child.status(),
            false => Progress::of(what, 0, |_| child.status()),
        }
    }

    /// Counts one more step as done; `label` names it.
    pub fn step(&self, label: String) {
        let mut last = self.last.lock().expect("no step panics");
        last.done += 1;
        last.label = label;
    }

    /// Shows the progress again and again until nobody can send to `is_over` any more.
    fn show_until(&self, is_over: Receiver<()>) {
        let terminal = stderr().is_terminal();
        let every = Duration::from_millis(if terminal { 100 } else { 4000 });
        while is_over.recv_timeout(every) == Err(RecvTimeoutError::Timeout) {
            let line = self.line(self.begun.elapsed());
            if terminal {
                let line: String = line.chars().take(WIDTH).collect();
                write!(stderr(), "\r\x1b[K{line}").ok();
            } else {
                writeln!(stderr(), "{line}").ok();
            }
        }
        if terminal {
            write!(stderr(), "\r\x1b[K").ok();
        }
    }

    /// Returns the line after this time.
    fn line(&self, time: Duration) -> String {
        let last = self.last.lock().expect("no step panics");
        let mut line = self.what.to_owned();
        if self.total > 0 {
            line += &format!(" {}/{}", last.done, self.total);
        }
        line += &format!(", {} s", time.as_secs());
        if !last.label.is_empty() {
            line += &format!(": {}", last.label);
        }
        line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_the_steps_that_are_done_the_time_and_the_last_step() {
        let lines = Progress::of("recording", 12, |progress| {
            let line = || progress.line(Duration::from_secs(75));
            let first = line();
            progress.step("java-17__rust exchange/ascii".into());
            [first, line()]
        });
        assert_eq!(
            lines,
            [
                "recording 0/12, 75 s",
                "recording 1/12, 75 s: java-17__rust exchange/ascii"
            ]
        );
    }

    #[test]
    fn work_without_steps_has_its_time() {
        let line = Progress::of("judging", 0, |progress| {
            progress.line(Duration::from_secs(5))
        });
        assert_eq!(line, "judging, 5 s");
    }
}
