//! The task `cargo xtask soak`: hostile clients and a hostile system attack the server (Linux).
//!
//! `attacks` lists the attacks, `judge` makes one and judges the server, `launcher` starts the servers, and
//! `honest` has the clients that must be served meanwhile. Each attack has one of three outcomes: withstood,
//! failed, or could not run, which is no success.

mod attacks;
mod honest;
mod hostile;
mod judge;
mod launcher;
mod outcome;
mod queue;
mod room;
mod shutdown;
mod single_bytes;
mod stop;
mod system;
mod threads;

use std::process::ExitCode;
use std::time::Instant;

use anyhow::Result;
use globset::Glob;

use crate::choice::chosen;
use attacks::{ALL, Attack};
use interop::programs::workspace;
use interop::progress::Progress;
use launcher::{Launcher, Setup};
use outcome::Outcome;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Make only the attacks that match (repeatable)
    #[arg(long = "scenario", value_name = "GLOB")]
    scenarios: Vec<Glob>,
    /// Attack this often
    #[arg(long, value_name = "N", default_value_t = 3)]
    waves: usize,
    /// Repeat the random choices of an earlier run
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// List the attacks and do nothing
    #[arg(long)]
    list: bool,
}

/// Makes the chosen attacks. The exit status is 1 if the server failed one, otherwise 2 if one could not run.
pub fn run(args: &Args) -> Result<ExitCode> {
    let attacks = ALL.iter().collect();
    let attacks = chosen(
        attacks,
        &args.scenarios,
        "attack of --list",
        |attack: &&Attack| attack.name.into(),
    )?;
    if args.list {
        attacks.iter().for_each(|attack| println!("{attack}"));
        return Ok(ExitCode::SUCCESS);
    }
    let seed = args.seed.unwrap_or_else(|| fastrand::u64(..));
    println!("seed {seed}");
    let folder = workspace::target().join("soak");
    workspace::make(&folder)?;
    let [program] = workspace::build(["hellohi-server"])?;
    let mut launcher = Launcher::new(program, folder, seed)?;
    let peaceful = launcher.start("peaceful", &Setup::PLAIN)?;
    let begun = Instant::now();
    let (mut withstood, mut failed, mut could_not_run) = (0, 0, 0);
    for attack in attacks {
        println!("{attack}");
        let outcome = Progress::of(attack.name, 0, |_| {
            judge::attack(&mut launcher, peaceful.address(), attack, args.waves)
        });
        println!("  {outcome}");
        match outcome {
            Outcome::Withstood(_) => withstood += 1,
            Outcome::Failed(_) => failed += 1,
            Outcome::CouldNotRun(_) => could_not_run += 1,
        }
    }
    println!(
        "{withstood} withstood, {failed} failed, {could_not_run} could not run in {} s",
        begun.elapsed().as_secs()
    );
    Ok(match (failed, could_not_run) {
        (0, 0) => ExitCode::SUCCESS,
        (0, _) => ExitCode::from(2),
        _ => ExitCode::FAILURE,
    })
}

impl std::fmt::Display for Attack {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}; bound: {}", self.name, self.what, self.bound)
    }
}
