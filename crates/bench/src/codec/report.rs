//! The report of the codec's benchmark: Markdown that is readable on a terminal, or JSON.

use std::fmt::{self, Display};

use serde::Serialize;

use super::cell::{Cell, Task};
use super::implementation::{REFERENCE, SUBJECT};
use crate::table::{Table, number};

/// The result of one benchmark; its JSON has every round.
#[derive(Debug, Serialize)]
pub(crate) struct CodecReport {
    pub(crate) command: String,
    pub(crate) machine: String,
    pub(crate) jdk: String,
    pub(crate) rounds: usize,
    pub(crate) slice_ms: u64,
    pub(crate) cells: Vec<Cell>,
    /// Number of bodies that a JVM decoded, and the number of them that each decoder decodes otherwise.
    pub(crate) judged: usize,
    pub(crate) inexact: Vec<(&'static str, usize)>,
}

impl Display for CodecReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "    {}\n\n{}; {}.", self.command, self.machine, self.jdk)?;
        writeln!(
            f,
            "Medians of {} rounds of {} ms, the peers in turn within each round. Each figure is a share of \
             {REFERENCE}'s speed over the same bodies in the same round (higher is faster), with the \
             nanoseconds for each string in brackets.",
            self.rounds, self.slice_ms
        )?;
        for task in Task::ALL {
            let cells: Vec<&Cell> = self.cells.iter().filter(|cell| cell.task == task).collect();
            if let Some(table) = table(&cells) {
                writeln!(f, "\n## {}\n\n{table}", task.title())?;
            }
        }
        self.exactness(f)
    }
}

impl CodecReport {
    fn exactness(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.judged == 0 {
            return Ok(());
        }
        writeln!(
            f,
            "\n## Exactness\n\nOf {} bodies that the JVM judged, a decoder makes something else of:\n",
            self.judged
        )?;
        let (names, counts) = self
            .inexact
            .iter()
            .map(|(name, wrong)| (name.to_string(), wrong.to_string()))
            .unzip();
        writeln!(f, "{}", Table(vec![names, counts]))
    }
}

/// Returns a table with a row for each workload and a column for each implementation.
fn table(cells: &[&Cell]) -> Option<Table> {
    let peers: Vec<&str> = cells
        .first()?
        .peers
        .iter()
        .map(|figures| figures.peer.as_str())
        .collect();
    let title = |peer: &&str| {
        if *peer == REFERENCE {
            format!("{REFERENCE}, GB/s")
        } else {
            peer.to_string()
        }
    };
    let mut rows = vec![
        ["".into()]
            .into_iter()
            .chain(peers.iter().map(title))
            .collect(),
    ];
    for cell in cells {
        let figures = peers.iter().map(|peer| figure(cell, peer));
        rows.push(
            [cell.workload.to_string()]
                .into_iter()
                .chain(figures)
                .collect(),
        );
    }
    Some(Table(rows))
}

fn figure(cell: &Cell, peer: &str) -> String {
    let nanos = cell.nanos(peer);
    if peer == REFERENCE {
        let bytes = cell.bytes as f64 / cell.strings as f64;
        return format!(
            "{} ({})",
            number(nanos.map(|nanos| bytes / nanos)),
            number(nanos)
        );
    }
    let wrong = cell.find(peer).map_or(0, |figures| figures.wrong);
    if wrong > 0 {
        return format!("wrong: {wrong} of {}", cell.strings);
    }
    let figure = format!("{} ({})", share(cell.speed(peer, REFERENCE)), number(nanos));
    if peer == SUBJECT {
        format!("**{figure}**")
    } else {
        figure
    }
}

/// Returns a share of the reference's speed with at least two significant digits.
fn share(value: Option<f64>) -> String {
    match value {
        Some(value) if value < 0.1 => format!("{value:.3}"),
        value => number(value),
    }
}
