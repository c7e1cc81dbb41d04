//! Runs a suite: plans the recordings, makes them, judges them and reports the verdicts.

use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::process::ExitCode;
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context, Result, ensure};

use crate::args::Args;
use crate::attempt::Attempt;
use crate::case::Case;
use crate::case_result::CaseResult;
use crate::certificate::{self, Certificate};
use crate::declared::{Declarations, Declared};
use crate::environment::Environment;
use crate::filter::Filter;
use crate::finished_run::FinishedRun;
use crate::interrupt::{Interrupt, Unrecorded};
use crate::interrupted::Interrupted;
use crate::judge;
use crate::left_out::LeftOut;
use crate::mutant::{Findings, MutantSuite};
use crate::mutants;
use crate::oracle::Oracle;
use crate::peer::Peer;
use crate::plan;
use crate::probes;
use crate::programs::jdk::Jdk;
use crate::programs::originals::Originals;
use crate::programs::{peer_file, workspace};
use crate::progress::Progress;
use crate::report::outputs::Outputs;
use crate::report::terminal;
use crate::schedule::Schedule;
use crate::suite::Suite;
use crate::summary::Summary;
use crate::task::{RecordingSettings, Task};

/// Records, judges and reports the part of `suite` that `args` choose, with originals on `jdks` if they are written in
/// Java, and returns the exit status.
///
/// - 0: every recording was the same as the original, or differed as declared.
/// - 1: a recording was different.
/// - 2: a recording could not be made or judged.
/// - 128 and the number of the signal: a signal ended the run.
pub fn run(suite: &Suite, jdks: &[Jdk], args: &Args) -> Result<ExitCode> {
    ensure!(
        suite.mutants.is_some() || !args.mutants,
        "--mutants tests the harness with the lab's programs; a pair has its certificate instead"
    );
    let (older_jdks, jdks) = match args.quick {
        true => jdks.split_at(jdks.len().saturating_sub(1)),
        false => jdks.split_at(0),
    };
    let evidence = workspace::target().join("interop");
    // Inside the evidence folder, so that the next run also clears the classes of an interrupted run.
    let classes = evidence.join("classes");
    let peers = peers(suite, args, jdks, &classes)?;
    let selection = Selection::of(suite, args, &peers)?;
    let left_out = args
        .quick
        .then(|| LeftOut::by_quick(suite.cases.len() - selection.cases.len(), older_jdks));
    if args.list {
        terminal::list(&selection.cases, selection.pairings.iter());
        return Ok(ExitCode::SUCCESS);
    }
    let isolation = args.isolation(suite.port)?;
    let (mut cases, filter) = (selection.cases, &selection.filter);
    let repeat = args.repetitions();
    let mut tasks = plan::tasks(&cases, &peers, filter, repeat, isolation);
    plan::require_chosen(&tasks, filter)?;
    let outputs = Outputs::of(args);
    let clearing = "clearing the evidence of the last run";
    let _lock = Progress::of(clearing, 0, |_| prepare(&evidence, &outputs))?;
    compile(&suite.originals, jdks, &classes)?;
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
    terminal::announce(jdks, cases.len(), tasks.len(), settings, jobs, seed);
    if let Some(left_out) = &left_out {
        eprintln!("{left_out}");
    }
    let schedule = Schedule {
        settings,
        jobs,
        seed,
        // Half a test of the mutants proves nothing, so with --mutants a signal ends the program at once.
        interrupt: match args.mutants {
            true => Interrupt::default(),
            false => Interrupt::watch()?,
        },
    };
    let mut attempts = Vec::new();
    let derived = derive(suite, &schedule, &tasks, &mut attempts);
    let is_wanted = |case: &&Case| selection.wanted.matches(&case.name);
    let probes: Vec<&Case> = derived.iter().filter(is_wanted).collect();
    tasks.extend(plan::tasks(&probes, &peers, filter, repeat, isolation));
    cases.extend(probes);
    schedule.record(&tasks, &mut attempts);
    let verdicts = judge_all(suite, args, &cases, tasks, attempts, &schedule)?;
    let run = FinishedRun {
        jdks,
        peers: &peers,
        environment,
        isolation,
        declarations: suite.declared,
        stale: verdicts.stale,
        certificate: verdicts.certificate,
        oracles: verdicts.oracles,
        results: verdicts.results,
        dissector: suite.dissector,
        deadline: settings.deadline,
        evidence: evidence.clone(),
        took: begun.elapsed(),
        left_out,
        interrupted: verdicts.interrupted,
        mutants: verdicts.mutants,
    };
    let summary = Summary::of(&run);
    terminal::report(&summary);
    Progress::of("writing the reports", 0, |_| outputs.write(&summary))?;
    Ok(ExitCode::from(summary.status()))
}

/// Records the originals of a pair, and returns the probes that are derived from what they said.
///
/// The lab's pair has no such probes, and nothing is recorded.
fn derive(
    suite: &Suite,
    schedule: &Schedule<'_>,
    tasks: &[Task<'_>],
    attempts: &mut Vec<Option<Attempt>>,
) -> Vec<Case> {
    if suite.certifies() {
        schedule.record_in_rounds(tasks, attempts);
    }
    let Some(probes) = &suite.probes else {
        return Vec::new();
    };
    let (derived, left_out) = probes::of_recordings(probes, tasks, attempts);
    terminal::announce_probes(derived.len(), left_out, &probes.of);
    derived
}

/// Returns the originals on every JDK, the candidates, and the programs of peer files.
fn peers(suite: &Suite, args: &Args, jdks: &[Jdk], classes: &Path) -> Result<Vec<Peer>> {
    let mut peers = suite.originals.peers(jdks, classes, args.jvm_options());
    peers.extend(suite.candidates.iter().cloned());
    for (n, peer) in peers.iter().enumerate() {
        ensure!(
            peers[..n].iter().all(|other| other.name != peer.name),
            "two programs are called {:?}: give the candidate another name",
            peer.name
        );
    }
    let names: Vec<String> = suite.cases.iter().map(|case| case.name.clone()).collect();
    let taken = peers.iter().map(|peer| peer.name.clone()).collect();
    peers.extend(peer_file::read(&args.peers, &names, taken)?);
    Ok(peers)
}

/// The part of a suite that `--quick`, `--case` and `--pairing` choose.
struct Selection<'a> {
    /// The chosen cases, and those that probes are derived from.
    cases: Vec<&'a Case>,
    /// The patterns of `--case`, or the names of the cases of `--quick`.
    wanted: Filter,
    /// Names of the chosen pairings.
    pairings: Vec<String>,
    /// The patterns of `--pairing`.
    filter: Filter,
}

impl<'a> Selection<'a> {
    fn of(suite: &'a Suite, args: &Args, peers: &[Peer]) -> Result<Selection<'a>> {
        let names: Vec<String> = suite.cases.iter().map(|case| case.name.clone()).collect();
        let wanted = match suite.probes {
            _ if args.quick => Filter::of_names(suite.quick)?,
            None => Filter::new("--case", &args.cases, &names)?,
            // The names of the probes are not known yet.
            Some(_) => Filter::of_unknown("--case", &args.cases)?,
        };
        let mut pairings = plan::pairings(peers);
        let filter = Filter::new("--pairing", &args.pairings, &pairings)?;
        pairings.retain(|pairing| filter.matches(pairing));
        let sources = suite.probes.iter().flat_map(|probes| &probes.of);
        let is_source = |case: &Case| sources.clone().any(|name| *name == case.name);
        let cases = suite.cases.iter();
        Ok(Selection {
            cases: cases
                .filter(|case| wanted.matches(&case.name) || is_source(case))
                .collect(),
            wanted,
            pairings,
            filter,
        })
    }
}

/// The judgement of everything that a run recorded.
struct Verdicts<'a> {
    oracles: Vec<(&'a Case, Oracle)>,
    results: Vec<CaseResult<'a>>,
    stale: Vec<&'static Declared>,
    certificate: Option<Certificate>,
    interrupted: Option<Interrupted>,
    mutants: Option<Findings>,
}

/// Judges each attempt by the recordings of the originals, and tests the harness itself if `args` ask for it.
fn judge_all<'a>(
    suite: &Suite,
    args: &Args,
    cases: &[&'a Case],
    tasks: Vec<Task<'a>>,
    attempts: Vec<Option<Attempt>>,
    schedule: &Schedule<'_>,
) -> Result<Verdicts<'a>> {
    let signal = schedule.interrupt.end();
    let (tasks, attempts, unrecorded) = Unrecorded::of(tasks, attempts);
    let mut oracles = judge::oracles(cases, &tasks, &attempts, &suite.masks);
    let mutants = match (args.mutants, suite.mutants) {
        (true, Some(mutants)) => Some(test_harness(mutants, cases, &oracles, schedule)?),
        _ => None,
    };
    let declarations = Declarations::new(suite.declared);
    let mut results = Progress::of("judging", 0, |_| {
        judge::judge(tasks, attempts, &oracles, &declarations, &suite.masks)
    });
    let interrupted = signal.map(|signal| unrecorded.interrupted(signal, &mut results));
    if interrupted.is_some() {
        let has_result = |case: &str| results.iter().any(|result| result.task.case.name == case);
        oracles.retain(|(case, _)| has_result(&case.name));
    }
    let is_part = !args.cases.is_empty() || !args.pairings.is_empty() || args.quick || args.mutants;
    let is_whole = !is_part && interrupted.is_none();
    let stale = match is_whole {
        true => judge::stale(&results, &declarations),
        false => Vec::new(),
    };
    let certificate = suite.certifies().then(|| {
        let originals = certificate::originals(&suite.cases, &results);
        Progress::of("judging altered recordings", 0, |_| {
            certificate::certify(originals, &oracles, &suite.masks, is_whole)
        })
    });
    Ok(Verdicts {
        oracles,
        results,
        stale,
        certificate,
        interrupted,
        mutants,
    })
}

/// Records the mutants and judges them by `oracles`, which tests the harness itself.
fn test_harness(
    mutants: fn() -> Result<MutantSuite>,
    cases: &[&Case],
    oracles: &[(&Case, Oracle)],
    schedule: &Schedule<'_>,
) -> Result<Findings> {
    let mutants = mutants()?;
    let plan = mutants::plan(&mutants, cases);
    let (settings, jobs) = (schedule.settings, schedule.jobs);
    terminal::announce_mutants(mutants.mutants.len(), plan.tasks.len(), jobs);
    Ok(mutants::run(&mutants, plan, oracles, settings, jobs))
}

/// Compiles the originals with all JDKs at the same time.
fn compile(originals: &Originals, jdks: &[Jdk], classes: &Path) -> Result<()> {
    let compile_all = || {
        thread::scope(|scope| {
            let compiling: Vec<_> = jdks
                .iter()
                .map(|jdk| scope.spawn(|| originals.compile(jdk, classes)))
                .collect();
            compiling
                .into_iter()
                .try_for_each(|one| one.join().expect("no compilation panics"))
        })
    };
    Progress::of("compiling the originals", 0, |_| compile_all())
}

/// Checks the outputs, and clears and locks the folder of the evidence. The lock ends with the returned file.
fn prepare(evidence: &Path, outputs: &Outputs<'_>) -> Result<File> {
    let lock = lock(&evidence.with_extension("lock"))?;
    // A report may go into the folder of the evidence, so that folder must exist before the check.
    workspace::make(evidence)?;
    outputs.check()?;
    clear(evidence)?;
    Ok(lock)
}

/// Locks the evidence for this run, because another run would clear it.
fn lock(path: &Path) -> Result<File> {
    path.parent().map_or(Ok(()), workspace::make)?;
    let file = File::create(path).with_context(|| format!("cannot make {}", path.display()))?;
    file.try_lock().with_context(|| {
        format!(
            "another interop run uses {}: wait for it, or set CARGO_TARGET_DIR",
            workspace::target().display()
        )
    })?;
    Ok(file)
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
