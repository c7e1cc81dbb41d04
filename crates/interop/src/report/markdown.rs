//! Writes the results of a run as Markdown, for the summary of a GitHub step.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};
use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::Path;

use anyhow::{Context, Result};

use crate::difference;
use crate::report::failures::{self, Table};
use crate::report::warnings;
use crate::summary::{Summary, in_words};
use crate::verdict::Verdict;
use ladder::visible::visible;

/// Name of the variable with the path of the summary in a step of a GitHub workflow.
pub(super) const VARIABLE: &str = "GITHUB_STEP_SUMMARY";

/// Appends the results to the file at `path`.
pub(super) fn append(summary: &Summary<'_>, path: &Path) -> Result<()> {
    let file = OpenOptions::new().create(true).append(true).open(path);
    file.and_then(|mut file| file.write_all(text(summary).as_bytes()))
        .with_context(|| format!("{VARIABLE}: cannot write {}", path.display()))
}

fn text(summary: &Summary<'_>) -> String {
    let mut text = String::new();
    write(&mut text, summary).expect("a string takes everything");
    text
}

fn write(text: &mut String, summary: &Summary<'_>) -> fmt::Result {
    writeln!(text, "## Interop with the original programs\n")?;
    if let Some(interrupted) = &summary.run.interrupted {
        writeln!(text, "**{interrupted}**\n")?;
    }
    let totals =
        Verdict::ALL.map(|verdict| format!("{} {}", summary.count(verdict), verdict.name()));
    writeln!(
        text,
        "**{}**, in {:.0} s\n",
        totals.join(", "),
        summary.run.took.as_secs_f64()
    )?;
    matrix(text, summary)?;
    differences(text, summary)?;
    for stale in &summary.run.stale {
        let (channel, peer) = (stale.channel.name(), stale.peer);
        writeln!(
            text,
            "- Declared, but did not occur: {channel} of {peer} in `{:?}`",
            stale.cases
        )?;
    }
    if let Some(findings) = &summary.run.mutants {
        let of = |verdict| {
            let mutants = findings.mutants.iter();
            mutants.filter(move |mutant| mutant.verdict() == verdict)
        };
        let survivors: Vec<&str> = of(Verdict::Different)
            .map(|one| one.name.as_str())
            .collect();
        writeln!(
            text,
            "- Mutants: {} of {} caught; survivors: {}",
            findings.count(Verdict::Same),
            findings.mutants.len(),
            survivors.join(", ")
        )?;
        for mutant in of(Verdict::Error) {
            let reason = mutant.error.as_deref().unwrap_or_default();
            let reason = escaped(&visible(reason));
            writeln!(text, "- Mutant {} could not run: {reason}", mutant.name)?;
        }
    }
    reasons(text, summary)?;
    environment(text, summary)
}

fn matrix(text: &mut String, summary: &Summary<'_>) -> fmt::Result {
    let matrix = &summary.matrix;
    let [clients, servers] = summary.axes();
    writeln!(text, "| client \\ server | {} |", servers.join(" | "))?;
    writeln!(text, "|---|{}", "---:|".repeat(servers.len()))?;
    for client in clients {
        let row = servers.iter().map(|server| {
            let cell = matrix.get(&(client, *server));
            cell.map_or("–".to_owned(), cell_text)
        });
        let row: Vec<String> = row.collect();
        writeln!(text, "| **{client}** | {} |", row.join(" | "))?;
    }
    writeln!(text)
}

fn cell_text(cell: &BTreeMap<Verdict, usize>) -> String {
    let part =
        |(verdict, n): (&Verdict, &usize)| format!("{} {n} {}", verdict.mark(), verdict.name());
    cell.iter().rev().map(part).collect::<Vec<_>>().join(", ")
}

fn differences(text: &mut String, summary: &Summary<'_>) -> fmt::Result {
    let failures = failures::of(summary);
    for table in &failures.tables {
        failed_by(text, table)?;
    }
    for result in &failures.shown {
        let (task, verdict) = (&result.task, result.judgement.verdict);
        writeln!(
            text,
            "### {} {}: {}, {}\n",
            verdict.mark(),
            verdict.name(),
            task.pairing(),
            task.case.name
        )?;
        let shown = difference::text(summary, result);
        let fence = fence(&shown);
        writeln!(text, "{fence}text\n{shown}{fence}\n")?;
    }
    match failures.more {
        0 => Ok(()),
        more => writeln!(text, "and {more} more\n"),
    }
}

fn failed_by(text: &mut String, table: &Table) -> fmt::Result {
    writeln!(
        text,
        "| {} | failed | channels |\n|---|---|---|",
        table.what
    )?;
    for row in &table.rows {
        let (counts, channels) = (in_words(&row.failed), row.channels());
        writeln!(text, "| {} | {counts} | {channels} |", row.name)?;
    }
    match table.more {
        0 => writeln!(text),
        more => writeln!(text, "| and {more} more | | |\n"),
    }
}

/// Returns a fence of backticks that is longer than any in `text`.
fn fence(text: &str) -> String {
    let runs = text.split(|c| c != '`').map(str::len);
    "`".repeat(runs.max().unwrap_or(0).max(2) + 1)
}

fn reasons(text: &mut String, summary: &Summary<'_>) -> fmt::Result {
    for warning in warnings::of(summary) {
        writeln!(text, "- Warning: {}", escaped(&visible(&warning)))?;
    }
    for (what, reasons) in [
        ("Declared", &summary.declared),
        ("Unsupported", &summary.unsupported),
    ] {
        for (reason, n) in reasons {
            writeln!(text, "- {what}, {n}×: {}", escaped(&visible(reason)))?;
        }
    }
    writeln!(text)
}

/// Returns `text` on one line, with a backslash before every character that Markdown or HTML interprets.
fn escaped(text: &str) -> String {
    let mut plain = String::new();
    for c in text.chars() {
        if c.is_ascii_punctuation() && !",.:;'\"()-/".contains(c) {
            plain.push('\\');
        }
        plain.push(if c == '\n' { ' ' } else { c });
    }
    plain
}

fn environment(text: &mut String, summary: &Summary<'_>) -> fmt::Result {
    let here = &summary.run.environment;
    let jdks = summary
        .run
        .jdks
        .iter()
        .map(|jdk| format!("{} = {} {}", jdk.name, jdk.vendor, jdk.version));
    writeln!(
        text,
        "<sub>{}. {}, {}, {}, {} cores. Commit {}.</sub>",
        jdks.collect::<Vec<_>>().join(", "),
        here.os,
        here.kernel,
        here.architecture,
        here.cores,
        here.commit.as_deref().unwrap_or("unknown")
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example;

    #[test]
    fn the_summary_has_the_matrix_and_every_difference() {
        let text = text(&Summary::of(&example::run()));
        for expected in [
            "**4 same, 1 declared, 1 unsupported, 1 different, 1 error**",
            "| client \\ server | java-17 | rust | python |",
            "| **rust** | ✗ 1 different | ✓ 1 same | ! 1 error |",
            "### ✗ different: rust__java-17, exchange/emoji",
            "first difference at byte 1 (0x1) of 8 and 6",
            "- Mutants: 1 of 3 caught; survivors: survivor\n",
            "- Mutant missing could not run: no \\<program\\>",
            "- Unsupported, 1×: no \\<emoji\\>",
        ] {
            assert!(text.contains(expected), "{expected}\n{text}");
        }
    }

    #[test]
    fn an_interrupted_run_says_so_first() {
        let mut run = example::run();
        run.interrupted = Some(example::INTERRUPTED);
        let text = text(&Summary::of(&run));
        let second = text.lines().nth(2).unwrap();
        assert!(
            second.starts_with("**interrupted after 9 of 20"),
            "{second}"
        );
    }

    #[test]
    fn a_fence_is_longer_than_any_in_the_text() {
        assert_eq!(fence("a"), "```");
        assert_eq!(fence("a ```` b"), "`````");
    }

    #[test]
    fn a_summary_is_appended_to() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("run.md");
        std::fs::write(&file, "before\n").unwrap();
        append(&Summary::of(&example::run()), &file).unwrap();
        assert!(
            std::fs::read_to_string(&file)
                .unwrap()
                .starts_with("before\n## ")
        );
    }
}
