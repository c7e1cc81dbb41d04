//! Compiles programs in Java, and makes the command lines that run them.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use recorder::Program;

use crate::peer::{Peer, environment};
use crate::programs::jdk::Jdk;

/// Options that make a JVM start sooner and change nothing that a recording observes.
///
/// They choose a garbage collector with one thread, run the bytecode in the interpreter without compiling it, and
/// write no file of statistics for `jstat`.
pub const QUICK: &[&str] = &["-XX:+UseSerialGC", "-Xint", "-XX:-UsePerfData"];

/// The originals of a pair, written in Java.
#[derive(Debug)]
pub struct Originals {
    /// Paths of the source files.
    pub sources: Vec<PathBuf>,
    /// Name of the client's main class.
    pub client: &'static str,
    /// Name of the server's main class.
    pub server: &'static str,
}

impl Originals {
    /// Returns the peer that runs the originals with `jdk` and these options, from their classes below `classes`.
    pub fn peer(&self, jdk: &Jdk, classes: &Path, options: &[&str]) -> Peer {
        let classes = classes.join(&jdk.name);
        Peer {
            name: jdk.name.clone(),
            client: Some(class_run_by(jdk, options, &classes, self.client)),
            server: Some(class_run_by(jdk, options, &classes, self.server)),
            is_original: true,
            unsupported: Vec::new(),
        }
    }

    /// Compiles the originals with `jdk` below `classes`, where its peer finds them.
    pub fn compile(&self, jdk: &Jdk, classes: &Path) -> Result<()> {
        let classes = classes.join(&jdk.name);
        fs::create_dir_all(&classes)
            .with_context(|| format!("cannot make {}", classes.display()))?;
        jdk.compile(&self.sources, &classes)
    }
}

/// Returns the program that runs the class `main` of `classes` with `jdk` and the options [`QUICK`].
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

/// Returns the options for UTF-8 on Windows, where no variable chooses a locale.
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
