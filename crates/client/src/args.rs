//! The command line.

use std::io;
use std::time::Duration;

use clap::{ColorChoice, CommandFactory as _, Parser};
use clap_complete::Shell;

use crate::connect::Address;

/// Send lines to a hello/hi server and print its replies
///
/// Standard output carries what client.java prints. From a pipe each line waits for its reply;
/// when the input ends, the client tells the server so and prints what still comes. At a terminal
/// it edits lines and shows messages as they come; lines that are pasted are sent with Enter, each
/// as a message; Ctrl-D is the end of the input, Ctrl-C leaves.
/// Exit status: 0 done, 1 failed, 2 wrong usage, 130 left with Ctrl-C.
#[derive(Debug, Parser)]
// What clap makes for an error counts an address that was given as required.
#[command(version, override_usage = "hellohi-client [OPTIONS] [HOST:PORT]")]
pub struct Args {
    /// Connect to this server; without a port, to port 666
    #[arg(value_name = "HOST:PORT", default_value = "localhost:666")]
    pub address: Address,

    /// Send one line, print one reply and exit, exactly as client.java does
    #[arg(long)]
    pub once: bool,

    /// Give up when connecting, or a reply, takes longer [default: wait for ever]
    ///
    /// At a terminal it is for connecting alone, since anybody may be silent there.
    #[arg(long, value_name = "TIME", value_parser = timeout)]
    pub timeout: Option<Duration>,

    /// Print one JSON object a line, for each event
    ///
    /// {"event":"connected","peer":"127.0.0.1:666"}, then {"event":"sent","text":"hi"} and
    /// {"event":"received","text":"hi"} for each message. A lone surrogate is written as \uXXXX,
    /// and so is all of a message with characters that could drive a terminal.
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
    /// What [`generate`](Self::generate) asks for, made from the definition of the command line.
    pub fn generated(&self) -> Option<io::Result<Vec<u8>>> {
        let mut command = Self::command();
        let mut text = Vec::new();
        let made = match self.generate.as_ref()?.parse::<Shell>() {
            Ok(shell) => {
                clap_complete::generate(shell, &mut command, "hellohi-client", &mut text);
                Ok(())
            }
            Err(_) => clap_mangen::Man::new(command).render(&mut text),
        };
        Some(made.map(|()| text))
    }
}

fn timeout(text: &str) -> Result<Duration, String> {
    match humantime::parse_duration(text) {
        Ok(Duration::ZERO) => Err("no time at all; write for example 5s".into()),
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
}
