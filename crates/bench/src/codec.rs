//! The task `cargo xtask bench codec`: hellohi-proto is measured beside memcpy, other crates and the JVM.
//!
//! The implementations take turns within each round, so that a busy machine slows all of them. Before an
//! implementation is measured its answers are checked: one that is wrong about a string of a cell has no
//! figure there.

mod cell;
mod implementation;
mod inputs;
mod report;
mod timed_jvm;

use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Result, ensure};
use globset::Glob;

use crate::choice::{chosen, command};
use crate::machine;
use crate::report_files::ReportFiles;
use cell::{Cell, LONGEST, Task, Timings, Workload};
use implementation::{Implementation, SUBJECT, Strings};
use inputs::Inputs;
use interop::programs::jdk::{self, Jdk};
use interop::progress::Progress;
use report::CodecReport;
use timed_jvm::TimedJvm;

#[derive(Debug, clap::Args)]
#[group(skip)]
pub struct Args {
    /// Measure only decoding and encoding, of the shortest, the longest and the JDK's strings
    #[arg(long)]
    quick: bool,
    /// Measure only the cells that match, as `decode/latin/*` (repeatable)
    #[arg(long = "filter", value_name = "GLOB")]
    filters: Vec<Glob>,
    /// Measure each peer this often in each cell [default: 15, or 7 with --quick]
    #[arg(long, value_name = "N")]
    rounds: Option<usize>,
    /// Measure for this many milliseconds each time
    #[arg(long, value_name = "MS", default_value_t = 2)]
    slice: u64,
    /// List the cells and do nothing
    #[arg(long)]
    list: bool,
    /// Ask no JVM
    #[arg(long, conflicts_with = "homes")]
    without_java: bool,
    #[command(flatten)]
    report_files: ReportFiles,
    #[command(flatten)]
    jdks: jdk::Args,
}

/// Measures the chosen cells, and fails if hellohi-proto gets a string wrong.
pub fn run(args: &Args) -> Result<ExitCode> {
    let cells = chosen(
        every_cell(args.quick),
        &args.filters,
        "cell of --list",
        |(task, workload)| format!("{task}/{workload}"),
    )?;
    if args.list {
        cells
            .iter()
            .for_each(|(task, workload)| println!("{task}/{workload}"));
        return Ok(ExitCode::SUCCESS);
    }
    let classes = tempfile::tempdir()?;
    let jdk = newest(args)?;
    let bench = CodecBench {
        jdk: jdk.as_ref().map(|jdk| (jdk, classes.path())),
        rounds: args.rounds.unwrap_or(if args.quick { 7 } else { 15 }),
        slice: Duration::from_millis(args.slice),
    };
    bench
        .jdk
        .map_or(Ok(()), |(jdk, classes)| timed_jvm::compile(jdk, classes))?;
    let report = bench.report(&cells)?;
    args.report_files.publish(&report)?;
    Ok(ExitCode::SUCCESS)
}

fn every_cell(quick: bool) -> Vec<(Task, Workload)> {
    let is_quick = |&(task, workload): &(Task, Workload)| {
        matches!(task, Task::Decode | Task::Encode)
            && matches!(
                workload,
                Workload::ClassFiles | Workload::Made(_, 16 | LONGEST)
            )
    };
    let of = |workload| Task::ALL.map(|task| (task, workload));
    let all = Workload::all().into_iter().flat_map(of);
    all.filter(|cell| !quick || is_quick(cell)).collect()
}

/// Returns the newest JDK, which gives the strings of its class files and takes part itself.
fn newest(args: &Args) -> Result<Option<Jdk>> {
    if args.without_java {
        return Ok(None);
    }
    Ok(jdk::require(&args.jdks.homes)?.pop())
}

struct CodecBench<'a> {
    /// The JDK, and the folder of the classes that it compiled.
    jdk: Option<(&'a Jdk, &'a Path)>,
    rounds: usize,
    slice: Duration,
}

impl CodecBench<'_> {
    fn report(&self, chosen: &[(Task, Workload)]) -> Result<CodecReport> {
        let mut cells = Vec::new();
        for same_workload in chosen.chunk_by(|(_, a), (_, b)| a == b) {
            let workload = same_workload[0].1;
            if workload == Workload::ClassFiles && self.jdk.is_none() {
                continue;
            }
            let inputs = Inputs::of(workload, self.jdk)?;
            for &(task, _) in same_workload {
                cells.push(self.measure(task, workload, &inputs)?);
            }
        }
        let judged = self
            .jdk
            .map_or(Ok(vec![]), |(jdk, classes)| inputs::judged(jdk, classes))?;
        Ok(CodecReport {
            command: command(),
            machine: machine::describe(),
            jdk: self
                .jdk
                .map_or("without Java".into(), |(jdk, _)| machine::describe_jdk(jdk)),
            rounds: self.rounds,
            slice_ms: self.slice.as_millis() as u64,
            cells,
            inexact: implementation::inexact(&judged),
            judged: judged.len(),
        })
    }

    fn measure(&self, task: Task, workload: Workload, inputs: &Inputs) -> Result<Cell> {
        eprintln!("{task}/{workload}");
        Progress::of("measuring", 0, |_| self.measured(task, workload, inputs))
    }

    fn measured(&self, task: Task, workload: Workload, inputs: &Inputs) -> Result<Cell> {
        let strings = Strings::of(inputs);
        let mut peers = Implementation::all(task, &strings);
        if let Some((jdk, classes)) = self.jdk {
            // After this time the JVM has compiled the methods that are measured.
            let warm_up = self.slice * 200;
            let jvm = TimedJvm::start(jdk, classes, task, inputs, warm_up)?;
            peers.extend(jvm.map(Implementation::jvm));
        }
        let mut rounds = vec![Vec::new(); peers.len()];
        for round in 0..self.rounds {
            for turn in 0..peers.len() {
                let n = (round + turn) % peers.len();
                let nanos = peers[n].time(self.slice)?;
                rounds[n].push(nanos / inputs.len() as f64);
            }
        }
        let figures = peers.into_iter().zip(rounds).map(|(peer, rounds)| Timings {
            peer: peer.name,
            wrong: peer.wrong,
            rounds,
        });
        let peers: Vec<Timings> = figures.collect();
        let sound = peers
            .iter()
            .all(|figures| figures.peer != SUBJECT || figures.wrong == 0);
        ensure!(sound, "{SUBJECT} gets strings of {task}/{workload} wrong");
        Ok(Cell {
            task,
            workload,
            strings: inputs.len(),
            bytes: inputs.bytes(),
            peers,
        })
    }
}
