//! The programs that meet each other: the lab's on every JDK, and ours.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use globset::GlobMatcher;

use crate::mutant::Defect;
use ::interop::programs::jdk::Jdk;
use ::interop::programs::workspace;
use recorder::{Program, Side};

/// A program, or two, for the sides that it can play.
#[derive(Debug, Clone)]
pub(crate) struct Peer {
    /// As in the report: `java-17`, `rust`.
    pub(crate) name: String,
    pub(crate) client: Option<Program>,
    pub(crate) server: Option<Program>,
    /// Whether it is an original, and so the oracle.
    pub(crate) is_oracle: bool,
    pub(crate) unsupported: Vec<Unsupported>,
}

/// Cases that a peer does not claim to play.
#[derive(Debug, Clone)]
pub(crate) struct Unsupported {
    pub(crate) case: GlobMatcher,
    /// `None` for both.
    pub(crate) side: Option<Side>,
    pub(crate) reason: String,
}

impl Peer {
    pub(crate) fn program(&self, side: Side) -> Option<&Program> {
        match side {
            Side::Client => self.client.as_ref(),
            Side::Server => self.server.as_ref(),
        }
    }

    /// Why it does not play `case` on `side`, where it does not.
    pub(crate) fn unsupported(&self, case: &str, side: Side) -> Option<&str> {
        let applies = |entry: &&Unsupported| {
            entry.side.is_none_or(|only| only == side) && entry.case.is_match(case)
        };
        let entry = self.unsupported.iter().find(applies)?;
        Some(&entry.reason)
    }
}

/// What makes a JVM start sooner and changes nothing that can be observed: one thread to collect the
/// garbage that there is not, no compilers for programs that are over before they would pay (the
/// interpreter alone runs the same bytecode), and no file of statistics for `jstat`.
pub(crate) const QUICK: &[&str] = &["-XX:+UseSerialGC", "-Xint", "-XX:-UsePerfData"];

/// The originals as `jdk` runs them, with these options, once they are compiled below `classes`.
pub(crate) fn java(jdk: &Jdk, classes: &Path, options: &[&str]) -> Peer {
    let classes = classes.join(&jdk.name);
    Peer {
        name: jdk.name.clone(),
        client: Some(class_run_by(jdk, options, &classes, "client")),
        server: Some(class_run_by(jdk, options, &classes, "server")),
        is_oracle: true,
        unsupported: Vec::new(),
    }
}

/// Compiles the originals with `jdk` to where its peer looks for them below `classes`.
pub(crate) fn compile(jdk: &Jdk, classes: &Path) -> Result<()> {
    let classes = classes.join(&jdk.name);
    fs::create_dir_all(&classes).with_context(|| format!("cannot make {}", classes.display()))?;
    let sources = workspace::root().join("java");
    jdk.compile(
        &[sources.join("client.java"), sources.join("server.java")],
        &classes,
    )
}

/// The class `main` of `classes`, run by `jdk`, which starts as fast as it can.
pub(crate) fn java_program(jdk: &Jdk, classes: &Path, main: &str) -> Program {
    class_run_by(jdk, QUICK, classes, main)
}

fn class_run_by(jdk: &Jdk, options: &[&str], classes: &Path, main: &str) -> Program {
    let mut command = vec![text(&jdk.java())];
    command.extend(options.iter().copied().map(String::from));
    command.extend(encodings().iter().copied().map(String::from));
    command.extend(["-cp".to_owned(), text(classes), main.to_owned()]);
    Program {
        command,
        environment: environment(),
        serves_forever: false,
    }
}

/// The Rust programs, as drop-ins and as they are by default.
pub(crate) fn rust() -> Result<Vec<Peer>> {
    let [server, client] = workspace::build(["hellohi-server", "hellohi-client"])?;
    let program = |path: &PathBuf, flags: &[&str], serves_forever| Program {
        command: [
            vec![text(path)],
            flags.iter().map(|&flag| flag.into()).collect(),
        ]
        .concat(),
        environment: environment(),
        serves_forever,
    };
    let peer = |name: &str, flags: &[&str], serves_forever| Peer {
        name: name.into(),
        client: Some(program(&client, flags, false)),
        server: Some(program(&server, flags, serves_forever)),
        is_oracle: false,
        unsupported: Vec::new(),
    };
    Ok(vec![
        peer("rust", &["--once"], false),
        peer("rust-default", &[], true),
    ])
}

/// A peer with one thing wrong, played by this program.
pub(crate) fn mutant(defect: Defect) -> Result<Peer> {
    let itself = text(&std::env::current_exe().context("cannot find this program")?);
    let program = |side: Side| Program {
        command: vec![
            itself.clone(),
            "mutant".into(),
            side.name().into(),
            defect.name(),
        ],
        environment: environment(),
        serves_forever: false,
    };
    Ok(Peer {
        name: defect.name(),
        client: Some(program(Side::Client)),
        server: Some(program(Side::Server)),
        is_oracle: false,
        unsupported: Vec::new(),
    })
}

/// Everything on these consoles is UTF-8, as the lab's messages are.
pub(crate) fn environment() -> BTreeMap<String, String> {
    let locale = if cfg!(target_os = "macos") {
        "en_US.UTF-8"
    } else {
        "C.UTF-8"
    };
    // At the least of all terminals nobody draws.
    let variables = [("LC_ALL", locale), ("TERM", "dumb")];
    BTreeMap::from(variables.map(|(name, value)| (name.to_owned(), value.to_owned())))
}

/// Windows has code pages and no locale variable: there a JVM is told on its command line.
fn encodings() -> &'static [&'static str] {
    if cfg!(windows) {
        &[
            "-Dfile.encoding=UTF-8",
            "-Dsun.stdout.encoding=UTF-8",
            "-Dstdout.encoding=UTF-8",
        ]
    } else {
        &[]
    }
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}
