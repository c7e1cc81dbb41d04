//! `hellohi-server`: the command line over the library.
#![forbid(unsafe_code)]

mod args;
mod open_files;
mod stop;
mod systemd;

use std::env;
use std::fmt;
use std::io::{self, IsTerminal as _, Write as _};
use std::process::{self, ExitCode};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use clap::{ColorChoice, Parser as _};
use hellohi_server::{
    Config, Lines, ListenAddr, Style, adopt, bind, bind_as_java, once, print_banner, run,
};
use tokio::net::TcpListener;
use tokio::runtime;
use tracing::info;

use crate::args::{Args, LogFormat};
use crate::open_files::allow_open_files;
use crate::stop::StopSignals;

/// How long a slow output may hold up the end of the process.
const FAREWELL: Duration = Duration::from_secs(2);

fn main() -> ExitCode {
    let args = Args::parse();
    let log = start_log(&args);
    let done = match args.generate {
        Some(what) => what.print().context("cannot print it"),
        None => serve(&args, &log),
    };
    log.finish(FAREWELL);
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(format_args!("{error:#}"));
            ExitCode::FAILURE
        }
    }
}

/// Unlike `eprintln!`, minds no closed standard error.
fn complain(what: fmt::Arguments<'_>) {
    let _ = writeln!(io::stderr(), "hellohi-server: {what}");
}

fn start_log(args: &Args) -> Arc<Lines> {
    let lines = Arc::new(Lines::new("standard error", io::stderr()).at_once());
    let no_color = env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let color = match args.color {
        ColorChoice::Always => true,
        ColorChoice::Never => false,
        ColorChoice::Auto => io::stderr().is_terminal() && !no_color,
    };
    let log = tracing_subscriber::fmt()
        .with_max_level(args.log())
        .with_ansi(color)
        .with_writer(Arc::clone(&lines));
    match args.log_format {
        LogFormat::Text => log.init(),
        LogFormat::Json => log.json().flatten_event(true).init(),
    }
    lines
}

fn serve(args: &Args, log: &Lines) -> anyhow::Result<()> {
    let runtime = runtime::Builder::new_current_thread().enable_all().build();
    runtime
        .context("cannot start the runtime")?
        .block_on(async {
            if args.once {
                stop::end_as_java().context("cannot handle signals")?;
                let listeners = open(args)?;
                Ok(once(&listeners, args.reply, Style::of_stdout()).await?)
            } else {
                let signals = StopSignals::handle().context("cannot handle signals")?;
                serve_all(open(args)?, signals, args, log).await
            }
        })
}

/// Opens the listeners, after the banner as server.java does.
fn open(args: &Args) -> anyhow::Result<Vec<TcpListener>> {
    if !args.quiet {
        print_banner();
    }
    let listeners = listen(args)?;
    for listener in &listeners {
        info!("listening on {}", listener.local_addr()?);
    }
    Ok(listeners)
}

fn listen(args: &Args) -> anyhow::Result<Vec<TcpListener>> {
    let passed = systemd::passed_sockets().context("cannot use the sockets of systemd")?;
    let mut listeners = match &args.listen[..] {
        [] if !passed.is_empty() => Vec::new(),
        addrs if args.once => bind_as_java(addrs)?,
        [] => bind(&[ListenAddr::default()])?,
        addrs => bind(addrs)?,
    };
    for socket in passed {
        listeners.push(adopt(socket).context("cannot use a socket of systemd")?);
    }
    Ok(listeners)
}

async fn serve_all(
    listeners: Vec<TcpListener>,
    mut signals: StopSignals,
    args: &Args,
    log: &Lines,
) -> anyhow::Result<()> {
    let start_transcript = || Arc::new(Lines::new("standard output", io::stdout()));
    let transcript = (!args.quiet).then(start_transcript);
    let config = Config {
        reply: args.reply,
        transcript: transcript.clone().map(|lines| (lines, Style::of_stdout())),
        limits: args.limits.limits(),
    };
    allow_open_files(config.limits.max_clients);
    log.may_wait();
    let stopped = run(listeners, config, async move {
        systemd::say_ready();
        signals.next().await;
        systemd::say_stopping();
        tokio::spawn(async move {
            signals.next().await;
            complain(format_args!("told to stop twice: clients are cut off"));
            process::exit(1);
        });
    });
    // Not within the macro: where the log leaves the line out, its arguments are not evaluated.
    let report = stopped.await;
    info!("stopped: {report}");
    if let Some(transcript) = transcript {
        transcript.finish(FAREWELL);
    }
    Ok(())
}
