//! `cargo xtask oracle`: hellohi-proto beside what real JVMs make of the same bytes.

pub(crate) mod answer;
mod bodies;
pub(crate) mod class_files;
mod data;
pub(crate) mod jvm;
mod registry;
mod strings;
pub(crate) mod vectors;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Result, ensure};

use crate::oracle::answer::Mode;
use crate::oracle::jvm::{Codec, Mismatch};
use interop::programs::jdk::{self, Jdk};
use interop::programs::workspace;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Ask this JDK instead of every JDK found (repeatable)
    #[arg(long = "jdk", value_name = "HOME")]
    homes: Vec<PathBuf>,

    /// Draw the random bodies and strings from this seed
    #[arg(long, value_name = "N", default_value_t = 666)]
    seed: u64,

    /// Ask about this many random bodies
    #[arg(long, value_name = "N", default_value_t = 10_000_000)]
    bodies: u64,

    /// Ask about this body alone, without its length (repeatable)
    #[arg(long, value_name = "HEX", conflicts_with = "units")]
    body: Vec<String>,

    /// Ask about the string of these units alone (repeatable)
    #[arg(long, value_name = "HEX")]
    units: Vec<String>,

    /// Ask this method of a data stream about these bytes alone, as readInt:7FFFFFFF (repeatable)
    #[arg(long, value_name = "METHOD:HEX")]
    data: Vec<String>,

    /// Write the vectors that `cargo test` uses anew, by the newest JDK asked
    #[arg(long)]
    write_vectors: bool,
}

impl Args {
    /// Whether it is about single questions.
    fn asks_alone(&self) -> bool {
        !(self.body.is_empty() && self.units.is_empty() && self.data.is_empty())
    }
}

pub fn run(args: &Args) -> Result<ExitCode> {
    let jdks = jdk::require(&args.homes)?;
    ensure!(
        !args.write_vectors || !args.asks_alone(),
        "--write-vectors asks its own questions: drop --body, --units and --data"
    );
    let classes = tempfile::tempdir()?;
    let mut mismatches = 0;
    for jdk in &jdks {
        let folder = classes.path().join(&jdk.name);
        std::fs::create_dir(&folder)?;
        let sources = ["Codec.java", "ClassFiles.java", "Data.java"]
            .map(|name| workspace::root().join("java/oracle").join(name));
        jdk.compile(&sources, &folder)?;
        mismatches += ask(args, jdk, &folder)?;
    }
    if args.write_vectors {
        let newest = jdks.last().expect("require finds at least one");
        vectors::write(&Codec::new(newest, &classes.path().join(&newest.name)))?;
    }
    Ok(ExitCode::from(u8::from(mismatches > 0)))
}

/// Asks one JDK everything, and says how many of the questions it answered otherwise.
fn ask(args: &Args, jdk: &Jdk, classes: &Path) -> Result<usize> {
    let codec = Codec::new(jdk, classes);
    let mut report = Report::new(jdk);
    if args.asks_alone() {
        return explain(args, &codec);
    }
    if args.write_vectors {
        return Ok(0);
    }
    report.phase("bodies of 0 to 3 bytes", |progress| {
        codec.compare(Mode::Decode, bodies::exhaustive(), progress)
    })?;
    report.phase("longer bodies at random", |progress| {
        codec.compare(
            Mode::Decode,
            bodies::random(args.seed, args.bodies),
            progress,
        )
    })?;
    report.phase("units and pairs of units", |progress| {
        codec.compare(Mode::Encode, strings::boundaries(), progress)
    })?;
    report.phase("longer strings at random", |progress| {
        codec.compare(Mode::Encode, strings::random(args.seed), progress)
    })?;
    report.phase("data streams", |_| data::compare(&codec, args.seed))?;
    let mut diagnosed = Outcome::default();
    report.phase("class file constants", |progress| {
        class_files::compare(&codec, &mut diagnosed, progress)
    })?;
    report.phase("diagnose, on the same", |_| Ok(diagnosed))?;
    report.phase("checked-in vectors", |_| vectors::compare(&codec))?;
    report.phase("rmiregistry", |_| registry::converse(jdk))?;
    Ok(report.mismatches)
}

/// Prints both answers to each question of `--body`, `--units` and `--data`.
fn explain(args: &Args, codec: &Codec<'_>) -> Result<usize> {
    let bodies = args.body.iter().map(|hex| (Mode::Decode, hex));
    let strings = args.units.iter().map(|hex| (Mode::Encode, hex));
    let mut differing = 0;
    for (mode, hex) in bodies.chain(strings) {
        let question = mode.question(hex)?;
        let both = Mismatch {
            theirs: codec.ask(mode, &question)?,
            ours: codec.ours(mode, &question),
            mode,
            question,
        };
        println!("{}", both.describe(codec.jdk));
        differing += usize::from(both.ours != both.theirs);
    }
    for question in &args.data {
        let (both, same) = data::explain(codec, question)?;
        println!("{both}");
        differing += usize::from(!same);
    }
    Ok(differing)
}

/// What came of one kind of question.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) asked: u64,
    /// How many of the questions Java answers without an exception.
    pub(crate) accepted: u64,
    /// The first answers that differ; a comparison stops there.
    pub(crate) mismatch: Option<String>,
}

/// The lines of one JDK, and its progress on standard error.
struct Report<'a> {
    jdk: &'a Jdk,
    mismatches: usize,
}

impl<'a> Report<'a> {
    fn new(jdk: &'a Jdk) -> Self {
        println!("{} ({} {})", jdk.name, jdk.vendor, jdk.version);
        Self { jdk, mismatches: 0 }
    }

    fn phase(
        &mut self,
        name: &str,
        compare: impl FnOnce(&dyn Fn(u64)) -> Result<Outcome>,
    ) -> Result<()> {
        let begun = Instant::now();
        let live = std::io::IsTerminal::is_terminal(&std::io::stderr());
        let jdk = &self.jdk.name;
        let outcome = compare(&|asked| {
            if live {
                eprint!("\r{jdk}: {name} {} ", grouped(asked));
            }
        })?;
        if live {
            eprint!("\r\x1b[K");
        }
        println!(
            "  {name:<26} {:>12} asked  {:>12} accepted  {} mismatches  {:>6.1} s",
            grouped(outcome.asked),
            grouped(outcome.accepted),
            usize::from(outcome.mismatch.is_some()),
            begun.elapsed().as_secs_f64()
        );
        if let Some(mismatch) = outcome.mismatch {
            println!("{mismatch}");
            self.mismatches += 1;
        }
        Ok(())
    }
}

/// `16,843,009`
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let groups: Vec<&str> = digits
        .as_bytes()
        .rchunks(3)
        .rev()
        .map(|group| std::str::from_utf8(group).unwrap_or_default())
        .collect();
    groups.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_numbers_are_grouped_by_thousands() {
        for (number, expected) in [(0, "0"), (999, "999"), (16_843_009, "16,843,009")] {
            assert_eq!(grouped(number), expected);
        }
    }
}
