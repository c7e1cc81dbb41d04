//! What a run is to do: the flags, and what of it this machine allows.

use std::path::PathBuf;
use std::thread::available_parallelism;

use anyhow::{Result, bail};
use clap::ValueEnum;

use crate::programs::java::QUICK;
use crate::programs::jdk::{self, Jdk};
use recorder::{Isolation, namespace};

/// How often `--verify` makes every recording at least.
const VERIFIED: u16 = 10;

/// The longest deadline, in seconds: what is much longer is more than a clock holds.
const DAY: u64 = 24 * 60 * 60;

/// Flags of `cargo xtask interop`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    pub jdks: jdk::Args,
    /// Install the platform's JDK package if no JDK is found
    #[arg(long)]
    pub install_jdk: bool,
    /// Summary only the cases whose name matches (repeatable)
    #[arg(long = "case", value_name = "GLOB")]
    pub cases: Vec<String>,
    /// Summary only the pairings CLIENT__SERVER that match, beside the Java ones that judge them (repeatable)
    #[arg(long = "pairing", value_name = "GLOB")]
    pub pairings: Vec<String>,
    /// Let the programs that a TOML file tells of join the matrix (repeatable)
    #[arg(long = "peer", value_name = "FILE")]
    pub peers: Vec<PathBuf>,
    /// Record also what a peer's file says that it does not support, and warn where it is the same as Java
    #[arg(long)]
    pub check_unsupported: bool,
    /// Test the harness itself: peers with one thing wrong must be found out, and each case must find
    /// out one; with --case, by the cases chosen
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
    /// Make the recordings in the order of an earlier run, which printed this seed
    #[arg(long, value_name = "N")]
    pub seed: Option<u32>,
    /// Make N recordings at a time [default: three for each core; one without isolation]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub jobs: Option<u16>,
    /// Summary the originals without the options that make a JVM start sooner
    #[arg(long)]
    pub plain_jvm: bool,
    /// Where the recordings' network is
    #[arg(long, value_enum, default_value_t = Wanted::Auto)]
    pub isolation: Wanted,
    /// Give a recording this many seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=DAY))]
    pub deadline: u64,
    /// Write a report to read into this folder: one self-contained index.html
    #[arg(long, value_name = "DIR")]
    pub report: Option<PathBuf>,
    /// Write the results as JSON
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
    /// Write the results as JUnit XML
    #[arg(long, value_name = "FILE")]
    pub junit: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Wanted {
    /// Namespaces where they can be had
    Auto,
    /// A network namespace for each recording, or an error that says why not
    Namespace,
    /// This machine's own port, one recording at a time
    None,
}

impl Args {
    /// How often every recording is made.
    pub fn runs(&self) -> usize {
        if self.verify {
            self.repeat.max(VERIFIED).into()
        } else {
            self.repeat.into()
        }
    }

    /// What the JVMs of the originals are told.
    pub fn jvm_options(&self) -> &'static [&'static str] {
        if self.plain_jvm { &[] } else { QUICK }
    }

    /// The JDKs that are the oracle.
    pub fn jdks(&self) -> Result<Vec<Jdk>> {
        if self.install_jdk && self.jdks.homes.is_empty() && jdk::find(&[])?.is_empty() {
            jdk::install()?;
        }
        let can_install = !self.install_jdk && self.jdks.homes.is_empty();
        jdk::require(&self.jdks.homes).map_err(|error| match can_install {
            false => error,
            true => error
                .context("no Java, no verdict (`cargo xtask interop --install-jdk` installs it)"),
        })
    }

    /// Where recordings can be made here, as wanted.
    pub fn isolation(&self, port: u16) -> Result<Isolation> {
        let wanted = self.isolation;
        if wanted != Wanted::None {
            match namespace::available() {
                Ok(()) => return Ok(Isolation::Namespace),
                Err(why) if wanted == Wanted::Namespace => {
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

    /// How many recordings are made at a time.
    pub fn jobs(&self, isolation: Isolation, port: u16) -> Result<usize> {
        match (isolation, self.jobs) {
            (Isolation::None, Some(2..)) => {
                bail!("--jobs needs isolation: there is one port {port}")
            }
            (Isolation::None, _) => Ok(1),
            (Isolation::Namespace, Some(jobs)) => Ok(jobs.into()),
            // A recording waits as often as it computes.
            (Isolation::Namespace, None) => Ok(3 * available_parallelism().map_or(1, usize::from)),
        }
    }
}
