//! `cargo xtask lab`: one conversation between two real programs, drawn as a ladder.

mod caption;
mod cast;
pub(crate) mod cells;
mod code;
pub(crate) mod ladder;
mod own;
mod scenario;
pub(crate) mod segment;
mod svg;
mod tcp;
mod terminal;

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result};
use clap::ValueEnum;

use crate::jdk;
use crate::record::{self, Isolation, Plan, Side, Strace, namespace};
use crate::workspace;
pub(crate) use caption::Lang;
pub(crate) use code::Player;
use ladder::Ladder;
use scenario::Scenario;
pub(crate) use svg::svg;

/// Flags of `cargo xtask lab`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    jdks: jdk::Args,
    /// Which conversation to play (--list shows them)
    #[arg(default_value = "seed")]
    scenario: String,
    /// Who plays the client: java, java-17, rust
    #[arg(long, value_name = "PROGRAM", default_value = "java")]
    client: String,
    /// Who plays the server
    #[arg(long, value_name = "PROGRAM", default_value = "java")]
    server: String,
    /// The captions' language
    #[arg(long, value_enum, default_value_t = Lang::En)]
    lang: Lang,
    /// How to draw it
    #[arg(long, value_enum, default_value_t = Format::Terminal)]
    format: Format,
    /// Write to this file instead of standard output
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// List the scenarios, and stop
    #[arg(long)]
    list: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Terminal,
    Svg,
    Json,
}

pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let scenarios = scenario::all();
    if args.list {
        for scenario in &scenarios {
            println!("{:<14}{}", scenario.name, scenario.title(args.lang));
        }
        return Ok(ExitCode::SUCCESS);
    }
    let scenario = scenarios
        .iter()
        .find(|scenario| scenario.name == args.scenario)
        .with_context(|| format!("no scenario {:?}: --list shows them", args.scenario))?;
    let ladder = play(scenario, args)?;
    let drawn = match args.format {
        Format::Terminal => terminal::draw(&ladder, args.lang, textwrap::termwidth()),
        Format::Svg => svg(&ladder, args.lang),
        Format::Json => serde_json::to_string_pretty(&ladder)? + "\n",
    };
    match &args.out {
        Some(path) => {
            fs::write(path, drawn).with_context(|| format!("cannot write {}", path.display()))?;
        }
        None => anstream::print!("{drawn}"),
    }
    Ok(ExitCode::SUCCESS)
}

fn play(scenario: &Scenario, args: &Args) -> Result<Ladder> {
    let jdks = jdk::find(&args.jdks.homes)?;
    let cast = |side, part, name: &str| match part {
        Some(part) => {
            cast::program(name, side, part, &jdks).map(|(program, player)| (Some(program), player))
        }
        None => Ok((
            None,
            Player {
                name: String::new(),
                source: None,
            },
        )),
    };
    let (client, client_player) = cast(Side::Client, scenario.client, &args.client)?;
    let (server, server_player) = cast(Side::Server, scenario.server, &args.server)?;
    namespace::available()?;
    let is_rust = |side: &Side| match side {
        Side::Client => client_player.source.is_none(),
        Side::Server => server_player.source.is_none(),
    };
    let stacks = Side::BOTH.into_iter().filter(is_rust).collect();
    let strace = which::which("strace")
        .ok()
        .map(|path| Strace { path, stacks });
    let plan = Plan {
        client,
        server,
        steps: scenario.steps.clone(),
        deadline: Duration::from_secs(10),
        isolation: Isolation::Namespace,
        strace,
        folder: workspace::target().join("lab").join(scenario.name),
    };
    let recording = record::record(&plan)?;
    if let Some(missed) = &recording.missed {
        eprintln!("xtask lab: {missed}");
    }
    Ok(ladder::from_recording(
        &recording,
        client_player,
        server_player,
    ))
}
