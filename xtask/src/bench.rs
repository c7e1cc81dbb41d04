//! The tasks of the crate `bench`, which is built only when one of them is called for.

use std::ffi::OsString;
use std::process::{Command, ExitCode};

use anyhow::{Context, Result};
use interop::programs::workspace;

/// The arguments of a task, which the program `bench` parses.
#[derive(Debug, clap::Args)]
#[command(disable_help_flag = true)]
pub(crate) struct Args {
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<OsString>,
}

/// Builds `bench` in release, runs `task` in it, and returns its exit status.
pub(crate) fn run(task: &str, args: &Args) -> Result<ExitCode> {
    eprintln!("building the program bench in release mode, about two minutes the first time");
    let [program] = workspace::build(["bench"])?;
    let status = Command::new(&program)
        .arg(task)
        .args(&args.arguments)
        .status()
        .with_context(|| format!("cannot run {}", program.display()))?;
    let code = status.code().and_then(|code| code.try_into().ok());
    Ok(ExitCode::from(code.unwrap_or(2)))
}
