//! The command line.

use std::time::Duration;

use clap::{ColorChoice, Parser};
use clap_complete::Shell;

use crate::connect::Address;

/// Send lines to a hello/hi server and print its replies
///
/// A line in, a reply out, until the input ends.
#[derive(Debug, Parser)]
#[command(version)]
pub struct Args {
    /// Connect to this server; the port is 666 unless given
    #[arg(value_name = "ADDR", default_value = "localhost:666")]
    pub address: Address,

    /// Send one line, print one reply and exit, exactly as client.java does
    #[arg(long)]
    pub once: bool,

    /// Give up when connecting or a reply takes longer
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub timeout: Option<Duration>,

    /// Print one JSON object a line
    #[arg(long)]
    pub json: bool,

    /// Color messages on standard error
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pub color: ColorChoice,

    /// Print completions for a shell and exit
    #[arg(long, value_name = "SHELL", exclusive = true)]
    pub completions: Option<Shell>,

    /// Print the manual page and exit
    #[arg(long, exclusive = true)]
    pub man: bool,
}

fn seconds(text: &str) -> Result<Duration, String> {
    let wrong = || format!("{text:?} is not a number of seconds above 0");
    let seconds = text.parse().map_err(|_| wrong())?;
    match Duration::try_from_secs_f64(seconds) {
        Ok(duration) if !duration.is_zero() => Ok(duration),
        _ => Err(wrong()),
    }
}
