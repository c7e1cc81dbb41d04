//! The project's tasks. `main` only dispatches; each task's file owns its `run`.

mod jdk;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// The tasks of hellohi's developers.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", version)]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// List the JDKs that the other tasks would use
    Jdks(jdk::Args),
}

fn main() -> ExitCode {
    let outcome = match Cli::parse().task {
        Task::Jdks(args) => jdk::run(&args),
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("xtask: {error:#}");
        ExitCode::from(2)
    })
}
