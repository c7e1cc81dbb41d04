//! `cargo xtask lab` records one conversation between two real programs and draws it as a ladder.

mod chain;
mod environment;
mod guide;
mod messages;
mod play;
mod programs;
mod renderer;
mod scenario;

use std::env;
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anstream::adapter::strip_str;
use anyhow::{Context, Result, bail, ensure};
use clap::ValueEnum;

use ::interop::programs::jdk::{self, Jdk};
use ::interop::programs::workspace;
use ladder::document::Document;
use ladder::part::{self, Part};
use ladder::{Ladder, Lang, html, mermaid, svg, terminal};
use play::{Pairing, PlayedScenario};
use programs::Programs;
use scenario::Scenario;

/// Flags of `cargo xtask lab`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    jdks: jdk::Args,
    /// Name of the scenario to play, or chain; --list shows them
    #[arg(default_value = "seed")]
    scenario: String,
    /// Program that plays the client: java (the default), java-17, rust or the name of a peer. Given twice, it plays
    /// two conversations and draws them side by side
    #[arg(long, value_name = "PROGRAM")]
    client: Vec<String>,
    /// Program that plays the server, chosen as for --client
    #[arg(long, value_name = "PROGRAM")]
    server: Vec<String>,
    /// File that describes programs of your own, see docs/interop.md (repeatable)
    #[arg(long = "peer", value_name = "FILE")]
    peers: Vec<PathBuf>,
    /// Draw a case of the pair that this file describes (docs/your-own-pair.md), instead of a scenario
    #[arg(long, value_name = "FILE", requires = "case", conflicts_with_all = ["scenario", "peers", "guide"])]
    pair: Option<PathBuf>,
    /// Name of the pair's case
    #[arg(long, value_name = "NAME", requires = "pair")]
    case: Option<String>,
    /// Language of the captions; the default is that of the locale (LC_ALL, LC_MESSAGES, LANG)
    #[arg(long, value_enum, default_value_t = Lang::of_locale(), hide_default_value = true)]
    lang: Lang,
    /// Format of the drawing; the default is that of --out's ending, or else terminal
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Draw this part of the conversation alone
    #[arg(long, value_enum)]
    part: Option<Part>,
    /// Write to this file instead of standard output; an ending that is a format's name, as in a.svg, chooses it
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// List the scenarios and exit
    #[arg(long)]
    list: bool,
    /// Record, draw or check the figures of docs/lab.*.md and exit
    #[arg(long, value_enum, value_name = "ACTION")]
    guide: Option<guide::Action>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Terminal,
    Svg,
    /// A bitmap, which rsvg-convert makes
    Png,
    /// A page for LaTeX, made in the same way
    Pdf,
    /// A web page for a report
    Html,
    /// A sequence diagram for Markdown
    Mermaid,
    Json,
}

pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    run_in_english(args).map_err(|error| messages::error_in(args.lang, error))
}

fn run_in_english(args: &Args) -> Result<ExitCode> {
    if args.list {
        for scenario in scenario::all() {
            println!("{:<21}{}", scenario.name, scenario.title(args.lang));
        }
        println!("{:<21}{}", chain::NAME, chain::title(args.lang));
        return Ok(ExitCode::SUCCESS);
    }
    if matches!(args.format(), Format::Png | Format::Pdf) {
        ensure!(args.out.is_some(), "--format png and pdf need --out FILE");
        renderer::check()?;
    }
    let _lock = lock(&workspace::target().join("lab.lock"), args.lang)?;
    if let (Some(file), Some(case)) = (&args.pair, &args.case) {
        return draw_case(args, file, case);
    }
    let programs = Programs::new(jdk::find(&args.jdks.homes)?, &args.peers)?;
    if let Some(action) = args.guide {
        return guide::run(action, &programs, args.lang);
    }
    if chain::is_named(&args.scenario) {
        ensure!(
            args.client.is_empty() && args.server.is_empty(),
            "chain always shows Rust and every JDK found: remove --client and --server, and choose JDKs with --jdk HOME"
        );
        ensure!(
            args.part.is_none(),
            "chain has no parts of a conversation: remove --part"
        );
        let format = args.format();
        let drawn = chain::draw(&args.scenario, &programs.jdks, args.lang, format)?;
        put(args, drawn)?;
        return Ok(ExitCode::SUCCESS);
    }
    let scenario = scenario::named(&args.scenario)?;
    play_and_draw(args, &scenario, &programs, programs::JAVA)
}

/// Draws the case called `name` of the pair that `file` describes, played by its originals unless others are named.
fn draw_case(args: &Args, file: &Path, name: &str) -> Result<ExitCode> {
    let suite = ::interop::pair::read(file)?;
    let case = suite.cases.iter().find(|case| case.name == name);
    let case = case.with_context(|| {
        let names: Vec<&str> = suite.cases.iter().map(|case| case.name.as_str()).collect();
        format!(
            "{} has no case {name:?}: choose {}",
            file.display(),
            names.join(", ")
        )
    })?;
    ensure!(
        !case.runs_clients_beside_each_other(),
        "{}: case.{name}: a figure shows one client, and here several run at the same time",
        file.display()
    );
    let jdks = match suite.originals.need_java() {
        true => jdk::require(&args.jdks.homes)?,
        false => Vec::new(),
    };
    let programs = Programs::of_pair(&suite, case, jdks)?;
    let mut originals = programs.others.iter().filter(|peer| peer.is_original);
    let original = originals.next_back().context("a pair has an original")?;
    play_and_draw(args, &scenario::of_case(case), &programs, &original.name)
}

/// Plays `scenario` with the programs that were named, or with the one called `default`, and draws it.
fn play_and_draw(
    args: &Args,
    scenario: &Scenario,
    programs: &Programs,
    default: &str,
) -> Result<ExitCode> {
    let pairings = pairings(&args.client, &args.server, default)?;
    let runs = pairings
        .iter()
        .map(|pairing| play::play(scenario, pairing, programs, args.lang));
    let runs: Vec<PlayedScenario> = runs.collect::<Result<_>>()?;
    put(args, draw(scenario, &runs, args, &programs.jdks)?)?;
    for run in &runs {
        note(run, args.lang);
    }
    Ok(ExitCode::SUCCESS)
}

impl Args {
    /// Returns the command that plays `scenario`, up to the names of the programs.
    fn command(&self, scenario: &Scenario) -> String {
        let name = scenario.name;
        let mut command = match &self.pair {
            Some(file) => format!("cargo xtask lab --pair {} --case {name}", file.display()),
            None => format!("cargo xtask lab {name}"),
        };
        for file in &self.peers {
            command += &format!(" --peer {}", file.display());
        }
        command
    }

    /// Returns the format that was asked for, by name or by the file's ending.
    fn format(&self) -> Format {
        let ending = self
            .out
            .as_ref()
            .and_then(|path| path.extension()?.to_str());
        let of_ending = ending.and_then(|ending| Format::from_str(ending, true).ok());
        self.format.or(of_ending).unwrap_or(Format::Terminal)
    }
}

/// Locks the file at `path`, and waits as long as another run of the lab holds it.
///
/// Two runs at once would compile the same classes and overwrite each other's recordings.
fn lock(path: &Path, lang: Lang) -> Result<File> {
    let cannot = || format!("cannot lock {}", path.display());
    let folder = path.parent().expect("a file is in a folder");
    fs::create_dir_all(folder).with_context(cannot)?;
    let file = File::create(path).with_context(cannot)?;
    match file.try_lock() {
        Ok(()) => return Ok(file),
        Err(TryLockError::WouldBlock) => messages::say(lang, "waiting for another run of the lab"),
        Err(TryLockError::Error(error)) => return Err(error).with_context(cannot),
    }
    file.lock().with_context(cannot)?;
    Ok(file)
}

/// Writes `drawn` to `--out` or else to standard output. A file gets no colours.
fn put(args: &Args, drawn: String) -> Result<()> {
    let format = args.format();
    if !matches!(format, Format::Png | Format::Pdf) {
        let Some(path) = &args.out else {
            anstream::print!("{drawn}");
            return Ok(());
        };
        let plain = match format {
            Format::Terminal => strip_str(&drawn).to_string(),
            _ => drawn,
        };
        return fs::write(path, plain).with_context(|| format!("cannot write {}", path.display()));
    }
    let path = args.out.as_ref().expect("it was asked for above");
    let format = if format == Format::Pdf { "pdf" } else { "png" };
    renderer::render(&drawn, format, path)
}

/// Returns one pairing, or two if a side was named twice.
///
/// A program that was named once plays in both pairings. A side that was not named is played by `default`.
fn pairings(clients: &[String], servers: &[String], default: &str) -> Result<Vec<Pairing>> {
    let runs = clients.len().max(servers.len()).max(1);
    if runs > 2 {
        bail!(
            "at most two conversations are drawn side by side: give --client and --server at most twice"
        );
    }
    let nth = |names: &[String], n: usize| {
        let name = names.get(n).or(names.last());
        name.map_or(default, String::as_str).to_owned()
    };
    let pairing = |n| Pairing {
        client: nth(clients, n),
        server: nth(servers, n),
    };
    Ok((0..runs).map(pairing).collect())
}

fn draw(scenario: &Scenario, runs: &[PlayedScenario], args: &Args, jdks: &[Jdk]) -> Result<String> {
    let shown = runs.iter().map(|run| match args.part {
        Some(part) => part::of(&run.ladder, part),
        None => run.ladder.clone(),
    });
    let shown = shown.map(|mut ladder| {
        if args.format() != Format::Json {
            let missing = ladder
                .missing
                .iter()
                .map(|missing| messages::text_in(args.lang, missing));
            ladder.missing = missing.collect();
        }
        ladder
    });
    let shown: Vec<Ladder> = shown.collect();
    let ladders: Vec<&Ladder> = shown.iter().collect();
    let lang = args.lang;
    let width = width();
    Ok(match (args.format(), &ladders[..]) {
        (Format::Terminal, [left, right]) => terminal::side_by_side(left, right, lang, width),
        (Format::Terminal, _) => terminal::draw(ladders[0], lang, width),
        (Format::Svg | Format::Png | Format::Pdf, [left, right]) => {
            svg::side_by_side(left, right, lang)
        }
        (Format::Svg | Format::Png | Format::Pdf, _) => svg::svg(ladders[0], lang),
        (Format::Html, _) => {
            let environment = environment::of(args.command(scenario), &ladders, &runs[0].played());
            let environment = environment::section(&environment, jdks, lang);
            let consoles = runs
                .iter()
                .map(|run| html::consoles(&run.recording, &run.ladder, lang));
            let below = maud::html! { @for console in consoles { (console) } (environment) };
            html::page(scenario.title(lang), &ladders, lang, &below)
        }
        (Format::Mermaid, [left, right]) => mermaid::side_by_side(left, right, lang),
        (Format::Mermaid, _) => mermaid::draw(ladders[0], lang),
        (Format::Json, _) => {
            let titles = [Lang::Zh, Lang::En].map(|lang| scenario.title(lang));
            serde_json::to_string_pretty(&Document::new(scenario.name, titles, ladders))? + "\n"
        }
    })
}

/// Returns the number of columns to draw in: `COLUMNS` if that is set, else the width of the terminal, else 80.
fn width() -> usize {
    let columns = env::var("COLUMNS")
        .ok()
        .and_then(|columns| columns.parse().ok());
    columns.unwrap_or_else(textwrap::termwidth)
}

/// Prints what is missing from the drawing, and where the captured packets are.
fn note(run: &PlayedScenario, lang: Lang) {
    for missing in &run.ladder.missing {
        messages::say(lang, missing);
    }
    let packets = run.folder.join("wire.pcapng");
    if run.recording.wire.is_ok() {
        let what = lang.pick("抓到的包（用Wireshark打开）：", "packets for Wireshark: ");
        eprintln!("xtask lab: {what}{}", packets.display());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lock_is_held_until_the_run_is_over() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("target/lab.lock");
        let first = lock(&path, Lang::En).unwrap();
        let second = File::open(&path).unwrap();
        assert!(matches!(second.try_lock(), Err(TryLockError::WouldBlock)));
        drop(first);
        lock(&path, Lang::En).unwrap();
    }
}
