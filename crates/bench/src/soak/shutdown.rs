//! The end of a server that is told to stop, and the counts that it logs.

use std::process::ExitStatus;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use nix::sys::signal::Signal;

use super::launcher::AttackedServer;

/// Time within which a server without clients must end. It waits at most two seconds for each output that
/// blocks, and both may block.
const END: Duration = Duration::from_secs(8);

/// The counts in the last lines of the log.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct ShutdownCounts {
    pub(crate) clients: u64,
    pub(crate) messages: u64,
    /// Number of connections that were closed inside a frame or before the last reply.
    pub(crate) cut: u64,
    /// Number of clients that waited and were never accepted.
    pub(crate) given_up: u64,
    /// Number of lines of an output that were never written.
    pub(crate) dropped: u64,
}

impl ShutdownCounts {
    /// Reads `… stopped: 7 clients and 9 messages served, 0 clients refused, 1 connections cut …`.
    pub(crate) fn of(log: &str) -> Result<ShutdownCounts> {
        let stopped = log.lines().rfind(|line| line.contains("stopped: "));
        let stopped = stopped.context("the log does not say that it stopped")?;
        Ok(ShutdownCounts {
            clients: before(stopped, " clients and").unwrap_or(0),
            messages: before(stopped, " messages served").unwrap_or(0),
            cut: before(stopped, " connections cut").unwrap_or(0),
            given_up: before(stopped, " clients given up").unwrap_or(0),
            dropped: sum(log, "dropped=") + sum(log, "lost="),
        })
    }
}

/// Tells a server without clients to stop and waits for its end; the exit status must be 0.
pub(crate) fn in_time(attacked: &mut AttackedServer) -> Result<()> {
    let status = stop(attacked)?;
    ensure!(status.success(), "told to stop it ended with {status}");
    Ok(())
}

/// Stops a server whose transcript could not be written, and checks the number of dropped lines in its log.
pub(crate) fn with_dropped_lines(attacked: &mut AttackedServer) -> Result<()> {
    stop(attacked)?;
    let shutdown = ShutdownCounts::of(&attacked.server.log())?;
    let lines = shutdown.clients + shutdown.messages;
    // The banner is one line more. A pipe that was filled later took the lines of the first two clients.
    ensure!(
        (lines.saturating_sub(3)..=lines + 1).contains(&shutdown.dropped),
        "of {lines} lines none was written, and the log says that {} were dropped",
        shutdown.dropped
    );
    Ok(())
}

fn stop(attacked: &mut AttackedServer) -> Result<ExitStatus> {
    attacked.server.signal(Signal::SIGTERM)?;
    attacked.server.await_end(END).context("told to stop")
}

/// Reads the number before `words`.
fn before(text: &str, words: &str) -> Option<u64> {
    let (text, _) = text.split_once(words)?;
    let digits = text.rsplit(|c: char| !c.is_ascii_digit()).next()?;
    digits.parse().ok()
}

/// Adds up the numbers behind `name` in a log, where the server counts dropped lines from time to time.
fn sum(log: &str, name: &str) -> u64 {
    let numbers = log.split(name).skip(1);
    let parsed = numbers.filter_map(|text| {
        let end = text.find(|c: char| !c.is_ascii_digit());
        text[..end.unwrap_or(text.len())].parse::<u64>().ok()
    });
    parsed.sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_counts_of_a_shutdown_are_read_from_the_last_lines_of_a_log() {
        let log = "\
2026-11-25T19:00:00Z  WARN lines were dropped output=\"standard output\" dropped=30
2026-11-25T19:00:01Z  INFO stopped: 7 clients and 9 messages served, 0 clients refused, \
1 connections cut, 2 clients given up
2026-11-25T19:00:03Z  WARN lines were never printed output=\"standard output\" lost=12
";
        let expected = ShutdownCounts {
            clients: 7,
            messages: 9,
            cut: 1,
            given_up: 2,
            dropped: 42,
        };
        assert_eq!(ShutdownCounts::of(log).unwrap(), expected);
        assert!(ShutdownCounts::of("listening").is_err());
    }
}
