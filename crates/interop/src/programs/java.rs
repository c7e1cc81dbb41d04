//! Makes the command lines that run programs in Java.

use std::env;
use std::path::{Path, PathBuf};

use recorder::Program;

use crate::peer::environment;
use crate::programs::jdk::Jdk;

/// Options that make a JVM start sooner and change nothing that a recording observes.
///
/// They choose a garbage collector with one thread, run the bytecode in the interpreter without compiling it, and
/// write no file of statistics for `jstat`.
pub const QUICK: &[&str] = &["-XX:+UseSerialGC", "-Xint", "-XX:-UsePerfData"];

/// Returns the program that runs the class `main` of `classes` with `jdk` and the options [`QUICK`].
pub fn java_program(jdk: &Jdk, classes: &Path, main: &str) -> Program {
    let mut command = jvm(jdk, QUICK, &[classes.to_owned()]);
    command.push(main.to_owned());
    Program {
        command,
        environment: environment(),
        serves_forever: false,
        files: Vec::new(),
    }
}

/// Returns the start of a command line: the JVM of `jdk`, its options, and its class path if that is not empty.
pub(crate) fn jvm(jdk: &Jdk, options: &[&str], class_path: &[PathBuf]) -> Vec<String> {
    let mut command = vec![jdk.java().to_string_lossy().into_owned()];
    command.extend(options.iter().copied().map(String::from));
    command.extend(encodings().iter().copied().map(String::from));
    if !class_path.is_empty() {
        command.extend(["-cp".to_owned(), joined(class_path)]);
    }
    command
}

/// Returns a class path in one word, with the separator of this system.
pub(crate) fn joined(class_path: &[PathBuf]) -> String {
    let paths = env::join_paths(class_path).unwrap_or_default();
    paths.to_string_lossy().into_owned()
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
