//! The strings that are decoded and encoded: random texts of each kind, or those of a JDK's class files.
//!
//! Each string is held as a body, as text and as UTF-16. All bodies stand in one buffer, and so do all texts
//! and all units; `ends` has the end of each string in each buffer. After `push("hé")` and `push("i")` the
//! bodies are `68 C3 A9 69`, and `ends` is `[[3, 3, 2], [4, 4, 3]]`.

use std::path::Path;

use anyhow::{Context, Result};
use fastrand::Rng;

use super::cell::{Script, Workload};
use crate::java::batch::{Mode, from_big_endian, push_frame, take_answer, take_units};
use crate::java::programs::Programs;
use crate::java::{bodies, class_files};
use interop::programs::jdk::Jdk;

/// Number of bytes of all bodies of a workload. A workload of short strings has many different ones, which
/// a processor's branch predictor cannot learn.
const TOTAL: usize = 65_535;

/// Strings in every form that an implementation takes or returns.
#[derive(Debug, Default)]
pub(crate) struct Inputs {
    bodies: Vec<u8>,
    text: String,
    units: Vec<u16>,
    /// Position at which each string ends in each of the three buffers.
    ends: Vec<[usize; 3]>,
}

impl Inputs {
    pub(crate) fn of(workload: Workload, jdk: Option<(&Jdk, &Path)>) -> Result<Inputs> {
        let mut inputs = Inputs::default();
        match workload {
            Workload::Made(script, size) => {
                let mut rng = Rng::with_seed(666);
                for _ in 0..TOTAL / size {
                    inputs.push(&text(script, size, &mut rng));
                }
            }
            Workload::ClassFiles => {
                let (jdk, classes) = jdk.context("no JDK has class files here")?;
                class_files::read_pools(&Programs::new(jdk, classes), |pool| {
                    for frame in Mode::Decode.split(&pool) {
                        // A string with a lone surrogate has no text and is skipped.
                        let units = jvm_types::modified_utf8::decode(&frame[2..]);
                        let text = units.and_then(|units| String::from_utf16(&units).ok());
                        text.iter().for_each(|text| inputs.push(text));
                    }
                    true
                })?;
            }
        }
        Ok(inputs)
    }

    fn push(&mut self, text: &str) {
        let at = self.units.len();
        self.text.push_str(text);
        self.units.extend(text.encode_utf16());
        // jvm-types is slow and exact. Each JVM that is measured checks these bodies too.
        let body = jvm_types::modified_utf8::encode(&self.units[at..]);
        self.bodies.extend(body);
        self.ends
            .push([self.bodies.len(), self.text.len(), self.units.len()]);
    }

    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// Returns the number of bytes of all bodies.
    pub(crate) fn bytes(&self) -> usize {
        self.bodies.len()
    }

    pub(crate) fn frames(&self) -> Result<Vec<u8>> {
        let mut frames = Vec::new();
        for body in self.bodies() {
            push_frame(&mut frames, body)?;
        }
        Ok(frames)
    }

    pub(crate) fn bodies(&self) -> Vec<&[u8]> {
        self.ranges(0)
            .map(|(from, to)| &self.bodies[from..to])
            .collect()
    }

    pub(crate) fn texts(&self) -> Vec<&str> {
        self.ranges(1)
            .map(|(from, to)| &self.text[from..to])
            .collect()
    }

    pub(crate) fn units(&self) -> Vec<&[u16]> {
        self.ranges(2)
            .map(|(from, to)| &self.units[from..to])
            .collect()
    }

    fn ranges(&self, form: usize) -> impl Iterator<Item = (usize, usize)> {
        let starts = std::iter::once(0).chain(self.ends.iter().map(move |ends| ends[form]));
        starts.zip(self.ends.iter().map(move |ends| ends[form]))
    }
}

/// Returns bodies of all kinds with the text that a JVM decodes each to; `None` if it is no text.
pub(crate) fn judged(jdk: &Jdk, classes: &Path) -> Result<Vec<(Vec<u8>, Option<String>)>> {
    let batch = bodies::selected();
    let answers = Programs::new(jdk, classes).ask(Mode::Decode, &batch)?;
    let mut left = &answers[..];
    let mut judged = Vec::new();
    for question in Mode::Decode.split(&batch) {
        let (answer, rest) = take_answer(Mode::Decode, left).context("an answer is cut short")?;
        left = rest;
        let units = (answer[0] == 0).then(|| take_units(&answer[1..])).flatten();
        let text = units.and_then(|(units, _)| String::from_utf16(&from_big_endian(units)).ok());
        judged.push((question[2..].to_owned(), text));
    }
    Ok(judged)
}

/// Returns a random text whose body has exactly `size` bytes.
fn text(script: Script, size: usize, rng: &mut Rng) -> String {
    let mut text = String::new();
    let mut left = size;
    loop {
        let char = char(script, rng);
        let length = match char {
            '\0' => 2,
            '\u{10000}'.. => 6,
            _ => char.len_utf8(),
        };
        if length > left {
            break;
        }
        text.push(char);
        left -= length;
    }
    text.extend(std::iter::repeat_n('.', left));
    text
}

fn char(script: Script, rng: &mut Rng) -> char {
    match script {
        Script::Ascii => rng.char(' '..='~'),
        Script::Latin if rng.u8(..4) == 0 => rng.char('\u{C0}'..='\u{24F}'),
        Script::Latin => rng.char('a'..='z'),
        Script::Chinese => rng.char('\u{4E00}'..='\u{9FA5}'),
        Script::Emoji => rng.char('\u{1F300}'..='\u{1F64F}'),
        Script::Mixed => {
            let scripts = [Script::Ascii, Script::Latin, Script::Chinese, Script::Emoji];
            match rng.choice(scripts) {
                Some(script) if rng.u8(..20) > 0 => char(script, rng),
                _ => '\0',
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_body_of_a_made_workload_has_exactly_its_size() {
        for workload in Workload::all() {
            let Workload::Made(_, size) = workload else {
                continue;
            };
            let inputs = Inputs::of(workload, None).unwrap();
            assert!(inputs.len() > 0, "{workload}");
            assert!(
                inputs.bodies().iter().all(|body| body.len() == size),
                "{workload}"
            );
        }
    }

    #[test]
    fn the_forms_of_a_string_keep_together() {
        let mut inputs = Inputs::default();
        ["a\0", "", "é你😀"]
            .iter()
            .for_each(|text| inputs.push(text));
        assert_eq!(inputs.texts(), ["a\0", "", "é你😀"]);
        assert_eq!(inputs.bodies()[0], b"a\xC0\x80");
        assert_eq!(inputs.units()[2], [0xE9, 0x4F60, 0xD83D, 0xDE00]);
    }
}
