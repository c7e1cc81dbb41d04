//! Questions to `Codec.java`, and the answers that hellohi-proto expects, in its format.

use anyhow::{Context, Result, ensure};
use hellohi_proto::{JavaStr, JavaString, TextError, WriteError, read_utf, write_utf};

/// What `Codec.java` is asked with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Frames.
    Decode,
    /// Numbers of units, and the units.
    Encode,
}

/// How `writeUTF` words what is too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wording {
    /// With the number of bytes alone, before JDK 17.
    Short,
    /// With the string's first and last units.
    HeadAndTail,
}

impl Mode {
    pub(crate) fn argument(self) -> &'static str {
        match self {
            Self::Decode => "decode",
            Self::Encode => "encode",
        }
    }

    /// The question about one body or string, given in hexadecimal digits.
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
                let units: Vec<u16> = bytes
                    .chunks_exact(2)
                    .map(|unit| u16::from_be_bytes([unit[0], unit[1]]))
                    .collect();
                push_units(&mut question, &units);
            }
        }
        Ok(question)
    }

    /// What comes after the length: a body, or units.
    pub(crate) fn payload(self, question: &[u8]) -> &[u8] {
        match self {
            Self::Decode => &question[2..],
            Self::Encode => &question[4..],
        }
    }

    /// The questions of a batch, one by one.
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

    /// Appends the answer that Java should give, and says whether that is a string.
    pub(crate) fn answer(self, wording: Wording, question: &[u8], answer: &mut Vec<u8>) -> bool {
        match self {
            // No answer of Java's begins so: a mismatch, if our own two ways disagree.
            Self::Decode if !ways_agree(&question[2..]) => {
                answer.push(0xFF);
                false
            }
            Self::Decode => match read_utf(&mut &question[..]) {
                Ok(string) => {
                    answer.push(0);
                    push_string(answer, &string);
                    push_written(answer, wording, &string);
                    true
                }
                Err(error) => {
                    answer.push(1);
                    push_units(answer, &utf16(&error.to_string()));
                    false
                }
            },
            Self::Encode => {
                let units: Vec<u16> = self
                    .payload(question)
                    .chunks_exact(2)
                    .map(|unit| u16::from_be_bytes([unit[0], unit[1]]))
                    .collect();
                let string = JavaString::from_utf16(&units);
                let fits = push_written(answer, wording, &string);
                if fits {
                    let back = JavaStr::from_body(string.as_bytes());
                    answer.push(u8::from(back.is_ok_and(|back| back.units().eq(units))));
                }
                let console = string.to_console();
                answer.extend((console.len() as u32).to_be_bytes());
                answer.extend(console.as_bytes());
                fits
            }
        }
    }
}

/// Whether the way to text past [`JavaStr`] leads to the same.
fn ways_agree(body: &[u8]) -> bool {
    let direct = JavaStr::str_from_body(body);
    match JavaStr::from_body(body) {
        Err(error) => direct == Err(error.into()),
        Ok(string) => {
            let units: Vec<u16> = string.units().collect();
            match (direct, String::from_utf16(&units)) {
                (Ok(text), Ok(expected)) => text == expected,
                (Err(TextError::LoneSurrogate(lone)), Err(_)) => units[lone.index] == lone.unit,
                _ => false,
            }
        }
    }
}

/// The first of several answers, and the rest; `None` where it is cut short.
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
    let (count, rest) = bytes.split_first_chunk()?;
    rest.get(2 * u32::from_be_bytes(*count) as usize..)
}

fn after_written(bytes: &[u8]) -> Option<&[u8]> {
    match *bytes {
        [0, high, low, ref rest @ ..] => rest.get(usize::from(u16::from_be_bytes([high, low]))..),
        [1, ref rest @ ..] => after_units(rest)?.get(4..),
        _ => None,
    }
}

pub(crate) fn push_frame(batch: &mut Vec<u8>, body: &[u8]) -> Result<()> {
    let length = u16::try_from(body.len())
        .with_context(|| format!("{} bytes do not fit in a frame", body.len()))?;
    batch.extend(length.to_be_bytes());
    batch.extend(body);
    Ok(())
}

pub(crate) fn push_units(bytes: &mut Vec<u8>, units: &[u16]) {
    bytes.extend((units.len() as u32).to_be_bytes());
    bytes.extend(units.iter().flat_map(|unit| unit.to_be_bytes()));
}

fn push_string(answer: &mut Vec<u8>, string: &JavaStr) {
    let at = answer.len();
    answer.extend([0; 4]);
    answer.extend(string.units().flat_map(u16::to_be_bytes));
    let count = (answer.len() - at - 4) / 2;
    answer[at..at + 4].copy_from_slice(&(count as u32).to_be_bytes());
}

fn push_written(answer: &mut Vec<u8>, wording: Wording, string: &JavaStr) -> bool {
    let at = answer.len();
    answer.push(0);
    let Err(error) = write_utf(answer, string) else {
        return true;
    };
    let WriteError::TooLong(error) = error else {
        unreachable!("a Vec takes every write")
    };
    // Java's message, where a pair may be cut in two, which Display cannot show.
    let message = match wording {
        Wording::Short => utf16(&format!("encoded string too long: {} bytes", error.bytes)),
        Wording::HeadAndTail => [
            &utf16("encoded string (")[..],
            &error.head,
            &utf16("..."),
            &error.tail,
            &utf16(&format!(") too long: {} bytes", error.bytes)),
        ]
        .concat(),
    };
    let written = answer.len() - at - 1;
    answer.truncate(at);
    answer.push(1);
    push_units(answer, &message);
    answer.extend((written as u32).to_be_bytes());
    false
}

fn utf16(text: &str) -> Vec<u16> {
    text.encode_utf16().collect()
}
