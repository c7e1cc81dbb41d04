//! Programs in Java: how they are compiled, and how a JVM runs them.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use recorder::Program;

use crate::peer::{Peer, environment};
use crate::programs::jdk::Jdk;

/// What makes a JVM start sooner and changes nothing that can be observed: one thread to collect the
/// garbage that there is not, no compilers for programs that are over before they would pay (the
/// interpreter alone runs the same bytecode), and no file of statistics for `jstat`.
pub const QUICK: &[&str] = &["-XX:+UseSerialGC", "-Xint", "-XX:-UsePerfData"];

/// The originals of a pair, written in Java.
#[derive(Debug)]
pub struct Originals {
    pub sources: Vec<PathBuf>,
    /// The client's main class.
    pub client: &'static str,
    /// The server's main class.
    pub server: &'static str,
}

impl Originals {
    /// Returns the peer that `jdk` makes of them, with these options, once they are compiled below `classes`.
    pub fn peer(&self, jdk: &Jdk, classes: &Path, options: &[&str]) -> Peer {
        let classes = classes.join(&jdk.name);
        Peer {
            name: jdk.name.clone(),
            client: Some(class_run_by(jdk, options, &classes, self.client)),
            server: Some(class_run_by(jdk, options, &classes, self.server)),
            is_oracle: true,
            unsupported: Vec::new(),
        }
    }

    /// Compiles them with `jdk` to where its peer looks for them below `classes`.
    pub fn compile(&self, jdk: &Jdk, classes: &Path) -> Result<()> {
        let classes = classes.join(&jdk.name);
        fs::create_dir_all(&classes)
            .with_context(|| format!("cannot make {}", classes.display()))?;
        jdk.compile(&self.sources, &classes)
    }
}

/// The class `main` of `classes`, run by `jdk`, which starts as fast as it can.
pub fn java_program(jdk: &Jdk, classes: &Path, main: &str) -> Program {
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
