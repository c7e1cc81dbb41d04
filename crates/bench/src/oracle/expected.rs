//! The answers that hellohi-proto expects from a JVM, in the format of `Codec.java`.

use hellohi_proto::{JavaStr, JavaString, TextError, WriteError, read_utf, write_utf};

use crate::java::batch::{Mode, from_big_endian, push_units};

/// The message of `writeUTF` about a string that is too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wording {
    /// With the number of bytes alone, before JDK 17.
    Short,
    /// With the string's first and last units.
    HeadAndTail,
}

impl Wording {
    /// Returns the wording of a JDK with this feature number.
    pub(crate) fn of_feature(feature: u32) -> Wording {
        if feature < 17 {
            Wording::Short
        } else {
            Wording::HeadAndTail
        }
    }
}

/// Appends the expected answer to `question`, and returns whether it is a string.
pub(crate) fn push_answer(
    answer: &mut Vec<u8>,
    mode: Mode,
    wording: Wording,
    question: &[u8],
) -> bool {
    let payload = mode.payload(question);
    match mode {
        // No answer of a JVM begins with this byte, so it is a mismatch.
        Mode::Decode if !ways_agree(payload) => {
            answer.push(0xFF);
            false
        }
        Mode::Decode => match read_utf(&mut &question[..]) {
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
        Mode::Encode => {
            let units = from_big_endian(payload);
            let string = JavaString::from_utf16(&units);
            let fits = push_written(answer, wording, &string);
            if fits {
                let back = JavaStr::from_mutf8(string.as_bytes());
                answer.push(u8::from(back.is_ok_and(|back| back.units().eq(units))));
            }
            let console = string.to_console();
            answer.extend((console.len() as u32).to_be_bytes());
            answer.extend(console.as_bytes());
            fits
        }
    }
}

/// Returns whether both ways from a body to text agree: the direct one, and the one by [`JavaStr`].
fn ways_agree(body: &[u8]) -> bool {
    let direct = JavaStr::str_from_mutf8(body);
    match JavaStr::from_mutf8(body) {
        Err(error) => direct == Err(error.into()),
        Ok(string) => {
            let units: Vec<u16> = string.units().collect();
            match (direct, String::from_utf16(&units)) {
                (Ok(text), Ok(expected)) => text == expected,
                (Err(TextError::LoneSurrogate(lone)), Err(_)) => units[lone.index()] == lone.unit(),
                _ => false,
            }
        }
    }
}

fn push_string(answer: &mut Vec<u8>, string: &JavaStr) {
    let at = answer.len();
    answer.extend([0; 4]);
    answer.extend(string.units().flat_map(u16::to_be_bytes));
    let count = (answer.len() - at - 4) / 2;
    answer[at..at + 4].copy_from_slice(&(count as u32).to_be_bytes());
}

/// Appends what `writeUTF` makes of `string`, and returns whether that is a frame.
fn push_written(answer: &mut Vec<u8>, wording: Wording, string: &JavaStr) -> bool {
    let at = answer.len();
    answer.push(0);
    let Err(error) = write_utf(answer, string) else {
        return true;
    };
    let WriteError::TooLong(error) = error else {
        unreachable!("a Vec takes every write")
    };
    // Java may cut a surrogate pair in two here, which `Display` cannot show.
    let message = match wording {
        Wording::Short => utf16(&format!("encoded string too long: {} bytes", error.bytes())),
        Wording::HeadAndTail => [
            &utf16("encoded string (")[..],
            &error.head(),
            &utf16("..."),
            &error.tail(),
            &utf16(&format!(") too long: {} bytes", error.bytes())),
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
