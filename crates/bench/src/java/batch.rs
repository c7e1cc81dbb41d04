//! Batches of questions to `Codec.java`, and its answers, as bytes.
//!
//! A question in mode `decode` is a frame, and one in mode `encode` is a number of UTF-16 units and these
//! units. A batch is questions one behind the other, so it is split by their lengths:
//!
//! ```text
//! 00 01 41  00 02 C3 A9        two questions: the body 41, and the body C3 A9
//! ```
//!
//! Each answer begins with a tag. Tag 0 is a string, and tag 1 is the message of an exception. To the first
//! question above a JVM answers with one unit, and with the frame that `writeUTF` makes of it:
//!
//! ```text
//! 00  00 00 00 01 00 41  00 00 01 41
//! ```
//!
//! [`take_answer`] finds the end of such an answer from its lengths alone.

use anyhow::{Context, Result, ensure};

/// The direction in which `Codec.java` is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// From frames to strings.
    Decode,
    /// From strings to frames.
    Encode,
}

impl Mode {
    /// Returns the argument that starts `Codec.java` in this mode.
    pub(crate) fn argument(self) -> &'static str {
        match self {
            Self::Decode => "decode",
            Self::Encode => "encode",
        }
    }

    /// Returns the question about one body or string, given in hexadecimal digits.
    pub(crate) fn question(self, digits: &str) -> Result<Vec<u8>> {
        let bytes =
            hex::decode(digits).with_context(|| format!("{digits:?} is not hexadecimal"))?;
        let mut question = Vec::new();
        match self {
            Self::Decode => push_frame(&mut question, &bytes)?,
            Self::Encode => {
                ensure!(
                    bytes.len().is_multiple_of(2),
                    "{digits:?} ends inside a unit of 4 digits"
                );
                push_units(&mut question, &from_big_endian(&bytes));
            }
        }
        Ok(question)
    }

    /// Returns the part of a question behind its length: a body, or units.
    pub(crate) fn payload(self, question: &[u8]) -> &[u8] {
        match self {
            Self::Decode => &question[2..],
            Self::Encode => &question[4..],
        }
    }

    /// Returns the questions of a batch, one by one.
    pub(crate) fn split(self, mut batch: &[u8]) -> impl Iterator<Item = &[u8]> {
        std::iter::from_fn(move || {
            let length = match (self, batch) {
                (_, []) => return None,
                (Self::Decode, &[high, low, ..]) => 2 + usize::from(high) * 256 + usize::from(low),
                (Self::Encode, _) => {
                    let count = batch.first_chunk().expect("a batch holds whole questions");
                    4 + 2 * u32::from_be_bytes(*count) as usize
                }
                (Self::Decode, [_]) => unreachable!("a batch holds whole questions"),
            };
            let (question, rest) = batch.split_at(length);
            batch = rest;
            Some(question)
        })
    }
}

/// Splits answers into the first one and the rest; returns `None` where it is cut short.
pub(crate) fn take_answer(mode: Mode, answers: &[u8]) -> Option<(&[u8], &[u8])> {
    let (&tag, mut rest) = answers.split_first()?;
    match (mode, tag) {
        (Mode::Decode, 0) => rest = after_written(after_units(rest)?)?,
        (Mode::Decode, _) => rest = after_units(rest)?,
        (Mode::Encode, _) => {
            rest = after_written(answers)?;
            if tag == 0 {
                rest = rest.get(1..)?;
            }
            let (length, console) = rest.split_first_chunk()?;
            rest = console.get(u32::from_be_bytes(*length) as usize..)?;
        }
    }
    Some(answers.split_at(answers.len() - rest.len()))
}

fn after_units(bytes: &[u8]) -> Option<&[u8]> {
    Some(take_units(bytes)?.1)
}

fn after_written(bytes: &[u8]) -> Option<&[u8]> {
    match *bytes {
        [0, high, low, ref rest @ ..] => rest.get(usize::from(u16::from_be_bytes([high, low]))..),
        [1, ref rest @ ..] => after_units(rest)?.get(4..),
        _ => None,
    }
}

/// Appends a frame: the length of `body` in two bytes, and `body`.
pub(crate) fn push_frame(batch: &mut Vec<u8>, body: &[u8]) -> Result<()> {
    let length = u16::try_from(body.len())
        .with_context(|| format!("{} bytes do not fit in a frame", body.len()))?;
    batch.extend(length.to_be_bytes());
    batch.extend(body);
    Ok(())
}

/// Appends the number of units in four bytes, and the units.
pub(crate) fn push_units(bytes: &mut Vec<u8>, units: &[u16]) {
    bytes.extend((units.len() as u32).to_be_bytes());
    bytes.extend(units.iter().flat_map(|unit| unit.to_be_bytes()));
}

/// Splits bytes that begin with a counted string into the bytes of its units and the rest.
pub(crate) fn take_units(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (count, rest) = bytes.split_first_chunk()?;
    rest.split_at_checked(2 * u32::from_be_bytes(*count) as usize)
}

/// Returns the units that `bytes` are, two bytes each.
pub(crate) fn from_big_endian(bytes: &[u8]) -> Vec<u16> {
    let (units, _) = bytes.as_chunks();
    units.iter().copied().map(u16::from_be_bytes).collect()
}
