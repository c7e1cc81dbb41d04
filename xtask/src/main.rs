//! The project's tasks. `main` reads the command line and calls the `run` of one task.

mod bench;
mod interop;
mod lab;
mod mutant;
mod pair;
mod tap;

use std::env;
use std::ffi::OsString;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use recorder::Side;

/// Tasks for the developers of hellohi
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", version)]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Measure the codec and the programs beside their competitors
    Bench(bench::Args),
    /// Run every client against every server and compare with Java
    Interop(interop::Args),
    /// Record one conversation between two programs and draw it
    Lab(lab::Args),
    /// Attack the server and check that it keeps serving (Linux)
    #[cfg(target_os = "linux")]
    Soak(bench::Args),
    /// List the JDKs that the other tasks would use
    Jdks(::interop::programs::jdk::Args),
    /// Compare hellohi-proto with what real JVMs read and write
    Oracle(bench::Args),
    /// Relay between a real client and a real server, and save what they say
    Tap(tap::Args),
    /// Play one side with a defect
    #[command(hide = true)]
    Mutant {
        #[arg(value_parser = side)]
        side: Side,
        defect: mutant::Defect,
    },
}

fn main() -> ExitCode {
    if let Some(status) = recorder::child_process() {
        return status;
    }
    ::interop::standard_output::exit_when_nobody_reads();
    let outcome = match Cli::parse_from(arguments()).task {
        Task::Bench(args) => bench::run("bench", &args),
        Task::Interop(args) => interop::run(&args),
        Task::Lab(args) => lab::run(&args),
        #[cfg(target_os = "linux")]
        Task::Soak(args) => bench::run("soak", &args),
        Task::Jdks(args) => ::interop::programs::jdk::run(&args),
        Task::Oracle(args) => bench::run("oracle", &args),
        Task::Tap(args) => tap::run(&args),
        Task::Mutant { side, defect } => mutant::run(side, defect),
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("xtask: {error:#}");
        ExitCode::from(2)
    })
}

fn side(name: &str) -> Result<Side, String> {
    let mut both = Side::BOTH.into_iter();
    both.find(|side| side.name() == name)
        .ok_or_else(|| "client or server".into())
}

/// Turns `help TASK …` into `TASK … --help`, which a program that parses its own arguments understands.
fn arguments() -> Vec<OsString> {
    let mut arguments: Vec<OsString> = env::args_os().collect();
    if arguments.get(1).is_some_and(|first| first == "help") {
        arguments.remove(1);
        arguments.push("--help".into());
    }
    arguments
}
