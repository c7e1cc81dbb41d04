//! The flags of a run, checked against what this machine allows.

use std::path::PathBuf;
use std::thread::available_parallelism;

use anyhow::{Result, bail};
use clap::ValueEnum;

use crate::programs::java::QUICK;
use crate::programs::jdk::{self, Jdk};
use recorder::{Isolation, namespace};

/// Least number of times that `--verify` makes every recording.
const VERIFIED: u16 = 10;

/// The longest deadline in seconds, because `Instant` may overflow with a much longer one.
const DAY: u64 = 24 * 60 * 60;

/// Flags of `cargo xtask interop`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    pub jdks: jdk::Args,
    /// Install the platform's JDK package if no JDK is found
    #[arg(long)]
    pub install_jdk: bool,
    /// Run only the cases whose name matches (repeatable)
    #[arg(long = "case", value_name = "GLOB")]
    pub cases: Vec<String>,
    /// Run only the few cases that catch most mutants, on the newest JDK alone, in less than 15 s; says what it leaves
    /// out
    #[arg(long, conflicts_with_all = ["cases", "pair"])]
    pub quick: bool,
    /// Run only the pairings CLIENT__SERVER that match, and the Java ones that they are compared with (repeatable)
    #[arg(long = "pairing", value_name = "GLOB")]
    pub pairings: Vec<String>,
    /// Compare the pair of programs that this TOML file describes, instead of the lab's
    #[arg(long, value_name = "FILE", conflicts_with = "mutants")]
    pub pair: Option<PathBuf>,
    /// Compare the optimized builds of the Rust programs, which are those that people install [default: builds like
    /// that of this task, which take a quarter of the time to compile]
    #[arg(long, conflicts_with_all = ["pair", "mutants"])]
    pub release: bool,
    /// Add the programs that this TOML file describes to the matrix (repeatable)
    #[arg(long = "peer", value_name = "FILE")]
    pub peers: Vec<PathBuf>,
    /// Record also the cases that a peer's file calls unsupported, and warn if they are the same as the originals
    #[arg(long)]
    pub check_unsupported: bool,
    /// Test the harness itself with deliberately broken peers: each must fail a case, and each case must catch
    /// one; with --case, only in the cases chosen
    #[arg(long, conflicts_with_all = ["pairings", "peers"])]
    pub mutants: bool,
    /// List the cases and pairings, and stop
    #[arg(long)]
    pub list: bool,
    /// Make every recording N times
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..))]
    pub repeat: u16,
    /// Make every recording ten times, or --repeat times if that is more, and list what varied
    #[arg(long)]
    pub verify: bool,
    /// Make the recordings in the order of the earlier run that printed this seed
    #[arg(long, value_name = "N")]
    pub seed: Option<u32>,
    /// Make N recordings at a time [default: three for each core; one without isolation]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub jobs: Option<u16>,
    /// Run the originals without the options that make a JVM start sooner
    #[arg(long)]
    pub plain_jvm: bool,
    /// Choose the network of the recordings
    #[arg(long, value_enum, default_value_t = IsolationChoice::Auto)]
    pub isolation: IsolationChoice,
    /// Fail a recording after this many seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=DAY))]
    pub deadline: u64,
    /// Write an HTML report into this folder: one self-contained index.html
    #[arg(long, value_name = "DIR")]
    pub report: Option<PathBuf>,
    /// Write the results as JSON
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
    /// Write the results as JUnit XML
    #[arg(long, value_name = "FILE")]
    pub junit: Option<PathBuf>,
}

/// The network that a user asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum IsolationChoice {
    /// Network namespaces if this machine allows them, otherwise its own port
    Auto,
    /// A network namespace for each recording, or an error
    Namespace,
    /// This machine's own port, one recording at a time
    None,
}

impl Args {
    /// Returns the number of times that every recording is made.
    pub fn repetitions(&self) -> usize {
        if self.verify {
            self.repeat.max(VERIFIED).into()
        } else {
            self.repeat.into()
        }
    }

    /// Returns the JVM options of the originals.
    pub fn jvm_options(&self) -> &'static [&'static str] {
        if self.plain_jvm { &[] } else { QUICK }
    }

    /// Returns the JDKs that run the originals, and installs one if that is asked for and none is found.
    pub fn jdks(&self) -> Result<Vec<Jdk>> {
        let homes = &self.jdks.homes;
        let jdks = jdk::find(homes)?;
        match self.install_jdk {
            _ if !jdks.is_empty() => Ok(jdks),
            true => {
                jdk::install()?;
                jdk::require(homes)
            }
            false => Err(jdk::none_found().context(
                "the comparison needs Java (`cargo xtask interop --install-jdk` installs it)",
            )),
        }
    }

    /// Returns the network of the recordings: the one that is asked for, if this machine allows it.
    pub fn isolation(&self, port: u16) -> Result<Isolation> {
        let choice = self.isolation;
        if choice != IsolationChoice::None {
            match namespace::available() {
                Ok(()) => return Ok(Isolation::Namespace),
                Err(why) if choice == IsolationChoice::Namespace => {
                    bail!("no network namespace here: {why:#}")
                }
                Err(why) => eprintln!(
                    "no network namespace here: {why:#}\n\
                 falling back to this machine's port {port}, one recording at a time"
                ),
            }
        }
        recorder::port_is_free(port)?;
        Ok(Isolation::None)
    }

    /// Returns the number of recordings that are made at a time.
    pub fn jobs(&self, isolation: Isolation, port: u16) -> Result<usize> {
        match (isolation, self.jobs) {
            (Isolation::None, Some(2..)) => {
                bail!("--jobs above 1 needs isolation, because there is only one port {port}")
            }
            (Isolation::None, _) => Ok(1),
            (Isolation::Namespace, Some(jobs)) => Ok(jobs.into()),
            // A recording waits for much of its time, so three for each core keep the cores busy.
            (Isolation::Namespace, None) => Ok(3 * available_parallelism().map_or(1, usize::from)),
        }
    }
}
