//! Prints the results of a run: the matrix, and each difference with its first differing byte.

use std::collections::BTreeMap;
use std::fmt::Write;

use anstream::{print, println};
use anstyle::{AnsiColor, Style};

use crate::case::Case;
use crate::case_result::CaseResult;
use crate::certificate::Certificate;
use crate::channel::{Channel, Observed};
use crate::difference;
use crate::programs::jdk::Jdk;
use crate::report::failures::{self, Row, Table};
use crate::report::mutants;
use crate::report::warnings;
use crate::summary::{Summary, in_words};
use crate::task::RecordingSettings;
use crate::verdict::Verdict;
use ladder::visible::visible;
use recorder::Isolation;

/// Prints the names of cases and pairings, for `--list`.
pub(crate) fn list<'a>(cases: &[&Case], pairings: impl Iterator<Item = &'a String>) {
    println!("cases:");
    for case in cases {
        println!("  {:<42} {}", case.name, case.about);
    }
    println!("pairings (client__server):");
    for pairing in pairings {
        println!("  {pairing}");
    }
}

/// Number of recordings in a second for each that is made at a time, on two cores with nothing else to do.
const RATE: usize = 5;

/// The same number for recordings in which no JVM starts.
const RATE_WITHOUT_JVM: usize = 10;

/// Prints the JDKs, and the numbers of cases and recordings, before the first recording.
pub(crate) fn announce(
    jdks: &[Jdk],
    cases: usize,
    recordings: usize,
    settings: RecordingSettings<'_>,
    jobs: usize,
    seed: u32,
) {
    for jdk in jdks {
        println!(
            "{:<8} {} {} ({})",
            jdk.name,
            jdk.vendor,
            jdk.version,
            jdk.home.display()
        );
    }
    let network = match settings.isolation {
        Isolation::Namespace => "each in a network namespace of its own".into(),
        Isolation::None => format!("on this machine's own port {}", settings.port),
    };
    let cases = match cases {
        1 => "1 case".into(),
        _ => format!("{cases} cases"),
    };
    let seconds = recordings.div_ceil(jobs * RATE);
    println!(
        "{cases}, {recordings} recordings, {network}, {jobs} at a time, about {seconds} s (--seed {seed})"
    );
}

/// Prints the numbers of mutants and of their recordings.
pub(crate) fn announce_mutants(mutants: usize, recordings: usize, jobs: usize) {
    let seconds = recordings.div_ceil(jobs * RATE_WITHOUT_JVM);
    println!("{mutants} mutants and a control in {recordings} recordings, about {seconds} s");
}

/// Prints the number of probes that were derived, and of those that were left out.
pub(crate) fn announce_probes(derived: usize, left_out: usize, of: &[String]) {
    let left_out = match left_out {
        0 => String::new(),
        _ => format!("; {left_out} more are left out (probes.most)"),
    };
    println!("{derived} probes derived from {}{left_out}", of.join(", "));
}

/// Prints the results of a run.
pub(crate) fn report(summary: &Summary<'_>) {
    if let Some(findings) = &summary.run.mutants {
        mutants::report(findings);
    }
    if let Some(interrupted) = &summary.run.interrupted {
        println!("\n{interrupted}");
    }
    matrix(summary);
    varied(summary);
    unobserved(summary);
    reasons(summary);
    if summary.has_unchecked_claims {
        println!("--check-unsupported shows which of these claims are out of date");
    }
    for warning in warnings::of(summary) {
        println!("warning: {}", visible(&warning));
    }
    differences(summary);
    if let Some(certificate) = &summary.run.certificate {
        self::certificate(certificate);
    }
    for stale in &summary.run.stale {
        println!(
            "\ndeclared, but did not occur: {} of {} in {:?}",
            stale.channel.name(),
            stale.peer,
            stale.cases
        );
    }
    let (same, as_declared) = (
        summary.count(Verdict::Same),
        summary.count(Verdict::Declared),
    );
    let (different, error) = (
        summary.count(Verdict::Different),
        summary.count(Verdict::Error),
    );
    let unsupported = summary.count(Verdict::Unsupported);
    println!(
        "\n{same} same, {as_declared} as declared, {unsupported} unsupported, {different} different, \
         {error} could not run"
    );
    println!(
        "in {:.1} s; evidence in {}",
        summary.run.took.as_secs_f64(),
        summary.run.evidence.display()
    );
    let interrupted = match &summary.run.interrupted {
        Some(_) => "interrupted; ",
        None => "",
    };
    println!(
        "interop: {interrupted}{} passed, {} failed, {unsupported} skipped",
        same + as_declared,
        different + error
    );
}

/// Number of alterations that are listed, of those that were not noticed.
const LISTED: usize = 10;

/// Prints how many altered recordings were noticed, and what is wrong with the masks.
fn certificate(certificate: &Certificate) {
    let unnoticed = &certificate.unnoticed;
    println!(
        "\ncertificate: {} of {} altered recordings of the originals were noticed",
        certificate.altered - unnoticed.len(),
        certificate.altered
    );
    for one in unnoticed.iter().take(LISTED) {
        println!("  not noticed: {}", visible(one));
    }
    if unnoticed.len() > LISTED {
        println!(
            "  and {} more (--json FILE has all)",
            unnoticed.len() - LISTED
        );
    }
    for one in &certificate.blind {
        println!("blind: {}", visible(one));
    }
    for one in &certificate.unmatched {
        println!("a mask that never matched: {}", visible(one));
    }
}

fn matrix(summary: &Summary<'_>) {
    let matrix = &summary.matrix;
    let [clients, servers] = summary.axes();
    let width = 2 + matrix
        .values()
        .map(|cell| in_words(cell).len())
        .max()
        .unwrap_or(0)
        .max(12);
    let head: String = servers.iter().fold(String::new(), |mut head, server| {
        write!(head, "{server:<width$}").expect("a string takes everything");
        head
    });
    println!("\n{:<16}{}", "client \\ server", head.trim_end());
    for client in clients {
        let mut row = format!("{client:<16}");
        for server in &servers {
            let cell = matrix.get(&(client, *server));
            let text = cell.map_or("-".to_owned(), in_words);
            let style = cell
                .and_then(|cell| cell.keys().max())
                .map_or(Style::new(), |worst| style(*worst));
            write!(
                row,
                "{style}{text}{style:#}{:pad$}",
                "",
                pad = width - text.len()
            )
            .expect("as above");
        }
        println!("{}", row.trim_end());
    }
}

fn style(verdict: Verdict) -> Style {
    let color = match verdict {
        Verdict::Same => AnsiColor::Green,
        Verdict::Declared => AnsiColor::Cyan,
        Verdict::Unsupported => AnsiColor::Yellow,
        Verdict::Different => AnsiColor::Red,
        Verdict::Error => AnsiColor::Magenta,
    };
    color.on_default()
}

/// Prints the observations that varied: among repeated recordings of a candidate, and among the originals' own.
fn varied(summary: &Summary<'_>) {
    let mut others: BTreeMap<(String, &str, Channel), BTreeMap<&Observed, usize>> = BTreeMap::new();
    for result in summary
        .run
        .results
        .iter()
        .filter(|result| !result.task.is_original())
    {
        for (channel, judged) in &result.judgement.channels {
            let place = (
                result.task.pairing(),
                result.task.case.name.as_str(),
                *channel,
            );
            *others
                .entry(place)
                .or_default()
                .entry(&judged.observed)
                .or_default() += 1;
        }
    }
    for ((pairing, case, channel), seen) in others.iter().filter(|(_, seen)| seen.len() > 1) {
        let seen = counted(seen.iter().map(|(observed, n)| (*observed, *n)));
        println!("\n{pairing} varied in {case} on {}: {seen}", channel.name());
    }
    // Of a broken oracle the failures say it all.
    let oracles = summary.run.oracles.iter();
    for (case, oracle) in oracles.filter(|(_, oracle)| oracle.broken.is_none()) {
        for channel in oracle.varied() {
            let seen = counted(oracle.seen(channel));
            println!(
                "\nthe originals varied in {} on {}: {seen}",
                case.name,
                channel.name()
            );
        }
    }
}

/// Returns two or more different observations with their counts, each where it begins to differ from the first.
fn counted<'a>(seen: impl Iterator<Item = (&'a Observed, usize)>) -> String {
    let seen: Vec<_> = seen.collect();
    let texts = seen.iter().enumerate().map(|(n, (observed, times))| {
        let (first, _) = seen[usize::from(n == 0)];
        let [shown, _] = observed.apart(first);
        format!("{times}× {shown}")
    });
    texts.collect::<Vec<_>>().join("; ")
}

/// Prints the channels that could not be observed, with the reasons.
fn unobserved(summary: &Summary<'_>) {
    let mut reasons: BTreeMap<(Channel, &str), usize> = BTreeMap::new();
    for result in &summary.run.results {
        for (channel, judged) in &result.judgement.channels {
            if let Observed::Unobserved(reason) = &judged.observed {
                *reasons.entry((*channel, reason)).or_default() += 1;
            }
        }
    }
    for ((channel, reason), n) in reasons {
        println!(
            "not observed: {} in {n} recordings: {reason}",
            channel.name()
        );
    }
}

fn reasons(summary: &Summary<'_>) {
    for (what, reasons) in [
        ("declared", &summary.declared),
        ("unsupported", &summary.unsupported),
    ] {
        for (reason, n) in reasons {
            println!("{what} ({n}×): {reason}");
        }
    }
}

fn differences(summary: &Summary<'_>) {
    let failures = failures::of(summary);
    for table in &failures.tables {
        failed_by(table);
    }
    for result in &failures.shown {
        difference(summary, result);
    }
    if failures.more > 0 {
        println!("\nand {} more (--json FILE has all)", failures.more);
    }
}

fn failed_by(table: &Table) {
    println!("\nfailed, by {}:", table.what);
    let width = |text: fn(&Row) -> String| {
        let widths = table.rows.iter().map(|row| text(row).chars().count());
        widths.max().unwrap_or(0)
    };
    let (name, counts) = (
        width(|row| row.name.clone()),
        width(|row| in_words(&row.failed)),
    );
    for row in &table.rows {
        let channels = match table.has_channels {
            true => row.channels(),
            false => String::new(),
        };
        let line = format!(
            "  {:<name$}  {:<counts$}  {channels}",
            row.name,
            in_words(&row.failed)
        );
        println!("{}", line.trim_end());
    }
    if table.more > 0 {
        println!("  and {} more", table.more);
    }
}

fn difference(summary: &Summary<'_>, result: &CaseResult<'_>) {
    let task = &result.task;
    let style = style(result.judgement.verdict);
    let name = result.judgement.verdict.name();
    println!(
        "\n{style}{name}{style:#}  {}  {}",
        task.pairing(),
        task.case.name
    );
    print!("{}", difference::text(summary, result));
    println!(
        "  evidence: {}",
        task.folder(&summary.run.evidence).display()
    );
}
