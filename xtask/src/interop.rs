//! `cargo xtask interop`: every client against every server, judged by what the originals did.

mod args;
mod baseline;
mod case;
mod channel;
mod declared;
mod difference;
mod environment;
#[cfg(test)]
mod example;
mod failures;
mod html;
mod interrupt;
mod json;
mod junit;
mod markdown;
mod mutants;
mod oracle;
mod outcome;
mod outputs;
pub(crate) mod peer;
mod plan;
mod probe;
mod schedule;
mod terminal;
mod third_party;
mod verdict;
mod warnings;

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context, Result};

use ::interop::programs::jdk::Jdk;
use ::interop::programs::workspace;
pub(crate) use args::Args;
use baseline::Baseline;
use case::Case;
use environment::Environment;
use interrupt::{Interrupt, Missing};
pub(crate) use outcome::{Cell, Mutant, Outcome, Run};
use outputs::Outputs;
use peer::Peer;
use plan::Filter;

pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let seed = args.seed.unwrap_or_else(|| fastrand::u32(..));
    let environment = Environment::here(SystemTime::now(), seed, args.jvm_options());
    let earlier = args.baseline.as_deref().map(Baseline::read).transpose()?;
    let jdks = args.jdks()?;
    let evidence = workspace::target().join("interop");
    // Beside the evidence, which the next run clears: nothing piles up where runs are interrupted.
    let classes = evidence.join("classes");
    let mut peers: Vec<Peer> = jdks
        .iter()
        .map(|jdk| peer::java(jdk, &classes, args.jvm_options()))
        .collect();
    if !args.mutants {
        peers.extend(peer::rust()?);
    }

    let all = case::all();
    let names: Vec<String> = all.iter().map(|case| case.name.clone()).collect();
    let taken = peers.iter().map(|peer| peer.name.clone()).collect();
    peers.extend(third_party::read(&args.peers, &names, taken)?);
    let pairings = plan::pairings(&peers);
    let case_filter = Filter::new("--case", &args.cases, &names)?;
    let pairing_filter = Filter::new("--pairing", &args.pairings, &pairings)?;
    let cases: Vec<&Case> = all
        .iter()
        .filter(|case| case_filter.matches(&case.name))
        .collect();
    if args.list {
        terminal::list(
            &cases,
            pairings
                .iter()
                .filter(|pairing| pairing_filter.matches(pairing)),
        );
        return Ok(ExitCode::SUCCESS);
    }

    let isolation = args.isolation()?;
    let mut tasks = plan::tasks(&cases, &peers, &pairing_filter, args.runs(), isolation);
    // Neighbours change from run to run, so that what depends on them comes to light.
    fastrand::Rng::with_seed(seed.into()).shuffle(&mut tasks);
    plan::require_chosen(&tasks, &pairing_filter)?;
    let _lock = lock(&evidence.with_extension("lock"))?;
    let outputs = Outputs::of(args);
    // The folder of the evidence may be the one of a report.
    make(&evidence)?;
    outputs.check()?;
    clear(&evidence)?;
    compile(&jdks, &classes)?;
    let begun = Instant::now();
    let jobs = args.jobs(isolation)?;
    terminal::announce(&jdks, cases.len(), tasks.len(), isolation, jobs, seed);
    // A part of the mutants says nothing of the harness: there a signal ends the run at once.
    let interrupt = match args.mutants {
        true => Interrupt::default(),
        false => Interrupt::watch()?,
    };
    let is_over = || interrupt.signal().is_some();
    let deadline = Duration::from_secs(args.deadline);
    let attempts = schedule::run_until(is_over, &tasks, jobs, |task| match task.unsupported {
        Some(reason) if !args.check_unsupported => Err(reason.to_owned()),
        _ => recorder::record(&task.plan(isolation, deadline, &evidence))
            .map_err(|error| format!("{error:#}")),
    });
    let signal = interrupt.end();
    let (tasks, recordings, missing) = Missing::of(tasks, attempts);

    let mut oracles = schedule::oracles(&cases, &tasks, &recordings);
    let findings = match args.mutants {
        true => Some(mutants::run(&cases, &oracles, isolation, jobs, &evidence)?),
        false => None,
    };
    let mut outcomes = schedule::judge(tasks, recordings, &oracles);
    outcomes.sort_by_key(|outcome| outcome.task.place);
    let interrupted = signal.map(|signal| missing.interrupted(signal, &mut outcomes));
    if interrupted.is_some() {
        let has_outcome = |case: &str| outcomes.iter().any(|one| one.task.case.name == case);
        oracles.retain(|(case, _)| has_outcome(&case.name));
    }
    let is_whole =
        args.cases.is_empty() && args.pairings.is_empty() && !args.mutants && interrupted.is_none();
    let stale = match is_whole {
        true => schedule::stale(&outcomes),
        false => Vec::new(),
    };
    let baseline = earlier.map(|earlier| {
        earlier.compare(&outcomes, |key| {
            interrupted.is_none()
                && case_filter.matches(key.case())
                && pairing_filter.matches(&key.pairing())
        })
    });
    let run = Run {
        jdks: &jdks,
        peers: &peers,
        environment,
        isolation,
        oracles,
        outcomes,
        stale,
        evidence,
        deadline,
        took: begun.elapsed(),
        interrupted,
        baseline,
        mutants: findings,
    };
    terminal::report(&run);
    outputs.write(&run)?;
    Ok(ExitCode::from(run.status()))
}

/// The programs that `files` tell of, beside others that have the names `taken`.
pub(crate) fn third_parties(files: &[PathBuf], taken: Vec<String>) -> Result<Vec<Peer>> {
    let cases: Vec<String> = case::all().into_iter().map(|case| case.name).collect();
    third_party::read(files, &cases, taken)
}

/// Compiles the originals, with every JDK at once.
fn compile(jdks: &[Jdk], classes: &Path) -> Result<()> {
    thread::scope(|scope| {
        let compiling: Vec<_> = jdks
            .iter()
            .map(|jdk| scope.spawn(|| peer::compile(jdk, classes)))
            .collect();
        compiling
            .into_iter()
            .try_for_each(|one| one.join().expect("no compilation panics"))
    })
}

/// Held for as long as the run: another one would clear this one's evidence.
fn lock(path: &Path) -> Result<File> {
    path.parent().map_or(Ok(()), make)?;
    let file = File::create(path).with_context(|| format!("cannot make {}", path.display()))?;
    file.try_lock().with_context(|| {
        format!(
            "another interop run goes on in {}: wait for it, or set CARGO_TARGET_DIR",
            workspace::target().display()
        )
    })?;
    Ok(file)
}

fn make(folder: &Path) -> Result<()> {
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))
}

/// Evidence of an earlier run must not be taken for this one's.
fn clear(evidence: &PathBuf) -> Result<()> {
    match fs::remove_dir_all(evidence) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot clear {}", evidence.display()))
        }
        _ => Ok(()),
    }
}
