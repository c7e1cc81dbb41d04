//! A run on the terminal: the matrix, and every difference with its first differing byte.

use std::collections::BTreeMap;
use std::fmt::Write;

use anstream::println;
use anstyle::{AnsiColor, Style};

use super::case::Case;
use super::channel::{Channel, Observed};
use super::plan::{NOBODY, SCRIPT};
use super::verdict::{Judged, Oracle, Verdict, first_difference};
use super::{Outcome, Run};
use crate::jdk::Jdk;
use crate::record::Isolation;

/// Differences shown in full; the others are counted, and are in the JSON and the evidence.
const SHOWN: usize = 20;

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

pub(crate) fn announce(
    jdks: &[Jdk],
    cases: usize,
    recordings: usize,
    isolation: Isolation,
    jobs: usize,
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
    let network = match isolation {
        Isolation::Namespace => "each in a network namespace of its own",
        Isolation::None => "on this machine's own port 666",
    };
    println!("{cases} cases, {recordings} recordings, {network}, {jobs} at a time");
}

/// Prints all that a person wants to know of `run`.
pub(crate) fn report(run: &Run<'_>) {
    matrix(run);
    varied(run);
    unobserved(run);
    declared(run);
    unsupported(run);
    differences(run);
    for stale in &run.stale {
        println!(
            "\ndeclared, but never seen: {} of {} in {:?}",
            stale.channel.name(),
            stale.peer,
            stale.cases
        );
    }
    let (same, as_declared) = (run.count(Verdict::Same), run.count(Verdict::Declared));
    let (different, error) = (run.count(Verdict::Different), run.count(Verdict::Error));
    let unsupported = run.count(Verdict::Unsupported);
    println!(
        "\n{same} same, {as_declared} as declared, {unsupported} unsupported, {different} different, \
         {error} could not run"
    );
    println!(
        "in {:.1} s; evidence in {}",
        run.took.as_secs_f64(),
        run.evidence.display()
    );
    println!(
        "interop: {} passed, {} failed, {unsupported} skipped",
        same + as_declared,
        different + error
    );
}

fn matrix(run: &Run<'_>) {
    let mut cells: BTreeMap<(&str, &str), BTreeMap<Verdict, usize>> = BTreeMap::new();
    for outcome in &run.outcomes {
        let cell = cells
            .entry((outcome.task.client_name(), outcome.task.server_name()))
            .or_default();
        *cell.entry(outcome.judgement.verdict).or_default() += 1;
    }
    let names = || {
        run.peers
            .iter()
            .map(|peer| peer.name.as_str())
            .chain([SCRIPT, NOBODY])
    };
    let width = 2 + cells
        .values()
        .map(|cell| plain(cell).len())
        .max()
        .unwrap_or(0)
        .max(12);
    let head: String = names().fold(String::new(), |mut head, server| {
        write!(head, "{server:<width$}").expect("a string takes everything");
        head
    });
    println!("\n{:<16}{}", "client \\ server", head.trim_end());
    for client in names() {
        let mut row = format!("{client:<16}");
        for server in names() {
            let cell = cells.get(&(client, server));
            let text = cell.map_or("-".to_owned(), plain);
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

fn plain(cell: &BTreeMap<Verdict, usize>) -> String {
    let parts: Vec<String> = cell
        .iter()
        .map(|(verdict, n)| format!("{n} {}", verdict.name()))
        .collect();
    parts.join(", ")
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

/// Where Java itself was not always the same.
fn varied(run: &Run<'_>) {
    for (case, oracle) in &run.oracles {
        for channel in oracle.varied() {
            let seen: Vec<String> = oracle
                .seen(channel)
                .map(|(observed, n)| format!("{n}× {}", brief(observed)))
                .collect();
            println!(
                "\nJava varied in {} on {}: {}",
                case.name,
                channel.name(),
                seen.join("; ")
            );
        }
    }
}

/// Channels without a verdict are said, with their reasons, and never counted as the same.
fn unobserved(run: &Run<'_>) {
    let mut reasons: BTreeMap<(Channel, &str), usize> = BTreeMap::new();
    for outcome in &run.outcomes {
        for (channel, judged) in &outcome.judgement.channels {
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

fn declared(run: &Run<'_>) {
    let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
    for outcome in &run.outcomes {
        for judged in outcome.judgement.channels.values() {
            if let (Some(Verdict::Declared), Some(declared)) = (judged.verdict, judged.declared) {
                *reasons.entry(declared.reason).or_default() += 1;
            }
        }
    }
    for (reason, n) in reasons {
        println!("declared ({n}×): {reason}");
    }
}

fn unsupported(run: &Run<'_>) {
    let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
    let tasks = run.outcomes.iter().map(|outcome| &outcome.task);
    for reason in tasks.filter_map(|task| task.unsupported) {
        *reasons.entry(reason).or_default() += 1;
    }
    for (reason, n) in reasons {
        println!("unsupported ({n}×): {reason}");
    }
}

fn differences(run: &Run<'_>) {
    let failed: Vec<&Outcome<'_>> = run
        .outcomes
        .iter()
        .filter(|outcome| outcome.judgement.verdict >= Verdict::Different)
        .collect();
    for outcome in failed.iter().take(SHOWN) {
        difference(run, outcome);
    }
    if let Some(more @ 1..) = failed.len().checked_sub(SHOWN) {
        println!("\nand {more} more like these (--json FILE has all)");
    }
}

fn difference(run: &Run<'_>, outcome: &Outcome<'_>) {
    let task = &outcome.task;
    let style = style(outcome.judgement.verdict);
    let name = outcome.judgement.verdict.name();
    println!(
        "\n{style}{name}{style:#}  {}  {}",
        task.pairing(),
        task.case.name
    );
    if let Some(error) = &outcome.judgement.error {
        println!("  {error}");
    }
    for (channel, judged) in &outcome.judgement.channels {
        if let (Some(Verdict::Different), Some(oracle)) =
            (judged.verdict, run.oracle(&task.case.name))
        {
            channel_difference(*channel, judged, oracle);
        }
    }
    println!(
        "  evidence: {}",
        run.evidence
            .join(task.pairing())
            .join(&task.case.name)
            .display()
    );
}

fn channel_difference(channel: Channel, judged: &Judged, oracle: &Oracle) {
    println!("  {}", channel.name());
    if let Some(declared) = judged.declared {
        println!("    not as declared ({})", declared.reason);
    }
    for (seen, times) in oracle.seen(channel) {
        match (seen, &judged.observed) {
            (Observed::Bytes(java), Observed::Bytes(here)) => bytes_difference(java, here, times),
            _ => println!("    java {times}×  {}", brief(seen)),
        }
    }
    if !matches!(judged.observed, Observed::Bytes(_)) {
        println!("    here     {}", brief(&judged.observed));
    }
}

fn bytes_difference(java: &[u8], here: &[u8], times: usize) {
    let Some(at) = first_difference(java, here) else {
        return;
    };
    println!(
        "    first difference at byte {at} ({at:#x}) of {} and {}",
        java.len(),
        here.len()
    );
    println!("    java {times}×  {}", window(java, at));
    println!("    here     {}", window(here, at));
}

/// Sixteen bytes around `at`, in hexadecimal and as text, the one at `at` in brackets.
fn window(bytes: &[u8], at: usize) -> String {
    let start = at.saturating_sub(6);
    let shown = &bytes[start.min(bytes.len())..bytes.len().min(start + 16)];
    let mut line = String::from(if start > 0 { "… " } else { "" });
    for (n, byte) in shown.iter().enumerate() {
        let here = start + n == at;
        write!(
            line,
            "{}{byte:02x}{}",
            if here { '[' } else { ' ' },
            if here { "]" } else { "" }
        )
        .expect("a string takes everything");
    }
    if at >= bytes.len() {
        line.push_str(" [end]");
    }
    format!("{line}   {:?}", String::from_utf8_lossy(shown))
}

fn brief(observed: &Observed) -> String {
    match observed {
        Observed::Text(text) => text.clone(),
        Observed::Absent => "nothing".into(),
        Observed::Unobserved(reason) => reason.clone(),
        Observed::Bytes(bytes) => {
            let shown: String = String::from_utf8_lossy(bytes).chars().take(40).collect();
            format!("{} bytes {shown:?}", bytes.len())
        }
    }
}
