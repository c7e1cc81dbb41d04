//! Our own Java programs, each run in a JVM of its own.

use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::thread;

use anyhow::{Context, Result, ensure};
use interop::programs::jdk::Jdk;

use crate::java::batch::Mode;

/// Java programs that one JDK has compiled.
pub(crate) struct Programs<'a> {
    pub(crate) jdk: &'a Jdk,
    classes: PathBuf,
}

impl<'a> Programs<'a> {
    /// Returns the programs whose classes are in the folder `classes`.
    pub(crate) fn new(jdk: &'a Jdk, classes: &Path) -> Self {
        Self {
            jdk,
            classes: classes.to_owned(),
        }
    }

    /// Starts the program with this main class.
    pub(crate) fn start(&self, class: &str, arguments: &[&str]) -> Result<ChildProcess> {
        let mut command = Command::new(self.jdk.java());
        command
            // Most answers are exceptions, and nobody looks at their stack traces.
            .args(["-XX:-StackTraceInThrowable", "-XX:+UseSerialGC", "-cp"])
            .arg(&self.classes)
            .arg(class)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        let child = command
            .spawn()
            .with_context(|| format!("cannot run {}", self.jdk.java().display()))?;
        Ok(ChildProcess::new(child))
    }

    /// Returns the JVM's answers to a whole batch.
    pub(crate) fn ask(&self, mode: Mode, batch: &[u8]) -> Result<Vec<u8>> {
        self.run("Codec", &[mode.argument()], batch)
    }

    /// Returns the standard output of a program whose standard input is `input`.
    pub(crate) fn run(&self, class: &str, arguments: &[&str], input: &[u8]) -> Result<Vec<u8>> {
        let mut running = self.start(class, arguments)?;
        let (mut stdin, mut stdout) = running.take_pipes()?;
        let mut output = Vec::new();
        thread::scope(|scope| {
            let writer = scope.spawn(move || stdin.write_all(input));
            stdout.read_to_end(&mut output)?;
            writer.join().expect("the writer does not panic")
        })?;
        running.finish(&self.jdk.name)?;
        Ok(output)
    }
}

/// A child process that is killed and reaped when it is dropped.
pub(crate) struct ChildProcess(Child);

impl ChildProcess {
    pub(crate) fn new(child: Child) -> Self {
        Self(child)
    }

    pub(crate) fn child(&mut self) -> &mut Child {
        &mut self.0
    }

    /// Takes the pipes to its standard input and from its standard output, which [`Programs::start`] has made.
    pub(crate) fn take_pipes(&mut self) -> Result<(ChildStdin, ChildStdout)> {
        let stdin = self.0.stdin.take().context("no standard input")?;
        let stdout = self.0.stdout.take().context("no standard output")?;
        Ok((stdin, stdout))
    }

    /// Waits for the end of the program called `name`, which must succeed.
    pub(crate) fn finish(mut self, name: &str) -> Result<()> {
        let status = self.0.wait()?;
        ensure!(
            status.success(),
            "{name}: our Java program failed ({status})"
        );
        Ok(())
    }
}

impl Drop for ChildProcess {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}
