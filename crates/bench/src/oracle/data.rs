//! The other methods of the data streams: numbers, lines, and the bytes that each leaves unread.
//!
//! A question is the method's name, a number of bytes, and these bytes; an answer is a number of bytes, and
//! these bytes. To `readShort` with `FF FE 5A` the answer is `00 FFFFFFFFFFFFFFFE 5A`: a tag for success, the
//! value as a long, and the byte that the method left.

mod method;
mod values;

use anyhow::{Context, Result, bail};
use fastrand::Rng;
use hellohi_proto::{DataInput as _, DataOutput as _};
use hex::encode_upper;

use crate::java::programs::Programs;
use crate::oracle::comparison::Comparison;
use method::{METHODS, Method};

/// Asks one JVM about every method, with its boundary values and random ones.
pub(crate) fn compare(programs: &Programs<'_>, seed: u64) -> Result<Comparison> {
    let mut rng = Rng::with_seed(seed);
    let questions: Vec<Question> = METHODS
        .iter()
        .flat_map(|method| {
            let arguments = method.arguments(&mut rng);
            arguments
                .into_iter()
                .map(move |argument| Question { method, argument })
        })
        .collect();
    let mut comparison = Comparison::default();
    for (question, theirs) in questions.iter().zip(ask(programs, &questions)?) {
        let ours = question.ours();
        comparison.asked += 1;
        comparison.accepted += u64::from(ours.first() != Some(&1));
        if ours != theirs && comparison.mismatch.is_none() {
            comparison.mismatch = Some(question.describe(programs, &theirs));
        }
    }
    Ok(comparison)
}

/// Returns both answers to a question given as `METHOD:HEX`, and whether they are the same.
pub(crate) fn explain(programs: &Programs<'_>, question: &str) -> Result<(String, bool)> {
    let question = Question::parse(question)?;
    let theirs = ask(programs, std::slice::from_ref(&question))?.remove(0);
    let same = question.ours() == theirs;
    Ok((question.describe(programs, &theirs), same))
}

struct Question {
    method: &'static Method,
    argument: Vec<u8>,
}

impl Question {
    fn parse(question: &str) -> Result<Self> {
        let (name, digits) = question
            .split_once(':')
            .with_context(|| format!("{question:?} is not METHOD:HEX"))?;
        let Some(method) = METHODS.iter().find(|method| method.name == name) else {
            let names = METHODS.map(|method| method.name).join(", ");
            bail!("no method is called {name:?}; they are {names}");
        };
        let argument =
            hex::decode(digits).with_context(|| format!("{digits:?} is not hexadecimal"))?;
        Ok(Self { method, argument })
    }

    fn ours(&self) -> Vec<u8> {
        self.method.answer(&self.argument)
    }

    fn describe(&self, programs: &Programs<'_>, theirs: &[u8]) -> String {
        let (name, argument) = (self.method.name, encode_upper(&self.argument));
        format!(
            "  {name} {argument}\n  {:<8} {}\n  {:<8} {}\n  reproduce: cargo xtask oracle --jdk {} --data {name}:{argument}",
            programs.jdk.name,
            encode_upper(theirs),
            "ours",
            encode_upper(self.ours()),
            programs.jdk.home.display(),
        )
    }
}

fn ask(programs: &Programs<'_>, questions: &[Question]) -> Result<Vec<Vec<u8>>> {
    let mut batch = Vec::new();
    for Question { method, argument } in questions {
        batch.write_utf(method.name)?;
        batch.write_int(i32::try_from(argument.len())?)?;
        batch.extend(argument);
    }
    let answers = programs.run("Data", &[], &batch)?;
    let mut left = &answers[..];
    questions
        .iter()
        .map(|_| {
            let length = usize::try_from(left.read_int()?)?;
            let answer;
            (answer, left) = left
                .split_at_checked(length)
                .context("an answer is cut short")?;
            Ok(answer.to_owned())
        })
        .collect()
}
