//! The project's tasks. `main` reads the command line and calls the `run` of one task.

mod bench;
mod interop;
mod lab;
#[cfg(target_os = "linux")]
mod load;
mod mutant;
mod oracle;
mod pair;
#[cfg(target_os = "linux")]
mod soak;

use std::panic;
use std::process::{self, ExitCode};

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
    #[command(subcommand)]
    Bench(bench::Bench),
    /// Run every client against every server and compare with Java
    Interop(interop::Args),
    /// Record one conversation between two programs and draw it
    Lab(lab::Args),
    /// Attack the server and check that it keeps serving (Linux)
    #[cfg(target_os = "linux")]
    Soak(soak::Args),
    /// List the JDKs that the other tasks would use
    Jdks(::interop::programs::jdk::Args),
    /// Compare hellohi-proto with what real JVMs read and write
    Oracle(oracle::Args),
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
    end_with_the_reader();
    let outcome = match Cli::parse().task {
        Task::Bench(bench) => bench::run(&bench),
        Task::Interop(args) => interop::run(&args),
        Task::Lab(args) => lab::run(&args),
        #[cfg(target_os = "linux")]
        Task::Soak(args) => soak::run(&args),
        Task::Jdks(args) => ::interop::programs::jdk::run(&args),
        Task::Oracle(args) => oracle::run(&args),
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

/// Ends this process silently, with the exit status of SIGPIPE, when nobody reads its output any more (`| head`).
///
/// SIGPIPE itself stays ignored, because a program under test that stops reading must not end the harness.
fn end_with_the_reader() {
    let report = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        let message = info.payload_as_str().unwrap_or_default();
        if message.starts_with("failed printing to stdout: Broken pipe") {
            process::exit(128 + 13);
        }
        report(info);
    }));
}
