//! The command line.

use std::io::{self, Write as _};
use std::num::NonZeroU32;
use std::process;
use std::time::Duration;

use clap::builder::{PossibleValuesParser, TypedValueParser as _};
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{ColorChoice, Command, CommandFactory as _, Parser, ValueEnum};
use clap_complete::Shell;
use hellohi_server::{Limits, ListenAddr, MIN_LINK_TIMEOUT, MIN_UNSENT, Reply};
use tracing_subscriber::filter::LevelFilter;

/// Serve the hello/hi chat: answer every message, a Java writeUTF frame
///
/// Standard output carries what server.java prints, standard error the log. SIGINT, SIGTERM or
/// SIGHUP stops the server: it answers every message that has arrived, also those of clients that
/// still wait to be accepted, and exits. A second signal stops it at once. Exit status: 0 done; 1
/// failed, or stopped before all waiting clients were accepted; 2 wrong usage.
#[derive(Debug, Parser)]
#[command(version)]
pub(crate) struct Args {
    /// Listen on this address; repeat for several [default: localhost:666, with --once [::]:666]
    ///
    /// localhost means both loopback addresses. [::]:666 accepts IPv6 and IPv4 on every address of
    /// the machine, as server.java does. If systemd passes sockets, the server uses them instead of
    /// the default.
    #[arg(long, value_name = "HOST:PORT")]
    pub(crate) listen: Vec<ListenAddr>,

    /// Serve one client and one message and exit, as server.java does
    ///
    /// The server also listens as server.java does: with a backlog of 50, and on every address of
    /// the machine unless --listen says otherwise. Standard error stays empty unless the server
    /// fails. A signal ends it with the exit status of a JVM: SIGHUP 129, SIGINT 130, SIGTERM 143.
    #[arg(long)]
    pub(crate) once: bool,

    /// Answer every message with this
    #[arg(long, value_enum, default_value_t)]
    pub(crate) reply: Reply,

    /// Take the address of each client from the proxy that it comes through, such as stunnel
    ///
    /// Every connection must begin with a line of the PROXY protocol, version 1, which carries the
    /// address for limits and logs. A connection without it is closed. Listen only where nobody but
    /// the proxy can connect.
    #[arg(long, conflicts_with = "once")]
    pub(crate) proxy_protocol: bool,

    /// Print no transcript on standard output
    ///
    /// Without this flag the server prints what server.java prints, and never waits for it. When
    /// standard output is slow, up to 16 MiB of lines wait; further lines are dropped whole, and
    /// the log says how many. When a write fails, as on a full disk, the server tries again every
    /// second. When standard output is closed, the transcript ends and the service goes on.
    #[arg(long, conflicts_with = "once")]
    pub(crate) quiet: bool,

    /// Log events of this level and worse on standard error [default: info, with --once error]
    ///
    /// A refused client is a warning, and so is a connection that ends in trouble. The warning
    /// names the address, the number of bytes and messages that the client sent, and the reason. At
    /// most ten warnings of a kind are logged in a second; the next one says how many were
    /// withheld. With debug, the end of every connection is logged.
    #[arg(long, value_name = "LEVEL", value_parser = log_level())]
    pub(crate) log: Option<LevelFilter>,

    /// Write the log in this format
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    pub(crate) log_format: LogFormat,

    /// Color the log
    #[arg(long, value_name = "WHEN", value_enum, default_value_t)]
    pub(crate) color: ColorChoice,

    /// Print the manual page or a shell's completions and exit
    #[arg(
        long,
        value_name = "WHAT",
        value_parser = ["man", "bash", "elvish", "fish", "powershell", "zsh"],
    )]
    generate: Option<String>,

    /// Answer a monitor at this address over HTTP; repeat for several
    ///
    /// /metrics has the server's numbers in the text format of Prometheus: clients, messages, bytes, refusals, the
    /// room, the bus. /healthz answers ok with status 200 or, once the server is told to stop, draining with status
    /// 503. Whoever can connect can read both: listen where only the monitor can. One connection is accepted in 10 ms,
    /// and each has 5 seconds.
    #[cfg(feature = "metrics")]
    #[arg(long, value_name = "HOST:PORT", conflicts_with = "once")]
    pub(crate) metrics: Vec<ListenAddr>,

    /// Join the room with those of other servers over these NATS servers
    ///
    /// Each is an address such as nats://localhost:4222; repeat the flag, or put commas between them.
    /// Without any, the room is this server's alone. While none can be reached, the room goes on here.
    #[cfg(feature = "nats")]
    #[arg(
        long,
        value_name = "URL",
        value_delimiter = ',',
        value_parser = bus_url,
        conflicts_with = "once",
    )]
    pub(crate) bus: Vec<String>,

    /// Hold the room with this name on the bus
    #[cfg(feature = "nats")]
    #[arg(long, value_name = "NAME", requires = "bus", default_value = "lobby", value_parser = room_name)]
    pub(crate) room: String,

    #[command(flatten)]
    pub(crate) limits: LimitArgs,
}

/// The limits on clients.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Limits")]
pub(crate) struct LimitArgs {
    /// Serve at most this many clients at a time
    ///
    /// The server disconnects one more at once, and the log says so.
    #[arg(long, value_name = "N", default_value_t = Limits::default().max_clients, value_parser = positive_count)]
    max_clients: usize,

    /// Serve at most this many clients with the same address at a time
    ///
    /// The server disconnects one more at once. All addresses of an IPv6 network of 64 bits count
    /// as one.
    #[arg(long, value_name = "N", default_value_t = Limits::default().max_clients_per_address, value_parser = positive_count)]
    max_clients_per_address: usize,

    /// Disconnect a client that is silent for longer than this between two messages
    ///
    /// The same holds for a client that takes none of its replies for this long.
    #[arg(long, value_name = "TIME", default_value = "1h", value_parser = positive_duration)]
    idle_timeout: Duration,

    /// Disconnect a client whose message is not complete this long after its first byte
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = positive_duration)]
    frame_timeout: Duration,

    /// Disconnect a member of a room whose system has not answered for this long
    ///
    /// The link to it is dead then. A member whose system answers may be silent for ever.
    #[arg(long, value_name = "TIME", default_value = "50s", value_parser = link_timeout)]
    link_timeout: Duration,

    /// After SIGINT, SIGTERM or SIGHUP, close the remaining connections once this time has passed
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = humantime::parse_duration)]
    drain_timeout: Duration,

    /// Disconnect a client that leaves more bytes of a room unread than this
    ///
    /// A client that sends messages waits for the others that read, so only a client that reads
    /// nothing reaches this limit. Outside a room the server reads nothing from a client with
    /// unread replies, so at most the replies to one read, 512 KiB, wait for that client.
    #[arg(long, value_name = "BYTES", default_value_t = Limits::default().max_unsent, value_parser = max_unsent)]
    max_unsent: usize,

    /// Take at most this many messages a second from a client of a room
    ///
    /// The server reads no more from a client that sends more, so the client is slowed down and
    /// nothing is lost. 250 messages may come at once, such as a paste.
    #[arg(long, value_name = "N", default_value_t = Limits::default().rate, value_parser = rate)]
    rate: NonZeroU32,

    /// Show this many of a room's last messages to whoever joins
    #[arg(long, value_name = "N", default_value_t = Limits::default().history, value_parser = count)]
    history: usize,
}

/// The format of the log.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// Lines of text
    #[default]
    Text,
    /// One JSON object per line
    Json,
}

impl Args {
    /// Reads the command line. Ends the process after `--help` and after wrong usage.
    pub(crate) fn of_command_line() -> Self {
        Self::try_parse()
            .and_then(Self::checked)
            .unwrap_or_else(|mut error| {
                if let Some(tip) = tip(&error) {
                    let tip = ContextValue::StyledStrs(vec![tip.into()]);
                    error.insert(ContextKind::Suggested, tip);
                }
                let printed = error.print().and_then(|()| io::stdout().flush());
                process::exit(match printed {
                    // A help that nobody can read is a failure, unless its reader has closed the pipe.
                    Err(failed)
                        if !error.use_stderr() && failed.kind() != io::ErrorKind::BrokenPipe =>
                    {
                        let line =
                            format!("hellohi-server: cannot print on standard output: {failed}\n");
                        let _ = io::stderr().write_all(line.as_bytes());
                        1
                    }
                    _ => error.exit_code(),
                })
            })
    }

    /// Returns the command line, unless one of its options has no effect without another.
    #[cfg_attr(
        not(feature = "nats"),
        expect(clippy::unnecessary_wraps, reason = "only a bus can be wrong")
    )]
    fn checked(self) -> Result<Self, clap::Error> {
        #[cfg(feature = "nats")]
        if !self.bus.is_empty() && self.reply != Reply::Room {
            let text = "--bus joins the rooms of servers; add --reply room";
            return Err(Self::command().error(ErrorKind::MissingRequiredArgument, text));
        }
        Ok(self)
    }

    /// Returns the level that is logged. With `--once` the default is error, since `server.java`
    /// has no log.
    pub(crate) fn log(&self) -> LevelFilter {
        let default = if self.once {
            LevelFilter::ERROR
        } else {
            LevelFilter::INFO
        };
        self.log.unwrap_or(default)
    }

    /// Returns the text that `--generate` asks for, made from this definition, or `None` without
    /// the flag.
    pub(crate) fn generated(&self) -> Option<io::Result<Vec<u8>>> {
        let what = self.generate.as_ref()?;
        let mut command = Self::command();
        let mut text = Vec::new();
        let made = match what.parse::<Shell>() {
            Ok(shell) => {
                clap_complete::generate(shell, &mut command, "hellohi-server", &mut text);
                Ok(())
            }
            Err(_) => {
                let synopsis = synopsis(&mut command);
                clap_mangen::Man::new(command.override_usage(synopsis)).render(&mut text)
            }
        };
        Some(made.map(|()| text))
    }
}

/// Returns the right form for an address or a port that stands alone.
fn tip(error: &clap::Error) -> Option<String> {
    let Some(ContextValue::String(word)) = error.get(ContextKind::InvalidArg) else {
        return None;
    };
    let address = if word.parse::<u16>().is_ok() {
        format!("localhost:{word}")
    } else if matches!(word.as_str(), "-p" | "-P" | "--port") {
        "HOST:PORT".into()
    } else {
        word.parse::<ListenAddr>().ok()?;
        word.clone()
    };
    let is_unknown = error.kind() == ErrorKind::UnknownArgument;
    is_unknown.then(|| format!("to listen on a port, write --listen {address}"))
}

/// Returns the usage with every option and its value. `clap_mangen` leaves the values out.
fn synopsis(command: &mut Command) -> String {
    command.build();
    let (positionals, options): (Vec<_>, Vec<_>) =
        command.get_arguments().partition(|arg| arg.is_positional());
    let options = options.iter().map(|option| format!(" [{option}]"));
    let positionals = positionals.iter().map(|value| format!(" {value}"));
    let words: String = options.chain(positionals).collect();
    format!("{}{words}", command.get_name())
}

impl LimitArgs {
    pub(crate) fn limits(&self) -> Limits {
        Limits {
            max_clients: self.max_clients,
            max_clients_per_address: self.max_clients_per_address,
            idle_timeout: self.idle_timeout,
            frame_timeout: self.frame_timeout,
            link_timeout: self.link_timeout,
            drain_timeout: self.drain_timeout,
            max_unsent: self.max_unsent,
            rate: self.rate,
            history: self.history,
        }
    }
}

fn positive_count(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(clients) if clients > 0 => Ok(clients),
        _ => Err("expected a number of at least 1".into()),
    }
}

fn count(text: &str) -> Result<usize, &'static str> {
    text.parse().map_err(|_| "expected a number such as 20")
}

fn rate(text: &str) -> Result<NonZeroU32, String> {
    let parsed = text.parse();
    parsed.map_err(|_| format!("expected a number from 1 to {}", u32::MAX))
}

fn positive_duration(text: &str) -> Result<Duration, String> {
    match humantime::parse_duration(text) {
        Ok(Duration::ZERO) => Err("expected a time longer than 0, such as 30s".into()),
        parsed => parsed.map_err(|error| error.to_string()),
    }
}

fn link_timeout(text: &str) -> Result<Duration, String> {
    match humantime::parse_duration(text) {
        Ok(time) if time < MIN_LINK_TIMEOUT => {
            let least = humantime::format_duration(MIN_LINK_TIMEOUT);
            Err(format!("expected a time of at least {least}"))
        }
        parsed => parsed.map_err(|error| error.to_string()),
    }
}

fn max_unsent(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(bytes) if bytes >= MIN_UNSENT => Ok(bytes),
        _ => Err(format!(
            "expected a number of bytes of at least {MIN_UNSENT}"
        )),
    }
}

#[cfg(feature = "nats")]
fn bus_url(text: &str) -> Result<String, String> {
    let why = match text.parse::<async_nats::ServerAddr>() {
        Ok(address) if !address.host().is_empty() => return Ok(text.to_owned()),
        Ok(_) => "there is no host in it".to_owned(),
        Err(error) => error.to_string(),
    };
    Err(format!("{why}; write for example nats://localhost:4222"))
}

#[cfg(feature = "nats")]
fn room_name(text: &str) -> Result<String, String> {
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    if (1..=64).contains(&text.len()) && text.bytes().all(is_token) {
        Ok(text.to_owned())
    } else {
        Err("expected up to 64 letters, digits, - and _".into())
    }
}

fn log_level() -> impl clap::builder::TypedValueParser<Value = LevelFilter> {
    let levels = ["off", "error", "warn", "info", "debug", "trace"];
    PossibleValuesParser::new(levels).try_map(|level| level.parse::<LevelFilter>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definition_holds_together() {
        Args::command().debug_assert();
    }

    #[test]
    fn the_timeouts_that_help_names_are_the_library_s() {
        let args = Args::parse_from(["hellohi-server"]);
        assert_eq!(args.limits.limits(), Limits::default());
    }

    #[test]
    fn the_manual_s_synopsis_has_each_option_with_its_value() {
        let args = Args::parse_from(["hellohi-server", "--generate", "man"]);
        let manual = String::from_utf8(args.generated().unwrap().unwrap()).unwrap();
        let synopsis = manual.lines().find(|line| line.contains(r"[\-\-once]"));
        let synopsis = synopsis.unwrap();
        assert!(
            synopsis.contains(r"[\-\-idle\-timeout <TIME>]"),
            "{synopsis}"
        );
        assert!(synopsis.ends_with(r"[\-\-version]"), "{synopsis}");
    }
}
