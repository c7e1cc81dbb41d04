//! `--mutants`: the harness's own test. A control with nothing wrong must be found the same as Java
//! in every case; every peer with one thing wrong must be found out, on the channel that it breaks;
//! and a case that finds out nobody is of no use.

mod expected;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

use anstream::println;
use anyhow::Result;
use clap::ValueEnum;
use globset::Glob;

use super::case::{Case, Cast};
use super::channel::Channel;
use super::oracle::Oracle;
use super::peer::{self, Peer};
use super::plan::Task;
use super::schedule;
use super::verdict::{Judgement, Verdict};
use super::{Mutant, Outcome};
use crate::mutant::Defect;
use expected::{breaks, tried_in};
use ladder::visible::visible;
use recorder::{Isolation, Side, record};

/// What a mutant may take: a program without a virtual machine is done within milliseconds.
const DEADLINE: Duration = Duration::from_secs(3);

/// Recordings without a verdict that are shown; the others are counted.
const SHOWN: usize = 20;

/// A defect, and the side that has it.
type Sided = (Defect, Side);

/// Who was found out, where, and on which channels.
#[derive(Debug, Default)]
struct Kills {
    played: usize,
    caught: usize,
    channels: BTreeMap<Channel, Vec<String>>,
    /// Why the first recording without a verdict has none.
    error: Option<String>,
}

/// What the harness's own test found.
#[derive(Debug)]
pub(crate) struct Findings {
    pub(crate) mutants: Vec<Mutant>,
    /// Survivors, useless cases and recordings of the control that are not as Java's.
    pub(crate) failures: usize,
    /// Recordings without a verdict.
    pub(crate) errors: usize,
}

/// Judges control and mutants by `oracles`; recordings go below `evidence`.
pub(crate) fn run(
    cases: &[&Case],
    oracles: &[(&Case, Oracle)],
    isolation: Isolation,
    jobs: usize,
    evidence: &Path,
) -> Result<Findings> {
    let peers: Vec<(Defect, Peer)> = Defect::value_variants()
        .iter()
        .map(|&defect| Ok((defect, peer::mutant(defect)?)))
        .collect::<Result<_>>()?;
    let (_, control) = &peers[0];
    let mut of_task: Vec<Sided> = Vec::new();
    let mut tasks: Vec<Task<'_>> = Vec::new();
    for (defect, peer) in &peers {
        for &side in defect.sides() {
            for case in cases
                .iter()
                .filter(|case| plays(case.cast, side) && suits(*defect, case))
            {
                of_task.push((*defect, side));
                tasks.push(task(case, side, peer, control));
            }
        }
    }
    println!(
        "{} mutants and a control in {} recordings",
        peers.len() - 1,
        tasks.len()
    );
    let recordings = schedule::run(&tasks, jobs, |task| {
        record(&task.plan(isolation, DEADLINE, evidence)).map_err(|error| format!("{error:#}"))
    });
    let outcomes = schedule::judge(tasks, recordings, oracles);
    Ok(report(cases, &of_task, &outcomes))
}

/// Whether a case has a real program on `side`.
fn plays(cast: Cast, side: Side) -> bool {
    match cast {
        Cast::Both => true,
        Cast::ClientAlone => side == Side::Client,
        Cast::ServerAlone => side == Side::Server,
        Cast::Against(scripted) => side != scripted,
    }
}

/// Whether `defect` is tried in `case`.
fn suits(defect: Defect, case: &Case) -> bool {
    let mut globs = tried_in(defect).iter();
    globs.any(|glob| Glob::new(glob).is_ok_and(|glob| glob.compile_matcher().is_match(&case.name)))
}

fn task<'a>(case: &'a Case, side: Side, mutant: &'a Peer, control: &'a Peer) -> Task<'a> {
    let player = |of: Side| {
        let real = plays(case.cast, of);
        real.then_some(if of == side { mutant } else { control })
    };
    Task {
        case,
        client: player(Side::Client),
        server: player(Side::Server),
        run: 1,
        place: 0,
        unsupported: None,
    }
}

fn report(cases: &[&Case], of_task: &[Sided], outcomes: &[Outcome<'_>]) -> Findings {
    let mut kills: BTreeMap<(Side, String), Kills> = BTreeMap::new();
    let mut useful: BTreeSet<&str> = BTreeSet::new();
    let mut unsound = Vec::new();
    let mut errors = Vec::new();
    for (&(defect, side), outcome) in of_task.iter().zip(outcomes) {
        let judgement = &outcome.judgement;
        let case = &outcome.task.case.name;
        let line = || {
            let why = visible(&why(judgement));
            format!("{} {case}: {why}", outcome.task.pairing())
        };
        let could_not_run = judgement.verdict == Verdict::Error;
        if could_not_run {
            errors.push(line());
        }
        if defect == Defect::Control {
            if judgement.verdict == Verdict::Different {
                unsound.push(line());
            }
            continue;
        }
        let of_mutant = kills.entry((side, defect.name())).or_default();
        of_mutant.played += 1;
        if could_not_run {
            of_mutant.error.get_or_insert_with(|| why(judgement));
        }
        if judgement.verdict == Verdict::Different {
            of_mutant.caught += 1;
        }
        // What could not run in a case, it may have caught.
        if judgement.verdict >= Verdict::Different {
            useful.insert(case);
        }
        for channel in outcome.differing() {
            let caught = of_mutant.channels.entry(channel).or_default();
            caught.push(case.clone());
        }
    }
    matrix(&kills);
    let mutants: Vec<Mutant> = kills
        .into_iter()
        .map(|((side, name), kills)| mutant(side, &name, kills))
        .collect();
    let count = |verdict| {
        let of_verdict = mutants.iter().filter(|mutant| mutant.verdict() == verdict);
        of_verdict.count()
    };
    let useless: Vec<&str> = cases
        .iter()
        .map(|case| case.name.as_str())
        .filter(|case| !useful.contains(case))
        .collect();
    for line in errors.iter().take(SHOWN) {
        println!("could not run: {line}");
    }
    if let Some(more @ 1..) = errors.len().checked_sub(SHOWN) {
        println!("and {more} more that could not run");
    }
    for line in &unsound {
        println!("the control is not the same as Java: {line}");
    }
    for mutant in &mutants {
        if mutant.verdict() == Verdict::Different {
            println!("survived: {}", mutant.name);
        }
    }
    for case in &useless {
        println!("a case that catches nothing: {case}");
    }
    let (killed, survivors) = (count(Verdict::Same), count(Verdict::Different));
    println!(
        "\n{killed} of {} mutants killed, {} could not run, {} of {} cases of use, {} recordings of the \
         control unsound",
        mutants.len(),
        count(Verdict::Error),
        cases.len() - useless.len(),
        cases.len(),
        unsound.len()
    );
    let failures = survivors + useless.len() + unsound.len();
    println!(
        "mutants: {killed} passed, {} failed",
        failures + errors.len()
    );
    Findings {
        mutants,
        failures,
        errors: errors.len(),
    }
}

fn mutant(side: Side, name: &str, mut kills: Kills) -> Mutant {
    let defect = Defect::from_str(name, false).expect("a name of a defect");
    let breaks = breaks(defect, side);
    Mutant {
        name: format!("{} {name}", side.name()),
        about: defect.about(),
        breaks,
        caught_by: kills.channels.remove(&breaks).unwrap_or_default(),
        error: kills.error,
    }
}

/// Prints a row for each mutant.
fn matrix(kills: &BTreeMap<(Side, String), Kills>) {
    println!(
        "\n{:<8}{:<26}{:<14}{:<16}all channels",
        "side", "mutant", "caught in", "breaks"
    );
    for ((side, name), kills) in kills {
        let defect = Defect::from_str(name, false).expect("a name of a defect");
        let breaks = breaks(defect, *side);
        let channels: Vec<String> = kills
            .channels
            .iter()
            .map(|(channel, cases)| format!("{} {}", channel.name(), cases.len()))
            .collect();
        let caught = format!("{} of {}", kills.caught, kills.played);
        println!(
            "{:<8}{name:<26}{caught:<14}{:<16}{}",
            side.name(),
            breaks.name(),
            channels.join(", ")
        );
    }
}

fn why(judgement: &Judgement) -> String {
    let different = judgement
        .channels
        .iter()
        .filter(|(_, judged)| judged.verdict == Some(Verdict::Different));
    let names: Vec<&str> = different.map(|(channel, _)| channel.name()).collect();
    judgement.error.clone().unwrap_or_else(|| names.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::interop::example;

    /// In the example's run: as Java, and different on the bytes and the console of the client.
    const SAME: usize = 0;
    const DIFFERENT: usize = 4;
    const COULD_NOT_RUN: usize = 7;

    /// What is found where each of these clients did what that outcome shows.
    fn found(played: &[(Defect, usize)]) -> Findings {
        let outcome = |n: usize| example::run().outcomes.swap_remove(n);
        let outcomes: Vec<Outcome<'_>> = played.iter().map(|(_, n)| outcome(*n)).collect();
        let clients: Vec<Sided> = played
            .iter()
            .map(|(defect, _)| (*defect, Side::Client))
            .collect();
        report(&[outcomes[0].task.case], &clients, &outcomes)
    }

    fn failures(played: &[(Defect, usize)]) -> usize {
        found(played).failures
    }

    #[test]
    fn a_mutant_must_be_caught_by_the_channel_that_it_breaks() {
        let (control, bytes) = (Defect::Control, Defect::LengthInCharacters);
        assert_eq!(failures(&[(control, SAME), (bytes, DIFFERENT)]), 0);
        let exit = Defect::ExitOneOnSuccess;
        assert_eq!(failures(&[(control, SAME), (exit, DIFFERENT)]), 1);
    }

    #[test]
    fn a_mutant_is_reported_with_the_cases_whose_broken_channel_caught_it() {
        let found = found(&[(Defect::LengthInCharacters, DIFFERENT)]);
        assert_eq!(found.mutants[0].caught_by, ["exchange/emoji"]);
    }

    #[test]
    fn a_survivor_and_a_case_that_catches_nothing_are_two_failures() {
        let (control, bytes) = (Defect::Control, Defect::LengthInCharacters);
        assert_eq!(failures(&[(control, SAME), (bytes, SAME)]), 2);
    }

    #[test]
    fn a_control_that_is_not_as_java_is_a_failure() {
        let (control, bytes) = (Defect::Control, Defect::LengthInCharacters);
        assert_eq!(failures(&[(control, DIFFERENT), (bytes, DIFFERENT)]), 1);
    }

    #[test]
    fn what_could_not_run_is_neither_killed_nor_a_survivor_nor_a_useless_case() {
        let (control, bytes) = (Defect::Control, Defect::LengthInCharacters);
        let alone = found(&[(control, COULD_NOT_RUN), (bytes, COULD_NOT_RUN)]);
        assert_eq!((alone.failures, alone.errors), (0, 2));
        assert_eq!(alone.mutants[0].verdict(), Verdict::Error);
        let reason = alone.mutants[0].error.as_deref();
        assert_eq!(reason, Some("no such \u{1b}[31mprogram"));
        let elsewhere = found(&[(bytes, COULD_NOT_RUN), (bytes, DIFFERENT)]);
        assert_eq!(elsewhere.mutants[0].verdict(), Verdict::Same);
        assert_eq!(elsewhere.errors, 1);
    }
}
