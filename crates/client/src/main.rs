#![forbid(unsafe_code)]

use std::io::ErrorKind;
use std::process::ExitCode;

use anstream::ColorChoice;
use anstyle::{AnsiColor, Style};
use clap::Parser as _;
use hellohi_client::args::Args;
use hellohi_client::{Error, run};

const ERROR: Style = AnsiColor::Red.on_default().bold();

fn main() -> ExitCode {
    let args = Args::parse();
    color(args.color).write_global();
    match run(&args) {
        Ok(()) => ExitCode::SUCCESS,
        // Whoever read our output has seen enough.
        Err(Error::Output(error)) if error.kind() == ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            anstream::eprintln!("{ERROR}hellohi-client:{ERROR:#} {error}");
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
