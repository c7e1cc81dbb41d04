#![forbid(unsafe_code)]

use std::io::{self, Write as _};
use std::process::ExitCode;

use anstream::ColorChoice;
use clap::{CommandFactory as _, Parser as _};
use hellohi_client::args::Args;
use hellohi_client::output::{OutputError, notice};
use hellohi_client::{Error, run};

/// What a shell reports of a program that SIGINT killed; a JVM exits with it.
const INTERRUPTED: u8 = 130;

fn main() -> ExitCode {
    let args = Args::parse();
    color(args.color).write_global();
    match document(&args).unwrap_or_else(|| run(&args)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(Error::Output(error)) if error.is_broken_pipe() => ExitCode::SUCCESS,
        Err(Error::Interrupted) => INTERRUPTED.into(),
        Err(error) => {
            notice(&error.to_string());
            ExitCode::FAILURE
        }
    }
}

/// Prints what the command line's definition gives besides parsing, where that is asked for.
fn document(args: &Args) -> Option<Result<(), Error>> {
    let mut command = Args::command();
    let mut text = Vec::new();
    if let Some(shell) = args.completions {
        clap_complete::generate(shell, &mut command, env!("CARGO_BIN_NAME"), &mut text);
    } else if args.man {
        // Writing to memory cannot fail.
        let _ = clap_mangen::Man::new(command).render(&mut text);
    } else {
        return None;
    }
    Some(
        io::stdout()
            .write_all(&text)
            .map_err(|error| OutputError(error).into()),
    )
}

const fn color(choice: clap::ColorChoice) -> ColorChoice {
    match choice {
        clap::ColorChoice::Auto => ColorChoice::Auto,
        clap::ColorChoice::Always => ColorChoice::Always,
        clap::ColorChoice::Never => ColorChoice::Never,
    }
}
