//! Measurements, each beside its competitors in one run.

mod codec;
mod machine;
mod median;
#[cfg(target_os = "linux")]
mod server;
mod table;
mod written;

use std::process::{Command, ExitCode};

use anyhow::{Context, Result, ensure};
use globset::Glob;

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Bench {
    /// Measure the codec beside memcpy, other crates and the JVM
    Codec(codec::Args),
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
        Bench::Codec(ref args) => codec::run(args),
        #[cfg(target_os = "linux")]
        Bench::Server(ref args) => server::run(args),
        #[cfg(target_os = "linux")]
        Bench::EpollLoop { port } => server::epoll_loop::run(port),
    }
}

/// Does the same in a release build: `cargo xtask` is a debug build, which measures nothing.
pub(crate) fn optimised() -> Result<ExitCode> {
    eprintln!("building xtask in release");
    let [xtask] = interop::programs::workspace::build(["xtask"])?;
    let status = Command::new(&xtask)
        .args(std::env::args_os().skip(1))
        .status()
        .with_context(|| format!("cannot run {}", xtask.display()))?;
    Ok(ExitCode::from(
        status.code().map_or(2, |code| code.try_into().unwrap_or(2)),
    ))
}

/// Those of `all` whose name a glob matches; a glob that matches nothing is an error.
fn chosen<T>(
    all: Vec<T>,
    globs: &[Glob],
    kind: &str,
    name: impl Fn(&T) -> String,
) -> Result<Vec<T>> {
    let matchers: Vec<_> = globs.iter().map(Glob::compile_matcher).collect();
    for matcher in &matchers {
        let known = all.iter().any(|item| matcher.is_match(name(item)));
        ensure!(known, "no {kind} is called {}", matcher.glob());
    }
    let wanted = |item: &T| matchers.is_empty() || matchers.iter().any(|m| m.is_match(name(item)));
    Ok(all.into_iter().filter(wanted).collect())
}

/// What was asked for, as it would be typed.
fn command() -> String {
    let arguments = std::env::args().skip(1);
    std::iter::once("cargo xtask".to_owned())
        .chain(arguments)
        .collect::<Vec<_>>()
        .join(" ")
}
