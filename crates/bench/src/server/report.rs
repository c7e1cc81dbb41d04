//! The report of the server's benchmark: Markdown that is readable on a terminal, or JSON.

use std::collections::BTreeSet;
use std::fmt::{self, Display};

use serde::Serialize;

use crate::table::{Table, number};

use super::figures::{Metric, Series};
use super::peer::{Absent, REFERENCE};

/// The result of one benchmark; its JSON has every round.
#[derive(Debug, Serialize)]
pub(crate) struct ServerReport {
    pub(crate) command: String,
    pub(crate) machine: String,
    pub(crate) jdks: Vec<String>,
    pub(crate) rounds: usize,
    pub(crate) slice_ms: u64,
    pub(crate) cells: Vec<Series>,
    pub(crate) absent: Vec<Absent>,
}

impl Display for ServerReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "# The server, measured\n\n    {}\n", self.command)?;
        writeln!(f, "{}\n", self.machine)?;
        self.jdks
            .iter()
            .try_for_each(|jdk| writeln!(f, "- {jdk}"))?;
        writeln!(
            f,
            "\nMedians of {} rounds of {} ms, the peers in turn within each round; `×` is the median of \
             the rounds' proportions to {REFERENCE}, a bare epoll loop that takes a body as it comes. \
             Every reply was compared byte for byte.",
            self.rounds, self.slice_ms
        )?;
        for cells in self.cells.chunk_by(|a, b| a.scenario == b.scenario) {
            writeln!(f, "\n## {}\n\n{}", cells[0].scenario, scenario(cells))?;
        }
        self.footnotes(f)
    }
}

impl ServerReport {
    fn footnotes(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let troubles = self.cells.iter().filter_map(|cell| {
            let trouble = cell.trouble.as_ref()?;
            Some(format!("{}, {}: {trouble}", cell.scenario, cell.peer))
        });
        let absent = self
            .absent
            .iter()
            .map(|absent| format!("{}: {}", absent.name, absent.reason));
        let uncounted = self.cells.iter().filter_map(|cell| cell.uncounted.as_ref());
        let uncounted: BTreeSet<_> = uncounted
            .map(|reason| format!("system calls: {reason}"))
            .collect();
        let notes: Vec<String> = troubles.chain(absent).chain(uncounted).collect();
        if !notes.is_empty() {
            writeln!(f, "\n## Not measured\n")?;
        }
        notes.iter().try_for_each(|note| writeln!(f, "- {note}"))
    }
}

fn scenario(cells: &[Series]) -> Table {
    let metrics: BTreeSet<Metric> = cells
        .iter()
        .flat_map(|cell| &cell.rounds)
        .flat_map(|round| round.keys().copied())
        .collect();
    let reference = cells.iter().find(|cell| cell.peer == REFERENCE);
    let columns = metrics
        .iter()
        .flat_map(|&metric| [(metric, false), (metric, true)]);
    let columns: Vec<_> = columns
        .filter(|&(metric, ratio)| !ratio || metric.is_compared())
        .collect();
    let title = |&(metric, ratio): &(Metric, bool)| {
        if ratio {
            "×".into()
        } else {
            metric.title().into()
        }
    };
    let mut rows = vec![[vec!["".into()], columns.iter().map(title).collect()].concat()];
    for cell in cells {
        let value = |&(metric, ratio): &(Metric, bool)| match (ratio, reference) {
            (false, _) => number(cell.median(metric)),
            (true, Some(reference)) => number(cell.proportion(metric, reference)),
            (true, None) => number(None),
        };
        rows.push([vec![cell.peer.clone()], columns.iter().map(value).collect()].concat());
    }
    Table(rows)
}
