//! `cargo xtask soak`: hostile clients and a hostile system against the server. Linux.
//!
//! Each attack comes in waves upon one server. It has withstood them when honest clients were served
//! all along and after, every connection's descriptor came back, and its memory after the last wave is
//! what it was after the first.

mod attack;
mod clients;
mod ground;
mod system;

use std::fs;
use std::process::ExitCode;

use anyhow::{Context, Result, ensure};
use globset::Glob;

use crate::{bench, workspace};
use attack::Attack;
use ground::{Ground, Outcome};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
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

pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    if cfg!(debug_assertions) {
        return bench::optimised();
    }
    let attacks = chosen(&args.scenarios)?;
    if args.list {
        attacks.iter().for_each(|attack| println!("{attack}"));
        return Ok(ExitCode::SUCCESS);
    }
    let seed = args.seed.unwrap_or_else(|| fastrand::u64(..));
    println!("seed {seed}");
    let folder = workspace::target().join("soak");
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let [program] = workspace::build(["hellohi-server"])?;
    let mut ground = Ground::open(program, folder, seed)?;
    let mut failed = false;
    for attack in attacks {
        match ground.withstand(attack, args.waves) {
            Ok(outcome) => println!("ok    {attack}: {outcome}"),
            Err(error) => {
                failed = true;
                println!("FAIL  {attack}: {error:#}");
            }
        }
    }
    Ok(if failed {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

/// The attacks whose name a glob matches; a glob that matches nothing is an error.
fn chosen(globs: &[Glob]) -> Result<Vec<Attack>> {
    let matches =
        |glob: &Glob, attack: &Attack| glob.compile_matcher().is_match(attack.to_string());
    for glob in globs {
        let known = Attack::ALL.iter().any(|attack| matches(glob, attack));
        ensure!(known, "no attack is called {glob}; see --list");
    }
    let wanted =
        |attack: &Attack| globs.is_empty() || globs.iter().any(|glob| matches(glob, attack));
    Ok(Attack::ALL.into_iter().filter(wanted).collect())
}

impl std::fmt::Display for Outcome {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (what, count) in &self.counts {
            write!(f, "{count} {what}, ")?;
        }
        write!(
            f,
            "slowest honest reply {:.1} ms, ",
            self.slowest.as_secs_f64() * 1e3
        )?;
        let kilobytes: Vec<String> = self
            .memory
            .iter()
            .map(|bytes| (bytes / 1024).to_string())
            .collect();
        write!(f, "memory {} KiB", kilobytes.join(" → "))
    }
}
