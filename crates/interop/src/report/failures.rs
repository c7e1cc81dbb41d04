//! Chooses the failures that a report shows in full, and counts all of them by pairing and by case.
//!
//! A wrong program fails in every case with every other program, so the first ten failures of a run may all be
//! one pairing's. An example: `rust__java-17` fails in 30 cases, and `rust__rust` and `rust__python` in one each.
//!
//! 1. The first failure of each pairing comes first, and of these `rust__java-17`: only one of its programs can
//!    be wrong.
//! 2. Seven more failures of `rust__java-17` make ten. The other 22 are only counted.
//! 3. Where a case has no oracle, it fails in each pairing for the same reason, and the first of them is enough.
//! 4. Two tables count the 32 failures by pairing and by case.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use crate::case_result::CaseResult;
use crate::channel::Channel;
use crate::summary::Summary;
use crate::summary::VerdictCounts;

/// Number of failures that are shown in full if few pairings failed.
const LEAST: usize = 10;

/// Largest number of failures that are shown in full.
const MOST: usize = 20;

/// Largest number of rows of a table.
const ROWS: usize = 15;

/// A pairing or a case with failures.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Row {
    pub name: String,
    pub failed: VerdictCounts,
    /// The channels that differ.
    pub channels: BTreeSet<Channel>,
}

impl Row {
    /// Returns the names of the channels: `client.bytes, client.end`, or `all channels`.
    pub(super) fn channels(&self) -> String {
        if self.channels.len() == Channel::ALL.len() {
            return "all channels".into();
        }
        let names: Vec<&str> = self.channels.iter().map(|channel| channel.name()).collect();
        names.join(", ")
    }
}

/// Counts of failures by pairing or by case, largest first.
#[derive(Debug)]
pub(super) struct Table {
    pub what: &'static str,
    /// True if the channels of the rows are shown. In one case different programs fail on different channels, so a
    /// table of cases does not show them.
    pub has_channels: bool,
    pub rows: Vec<Row>,
    /// Number of further rows that are left out.
    pub more: usize,
}

/// The failures of a run.
#[derive(Debug)]
pub(super) struct Failures<'a> {
    /// Tables by pairing and by case. There are none if all failures are shown in full.
    pub tables: Vec<Table>,
    /// The failures that are shown in full.
    pub shown: Vec<&'a CaseResult<'a>>,
    /// Number of further failures that are not shown.
    pub more: usize,
}

/// Returns the failures of `run`.
pub(super) fn of<'a>(summary: &Summary<'a>) -> Failures<'a> {
    let mut failed: Vec<&CaseResult<'_>> = summary.failed.clone();
    // A difference comes before a recording that could not run, because it tells more.
    failed.sort_by_key(|result| result.judgement.verdict);
    let mut of_pairing: BTreeMap<String, usize> = BTreeMap::new();
    let mut without_oracle = BTreeSet::new();
    let mut is_news = |result: &CaseResult<'_>| {
        let case = result.task.case.name.as_str();
        let oracle = summary.oracle(case);
        let is_broken = oracle.is_some_and(|oracle| oracle.broken.is_some());
        !is_broken || without_oracle.insert(case.to_owned())
    };
    let news = failed.iter().filter(|result| is_news(result));
    let mut ranked: Vec<_> = news
        .enumerate()
        .map(|(at, &result)| {
            let nth = of_pairing.entry(result.task.pairing()).or_default();
            *nth += 1;
            ((*nth, candidates(result), at), result)
        })
        .collect();
    ranked.sort_by_key(|(rank, _)| *rank);
    let count = of_pairing.len().clamp(LEAST, MOST);
    let more = failed.len() - ranked.len().min(count);
    let tables = match more {
        0 => Vec::new(),
        _ => vec![
            table("pairing", &failed, |result| result.task.pairing()),
            Table {
                has_channels: false,
                ..table("case", &failed, |result| result.task.case.name.clone())
            },
        ],
    };
    let shown = ranked.into_iter().take(count);
    Failures {
        tables,
        shown: shown.map(|(_, result)| result).collect(),
        more,
    }
}

/// Returns the number of programs that are not originals.
fn candidates(result: &CaseResult<'_>) -> usize {
    let peers = [result.task.client, result.task.server];
    let candidates = peers.into_iter().flatten().filter(|peer| !peer.is_original);
    candidates.count()
}

fn table(
    what: &'static str,
    failed: &[&CaseResult<'_>],
    name: impl Fn(&CaseResult<'_>) -> String,
) -> Table {
    let mut rows: BTreeMap<String, Row> = BTreeMap::new();
    for result in failed {
        let name = name(result);
        let row = rows.entry(name.clone()).or_insert_with(|| Row {
            name,
            failed: VerdictCounts::new(),
            channels: BTreeSet::new(),
        });
        *row.failed.entry(result.judgement.verdict).or_default() += 1;
        row.channels.extend(result.differing());
    }
    let mut rows: Vec<Row> = rows.into_values().collect();
    rows.sort_by_key(|row| Reverse(row.failed.values().sum::<usize>()));
    let more = rows.len().saturating_sub(ROWS);
    rows.truncate(ROWS);
    Table {
        what,
        has_channels: true,
        rows,
        more,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example;
    use crate::finished_run::FinishedRun;
    use crate::summary::in_words;
    use crate::verdict::Verdict;

    /// Returns a run in which `rust__java-17` failed this often, and then `rust__rust` and `rust__python` once.
    fn failing(times: usize) -> FinishedRun<'static> {
        let mut run = example::run();
        let copy = |of: &CaseResult<'static>| CaseResult {
            task: of.task.clone(),
            attempt: of.attempt.clone(),
            judgement: of.judgement.clone(),
        };
        let [different, error] = [4, 7].map(|n| copy(&run.results[n]));
        let mut of_two = copy(&different);
        of_two.task.server = of_two.task.client;
        run.results = (0..times).map(|_| copy(&different)).collect();
        run.results.extend([of_two, error]);
        run
    }

    fn shown(failures: &Failures<'_>) -> Vec<String> {
        let shown = failures.shown.iter();
        shown.map(|result| result.task.pairing()).collect()
    }

    #[test]
    fn the_first_failure_of_each_pairing_comes_before_the_second_of_any() {
        let run = failing(30);
        let failures = of(&Summary::of(&run));
        let shown = shown(&failures);
        assert_eq!(shown[..3], ["rust__java-17", "rust__rust", "rust__python"]);
        assert_eq!(shown[3..], ["rust__java-17"; 7]);
        assert_eq!(failures.more, 22);
    }

    #[test]
    fn failures_that_are_not_all_shown_are_counted_by_pairing_and_by_case() {
        let run = failing(30);
        let failures = of(&Summary::of(&run));
        let [pairings, cases] = &failures.tables[..] else {
            panic!("{:?}", failures.tables);
        };
        let rows: Vec<(&str, String)> = pairings
            .rows
            .iter()
            .map(|row| (row.name.as_str(), in_words(&row.failed)))
            .collect();
        assert_eq!(
            rows,
            [
                ("rust__java-17", "30 different".into()),
                ("rust__python", "1 error".into()),
                ("rust__rust", "1 different".into()),
            ]
        );
        assert_eq!(
            pairings.rows[0].channels(),
            "client.stdout, client.stderr, client.bytes, server.bytes"
        );
        assert_eq!(cases.rows.len(), 1);
        assert_eq!(in_words(&cases.rows[0].failed), "31 different, 1 error");
        assert_eq!((pairings.more, cases.more), (0, 0));
    }

    #[test]
    fn a_case_without_an_oracle_is_shown_once() {
        let mut run = failing(3);
        run.oracles[0].1.broken = Some("unstable".into());
        let failures = of(&Summary::of(&run));
        assert_eq!((failures.shown.len(), failures.more), (1, 4));
        assert_eq!(failures.tables.len(), 2);
    }

    #[test]
    fn a_few_failures_are_all_shown_without_a_table() {
        let run = failing(3);
        let failures = of(&Summary::of(&run));
        assert_eq!(failures.shown.len(), 5);
        assert!(failures.tables.is_empty() && failures.more == 0);
    }

    #[test]
    fn a_verdict_that_is_none_is_no_failure() {
        let mut run = failing(1);
        for result in &mut run.results {
            result.judgement.verdict = Verdict::Declared;
        }
        assert!(of(&Summary::of(&run)).shown.is_empty());
    }
}
