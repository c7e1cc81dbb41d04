//! `cargo xtask interop`: every client against every server, judged by what the originals did.

mod baseline;
mod case;
mod channel;
mod declared;
mod difference;
mod environment;
#[cfg(test)]
mod example;
mod html;
mod json;
mod junit;
mod markdown;
mod mutants;
pub(crate) mod peer;
mod plan;
mod probe;
mod schedule;
mod terminal;
mod third_party;
mod verdict;
mod visible;

use std::collections::BTreeMap;
use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::thread::available_parallelism;
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context, Result, bail, ensure};
use clap::ValueEnum;

use crate::jdk::{self, Jdk};
use crate::record::{self, Isolation, PORT, namespace};
use crate::workspace;
use baseline::{Baseline, Kind};
use case::Case;
use declared::Declared;
use environment::Environment;
use peer::Peer;
use plan::Filter;
use verdict::Verdict;

/// Flags of `cargo xtask interop`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    jdks: jdk::Args,
    /// Install the platform's JDK package if no JDK is found
    #[arg(long)]
    install_jdk: bool,
    /// Run only the cases whose name matches (repeatable)
    #[arg(long = "case", value_name = "GLOB")]
    cases: Vec<String>,
    /// Run only the pairings CLIENT__SERVER that match, beside the Java ones that judge them (repeatable)
    #[arg(long = "pairing", value_name = "GLOB")]
    pairings: Vec<String>,
    /// Let the programs that a TOML file tells of join the matrix (repeatable)
    #[arg(long = "peer", value_name = "FILE")]
    peers: Vec<PathBuf>,
    /// Test the harness itself: peers with one thing wrong must be found out
    #[arg(long, conflicts_with_all = ["cases", "pairings", "peers"])]
    mutants: bool,
    /// List the cases and pairings, and stop
    #[arg(long)]
    list: bool,
    /// Make every recording N times
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..))]
    repeat: u16,
    /// Make every recording ten times, or --repeat times if that is more, and list what varied
    #[arg(long)]
    verify: bool,
    /// Make the recordings in the order of an earlier run, which printed this seed
    #[arg(long, value_name = "N")]
    seed: Option<u32>,
    /// Make N recordings at a time [default: two for each core; one without isolation]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    jobs: Option<u16>,
    /// Where the recordings' network is
    #[arg(long, value_enum, default_value_t = Wanted::Auto)]
    isolation: Wanted,
    /// Give a recording this many seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..))]
    deadline: u64,
    /// Write a report to read into this folder: one self-contained index.html
    #[arg(long, value_name = "DIR")]
    report: Option<PathBuf>,
    /// Write the results as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Write the results as JUnit XML
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// Compare with an earlier run's JSON: regressed, fixed, new, gone
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Wanted {
    /// Namespaces where they can be had
    Auto,
    /// A network namespace for each recording, or an error that says why not
    Namespace,
    /// This machine's own port 666, one recording at a time
    None,
}

/// How often `--verify` makes every recording at least.
const VERIFIED: u16 = 10;

/// One recording with its verdict.
#[derive(Debug)]
pub(crate) struct Outcome<'a> {
    pub(crate) task: plan::Task<'a>,
    pub(crate) recording: Result<record::Recording, String>,
    pub(crate) judgement: verdict::Judgement,
}

impl Outcome<'_> {
    /// The channels that are neither as Java's nor as declared.
    pub(crate) fn differing(&self) -> impl Iterator<Item = channel::Channel> {
        let channels = self.judgement.channels.iter();
        channels
            .filter(|(_, judged)| judged.verdict == Some(Verdict::Different))
            .map(|(channel, _)| *channel)
    }
}

/// A peer or a wire with one thing wrong, and what caught it.
#[derive(Debug, Clone, serde::Serialize)]
pub(crate) struct Mutant {
    pub(crate) name: String,
    /// What is wrong with it.
    pub(crate) about: String,
    /// The channel that must catch it.
    pub(crate) breaks: channel::Channel,
    /// The cases in which that channel did.
    pub(crate) caught_by: Vec<String>,
}

/// All that a run found out.
#[derive(Debug)]
pub(crate) struct Run<'a> {
    pub(crate) jdks: &'a [Jdk],
    pub(crate) peers: &'a [Peer],
    pub(crate) environment: Environment,
    pub(crate) isolation: Isolation,
    pub(crate) oracles: Vec<(&'a Case, verdict::Oracle)>,
    pub(crate) outcomes: Vec<Outcome<'a>>,
    /// Declared differences that a whole run did not show.
    pub(crate) stale: Vec<&'static Declared>,
    pub(crate) evidence: PathBuf,
    /// What each recording was given.
    pub(crate) deadline: Duration,
    pub(crate) took: Duration,
    pub(crate) baseline: Option<baseline::Comparison>,
    /// The harness's own test, where it ran.
    pub(crate) mutants: Option<mutants::Findings>,
}

/// How often each verdict fell in a pairing.
pub(crate) type Cell = BTreeMap<Verdict, usize>;

impl Run<'_> {
    /// The matrix: client, server, verdicts.
    pub(crate) fn cells(&self) -> BTreeMap<(&str, &str), Cell> {
        let mut cells: BTreeMap<_, Cell> = BTreeMap::new();
        for outcome in &self.outcomes {
            let pairing = (outcome.task.client_name(), outcome.task.server_name());
            *cells
                .entry(pairing)
                .or_default()
                .entry(outcome.judgement.verdict)
                .or_default() += 1;
        }
        cells
    }

    /// The matrix's clients and servers, in the order of the peers; those that played.
    pub(crate) fn axes(&self) -> (Vec<&str>, Vec<&str>) {
        let cells = self.cells();
        let names = self.peers.iter().map(|peer| peer.name.as_str());
        let names: Vec<&str> = names.chain([plan::SCRIPT, plan::NOBODY]).collect();
        let clients = names.iter().copied();
        let clients = clients.filter(|name| cells.keys().any(|(client, _)| client == name));
        let servers = names.iter().copied();
        let servers = servers.filter(|name| cells.keys().any(|(_, server)| server == name));
        (clients.collect(), servers.collect())
    }

    /// What is neither as Java nor as declared, nor unsupported.
    pub(crate) fn failed(&self) -> impl Iterator<Item = &Outcome<'_>> {
        self.outcomes
            .iter()
            .filter(|outcome| outcome.judgement.verdict >= Verdict::Different)
    }

    /// The reasons of the declared differences that showed, and how often.
    pub(crate) fn declared(&self) -> BTreeMap<&str, usize> {
        let channels = self
            .outcomes
            .iter()
            .flat_map(|outcome| outcome.judgement.channels.values());
        let showed = channels.filter(|judged| judged.verdict == Some(Verdict::Declared));
        counted(showed.filter_map(|judged| Some(judged.declared?.reason)))
    }

    /// The reasons why peers do not play, and how often.
    pub(crate) fn unsupported(&self) -> BTreeMap<&str, usize> {
        counted(
            self.outcomes
                .iter()
                .filter_map(|outcome| outcome.task.unsupported),
        )
    }

    pub(crate) fn oracle(&self, case: &str) -> Option<&verdict::Oracle> {
        self.oracles
            .iter()
            .find(|(of, _)| of.name == case)
            .map(|(_, oracle)| oracle)
    }

    pub(crate) fn count(&self, verdict: Verdict) -> usize {
        self.outcomes
            .iter()
            .filter(|outcome| outcome.judgement.verdict == verdict)
            .count()
    }
}

fn counted<'a>(reasons: impl Iterator<Item = &'a str>) -> BTreeMap<&'a str, usize> {
    let mut counts = BTreeMap::new();
    for reason in reasons {
        *counts.entry(reason).or_default() += 1;
    }
    counts
}

pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let seed = args.seed.unwrap_or_else(|| fastrand::u32(..));
    let environment = Environment::here(SystemTime::now(), seed);
    let earlier = args.baseline.as_deref().map(Baseline::read).transpose()?;
    let jdks = jdks(args)?;
    let classes = tempfile::tempdir().context("cannot make a folder for the compiled programs")?;
    let mut peers = jdks
        .iter()
        .map(|jdk| peer::java(jdk, classes.path()))
        .collect::<Result<Vec<_>>>()?;
    if !args.mutants {
        peers.extend(peer::rust()?);
    }
    let begun = Instant::now();

    let all = case::all();
    let names: Vec<String> = all.iter().map(|case| case.name.clone()).collect();
    for file in &args.peers {
        let peer = third_party::read(file, &names, &peers)?;
        peers.push(peer);
    }
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

    let isolation = isolation(args.isolation)?;
    let repeat = if args.verify {
        args.repeat.max(VERIFIED)
    } else {
        args.repeat
    };
    let mut tasks = plan::tasks(&cases, &peers, &pairing_filter, repeat.into());
    // Neighbours change from run to run, so that what depends on them comes to light.
    fastrand::Rng::with_seed(seed.into()).shuffle(&mut tasks);
    ensure!(
        !tasks.is_empty(),
        "no pairing that was chosen plays a case that was chosen"
    );
    let evidence = workspace::target().join("interop");
    clear(&evidence)?;
    let jobs = jobs(args.jobs, isolation)?;
    terminal::announce(&jdks, cases.len(), tasks.len(), isolation, jobs, seed);
    let recordings = schedule::run(&tasks, jobs, |task| {
        record::record(&task.plan(isolation, Duration::from_secs(args.deadline), &evidence))
            .map_err(|error| format!("{error:#}"))
    });

    let oracles = schedule::oracles(&cases, &tasks, &recordings);
    let findings = match args.mutants {
        true => Some(mutants::run(&cases, &oracles, isolation, jobs, &evidence)?),
        false => None,
    };
    let mut outcomes = schedule::judge(tasks, recordings, &oracles);
    outcomes.sort_by_key(|outcome| outcome.task.place);
    let is_whole = args.cases.is_empty() && args.pairings.is_empty() && !args.mutants;
    // What could not run may have been where a declared difference shows.
    let all_ran = outcomes
        .iter()
        .all(|outcome| outcome.judgement.verdict != Verdict::Error);
    let stale = if is_whole && all_ran {
        schedule::stale(&outcomes)
    } else {
        Vec::new()
    };
    let baseline = earlier.map(|earlier| {
        earlier.compare(&outcomes, |key| {
            case_filter.matches(key.case()) && pairing_filter.matches(&key.pairing())
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
        deadline: Duration::from_secs(args.deadline),
        took: begun.elapsed(),
        baseline,
        mutants: findings,
    };
    terminal::report(&run);
    write_reports(&run, args)?;
    Ok(exit_code(&run))
}

fn write_reports(run: &Run<'_>, args: &Args) -> Result<()> {
    if let Some(folder) = &args.report {
        html::write(run, folder)?;
    }
    if let Some(path) = &args.json {
        json::write(run, path)?;
    }
    if let Some(path) = &args.junit {
        junit::write(run, path)?;
    }
    if let Some(path) = std::env::var_os(markdown::VARIABLE) {
        markdown::append(run, Path::new(&path))?;
    }
    Ok(())
}

fn exit_code(run: &Run<'_>) -> ExitCode {
    let regressed = run.baseline.as_ref();
    let regressed = regressed.map_or(0, |baseline| baseline.count(Kind::Regressed));
    let mutants = run.mutants.as_ref().map_or(0, |findings| findings.failures);
    let unexpected = run.count(Verdict::Different) + run.stale.len() + regressed + mutants;
    match (run.count(Verdict::Error), unexpected) {
        (0, 0) => ExitCode::SUCCESS,
        (_, 1..) => ExitCode::from(1),
        (_, 0) => ExitCode::from(2),
    }
}

fn jdks(args: &Args) -> Result<Vec<Jdk>> {
    if args.install_jdk && args.jdks.homes.is_empty() && jdk::find(&[])?.is_empty() {
        jdk::install()?;
    }
    jdk::require(&args.jdks.homes).map_err(|error| match args.install_jdk {
        true => error,
        false => {
            error.context("no Java, no verdict (`cargo xtask interop --install-jdk` installs it)")
        }
    })
}

fn isolation(wanted: Wanted) -> Result<Isolation> {
    if wanted != Wanted::None {
        match namespace::available() {
            Ok(()) => return Ok(Isolation::Namespace),
            Err(why) if wanted == Wanted::Namespace => bail!("no network namespace here: {why:#}"),
            Err(why) => eprintln!(
                "no network namespace here: {why:#}\n\
                 falling back to this machine's port {PORT}, one recording at a time"
            ),
        }
    }
    TcpListener::bind(("::", PORT)).with_context(|| {
        format!(
            "without isolation the programs need port {PORT}, which cannot be had here (as root, or with \
             `sysctl net.ipv4.ip_unprivileged_port_start={PORT}`, and with nobody else listening)"
        )
    })?;
    Ok(Isolation::None)
}

fn jobs(wanted: Option<u16>, isolation: Isolation) -> Result<usize> {
    match (isolation, wanted) {
        (Isolation::None, Some(2..)) => bail!("--jobs needs isolation: there is one port {PORT}"),
        (Isolation::None, _) => Ok(1),
        (Isolation::Namespace, Some(jobs)) => Ok(jobs.into()),
        // A recording waits as often as it computes.
        (Isolation::Namespace, None) => Ok(2 * available_parallelism().map_or(1, usize::from)),
    }
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
