//! The program `CodecTimes.java` in a JVM, which measures `readUTF` and `writeUTF` itself.

use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use super::cell::Task;
use super::inputs::Inputs;
use crate::java::programs::ChildProcess;
use interop::programs::jdk::Jdk;
use interop::programs::workspace;

/// A JVM for one cell, whose compiler is optimising for the strings of that cell alone.
pub(crate) struct TimedJvm {
    pub(crate) name: String,
    running: ChildProcess,
}

/// Compiles the Java programs of the benchmark.
pub(crate) fn compile(jdk: &Jdk, classes: &Path) -> Result<()> {
    let sources: [PathBuf; 3] = [
        "bench/CodecTimes.java",
        "oracle/Codec.java",
        "oracle/ClassFiles.java",
    ]
    .map(|source| workspace::root().join("java").join(source));
    jdk.compile(&sources, classes)
}

impl TimedJvm {
    /// Starts and warms up a JVM that does `task`; returns `None` if Java has no such method.
    pub(crate) fn start(
        jdk: &Jdk,
        classes: &Path,
        task: Task,
        inputs: &Inputs,
        warm_up: Duration,
    ) -> Result<Option<TimedJvm>> {
        let argument = match task {
            Task::Decode => "read",
            Task::Encode => "write",
            Task::Utf16 | Task::Validate => return Ok(None),
        };
        let child = Command::new(jdk.java())
            .arg("-cp")
            .arg(classes)
            .args(["CodecTimes", argument])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot run {}", jdk.java().display()))?;
        let mut jvm = TimedJvm {
            name: jdk.name.clone(),
            running: ChildProcess::new(child),
        };
        let frames = inputs.frames()?;
        jvm.write(&(frames.len() as u32).to_be_bytes())?;
        jvm.write(&frames)?;
        let [same] = jvm.read()?;
        ensure!(
            same == 1,
            "{} makes other frames of these strings",
            jvm.name
        );
        jvm.time(warm_up)?;
        Ok(Some(jvm))
    }

    /// Returns the nanoseconds for one pass through all strings, as the mean over about `slice`.
    pub(crate) fn time(&mut self, slice: Duration) -> Result<f64> {
        self.write(&(slice.as_millis() as u32).to_be_bytes())?;
        let (nanos, passes) = (self.read()?, self.read()?);
        Ok(u64::from_be_bytes(nanos) as f64 / u64::from_be_bytes(passes) as f64)
    }

    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        let stdin = self.running.child().stdin.as_mut();
        let stdin = stdin.context("no standard input")?;
        stdin.write_all(bytes)?;
        Ok(stdin.flush()?)
    }

    fn read<const N: usize>(&mut self) -> Result<[u8; N]> {
        let mut bytes = [0; N];
        let stdout = self.running.child().stdout.as_mut();
        stdout
            .context("no standard output")?
            .read_exact(&mut bytes)?;
        Ok(bytes)
    }
}
