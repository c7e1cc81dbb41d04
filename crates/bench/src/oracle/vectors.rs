//! Files with a JVM's answers, for tests on machines without Java.
//!
//! Each line is a question and its answer in hexadecimal digits, with tabs between the columns. A run of 16
//! or more equal bytes, units or written characters is counted, so the body `41 41 … 41` of 65,535 bytes is `41*65535`. The line
//! of the body `C3 A9` is:
//!
//! ```text
//! C3A9    00E9    C3A9
//! ```

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};
use hex::encode_upper;

use crate::java::batch::{Mode, push_units, take_answer, take_units};
use crate::java::bodies;
use crate::java::programs::Programs;
use crate::oracle::compare::message_text;
use crate::oracle::comparison::Comparison;
use crate::oracle::expected::Wording;
use interop::programs::workspace;

const MODES: [Mode; 2] = [Mode::Decode, Mode::Encode];

/// Writes both files from this JDK's answers.
pub(crate) fn write(programs: &Programs<'_>) -> Result<()> {
    for mode in MODES {
        let path = path(mode);
        fs::write(&path, file(programs, mode)?)
            .with_context(|| format!("cannot write {}", path.display()))?;
        println!("wrote {}, by {}", path.display(), programs.jdk.name);
    }
    Ok(())
}

/// Asks this JDK the same questions, and compares its answers with the files.
pub(crate) fn compare(programs: &Programs<'_>) -> Result<Comparison> {
    let mut comparison = Comparison::default();
    for mode in MODES {
        let path = path(mode);
        let checked_in =
            fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let now = file(programs, mode)?;
        for (old, new) in checked_in.lines().zip(now.lines()) {
            comparison.asked += 1;
            comparison.accepted += u64::from(!new.contains('!'));
            let worded_otherwise = Wording::of_feature(programs.jdk.feature) == Wording::Short
                && old.contains("too long");
            if old != new && !worded_otherwise && comparison.mismatch.is_none() {
                comparison.mismatch = Some(format!("  checked in {old}\n  now        {new}"));
            }
        }
        if checked_in.lines().count() != now.lines().count() {
            comparison.mismatch = Some(format!(
                "  {} was written for other questions: cargo xtask oracle --write-vectors",
                path.display()
            ));
        }
    }
    Ok(comparison)
}

fn path(mode: Mode) -> PathBuf {
    let name = match mode {
        Mode::Decode => "read_utf.tsv",
        Mode::Encode => "write_utf.tsv",
    };
    workspace::root()
        .join("crates/proto/tests/vectors")
        .join(name)
}

/// Returns a file with a line for each question: the question, the units or the exception, and the result
/// of `writeUTF`.
fn file(programs: &Programs<'_>, mode: Mode) -> Result<String> {
    let batch = match mode {
        Mode::Decode => bodies::selected(),
        Mode::Encode => strings_to_keep(),
    };
    let answers = programs.ask(mode, &batch)?;
    let mut left = &answers[..];
    let mut file = match mode {
        Mode::Decode => "# body, then its units and what writeUTF gives back, or readUTF's error",
        Mode::Encode => "# units, then what writeUTF makes of them, or its error",
    }
    .to_owned();
    file.push_str("; XX*N is N times XX\n");
    for question in mode.split(&batch) {
        let (answer, rest) = take_answer(mode, left).context("an answer is cut short")?;
        left = rest;
        let columns = match mode {
            Mode::Decode => vec![runs(mode.payload(question).chunks(1)), decoded(answer)],
            Mode::Encode => vec![runs(mode.payload(question).chunks(2)), written(answer)],
        };
        file.push_str(&columns.join("\t"));
        file.push('\n');
    }
    Ok(file)
}

fn decoded(answer: &[u8]) -> String {
    match answer {
        [0, rest @ ..] => {
            let (units, rest) = take_units(rest).expect("a whole answer");
            format!("{}\t{}", runs(units.chunks(2)), written(rest))
        }
        _ => error(answer),
    }
}

fn written(answer: &[u8]) -> String {
    match *answer {
        [0, high, low, ref rest @ ..] => {
            let length = usize::from(u16::from_be_bytes([high, low]));
            let is_continuation = |byte: &u8| byte & 0xC0 == 0x80;
            runs(rest[..length].chunk_by(|_, next| is_continuation(next)))
        }
        _ => error(answer),
    }
}

fn error(answer: &[u8]) -> String {
    let (message, _) = message_text(&answer[1..]).expect("a whole answer");
    format!("!{}", message.escape_debug())
}

/// Returns the hexadecimal digits of `items`, with long runs of one item counted.
fn runs<'a>(items: impl Iterator<Item = &'a [u8]>) -> String {
    let items: Vec<&[u8]> = items.collect();
    let mut text = String::new();
    for run in items.chunk_by(|a, b| a == b) {
        if run.len() < 16 {
            text.push_str(&encode_upper(run.concat()));
        } else {
            text.push_str(&format!(" {}*{} ", encode_upper(run[0]), run.len()));
        }
    }
    text.trim().to_owned()
}

fn strings_to_keep() -> Vec<u8> {
    const UNITS: [u16; 12] = [
        0x0000, 0x0001, 0x007F, 0x0080, 0x07FF, 0x0800, 0xD7FF, 0xD800, 0xDBFF, 0xDC00, 0xDFFF,
        0xFFFF,
    ];
    let mut batch = Vec::new();
    for unit in UNITS {
        push_units(&mut batch, &[unit]);
        for second in UNITS {
            push_units(&mut batch, &[unit, second]);
        }
    }
    for (unit, edge) in [(0x41, 65_535), (0x00, 32_767), (0x4F60, 21_845)] {
        push_units(&mut batch, &vec![unit; edge]);
        push_units(&mut batch, &vec![unit; edge + 1]);
    }
    let ends: Vec<u16> = "head😀 and tail😀".encode_utf16().collect();
    push_units(&mut batch, &[&ends[..], &[0x61; 65_535], &ends].concat());
    batch
}
