//! Prints the test of the harness itself: a row for each mutant, then each failure.

use anstream::println;
use ladder::visible::visible;

use crate::mutant::Findings;
use crate::verdict::Verdict;

/// Number of recordings without a verdict that are printed; the others are counted.
const SHOWN: usize = 20;

/// Prints `findings`.
pub(super) fn report(findings: &Findings) {
    matrix(findings);
    let errors = &findings.errors;
    for line in errors.iter().take(SHOWN) {
        println!("could not run: {}", visible(line));
    }
    if let Some(more @ 1..) = errors.len().checked_sub(SHOWN) {
        println!("and {more} more that could not run");
    }
    for line in &findings.control_differences {
        println!("the control differs from the originals: {}", visible(line));
    }
    for mutant in &findings.mutants {
        if mutant.verdict() == Verdict::Different {
            println!("survived: {}", mutant.name);
        }
    }
    for case in &findings.useless {
        println!("a case that catches nothing: {case}");
    }
    let killed = findings.count(Verdict::Same);
    println!(
        "\n{killed} of {} mutants killed, {} could not run; {} of {} cases catch one; {} recordings of the \
         control are different",
        findings.mutants.len(),
        findings.count(Verdict::Error),
        findings.cases - findings.useless.len(),
        findings.cases,
        findings.control_differences.len()
    );
    println!(
        "mutants: {killed} passed, {} failed",
        findings.failures() + errors.len()
    );
}

fn matrix(findings: &Findings) {
    println!(
        "\n{:<34}{:<14}{:<16}all channels",
        "mutant", "caught in", "breaks"
    );
    for mutant in &findings.mutants {
        let channels: Vec<String> = mutant
            .channels
            .iter()
            .map(|(channel, cases)| format!("{} {cases}", channel.name()))
            .collect();
        println!(
            "{:<34}{:<14}{:<16}{}",
            mutant.name,
            format!("{} of {}", mutant.differing, mutant.played),
            mutant.breaks.name(),
            channels.join(", ")
        );
    }
}
