//! `hellohi-server`: the command line over the library.
#![forbid(unsafe_code)]

mod args;
mod open_files;
mod stop;
mod systemd;

use std::env;
use std::io::{self, IsTerminal as _, Write as _};
use std::process::{self, ExitCode};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use clap::ColorChoice;
use hellohi_server::{
    BANNER, BackgroundWriter, Config, ListenAddr, Style, adopt, bind, bind_as_java, once, print,
    run,
};
use tokio::net::TcpListener;
use tokio::runtime::{self, Runtime};
use tracing::{info, warn};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::writer::BoxMakeWriter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::args::{Args, LogFormat};
use crate::open_files::raise_open_file_limit;
use crate::stop::StopSignals;

/// Time for which a slow output may delay the end of the process.
const FLUSH_TIMEOUT: Duration = Duration::from_secs(2);

/// The same after a second signal, from a user who does not want to wait.
const SHORT_FLUSH_TIMEOUT: Duration = Duration::from_millis(100);

fn main() -> ExitCode {
    let args = Args::of_command_line();
    let done = match args.generated() {
        Some(text) => text
            .and_then(|text| print_generated(&text))
            .context("cannot print on standard output"),
        None if args.once => serve_one(&args),
        None => match BackgroundWriter::start("standard error", io::stderr()) {
            Ok(log) => return main_with_log(&args, &Arc::new(log)),
            Err(error) => Err(error).context("cannot start a thread for the log"),
        },
    };
    // Unlike `eprintln!`, this does not panic when standard error is closed.
    exit_code(done, |line| drop(io::stderr().write_all(line)))
}

/// Prints the text of `--generate`. A reader that closes the pipe early is no error.
fn print_generated(text: &[u8]) -> io::Result<()> {
    match io::stdout().write_all(text) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}

fn main_with_log(args: &Args, log: &Arc<BackgroundWriter>) -> ExitCode {
    let to_log = Arc::clone(log);
    start_log(args, BoxMakeWriter::new(to_log));
    let code = exit_code(serve_all(args, log), |line| log.push(line));
    log.finish(FLUSH_TIMEOUT);
    code
}

fn exit_code(done: anyhow::Result<()>, write_line: impl FnOnce(&[u8])) -> ExitCode {
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            write_line(error_line(&format!("{error:#}")).as_bytes());
            ExitCode::FAILURE
        }
    }
}

fn error_line(what: &str) -> String {
    format!("hellohi-server: {what}\n")
}

fn start_log(args: &Args, to: BoxMakeWriter) {
    let no_color = env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let color = match args.color {
        ColorChoice::Always => true,
        ColorChoice::Never => false,
        ColorChoice::Auto => io::stderr().is_terminal() && !no_color,
    };
    let log = tracing_subscriber::fmt()
        .with_max_level(args.log())
        .with_ansi(color)
        .with_writer(to);
    // The server itself tells what becomes of the bus.
    let filter = Targets::new()
        .with_default(args.log())
        .with_target("async_nats", args.log().min(LevelFilter::WARN));
    match args.log_format {
        LogFormat::Text => log.finish().with(filter).init(),
        LogFormat::Json => log.json().flatten_event(true).finish().with(filter).init(),
    }
}

fn start_runtime() -> anyhow::Result<Runtime> {
    let runtime = runtime::Builder::new_current_thread().enable_all().build();
    runtime.context("cannot start the runtime")
}

/// Serves one client as server.java does. Like a JVM, it waits for an output that nobody reads.
fn serve_one(args: &Args) -> anyhow::Result<()> {
    start_log(args, BoxMakeWriter::new(io::stderr));
    stop::end_as_java().context("cannot handle signals")?;
    print(BANNER.as_bytes());
    start_runtime()?.block_on(async {
        let listeners = listen(args)?;
        log_addresses(&listeners)?;
        Ok(once(&listeners, args.reply, Style::of_stdout()).await?)
    })
}

/// Serves every client. It never waits for an output, except for a moment at the end.
fn serve_all(args: &Args, log: &Arc<BackgroundWriter>) -> anyhow::Result<()> {
    let transcript =
        (!args.quiet).then(|| BackgroundWriter::start("standard output", io::stdout()));
    let transcript = transcript.transpose();
    let transcript = transcript.context("cannot start a thread for standard output")?;
    let transcript = transcript.map(Arc::new);
    if let Some(transcript) = &transcript {
        transcript.push(BANNER.as_bytes());
    }
    let served = start_runtime()?.block_on(serve_until_told(args, transcript.clone(), log));
    if let Some(transcript) = transcript {
        let lost = transcript.finish(FLUSH_TIMEOUT);
        if lost > 0 {
            warn!(output = "standard output", lost, "lines were never printed");
        }
    }
    served
}

/// Listens for monitors.
#[cfg(feature = "metrics")]
fn monitors(args: &Args) -> anyhow::Result<Vec<TcpListener>> {
    // The advice of the error is about the option of the clients' address.
    bind(&args.metrics)
        .map_err(|error| anyhow::anyhow!(format!("{error:#}").replace("--listen", "--metrics")))
}

/// Returns the bus of the command line, with a name for this server that no other has.
#[cfg(feature = "nats")]
fn bus(args: &Args) -> Option<hellohi_server::Bus> {
    (!args.bus.is_empty()).then(|| hellohi_server::Bus {
        servers: args.bus.clone(),
        room: args.room.clone(),
        node: format!("{:08x}", fastrand::u32(..)),
    })
}

async fn serve_until_told(
    args: &Args,
    transcript: Option<Arc<BackgroundWriter>>,
    log: &Arc<BackgroundWriter>,
) -> anyhow::Result<()> {
    // Before anybody can connect, so that a signal from then on lets clients finish.
    let mut signals = StopSignals::handle().context("cannot handle signals")?;
    let config = Config {
        reply: args.reply,
        transcript: transcript.map(|writer| (writer, Style::of_stdout())),
        proxy_protocol: args.proxy_protocol,
        limits: args.limits.limits(),
        #[cfg(feature = "metrics")]
        monitors: monitors(args)?,
        #[cfg(feature = "nats")]
        bus: bus(args),
    };
    let listeners = listen(args)?;
    log_addresses(&listeners)?;
    #[cfg(feature = "metrics")]
    for monitor in &config.monitors {
        info!("metrics at http://{}/metrics", monitor.local_addr()?);
    }
    raise_open_file_limit(config.limits.max_clients);
    let log = Arc::clone(log);
    let stopped = run(listeners, config, async move {
        systemd::notify_ready();
        signals.next().await;
        systemd::notify_stopping();
        tokio::spawn(async move {
            signals.next().await;
            log.push(error_line("told to stop twice: clients are cut off").as_bytes());
            log.finish(SHORT_FLUSH_TIMEOUT);
            process::exit(1);
        });
    });
    // Awaited outside the macro, which does not evaluate its arguments when the log omits the line.
    let report = stopped.await;
    stop::end_at_once().context("cannot handle signals")?;
    info!("stopped: {report}");
    let given_up = report.given_up;
    ensure!(
        given_up == 0,
        "{given_up} clients waited to be accepted and were not; allow more open files \
         (`ulimit -n`) or more time (--drain-timeout)"
    );
    Ok(())
}

fn log_addresses(listeners: &[TcpListener]) -> anyhow::Result<()> {
    for listener in listeners {
        info!("listening on {}", listener.local_addr()?);
    }
    Ok(())
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
