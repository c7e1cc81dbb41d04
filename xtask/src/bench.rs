//! Measurements, each beside its competitors in one run.

#[cfg(target_os = "linux")]
mod machine;
#[cfg(target_os = "linux")]
mod server;

use std::process::{Command, ExitCode};

use anyhow::{Context, Result};

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Bench {
    /// Measure the server beside Java servers and a bare epoll loop (Linux)
    #[cfg(target_os = "linux")]
    Server(server::Args),
    /// Be the bare epoll loop that the server is measured against
    #[cfg(target_os = "linux")]
    #[command(hide = true)]
    EpollLoop { port: u16 },
}

pub(crate) fn run(bench: &Bench) -> Result<ExitCode> {
    if cfg!(debug_assertions) {
        return optimised();
    }
    match *bench {
        #[cfg(target_os = "linux")]
        Bench::Server(ref args) => server::run(args),
        #[cfg(target_os = "linux")]
        Bench::EpollLoop { port } => server::epoll_loop::run(port),
    }
}

/// Does the same in a release build: `cargo xtask` is a debug build, which measures nothing.
pub(crate) fn optimised() -> Result<ExitCode> {
    eprintln!("building xtask in release");
    let [xtask] = crate::workspace::build(["xtask"])?;
    let status = Command::new(&xtask)
        .args(std::env::args_os().skip(1))
        .status()
        .with_context(|| format!("cannot run {}", xtask.display()))?;
    Ok(ExitCode::from(
        status.code().map_or(2, |code| code.try_into().unwrap_or(2)),
    ))
}
