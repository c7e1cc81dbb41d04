//! The task `cargo xtask bench server`: the server is measured beside Java servers and a bare epoll loop.
//!
//! The server that is measured has one core, and the clients have another. The servers take turns within
//! each round, so that a busy machine slows all of them.

mod churn;
pub mod epoll_loop;
mod figures;
mod measure;
mod peer;
mod report;
mod room;
mod scenario;
mod series;
mod system_calls;

use std::process::ExitCode;
use std::time::Duration;

use anyhow::Result;
use globset::Glob;

use crate::choice::{chosen, command};
use crate::machine;
use crate::report_files::ReportFiles;
use interop::programs::jdk;
use interop::programs::workspace;
use measure::ServerBench;
use report::ServerReport;
use scenario::Scenario;

#[derive(Debug, clap::Args)]
#[group(skip)]
pub struct Args {
    /// Measure only the main scenarios, in about a minute
    #[arg(long)]
    quick: bool,
    /// Measure only the scenarios that match (repeatable)
    #[arg(long = "scenario", value_name = "GLOB")]
    scenarios: Vec<Glob>,
    /// Measure only the peers that match (repeatable)
    #[arg(long = "peer", value_name = "GLOB")]
    peers: Vec<Glob>,
    /// Measure each peer this often in each scenario [default: 5, or 3 with --quick]
    #[arg(long, value_name = "N")]
    rounds: Option<usize>,
    /// Measure for this many milliseconds each time [default: 500, or 150 with --quick]
    #[arg(long, value_name = "MS")]
    slice: Option<u64>,
    /// List the scenarios and do nothing
    #[arg(long)]
    list: bool,
    #[command(flatten)]
    report_files: ReportFiles,
    #[command(flatten)]
    jdks: jdk::Args,
}

/// Measures the chosen scenarios. The exit status is 1 if a reply was wrong or our own server failed.
pub fn run(args: &Args) -> Result<ExitCode> {
    let quick = |scenario: &Scenario| !args.quick || scenario.is_quick();
    let scenarios = Scenario::all().into_iter().filter(quick).collect();
    let scenarios = chosen(
        scenarios,
        &args.scenarios,
        "scenario of --list",
        Scenario::to_string,
    )?;
    if args.list {
        scenarios.iter().for_each(|scenario| println!("{scenario}"));
        return Ok(ExitCode::SUCCESS);
    }
    let folder = workspace::target().join("bench");
    workspace::make(&folder)?;
    let jdks = jdk::find(&args.jdks.homes)?;
    let (peers, absent) = peer::prepare(&jdks, &folder)?;
    let peers = chosen(peers, &args.peers, "peer", |peer| peer.name.clone())?;
    let slice = args.slice.unwrap_or(if args.quick { 150 } else { 500 });
    let rounds = args.rounds.unwrap_or(if args.quick { 3 } else { 5 });

    let mut bench = ServerBench::new(folder, Duration::from_millis(slice))?;
    let mut cells = Vec::new();
    for scenario in scenarios {
        cells.extend(series::measure(&mut bench, scenario, &peers, rounds));
    }
    let report = ServerReport {
        command: command(),
        machine: format!("{}, loopback", machine::describe()),
        jdks: jdks.iter().map(machine::describe_jdk).collect(),
        rounds,
        slice_ms: slice,
        cells,
        absent,
    };
    args.report_files.publish(&report)?;
    let failed = report.cells.iter().any(|cell| cell.failed);
    Ok(if failed {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}
