//! Runs a suite: plans the recordings, makes them, judges them and reports the verdicts.

use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::process::ExitCode;
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context, Result};

use crate::args::Args;
use crate::attempt::Attempt;
use crate::case::Case;
use crate::declared::Declarations;
use crate::environment::Environment;
use crate::filter::Filter;
use crate::finished_run::FinishedRun;
use crate::interrupt::{Interrupt, Unrecorded};
use crate::judge;
use crate::mutant::Findings;
use crate::mutants;
use crate::oracle::Oracle;
use crate::peer::Peer;
use crate::plan;
use crate::programs::java::Originals;
use crate::programs::jdk::Jdk;
use crate::programs::{peer_file, workspace};
use crate::report::outputs::Outputs;
use crate::report::terminal;
use crate::schedule;
use crate::suite::Suite;
use crate::summary::Summary;
use crate::task::{RecordingSettings, Task};

/// Records, judges and reports the part of `suite` that `args` choose, and returns the exit status.
///
/// - 0: every recording was the same as the original, or differed as declared.
/// - 1: a recording was different.
/// - 2: a recording could not be made or judged.
/// - 128 and the number of the signal: a signal ended the run.
pub fn run(suite: &Suite, args: &Args) -> Result<ExitCode> {
    let jdks = args.jdks()?;
    let evidence = workspace::target().join("interop");
    // Inside the evidence folder, so that the next run also clears the classes of an interrupted run.
    let classes = evidence.join("classes");
    let peers = peers(suite, args, &jdks, &classes)?;
    let selection = Selection::of(suite, args, &peers)?;
    if args.list {
        terminal::list(&selection.cases, selection.pairings.iter());
        return Ok(ExitCode::SUCCESS);
    }
    let isolation = args.isolation(suite.port)?;
    let (cases, filter) = (&selection.cases, &selection.filter);
    let tasks = plan::tasks(cases, &peers, filter, args.repetitions(), isolation);
    plan::require_chosen(&tasks, filter)?;
    let outputs = Outputs::of(args);
    let _lock = prepare(&evidence, &outputs)?;
    compile(&suite.originals, &jdks, &classes)?;
    let seed = args.seed.unwrap_or_else(|| fastrand::u32(..));
    let environment = Environment::here(SystemTime::now(), seed, args.jvm_options());
    let begun = Instant::now();
    let jobs = args.jobs(isolation, suite.port)?;
    let settings = RecordingSettings {
        port: suite.port,
        isolation,
        deadline: Duration::from_secs(args.deadline),
        evidence: &evidence,
        check_unsupported: args.check_unsupported,
    };
    terminal::announce(&jdks, cases.len(), tasks.len(), settings, jobs, seed);
    let order = plan::random_order(tasks.len(), seed);
    let (attempts, signal) = record_all(args, &tasks, &order, settings, jobs)?;
    let (tasks, attempts, unrecorded) = Unrecorded::of(tasks, attempts);
    let mut oracles = judge::oracles(cases, &tasks, &attempts);
    let mutants = match args.mutants {
        true => Some(test_harness(suite, cases, &oracles, settings, jobs)?),
        false => None,
    };
    let declarations = Declarations::new(suite.declared);
    let mut results = judge::judge(tasks, attempts, &oracles, &declarations);
    let interrupted = signal.map(|signal| unrecorded.interrupted(signal, &mut results));
    if interrupted.is_some() {
        let has_result = |case: &str| results.iter().any(|result| result.task.case.name == case);
        oracles.retain(|(case, _)| has_result(&case.name));
    }
    let is_part = !args.cases.is_empty() || !args.pairings.is_empty() || args.mutants;
    let stale = match is_part || interrupted.is_some() {
        true => Vec::new(),
        false => judge::stale(&results, &declarations),
    };
    let run = FinishedRun {
        jdks: &jdks,
        peers: &peers,
        environment,
        isolation,
        declarations: suite.declared,
        oracles,
        results,
        stale,
        deadline: settings.deadline,
        evidence: evidence.clone(),
        took: begun.elapsed(),
        interrupted,
        mutants,
    };
    let summary = Summary::of(&run);
    terminal::report(&summary);
    outputs.write(&summary)?;
    Ok(ExitCode::from(summary.status()))
}

/// Returns the originals on every JDK, the candidates, and the programs of peer files.
fn peers(suite: &Suite, args: &Args, jdks: &[Jdk], classes: &Path) -> Result<Vec<Peer>> {
    let originals = jdks.iter().map(|jdk| {
        let options = args.jvm_options();
        suite.originals.peer(jdk, classes, options)
    });
    let mut peers: Vec<Peer> = originals.collect();
    if !args.mutants {
        peers.extend((suite.candidates)()?);
    }
    let names: Vec<String> = suite.cases.iter().map(|case| case.name.clone()).collect();
    let taken = peers.iter().map(|peer| peer.name.clone()).collect();
    peers.extend(peer_file::read(&args.peers, &names, taken)?);
    Ok(peers)
}

/// The part of a suite that `--case` and `--pairing` choose.
struct Selection<'a> {
    cases: Vec<&'a Case>,
    /// Names of the chosen pairings.
    pairings: Vec<String>,
    /// The patterns of `--pairing`.
    filter: Filter,
}

impl<'a> Selection<'a> {
    fn of(suite: &'a Suite, args: &Args, peers: &[Peer]) -> Result<Selection<'a>> {
        let names: Vec<String> = suite.cases.iter().map(|case| case.name.clone()).collect();
        let cases = Filter::new("--case", &args.cases, &names)?;
        let mut pairings = plan::pairings(peers);
        let filter = Filter::new("--pairing", &args.pairings, &pairings)?;
        pairings.retain(|pairing| filter.matches(pairing));
        let chosen = suite.cases.iter().filter(|case| cases.matches(&case.name));
        Ok(Selection {
            cases: chosen.collect(),
            pairings,
            filter,
        })
    }
}

/// Makes the recordings until a signal arrives, and returns them with the number of that signal.
fn record_all(
    args: &Args,
    tasks: &[Task<'_>],
    order: &[usize],
    settings: RecordingSettings<'_>,
    jobs: usize,
) -> Result<(Vec<Option<Attempt>>, Option<i32>)> {
    // Half a test of the mutants proves nothing, so with --mutants a signal ends the program at once.
    let interrupt = match args.mutants {
        true => Interrupt::default(),
        false => Interrupt::watch()?,
    };
    let is_over = || interrupt.signal().is_some();
    let attempts = schedule::run(tasks, order, jobs, is_over, |task| task.record(settings));
    Ok((attempts, interrupt.end()))
}

/// Records the mutants and judges them by `oracles`, which tests the harness itself.
fn test_harness(
    suite: &Suite,
    cases: &[&Case],
    oracles: &[(&Case, Oracle)],
    settings: RecordingSettings<'_>,
    jobs: usize,
) -> Result<Findings> {
    let mutants = (suite.mutants)()?;
    let plan = mutants::plan(&mutants, cases);
    terminal::announce_mutants(mutants.mutants.len(), plan.tasks.len());
    Ok(mutants::run(&mutants, plan, oracles, settings, jobs))
}

/// Compiles the originals with all JDKs at the same time.
fn compile(originals: &Originals, jdks: &[Jdk], classes: &Path) -> Result<()> {
    thread::scope(|scope| {
        let compiling: Vec<_> = jdks
            .iter()
            .map(|jdk| scope.spawn(|| originals.compile(jdk, classes)))
            .collect();
        compiling
            .into_iter()
            .try_for_each(|one| one.join().expect("no compilation panics"))
    })
}

/// Checks the outputs, and clears and locks the folder of the evidence. The lock ends with the returned file.
fn prepare(evidence: &Path, outputs: &Outputs<'_>) -> Result<File> {
    let lock = lock(&evidence.with_extension("lock"))?;
    // A report may go into the folder of the evidence, so that folder must exist before the check.
    make(evidence)?;
    outputs.check()?;
    clear(evidence)?;
    Ok(lock)
}

/// Locks the evidence for this run, because another run would clear it.
fn lock(path: &Path) -> Result<File> {
    path.parent().map_or(Ok(()), make)?;
    let file = File::create(path).with_context(|| format!("cannot make {}", path.display()))?;
    file.try_lock().with_context(|| {
        format!(
            "another interop run uses {}: wait for it, or set CARGO_TARGET_DIR",
            workspace::target().display()
        )
    })?;
    Ok(file)
}

fn make(folder: &Path) -> Result<()> {
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))
}

/// Removes the evidence of an earlier run.
fn clear(evidence: &Path) -> Result<()> {
    match fs::remove_dir_all(evidence) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot clear {}", evidence.display()))
        }
        _ => Ok(()),
    }
}
