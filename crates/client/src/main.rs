//! `hellohi-client`: the command line over the library.
#![forbid(unsafe_code)]

use std::process::ExitCode;

use anstream::ColorChoice;
use hellohi_client::args::Args;
use hellohi_client::output::notice;
use hellohi_client::{Error, run};

fn main() -> ExitCode {
    let args = Args::of_command_line();
    color(args.color).write_global();
    match run(&args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(Error::Output(error)) if error.is_broken_pipe() => ExitCode::SUCCESS,
        // As a JVM that the signal ended.
        Err(Error::Interrupted(signal)) => (128 + signal).into(),
        Err(error) => {
            notice(&error.to_string());
            ExitCode::FAILURE
        }
    }
}

const fn color(choice: clap::ColorChoice) -> ColorChoice {
    match choice {
        clap::ColorChoice::Auto => ColorChoice::Auto,
        clap::ColorChoice::Always => ColorChoice::Always,
        clap::ColorChoice::Never => ColorChoice::Never,
    }
}
