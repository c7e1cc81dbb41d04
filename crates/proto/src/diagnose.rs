//! The probable protocol of a peer that does not send `writeUTF` frames.
//!
//! For example, a peer sends the line `hello`. Its first two bytes, `he` or `68 65`, are a length
//! of 26,725 bytes, and only 4 bytes follow. They match no known protocol, and no length in
//! little-endian order, but all of them are text, and the last one ends a line. So the answer is
//! plain text in ASCII. Without the end of the line they could as well be the first segment of a
//! long frame, and there is no answer.

use alloc::vec::Vec;

use crate::frame::split_frame;
use crate::java_str::JavaStr;
use crate::mutf8::DecodeError;

mod cause;
mod encoding;
mod protocol;
mod text;

pub use cause::{Cause, Reading};
use text::{is_of_one_script, is_text};

/// The state of the stream that the bytes come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StreamState {
    /// The peer may send more.
    Open,
    /// The peer has closed the stream, or nothing more is read from it.
    Ended,
}

/// Returns the probable reason why a peer's bytes are not the expected frames.
///
/// `seen` are the bytes since the start of a frame: the first ones of a stream, or a malformed
/// frame and whatever came after it. Returns `None` if a Java peer may have sent them, or if nothing
/// is recognised. Where two encodings fit, the cause has both.
///
/// The answer may change as more bytes come. It is a hint for a log and no reason to refuse a peer.
///
/// ```
/// use hellohi_proto::{StreamState, diagnose};
///
/// let cause = diagnose(b"GET / HTTP/1.1\r\n", StreamState::Open).map(|cause| cause.to_string());
/// assert_eq!(cause.as_deref(), Some("an HTTP client or a health check"));
/// assert_eq!(diagnose(b"\0\x02hi", StreamState::Ended), None);
/// ```
pub fn diagnose(seen: &[u8], stream: StreamState) -> Option<Cause> {
    let (&length, rest) = seen.split_first_chunk()?;
    let length = u16::from_be_bytes(length);
    if let Some(protocol) = protocol::protocol(seen) {
        return Some(protocol);
    }
    if length == 0 {
        return four_bytes(seen);
    }
    if let Some((body, _)) = split_frame(seen) {
        return match JavaStr::from_mutf8(body) {
            Ok(string) if string.as_bytes() == body => None,
            // The length may be a control character of `writeChars`, but hardly the first one.
            Ok(_) if length < 0x20 => other_encoding(encoding::utf16(body)),
            Ok(_) => write_chars(seen),
            Err(error) => length_in_characters(seen, body, error)
                .or_else(|| standard_utf8(body))
                .or_else(|| other_encoding(encoding::readings(body))),
        };
    }
    write_chars(seen)
        .or_else(|| swapped_length(seen))
        .or_else(|| plain_text(length, seen))
        .or_else(|| (stream == StreamState::Ended).then(|| cut(length, seen, rest)))
}

/// Recognises characters of two bytes. Java never writes a raw 00 into a body.
fn write_chars(seen: &[u8]) -> Option<Cause> {
    let (units, _) = seen.as_chunks::<2>();
    let is_latin = |unit: &[u8; 2]| match units.len() {
        0..=2 => unit[0] == 0 && unit[1].is_ascii_alphanumeric(),
        _ => unit[0] == 0 && unit[1].is_ascii() && is_text(unit[1].into()),
    };
    (units.len() > 1 && units.iter().all(is_latin)).then_some(Cause::WriteChars)
}

/// Recognises what begins with an integer of four bytes, whose first two bytes are an empty frame.
fn four_bytes(seen: &[u8]) -> Option<Cause> {
    let first = u32::from_be_bytes(*seen.first_chunk()?);
    if is_sequence(seen, 1, |_| true) {
        // A Java peer that sends an empty message before each other one is less probable.
        return Some(Cause::FourByteLength { length: first });
    }
    let is_utf16 = |text: &[u8]| {
        let units = text
            .as_chunks()
            .0
            .iter()
            .map(|&unit| u16::from_be_bytes(unit));
        char::decode_utf16(units).all(|char| char.is_ok_and(is_text))
    };
    if is_sequence(seen, 2, is_utf16) {
        return Some(Cause::FourByteCount { count: first });
    }
    let (integers, []) = seen.as_chunks::<4>() else {
        return None;
    };
    let are_small = integers.iter().all(|integer| integer[..2] == [0, 0]);
    (integers.len() > 1 && are_small && !is_javas(seen)).then_some(Cause::Integers)
}

/// Returns whether the stream is to its very end a sequence of numbers in four bytes, each with as
/// many items of `size` bytes behind it.
fn is_sequence(mut left: &[u8], size: usize, is_body: impl Fn(&[u8]) -> bool) -> bool {
    while let Some((count, rest)) = left.split_first_chunk() {
        let count = usize::try_from(u32::from_be_bytes(*count)).ok();
        let length = count.and_then(|count| count.checked_mul(size));
        match length.and_then(|length| rest.split_at_checked(length)) {
            Some((body, behind)) if !body.is_empty() && is_body(body) => left = behind,
            _ => return false,
        }
    }
    left.is_empty()
}

/// Returns whether all of this may be the frames of a Java peer, the last one perhaps incomplete.
fn is_javas(mut seen: &[u8]) -> bool {
    while let Some((body, rest)) = split_frame(seen) {
        if JavaStr::from_canonical(body).is_err() {
            return false;
        }
        seen = rest;
    }
    may_begin_a_body(seen.get(2..).unwrap_or_default())
}

/// Returns whether these may be the first bytes of a body that Java writes.
fn may_begin_a_body(bytes: &[u8]) -> bool {
    let Err(error) = JavaStr::from_canonical(bytes) else {
        return true;
    };
    matches!(
        bytes[error.valid_up_to()..],
        [0xC0 | 0xC2..=0xEF] | [0xE0, 0xA0..=0xBF] | [0xE1..=0xEF, 0x80..=0xBF]
    )
}

fn swapped_length(seen: &[u8]) -> Option<Cause> {
    let mut left = seen;
    while let Some((prefix, rest)) = left.split_first_chunk() {
        let length = usize::from(u16::from_le_bytes(*prefix));
        let (body, behind) = rest.split_at_checked(length)?;
        let text = JavaStr::str_from_mutf8(body).ok()?;
        if body.is_empty() || !text.chars().all(is_text) {
            return None;
        }
        left = behind;
    }
    let length = u16::from_be_bytes(*seen.first_chunk()?);
    left.is_empty().then_some(Cause::SwappedLength { length })
}

/// Recognises text without frames.
///
/// Text that may as well be the first segment of a long frame has to end a line. Other text has to
/// be of more than one character beyond ASCII.
fn plain_text(length: u16, seen: &[u8]) -> Option<Cause> {
    let is_line = seen.len() > 2 && seen.ends_with(b"\n");
    let is_java = may_begin_a_body(&seen[2..]);
    let readings: Vec<Reading> = match str::from_utf8(seen) {
        Ok(text) if text.is_ascii() => {
            let is_word = || {
                text.trim_end()
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric())
            };
            let is_text = text.chars().all(is_text) && is_line && (text.len() > 5 || is_word());
            let ascii = is_text.then(|| Reading::new("ASCII", text));
            ascii
                .or_else(|| encoding::utf16(seen))
                .into_iter()
                .collect()
        }
        Ok(text) => {
            let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
            let wide = text.chars().filter(|char| !char.is_ascii()).count();
            let is_text = is_of_one_script(text) && (is_line || !is_java && wide > 1);
            is_text
                .then(|| Reading::new("UTF-8", text))
                .into_iter()
                .collect()
        }
        Err(_) if is_line => encoding::readings(seen),
        Err(_) => encoding::utf16(seen).into_iter().collect(),
    };
    (!readings.is_empty()).then_some(Cause::PlainText { length, readings })
}

fn cut(length: u16, seen: &[u8], rest: &[u8]) -> Cause {
    let is_word = |char: char| char.is_alphanumeric() || char == ' ';
    let text = str::from_utf8(seen).ok().filter(|text| {
        let words = text.chars().filter(|&char| is_word(char)).count();
        text.chars().all(is_text) && 4 * words >= 3 * text.chars().count()
    });
    Cause::Cut {
        got: rest.len(),
        of: length,
        text: text.map(|text| text.chars().take(40).collect()),
    }
}

fn other_encoding(readings: impl IntoIterator<Item = Reading>) -> Option<Cause> {
    let readings: Vec<Reading> = readings.into_iter().collect();
    (!readings.is_empty()).then_some(Cause::OtherEncoding { readings })
}

fn length_in_characters(seen: &[u8], body: &[u8], error: DecodeError) -> Option<Cause> {
    let length = u16::from_be_bytes(*seen.first_chunk()?);
    // A reader that took the frame alone has seen nothing but the body.
    let is_cut = error.around_byte().is_none() && is_cut_utf8(body);
    (is_cut || reads_with_lengths_in_characters(seen))
        .then_some(Cause::LengthInCharacters { length })
}

/// Returns whether this is UTF-8 whose last character is cut, and not the first one beyond ASCII.
/// Else it may as well be a letter in another encoding.
fn is_cut_utf8(body: &[u8]) -> bool {
    let Err(error) = str::from_utf8(body) else {
        return false;
    };
    let whole = &body[..error.valid_up_to()];
    error.error_len().is_none()
        && !whole.is_ascii()
        && str::from_utf8(whole).is_ok_and(is_of_one_script)
}

/// Returns whether the stream is to its very end UTF-8 with lengths that count characters.
fn reads_with_lengths_in_characters(seen: &[u8]) -> bool {
    let mut left = seen;
    while let Some((prefix, rest)) = left.split_first_chunk() {
        let length = usize::from(u16::from_be_bytes(*prefix));
        // Its characters end within these bytes, and the last one may be cut by their end.
        let most = &rest[..rest.len().min(4 * length)];
        let text = most.utf8_chunks().next().map_or("", |chunk| chunk.valid());
        let text = match text.char_indices().nth(length) {
            Some((end, _)) => &text[..end],
            None if text.chars().count() == length => text,
            None => return false,
        };
        if !is_of_one_script(text) {
            return false;
        }
        left = &rest[text.len()..];
    }
    left.is_empty()
}

fn standard_utf8(body: &[u8]) -> Option<Cause> {
    let text = str::from_utf8(body).ok()?;
    let char = text.chars().find(|&char| char > '\u{FFFF}')?;
    is_of_one_script(text).then_some(Cause::StandardUtf8 { char })
}
