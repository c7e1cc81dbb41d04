//! Batches of questions put to a JVM and to hellohi-proto, whose answers must be the same bytes.
//!
//! The batches stream through one JVM, and its answers are read while later questions are written. An
//! answer that differs ends the stream: the batch in which it stands is asked once more, and its answers are
//! compared one by one until the first difference.

use std::io::{ErrorKind, Read as _, Write as _};
use std::sync::{Arc, mpsc};
use std::thread;

use anyhow::{Result, bail, ensure};
use hex::encode_upper;
use interop::programs::jdk::Jdk;

use crate::java::batch::{Mode, from_big_endian, take_answer, take_units};
use crate::java::programs::Programs;
use crate::oracle::comparison::Comparison;
use crate::oracle::expected::{Wording, push_answer};

/// Streams batches of questions through one JVM and compares the answers, up to the first that differs.
///
/// `progress` is called with the number of questions so far.
pub(crate) fn compare(
    programs: &Programs<'_>,
    mode: Mode,
    batches: impl Iterator<Item = Vec<u8>> + Send,
    progress: &dyn Fn(u64),
) -> Result<Comparison> {
    let wording = Wording::of_feature(programs.jdk.feature);
    let mut running = programs.start("Codec", &[mode.argument()])?;
    let (mut stdin, mut stdout) = running.take_pipes()?;
    let (sender, asked) = mpsc::sync_channel::<Arc<Vec<u8>>>(4);
    thread::scope(|scope| {
        scope.spawn(move || {
            for batch in batches {
                let batch = Arc::new(batch);
                // Answers come while the batch is still being written. After a difference nobody receives
                // batches, and the JVM is killed.
                if sender.send(batch.clone()).is_err() || stdin.write_all(&batch).is_err() {
                    return;
                }
            }
        });
        let mut comparison = Comparison::default();
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for batch in asked {
            ours.clear();
            for question in mode.split(&batch) {
                comparison.accepted += u64::from(push_answer(&mut ours, mode, wording, question));
                comparison.asked += 1;
            }
            theirs.resize(ours.len(), 0);
            let same = match stdout.read_exact(&mut theirs) {
                Err(error) if error.kind() == ErrorKind::UnexpectedEof => false,
                read => read.map(|()| ours == theirs)?,
            };
            if !same {
                drop(running);
                let mismatch = first_mismatch(programs, mode, &batch)?;
                comparison.mismatch = Some(mismatch.describe(programs.jdk));
                return Ok(comparison);
            }
            progress(comparison.asked);
        }
        ensure!(
            stdout.read(&mut [0])? == 0,
            "{} answers more than it was asked",
            programs.jdk.name
        );
        running.finish(&programs.jdk.name)?;
        Ok(comparison)
    })
}

/// Returns the answers that hellohi-proto expects to a whole batch.
pub(crate) fn ours(programs: &Programs<'_>, mode: Mode, batch: &[u8]) -> Vec<u8> {
    let wording = Wording::of_feature(programs.jdk.feature);
    let mut answers = Vec::new();
    for question in mode.split(batch) {
        push_answer(&mut answers, mode, wording, question);
    }
    answers
}

/// Asks the whole batch once more, and returns the first answers that differ.
fn first_mismatch(programs: &Programs<'_>, mode: Mode, batch: &[u8]) -> Result<Mismatch> {
    let (theirs, ours) = (programs.ask(mode, batch)?, ours(programs, mode, batch));
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
    bail!(
        "{} answers otherwise when it is asked again",
        programs.jdk.name
    )
}

/// Two answers to one question.
#[derive(Debug)]
pub(crate) struct Mismatch {
    pub(crate) mode: Mode,
    pub(crate) question: Vec<u8>,
    pub(crate) theirs: Vec<u8>,
    pub(crate) ours: Vec<u8>,
}

impl Mismatch {
    /// Returns both answers in lines, and the command that asks for them again.
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

/// Returns an answer for people: messages as text, all else in hexadecimal.
fn shown(mode: Mode, answer: &[u8]) -> String {
    let error = |message: &[u8]| match message_text(message) {
        Some((text, [])) => format!("{text:?}"),
        Some((text, rest)) => format!("{text:?}, then {}", encode_upper(rest)),
        None => encode_upper(message),
    };
    match (mode, answer) {
        (_, [1, message @ ..]) => error(message),
        (Mode::Decode, [0, rest @ ..]) => match take_units(rest) {
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

/// Splits bytes that begin with a counted message into its text and the rest.
pub(crate) fn message_text(message: &[u8]) -> Option<(String, &[u8])> {
    let (units, rest) = take_units(message)?;
    Some((String::from_utf16_lossy(&from_big_endian(units)), rest))
}
