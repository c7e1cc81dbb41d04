//! The program that `cargo xtask bench`, `cargo xtask soak` and `cargo xtask oracle` start.

use std::process::ExitCode;

use anyhow::{Result, ensure};
use bench::{codec, oracle};
#[cfg(target_os = "linux")]
use bench::{server, soak};
use clap::{Parser, Subcommand};

/// The tasks of hellohi's developers that measure, attack and compare.
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
    Bench(Benchmark),
    /// Attack the server and check that it keeps serving (Linux)
    #[cfg(target_os = "linux")]
    Soak(soak::Args),
    /// Compare hellohi-proto with what real JVMs read and write
    Oracle(oracle::Args),
}

#[derive(Debug, Subcommand)]
enum Benchmark {
    /// Measure the codec beside memcpy, other crates and the JVM
    Codec(codec::Args),
    /// Measure the server beside Java servers and a bare epoll loop (Linux)
    #[cfg(target_os = "linux")]
    Server(server::Args),
    /// Be the bare epoll loop that the server is measured against
    #[cfg(target_os = "linux")]
    #[command(hide = true)]
    EpollLoop {
        port: u16,
        /// Send every frame to every client
        #[arg(long)]
        broadcast: bool,
    },
}

fn main() -> ExitCode {
    if let Some(status) = recorder::child_process() {
        return status;
    }
    interop::standard_output::exit_when_nobody_reads();
    run(Cli::parse().task).unwrap_or_else(|error| {
        eprintln!("xtask: {error:#}");
        ExitCode::from(2)
    })
}

fn run(task: Task) -> Result<ExitCode> {
    ensure!(
        !cfg!(debug_assertions),
        "a debug build is too slow for this; `cargo xtask` starts a release build"
    );
    match task {
        Task::Bench(Benchmark::Codec(args)) => codec::run(&args),
        #[cfg(target_os = "linux")]
        Task::Bench(Benchmark::Server(args)) => server::run(&args),
        #[cfg(target_os = "linux")]
        Task::Bench(Benchmark::EpollLoop { port, broadcast }) => {
            server::epoll_loop::run(port, broadcast)
        }
        #[cfg(target_os = "linux")]
        Task::Soak(args) => soak::run(&args),
        Task::Oracle(args) => oracle::run(&args),
    }
}
