//! `Codec.java` in a JVM: asked by the batch, compared byte for byte.

use std::io::{ErrorKind, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, mpsc};
use std::thread;

use anyhow::{Context, Result, bail, ensure};
use hex::encode_upper;

use crate::oracle::Outcome;
use crate::oracle::answer::{Mode, Wording, take_answer};
use interop::programs::jdk::Jdk;

pub(crate) struct Codec<'a> {
    pub(crate) jdk: &'a Jdk,
    classes: PathBuf,
}

/// Two answers to one question.
#[derive(Debug)]
pub(crate) struct Mismatch {
    pub(crate) mode: Mode,
    pub(crate) question: Vec<u8>,
    pub(crate) theirs: Vec<u8>,
    pub(crate) ours: Vec<u8>,
}

impl<'a> Codec<'a> {
    pub(crate) fn new(jdk: &'a Jdk, classes: &Path) -> Self {
        Self {
            jdk,
            classes: classes.to_owned(),
        }
    }

    /// Runs one of our Java programs.
    pub(crate) fn start(&self, class: &str, arguments: &[&str]) -> Result<Running> {
        let mut command = Command::new(self.jdk.java());
        command
            // Most answers are exceptions, and their stack traces are not looked at.
            .args(["-XX:-StackTraceInThrowable", "-XX:+UseSerialGC", "-cp"])
            .arg(&self.classes)
            .arg(class)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        let child = command
            .spawn()
            .with_context(|| format!("cannot run {}", self.jdk.java().display()))?;
        Ok(Running::new(child))
    }

    /// Streams batches of questions through one JVM and compares the answers, up to the first
    /// that differs.
    pub(crate) fn compare(
        &self,
        mode: Mode,
        batches: impl Iterator<Item = Vec<u8>> + Send,
        progress: &dyn Fn(u64),
    ) -> Result<Outcome> {
        let mut running = self.start("Codec", &[mode.argument()])?;
        let mut stdin = running.child().stdin.take().context("no standard input")?;
        let mut stdout = running
            .child()
            .stdout
            .take()
            .context("no standard output")?;
        let (sender, asked) = mpsc::sync_channel::<Arc<Vec<u8>>>(4);
        thread::scope(|scope| {
            scope.spawn(move || {
                for batch in batches {
                    let batch = Arc::new(batch);
                    // Answers come while the batch is still being written. Either end is gone once
                    // an answer differed.
                    if sender.send(batch.clone()).is_err() || stdin.write_all(&batch).is_err() {
                        return;
                    }
                }
            });
            let mut outcome = Outcome::default();
            let (mut ours, mut theirs) = (Vec::new(), Vec::new());
            for batch in asked {
                ours.clear();
                for question in mode.split(&batch) {
                    outcome.accepted += u64::from(mode.answer(self.wording(), question, &mut ours));
                    outcome.asked += 1;
                }
                theirs.resize(ours.len(), 0);
                let same = match stdout.read_exact(&mut theirs) {
                    Err(error) if error.kind() == ErrorKind::UnexpectedEof => false,
                    read => read.map(|()| ours == theirs)?,
                };
                if !same {
                    drop(running);
                    let mismatch = self.first_mismatch(mode, &batch)?;
                    outcome.mismatch = Some(mismatch.describe(self.jdk));
                    return Ok(outcome);
                }
                progress(outcome.asked);
            }
            ensure!(
                stdout.read(&mut [0])? == 0,
                "{} answers more than it was asked",
                self.jdk.name
            );
            running.finish(&self.jdk.name)?;
            Ok(outcome)
        })
    }

    /// The JVM's answers to a whole batch.
    pub(crate) fn ask(&self, mode: Mode, batch: &[u8]) -> Result<Vec<u8>> {
        self.run("Codec", &[mode.argument()], batch)
    }

    /// What one of our Java programs writes when it reads `input`.
    pub(crate) fn run(&self, class: &str, arguments: &[&str], input: &[u8]) -> Result<Vec<u8>> {
        let mut running = self.start(class, arguments)?;
        let mut stdin = running.child().stdin.take().context("no standard input")?;
        let mut stdout = running
            .child()
            .stdout
            .take()
            .context("no standard output")?;
        let mut output = Vec::new();
        thread::scope(|scope| {
            let writer = scope.spawn(move || stdin.write_all(input));
            stdout.read_to_end(&mut output)?;
            writer.join().expect("the writer does not panic")
        })?;
        running.finish(&self.jdk.name)?;
        Ok(output)
    }

    /// The answers that hellohi-proto expects to a whole batch.
    pub(crate) fn ours(&self, mode: Mode, batch: &[u8]) -> Vec<u8> {
        let mut answers = Vec::new();
        for question in mode.split(batch) {
            mode.answer(self.wording(), question, &mut answers);
        }
        answers
    }

    /// Asks the whole batch once more, and finds the first answer that differs.
    fn first_mismatch(&self, mode: Mode, batch: &[u8]) -> Result<Mismatch> {
        let (theirs, ours) = (self.ask(mode, batch)?, self.ours(mode, batch));
        let (mut their_rest, mut our_rest) = (&theirs[..], &ours[..]);
        for question in mode.split(batch) {
            let (their, ours);
            (their, their_rest) = take_answer(mode, their_rest).unwrap_or((their_rest, &[]));
            (ours, our_rest) = take_answer(mode, our_rest).unwrap_or((our_rest, &[]));
            if their != ours {
                return Ok(Mismatch {
                    mode,
                    question: question.to_owned(),
                    theirs: their.to_owned(),
                    ours: ours.to_owned(),
                });
            }
        }
        bail!("{} answers otherwise when it is asked again", self.jdk.name)
    }

    pub(crate) fn wording(&self) -> Wording {
        if self.jdk.feature < 17 {
            Wording::Short
        } else {
            Wording::HeadAndTail
        }
    }
}

impl Mismatch {
    pub(crate) fn describe(&self, jdk: &Jdk) -> String {
        let (flag, noun) = match self.mode {
            Mode::Decode => ("--body", "body"),
            Mode::Encode => ("--units", "units"),
        };
        let payload = encode_upper(self.mode.payload(&self.question));
        format!(
            "  {noun} {payload}\n  {:<8} {}\n  {:<8} {}\n  reproduce: cargo xtask oracle --jdk {} {flag} {payload}",
            jdk.name,
            shown(self.mode, &self.theirs),
            "ours",
            shown(self.mode, &self.ours),
            jdk.home.display(),
        )
    }
}

/// An answer for people: messages as text, all else in hexadecimal.
fn shown(mode: Mode, answer: &[u8]) -> String {
    let error = |message: &[u8]| match message_text(message) {
        Some((text, [])) => format!("{text:?}"),
        Some((text, rest)) => format!("{text:?}, then {}", encode_upper(rest)),
        None => encode_upper(message),
    };
    match (mode, answer) {
        (_, [1, message @ ..]) => error(message),
        (Mode::Decode, [0, rest @ ..]) => match units(rest) {
            Some((units, [1, message @ ..])) => {
                format!("units {}, {}", encode_upper(units), error(message))
            }
            Some((units, written)) => format!(
                "units {}, written {}",
                encode_upper(units),
                encode_upper(written)
            ),
            None => encode_upper(rest),
        },
        _ => encode_upper(answer),
    }
}

/// A counted message as text, and what follows it.
pub(crate) fn message_text(message: &[u8]) -> Option<(String, &[u8])> {
    let (bytes, rest) = units(message)?;
    let units: Vec<u16> = bytes
        .chunks_exact(2)
        .map(|unit| u16::from_be_bytes([unit[0], unit[1]]))
        .collect();
    Some((String::from_utf16_lossy(&units), rest))
}

/// A counted string's units, and what follows it.
pub(crate) fn units(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (count, rest) = bytes.split_first_chunk()?;
    rest.split_at_checked(2 * u32::from_be_bytes(*count) as usize)
}

/// A child process that does not outlive its use.
pub(crate) struct Running(Child);

impl Running {
    pub(crate) fn new(child: Child) -> Self {
        Self(child)
    }

    pub(crate) fn child(&mut self) -> &mut Child {
        &mut self.0
    }

    pub(crate) fn finish(mut self, name: &str) -> Result<()> {
        let status = self.0.wait()?;
        ensure!(
            status.success(),
            "{name}: our Java program failed ({status})"
        );
        Ok(())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may be gone already, which is what is wanted.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
