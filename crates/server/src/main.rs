//! `hellohi-server`: the command line over the library.
#![forbid(unsafe_code)]

mod args;
mod stop;

use std::io::{self, IsTerminal as _};
use std::process::{self, ExitCode};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use clap::Parser as _;
use hellohi_server::{Config, Lines, Style, bind, once, print_banner, run};
use tokio::net::TcpListener;
use tokio::runtime;
use tracing::info;

use crate::args::Args;
use crate::stop::StopSignals;

/// How long a slow output may hold up the end of the process.
const FAREWELL: Duration = Duration::from_secs(2);

fn main() -> ExitCode {
    let args = Args::parse();
    let log = Arc::new(Lines::new("standard error", io::stderr()));
    tracing_subscriber::fmt()
        .with_ansi(io::stderr().is_terminal())
        .with_writer(Arc::clone(&log))
        .init();
    let served = serve(&args);
    log.finish(FAREWELL);
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("hellohi-server: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn serve(args: &Args) -> anyhow::Result<()> {
    let runtime = runtime::Builder::new_current_thread().enable_all().build();
    runtime
        .context("cannot start the runtime")?
        .block_on(async {
            if !args.quiet {
                print_banner();
            }
            let listeners = bind(&args.listen)?;
            for listener in &listeners {
                info!("listening on {}", listener.local_addr()?);
            }
            if args.once {
                Ok(once(&listeners, args.reply, Style::of_stdout()).await?)
            } else {
                serve_all(listeners, args).await
            }
        })
}

async fn serve_all(listeners: Vec<TcpListener>, args: &Args) -> anyhow::Result<()> {
    let mut signals = StopSignals::listen().context("cannot listen for signals")?;
    let transcript = Arc::new(Lines::new("standard output", io::stdout()));
    let config = Config {
        reply: args.reply,
        transcript: (!args.quiet).then(|| (Arc::clone(&transcript), Style::of_stdout())),
        ..Config::default()
    };
    let report = run(listeners, config, async move {
        signals.next().await;
        tokio::spawn(async move {
            signals.next().await;
            eprintln!("hellohi-server: told to stop twice: clients are cut off");
            process::exit(1);
        });
    });
    info!("stopped: {}", report.await);
    transcript.finish(FAREWELL);
    Ok(())
}
