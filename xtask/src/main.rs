//! The project's tasks. `main` only dispatches; each task's file owns its `run`.

mod bench;
mod interop;
mod jdk;
mod lab;
#[cfg(target_os = "linux")]
mod load;
mod mutant;
mod oracle;
mod progress;
mod record;
#[cfg(target_os = "linux")]
mod soak;
mod workspace;

use std::panic;
use std::process::{self, ExitCode};

use clap::{Parser, Subcommand};

use record::Side;

/// The tasks of hellohi's developers.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", version)]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Measure the programs beside their competitors
    #[command(subcommand)]
    Bench(bench::Bench),
    /// Run every client against every server and compare with Java
    Interop(interop::Args),
    /// Play one conversation and draw what really happened
    Lab(lab::Args),
    /// Attack the server and see it withstand (Linux)
    #[cfg(target_os = "linux")]
    Soak(soak::Args),
    /// List the JDKs that the other tasks would use
    Jdks(jdk::Args),
    /// Compare hellohi-proto with what real JVMs read and write
    Oracle(oracle::Args),
    /// Make one recording, as told on standard input
    #[command(hide = true)]
    RecordOne,
    /// Enter a network namespace and leave again, to see whether that can be done
    #[command(hide = true)]
    TryNamespace,
    /// Play a side with one thing wrong
    #[command(hide = true)]
    Mutant { side: Side, defect: mutant::Defect },
    /// Become a program that dies with its recorder
    #[command(hide = true)]
    RunProgram {
        #[arg(long, value_enum, default_value_t)]
        console: record::Console,
        #[arg(last = true, required = true)]
        command: Vec<String>,
    },
}

fn main() -> ExitCode {
    end_with_the_reader();
    let outcome = match Cli::parse().task {
        Task::Bench(bench) => bench::run(&bench),
        Task::Interop(args) => interop::run(&args),
        Task::Lab(args) => lab::run(&args),
        #[cfg(target_os = "linux")]
        Task::Soak(args) => soak::run(&args),
        Task::Jdks(args) => jdk::run(&args),
        Task::Oracle(args) => oracle::run(&args),
        Task::RecordOne => record::run_one(),
        Task::TryNamespace => record::namespace::enter().map(|()| ExitCode::SUCCESS),
        Task::Mutant { side, defect } => mutant::run(side, defect),
        Task::RunProgram { console, command } => record::run_program(console, &command),
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("xtask: {error:#}");
        ExitCode::from(2)
    })
}

/// When whoever reads the output has enough (`| head`), the task ends without a word, as SIGPIPE would have
/// it. The signal itself stays ignored: a program under test that reads no more must not end the harness.
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
