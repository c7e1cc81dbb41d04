//! The processes that make a recording: each is this same program, started again.

use std::env;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};

use crate::console::{self, Console};
use crate::isolation::Isolation;
use crate::message::{Message, NAME, RECORD, RUN_PROGRAM, TRY_NAMESPACE};
use crate::plan::Plan;
use crate::{evidence, namespace, process, script, tree};

/// Does a child's work if this process is one, and returns its exit status. Returns `None` in any other
/// process.
///
/// Call it first in `main`, while there is a single thread.
pub fn child_process() -> Option<ExitCode> {
    let mut arguments = env::args().skip(1);
    let outcome = match arguments.next()?.as_str() {
        RECORD => record_one(),
        TRY_NAMESPACE => namespace::enter().map(|()| ExitCode::SUCCESS),
        RUN_PROGRAM => run_program(&arguments.collect::<Vec<_>>()),
        _ => return None,
    };
    Some(outcome.unwrap_or_else(|error| {
        eprintln!("{NAME}{error:#}");
        ExitCode::from(2)
    }))
}

/// Reads a plan from standard input, plays it, and writes the recording to standard output.
fn record_one() -> Result<ExitCode> {
    process::die_with_parent()?;
    tree::adopt_orphans()?;
    let mut json = String::new();
    std::io::stdin().read_line(&mut json)?;
    let plan: Plan = serde_json::from_str(&json).context("not a plan")?;
    if plan.isolation == Isolation::Namespace {
        namespace::enter()?;
    }
    if plan.strace.is_some() {
        std::fs::create_dir_all(&plan.folder)
            .with_context(|| format!("cannot make {}", plan.folder.display()))?;
    }
    let (recording, packets) = script::play(&plan)?;
    evidence::write(&plan.folder, &recording, &packets)?;
    println!(
        "{}",
        serde_json::to_string(&Message::Recorded(Box::new(recording)))?
    );
    Ok(ExitCode::SUCCESS)
}

/// Becomes a program that dies with its recorder and has a console of the named kind.
fn run_program(arguments: &[String]) -> Result<ExitCode> {
    let (console, command) = match arguments {
        [dashes, command @ ..] if dashes == "--" => (Console::Pipes, command),
        [flag, kind, dashes, command @ ..] if flag == "--console" && dashes == "--" => {
            let console = Console::named(kind).with_context(|| format!("no console {kind}"))?;
            (console, command)
        }
        _ => bail!("usage: {RUN_PROGRAM} [--console KIND] -- COMMAND"),
    };
    process::die_with_parent()?;
    process::heed_signals()?;
    console::become_own(console)?;
    process::become_program(command)
}
