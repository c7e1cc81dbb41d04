//! `--mutants`: the harness's own test. A control with nothing wrong must be found the same as Java
//! in every case; every peer with one thing wrong must be found out, on the channel that it breaks;
//! and a case that finds out nobody is of no use.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

use anstream::println;
use anyhow::Result;
use clap::ValueEnum;

use super::case::{Case, Cast};
use super::channel::Channel;
use super::oracle::Oracle;
use super::peer::{self, Peer};
use super::plan::Task;
use super::schedule;
use super::verdict::{Judgement, Verdict};
use super::{Mutant, Outcome};
use crate::mutant::Defect;
use crate::record::{Isolation, Side, record};

/// What a mutant may take: a program without a virtual machine is done within milliseconds.
const DEADLINE: Duration = Duration::from_secs(3);

/// A defect, and the side that has it.
type Sided = (Defect, Side);

/// Who was found out, where, and on which channels.
#[derive(Debug, Default)]
struct Kills {
    played: usize,
    caught: usize,
    channels: BTreeMap<Channel, Vec<String>>,
}

/// What the harness's own test found.
#[derive(Debug)]
pub(crate) struct Findings {
    pub(crate) mutants: Vec<Mutant>,
    /// Survivors, useless cases and recordings of the control that are not as Java's.
    pub(crate) failures: usize,
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

/// What makes everybody wait is tried where it cannot be missed; the rest everywhere.
fn suits(defect: Defect, case: &Case) -> bool {
    !defect.makes_wait() || case.name == "exchange/ascii"
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
    for (&(defect, side), outcome) in of_task.iter().zip(outcomes) {
        let judgement = &outcome.judgement;
        if defect == Defect::Control {
            if judgement.verdict != Verdict::Same {
                unsound.push(format!(
                    "{} {}: {}",
                    outcome.task.pairing(),
                    outcome.task.case.name,
                    why(judgement)
                ));
            }
            continue;
        }
        let of_mutant = kills.entry((side, defect.name())).or_default();
        of_mutant.played += 1;
        if judgement.verdict == Verdict::Different {
            of_mutant.caught += 1;
            useful.insert(&outcome.task.case.name);
        }
        for (channel, judged) in &judgement.channels {
            if judged.verdict == Some(Verdict::Different) {
                of_mutant
                    .channels
                    .entry(*channel)
                    .or_default()
                    .push(outcome.task.case.name.clone());
            }
        }
    }
    let survivors = matrix(&kills);
    let useless: Vec<&str> = cases
        .iter()
        .map(|case| case.name.as_str())
        .filter(|case| !useful.contains(case))
        .collect();
    for line in &unsound {
        println!("the control is not the same as Java: {line}");
    }
    for (side, name) in &survivors {
        println!("survived: {} {name}", side.name());
    }
    for case in &useless {
        println!("a case that catches nothing: {case}");
    }
    let killed = kills.len() - survivors.len();
    println!(
        "\n{killed} of {} mutants killed, {} of {} cases of use, {} recordings of the control unsound",
        kills.len(),
        cases.len() - useless.len(),
        cases.len(),
        unsound.len()
    );
    let failed = survivors.len() + useless.len() + unsound.len();
    println!("mutants: {killed} passed, {failed} failed");
    let mutants = kills
        .into_iter()
        .map(|((side, name), kills)| mutant(side, &name, kills));
    Findings {
        mutants: mutants.collect(),
        failures: failed,
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
    }
}

/// Prints a row for each mutant, and says which were not caught by the channel that they break.
fn matrix(kills: &BTreeMap<(Side, String), Kills>) -> Vec<(Side, String)> {
    let mut survivors = Vec::new();
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
        if !kills.channels.contains_key(&breaks) {
            survivors.push((*side, name.clone()));
        }
    }
    survivors
}

/// The channel that a defect breaks.
fn breaks(defect: Defect, side: Side) -> Channel {
    let of = |client, server| match side {
        Side::Client => client,
        Side::Server => server,
    };
    match defect {
        Defect::NewlineMissing
        | Defect::BannerMissing
        | Defect::BannerLate
        | Defect::LogOnStdout
        | Defect::LoneSurrogatePrinted
        | Defect::MessageTrimmed => of(Channel::ClientStdout, Channel::ServerStdout),
        Defect::ExitZeroOnFailure
        | Defect::ExitOneOnSuccess
        | Defect::KilledBySignal
        | Defect::CutFrameAccepted
        | Defect::MalformedReplaced
        | Defect::StrictUtf8
        | Defect::TakenPortIgnored
        | Defect::EndOfInputIsALine
        | Defect::RefusalIgnored => of(Channel::ClientExit, Channel::ServerExit),
        Defect::RstForFin | Defect::ReadsAhead => of(Channel::ClientEnd, Channel::ServerEnd),
        Defect::Control
        | Defect::DelayedPastTheDeadline
        | Defect::NoFin
        | Defect::Hang
        | Defect::AcceptLineLate
        | Defect::ConsoleBeforeConnect => Channel::Script,
        _ => of(Channel::ClientBytes, Channel::ServerBytes),
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

    /// How many failures are found where each of these clients did what that outcome shows.
    fn failures(played: &[(Defect, usize)]) -> usize {
        let outcome = |n: usize| example::run().outcomes.swap_remove(n);
        let outcomes: Vec<Outcome<'_>> = played.iter().map(|(_, n)| outcome(*n)).collect();
        let clients: Vec<Sided> = played
            .iter()
            .map(|(defect, _)| (*defect, Side::Client))
            .collect();
        report(&[outcomes[0].task.case], &clients, &outcomes).failures
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
        let outcomes = vec![example::run().outcomes.swap_remove(DIFFERENT)];
        let clients = [(Defect::LengthInCharacters, Side::Client)];
        let found = report(&[outcomes[0].task.case], &clients, &outcomes);
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
}
