//! The command line.

use std::io::{self, Write as _};
use std::process;
use std::time::Duration;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{ColorChoice, Command, CommandFactory as _, Parser};
use clap_complete::Shell;

use crate::connect::Address;
use crate::output::{OutputError, notice};

/// Send lines to a hello/hi server and print its replies
///
/// Standard output carries what client.java prints. From a pipe, the client sends a line and waits
/// for the reply before it sends the next. When the input ends, it tells the server so and prints
/// the messages that still come. At a terminal, it edits lines and shows messages as they come.
/// Enter sends the line, and each line of a paste as a message; Ctrl-D ends the input; Ctrl-C
/// leaves at once. Exit status: 0 done, 1 failed, 2 wrong usage, 130 left with Ctrl-C. Redirect
/// standard output to /dev/null if nobody is to read it: what is printed while it is closed (>&-) is
/// lost too, and that is no failure, since the two cannot be told apart.
#[derive(Debug, Parser)]
// In an error, clap would show an address that was given as required.
#[command(version, override_usage = "hellohi-client [OPTIONS] [HOST:PORT]")]
pub struct Args {
    /// Connect to this server; the port is 666 unless given
    #[arg(value_name = "HOST:PORT", default_value = "localhost:666")]
    pub address: Address,

    /// Send one line, print one reply and exit, exactly as client.java does
    #[arg(long)]
    pub once: bool,

    /// Join the server's room under this name, and hear everybody in it
    ///
    /// The server must run with --reply room. From a pipe the client then hears while it speaks. When
    /// the input ends it leaves; without any input, as from /dev/null, it listens until it is told to
    /// stop.
    #[arg(long, conflicts_with = "once")]
    pub name: Option<String>,

    /// When the connection to a room is lost, connect and join again
    ///
    /// The client tries again after 1, 2, 4 and so on up to 30 seconds. Lines that are entered
    /// meanwhile are sent then.
    #[arg(long, requires = "name")]
    pub reconnect: bool,

    /// Show the time before each line of a room, in UTC
    #[arg(long, requires = "name")]
    pub times: bool,

    /// Forget the lines that were typed, instead of keeping them for the next run
    ///
    /// At a terminal the last thousand lines are kept in hellohi/history in the platform's folder for
    /// states, such as ~/.local/state.
    #[arg(long)]
    pub no_history: bool,

    /// Give up if connecting, or a reply, takes longer than this [default: wait for ever]
    ///
    /// At a terminal this limits only the time to connect, since people on both sides may be
    /// silent.
    #[arg(long, value_name = "TIME", value_parser = timeout)]
    pub timeout: Option<Duration>,

    /// Print one JSON object per line and event
    ///
    /// The first is {"event":"connected","peer":"127.0.0.1:666"}. Then {"event":"sent","text":"hi"}
    /// and {"event":"received","text":"hi"} follow for each message. If a message has a lone
    /// surrogate, or a character that could control a terminal, all its UTF-16 units are written as
    /// \uXXXX. With --name, what is received has "kind" (message, private, history or notice), "from"
    /// and "time" too, and control characters are escaped as the room shows them.
    #[arg(long)]
    pub json: bool,

    /// Color the messages on standard error
    #[arg(long, value_name = "WHEN", value_enum, default_value_t)]
    pub color: ColorChoice,

    /// Print the manual page or a shell's completions and exit
    #[arg(
        long,
        value_name = "WHAT",
        value_parser = ["man", "bash", "elvish", "fish", "powershell", "zsh"],
    )]
    pub generate: Option<String>,
}

impl Args {
    /// Reads the command line. Ends the process after `--help` and after wrong usage.
    pub fn of_command_line() -> Self {
        Self::try_parse().unwrap_or_else(|mut error| {
            if let Some(tip) = tip(&error) {
                let tip = ContextValue::StyledStrs(vec![tip.into()]);
                error.insert(ContextKind::Suggested, tip);
            }
            let printed = error.print().and_then(|()| io::stdout().flush());
            process::exit(match printed.map_err(OutputError) {
                // A help that nobody can read is a failure, unless its reader has closed the pipe.
                Err(failed) if !error.use_stderr() && !failed.is_broken_pipe() => {
                    notice(&failed.to_string());
                    1
                }
                _ => error.exit_code(),
            })
        })
    }

    /// Returns the text that [`generate`](Self::generate) asks for, made from this definition, or
    /// `None` without the flag.
    pub fn generated(&self) -> Option<io::Result<Vec<u8>>> {
        let what = self.generate.as_ref()?;
        let mut command = Self::command();
        let mut text = Vec::new();
        let made = match what.parse::<Shell>() {
            Ok(shell) => {
                clap_complete::generate(shell, &mut command, "hellohi-client", &mut text);
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

/// Returns the right form for a port that stands apart from its host.
fn tip(error: &clap::Error) -> Option<String> {
    let Some(ContextValue::String(word)) = error.get(ContextKind::InvalidArg) else {
        return None;
    };
    let port = match word.parse::<u16>() {
        Ok(port) => port,
        Err(_) if matches!(word.as_str(), "-p" | "-P" | "--port") => 7000,
        Err(_) => return None,
    };
    let is_unknown = error.kind() == ErrorKind::UnknownArgument;
    is_unknown.then(|| format!("a port stands behind its host: write for example localhost:{port}"))
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

fn timeout(text: &str) -> Result<Duration, String> {
    match humantime::parse_duration(text) {
        Ok(Duration::ZERO) => Err("a time of 0; write for example 5s".into()),
        Ok(timeout) => Ok(timeout),
        Err(error) => Err(format!("{error}; write for example 5s")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definition_holds_together() {
        Args::command().debug_assert();
    }

    #[test]
    fn the_manual_s_synopsis_has_each_option_with_its_value() {
        let args = Args::parse_from(["hellohi-client", "--generate", "man"]);
        let manual = String::from_utf8(args.generated().unwrap().unwrap()).unwrap();
        let synopsis = manual.lines().find(|line| line.contains(r"[\-\-once]"));
        let synopsis = synopsis.unwrap();
        assert!(synopsis.contains(r"[\-\-timeout <TIME>]"), "{synopsis}");
        assert!(synopsis.ends_with(r"[HOST:PORT]"), "{synopsis}");
    }
}
