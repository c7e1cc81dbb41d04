//! The task `cargo xtask oracle`: hellohi-proto and JVMs answer the same questions, and must agree.

mod class_files;
mod compare;
mod comparison;
mod data;
mod expected;
mod registry;
mod report;
mod strings;
mod vectors;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Result, ensure};

use crate::java::batch::Mode;
use crate::java::bodies;
use crate::java::programs::Programs;
use compare::Mismatch;
use comparison::Comparison;
use interop::programs::jdk::{self, Jdk};
use interop::programs::workspace;
use report::Printer;

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
    /// Returns whether the user asks single questions.
    fn asks_alone(&self) -> bool {
        !(self.body.is_empty() && self.units.is_empty() && self.data.is_empty())
    }
}

/// Asks each JDK all questions, or those of the arguments. The exit status is 1 if an answer differs.
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
        vectors::write(&Programs::new(newest, &classes.path().join(&newest.name)))?;
    }
    Ok(ExitCode::from(u8::from(mismatches > 0)))
}

/// Asks one JDK all questions, and returns the number of comparisons, or single questions, that differ.
fn ask(args: &Args, jdk: &Jdk, classes: &Path) -> Result<usize> {
    let programs = Programs::new(jdk, classes);
    let mut report = Printer::new(jdk);
    if args.asks_alone() {
        return explain(args, &programs);
    }
    if args.write_vectors {
        return Ok(0);
    }
    report.phase("bodies of 0 to 3 bytes", |progress| {
        compare::compare(&programs, Mode::Decode, bodies::exhaustive(), progress)
    })?;
    report.phase("longer bodies at random", |progress| {
        compare::compare(
            &programs,
            Mode::Decode,
            bodies::random(args.seed, args.bodies),
            progress,
        )
    })?;
    report.phase("units and pairs of units", |progress| {
        compare::compare(&programs, Mode::Encode, strings::boundaries(), progress)
    })?;
    report.phase("longer strings at random", |progress| {
        compare::compare(
            &programs,
            Mode::Encode,
            strings::random(args.seed),
            progress,
        )
    })?;
    report.phase("data streams", |_| data::compare(&programs, args.seed))?;
    let mut diagnosed = Comparison::default();
    report.phase("class file constants", |progress| {
        class_files::compare(&programs, &mut diagnosed, progress)
    })?;
    report.phase("diagnose, on the same", |_| Ok(diagnosed))?;
    report.phase("checked-in vectors", |_| vectors::compare(&programs))?;
    report.phase("rmiregistry", |_| registry::converse(jdk))?;
    Ok(report.mismatches)
}

/// Prints both answers to each question of `--body`, `--units` and `--data`.
fn explain(args: &Args, programs: &Programs<'_>) -> Result<usize> {
    let bodies = args.body.iter().map(|hex| (Mode::Decode, hex));
    let strings = args.units.iter().map(|hex| (Mode::Encode, hex));
    let mut differing = 0;
    for (mode, hex) in bodies.chain(strings) {
        let question = mode.question(hex)?;
        let both = Mismatch {
            theirs: programs.ask(mode, &question)?,
            ours: compare::ours(programs, mode, &question),
            mode,
            question,
        };
        println!("{}", both.describe(programs.jdk));
        differing += usize::from(both.ours != both.theirs);
    }
    for question in &args.data {
        let (both, same) = data::explain(programs, question)?;
        println!("{both}");
        differing += usize::from(!same);
    }
    Ok(differing)
}
