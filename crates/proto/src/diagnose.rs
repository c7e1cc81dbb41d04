//! The probable protocol of a peer that does not send `writeUTF` frames.
//!
//! For example, a peer sends the line `hello`. Its first two bytes, `he` or `68 65`, are a length
//! of 26,725 bytes, and only 4 bytes follow. They match no known protocol, and no length in
//! little-endian order, but all of them are text. So the answer is plain text in ASCII.

use alloc::string::String;
use core::fmt::{self, Display};

use encoding_rs::GBK;

use crate::java_str::JavaStr;
use crate::java_string::JavaString;
use crate::mutf8::DecodeError;

/// The state of the stream that the bytes come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StreamState {
    /// The peer may send more.
    Open,
    /// The peer has closed the stream, or nothing more is read from it.
    Ended,
}

/// The probable reason why a peer's bytes are not the expected frames. Displayed as one line for a
/// log, which says what to look for at the peer.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Cause {
    /// Text without frames, as netcat or a `PrintWriter` sends it.
    PlainText {
        /// The first two bytes, which `readUTF` takes for the length.
        length: u16,
        /// `ASCII`, `UTF-8` or `GBK`.
        encoding: &'static str,
        /// The text in place of the length.
        start: String,
    },
    /// An HTTP request or response.
    Http,
    /// A TLS handshake.
    Tls,
    /// An SSH banner.
    Ssh,
    /// A `java.io.ObjectOutputStream`.
    ObjectStream,
    /// `DataOutputStream.writeChars`: UTF-16 without a length.
    WriteChars,
    /// A length in four bytes (`writeInt`), whose first two bytes are read as an empty message.
    FourByteLength {
        /// The first length, read from four bytes.
        length: u32,
    },
    /// A length in little-endian order.
    SwappedLength {
        /// The first two bytes, which `readUTF` takes for the length.
        length: u16,
    },
    /// A length that counts characters.
    LengthInCharacters {
        /// The length as sent.
        length: u16,
    },
    /// Standard UTF-8 with a character beyond U+FFFF.
    StandardUtf8 {
        /// The first such character.
        char: char,
    },
    /// Text in GBK, the encoding of Chinese Windows and of older Java programs there.
    Gbk {
        /// The first 40 characters of the text.
        text: String,
    },
    /// The stream ended inside a frame, and nothing else explains its bytes.
    Cut {
        /// Number of bytes of the body that came.
        got: usize,
        /// Number of bytes that the length announced.
        of: u16,
    },
}

/// Returns the probable reason why a peer's bytes are not the expected frames.
///
/// `seen` are the bytes since the start of a frame: the first ones of a stream, or a malformed
/// frame and whatever came after it. Returns `None` if they are what a Java peer sends, or if
/// nothing is recognised.
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
    let &[high, low, ref rest @ ..] = seen else {
        return None;
    };
    let length = u16::from_be_bytes([high, low]);
    match rest.get(..usize::from(length)) {
        Some(body) => match JavaStr::from_mutf8(body) {
            Ok(string) if string.as_bytes() == body => four_byte_length(seen),
            Ok(_) => foreign_protocol(seen),
            Err(error) => foreign_protocol(seen)
                .or_else(|| length_in_characters(seen, body, error))
                .or_else(|| standard_utf8(body))
                .or_else(|| gbk(body)),
        },
        None => foreign_protocol(seen)
            .or_else(|| swapped_length(seen))
            .or_else(|| plain_text(seen))
            .or_else(|| {
                (stream == StreamState::Ended).then_some(Cause::Cut {
                    got: rest.len(),
                    of: length,
                })
            }),
    }
}

/// Recognises a protocol by its first bytes.
fn foreign_protocol(seen: &[u8]) -> Option<Cause> {
    const HTTP: [&[u8]; 10] = [
        b"GET ",
        b"HEAD ",
        b"POST ",
        b"PUT ",
        b"DELETE ",
        b"OPTIONS ",
        b"CONNECT ",
        b"PATCH ",
        b"TRACE ",
        b"HTTP/",
    ];
    match seen {
        [0xAC, 0xED, 0x00, 0x05, ..] => Some(Cause::ObjectStream),
        // A TLS record: a handshake, version 3.x, and inside it a ClientHello.
        [0x16, 0x03, 0..=4] | [0x16, 0x03, 0..=4, _] | [0x16, 0x03, 0..=4, _, _] => {
            Some(Cause::Tls)
        }
        [0x16, 0x03, 0..=4, _, _, 0x01, ..] => Some(Cause::Tls),
        _ if seen.starts_with(b"SSH-") => Some(Cause::Ssh),
        _ if HTTP.iter().any(|start| seen.starts_with(start)) => Some(Cause::Http),
        _ if is_latin_utf16(seen) => Some(Cause::WriteChars),
        _ => None,
    }
}

fn is_latin_utf16(seen: &[u8]) -> bool {
    // Java never writes a raw 00 into a body, so two such units are enough.
    let units = seen.chunks_exact(2);
    seen.len() >= 4
        && units
            .clone()
            .all(|unit| unit[0] == 0 && is_text_byte(unit[1]))
}

/// Recognises a length of four bytes, if the stream is a sequence of such messages to its very end.
/// A Java peer that sends an empty message before each other one is less probable.
fn four_byte_length(seen: &[u8]) -> Option<Cause> {
    let mut left = seen;
    while let Some((prefix, rest)) = left.split_first_chunk() {
        let length = u32::from_be_bytes(*prefix);
        left = rest.get(usize::try_from(length).ok()?..)?;
        if length == 0 {
            return None;
        }
    }
    let length = u32::from_be_bytes(*seen.first_chunk()?);
    left.is_empty().then_some(Cause::FourByteLength { length })
}

fn swapped_length(seen: &[u8]) -> Option<Cause> {
    let mut left = seen;
    while let Some((prefix, rest)) = left.split_first_chunk() {
        let length = usize::from(u16::from_le_bytes(*prefix));
        let (body, behind) = rest.split_at_checked(length)?;
        if body.is_empty() || JavaStr::from_mutf8(body).is_err() {
            return None;
        }
        left = behind;
    }
    let length = u16::from_be_bytes(*seen.first_chunk()?);
    left.is_empty().then_some(Cause::SwappedLength { length })
}

fn plain_text(seen: &[u8]) -> Option<Cause> {
    // Longer than a line, and than the smallest first segment of a long frame. This is a real
    // frame, and two letters happen to be its length.
    if seen.len() >= 512 && !seen.ends_with(b"\n") {
        return None;
    }
    let (text, encoding) = match core::str::from_utf8(seen) {
        Ok(text) if text.is_ascii() => (text.into(), "ASCII"),
        Ok(text) => (text.into(), "UTF-8"),
        Err(_) => (gbk_text(seen)?, "GBK"),
    };
    if !text.chars().all(is_text) {
        return None;
    }
    let shown = if encoding == "ASCII" { 2 } else { 1 };
    Some(Cause::PlainText {
        length: u16::from_be_bytes(*seen.first_chunk()?),
        encoding,
        start: text.chars().take(shown).collect(),
    })
}

fn length_in_characters(seen: &[u8], body: &[u8], error: DecodeError) -> Option<Cause> {
    let length = u16::from_be_bytes(*seen.first_chunk()?);
    // A reader that took the frame alone has seen nothing but the body.
    let cut_inside_a_character = error.around_byte().is_none()
        && core::str::from_utf8(body).is_err_and(|error| error.error_len().is_none());
    (cut_inside_a_character || reads_with_lengths_in_characters(seen))
        .then_some(Cause::LengthInCharacters { length })
}

fn reads_with_lengths_in_characters(seen: &[u8]) -> bool {
    let mut left = seen;
    while let Some((prefix, rest)) = left.split_first_chunk() {
        let length = usize::from(u16::from_be_bytes(*prefix));
        let valid = match core::str::from_utf8(rest) {
            Ok(text) => text,
            Err(error) => core::str::from_utf8(&rest[..error.valid_up_to()]).unwrap_or_default(),
        };
        let mut chars = valid.chars();
        if chars
            .by_ref()
            .take(length)
            .filter(|&char| is_text(char))
            .count()
            < length
        {
            return false;
        }
        left = &rest[valid.len() - chars.as_str().len()..];
    }
    left.is_empty()
}

fn standard_utf8(body: &[u8]) -> Option<Cause> {
    let text = core::str::from_utf8(body).ok()?;
    let char = text.chars().find(|&char| char > '\u{FFFF}')?;
    Some(Cause::StandardUtf8 { char })
}

fn gbk(body: &[u8]) -> Option<Cause> {
    let text = gbk_text(body)?;
    text.chars().all(is_text).then(|| Cause::Gbk {
        text: text.chars().take(40).collect(),
    })
}

fn gbk_text(bytes: &[u8]) -> Option<String> {
    let text = GBK.decode_without_bom_handling_and_without_replacement(bytes)?;
    Some(text.into_owned())
}

fn is_text(char: char) -> bool {
    !char.is_control() || matches!(char, '\t' | '\r' | '\n')
}

fn is_text_byte(byte: u8) -> bool {
    byte.is_ascii() && is_text(char::from(byte))
}

impl Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PlainText {
                length,
                encoding,
                start,
            } => write!(
                f,
                "the length {length} is the {encoding} text \"{}\": the peer sends plain text, \
                 not writeUTF frames",
                JavaString::from(start.as_str()).printable()
            ),
            Self::Http => f.write_str("an HTTP client or a health check"),
            Self::Tls => f.write_str("a TLS handshake"),
            Self::Ssh => f.write_str("an SSH peer"),
            Self::ObjectStream => f.write_str("a Java ObjectOutputStream, not a DataOutputStream"),
            Self::WriteChars => f.write_str("UTF-16 without a length: writeChars, not writeUTF"),
            Self::FourByteLength { length } => {
                write!(f, "a 4-byte length prefix (writeInt {length})?")
            }
            Self::SwappedLength { length } => write!(
                f,
                "byte-swapped length? {length} would be {} in little-endian order",
                length.swap_bytes()
            ),
            Self::LengthInCharacters { length } => {
                write!(f, "the length {length} counts characters, not bytes")
            }
            Self::StandardUtf8 { char } => write!(
                f,
                "standard UTF-8 (U+{:04X} in 4 bytes); Java writes a surrogate pair, 6 bytes",
                u32::from(*char)
            ),
            Self::Gbk { text } => write!(
                f,
                "the bytes read as GBK: {}",
                JavaString::from(text.as_str()).printable()
            ),
            Self::Cut { got, of } => write!(f, "closed after {got} of {of} bytes"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString as _;

    #[test]
    fn every_foreign_protocol_is_recognised() {
        let line = "the peer sends plain text, not writeUTF frames";
        for (seen, expected) in [
            (
                &b"hello\n"[..],
                &*alloc::format!("the length 26725 is the ASCII text \"he\": {line}"),
            ),
            (
                "你好\n".as_bytes(),
                &alloc::format!("the length 58557 is the UTF-8 text \"你\": {line}"),
            ),
            (
                b"\xC4\xE3\xBA\xC3\n",
                &alloc::format!("the length 50403 is the GBK text \"你\": {line}"),
            ),
            (
                b"GET / HTTP/1.1\r\n\r\n",
                "an HTTP client or a health check",
            ),
            (b"\x16\x03\x01\x02\0\x01", "a TLS handshake"),
            (b"SSH-2.0-OpenSSH_9.6\r\n", "an SSH peer"),
            (
                b"\xAC\xED\0\x05t\0\x05hello",
                "a Java ObjectOutputStream, not a DataOutputStream",
            ),
            (
                b"\0h\0e\0l\0l\0o",
                "UTF-16 without a length: writeChars, not writeUTF",
            ),
            (b"\0\0\0\x05hello", "a 4-byte length prefix (writeInt 5)?"),
            (
                b"\x05\0hello",
                "byte-swapped length? 1280 would be 5 in little-endian order",
            ),
            (
                b"\0\x04\xF0\x9F\x98\x80",
                "standard UTF-8 (U+1F600 in 4 bytes); Java writes a surrogate pair, 6 bytes",
            ),
            (
                b"\0\x02\xE4\xBD\xA0\xE5\xA5\xBD",
                "the length 2 counts characters, not bytes",
            ),
            (
                b"\0\x02\xE4\xBD",
                "the length 2 counts characters, not bytes",
            ),
            (b"\0\x04\xC4\xE3\xBA\xC3", "the bytes read as GBK: 你好"),
        ] {
            let cause = diagnose(seen, StreamState::Open).map(|cause| cause.to_string());
            assert_eq!(cause.as_deref(), Some(expected), "{seen:X?}");
        }
    }

    #[test]
    fn a_frame_cut_short_says_so_once_the_stream_has_ended() {
        let seen = b"\0\x0Aabc";
        assert_eq!(diagnose(seen, StreamState::Open), None);
        let cause = diagnose(seen, StreamState::Ended).unwrap();
        assert_eq!(cause.to_string(), "closed after 3 of 10 bytes");
    }

    #[test]
    fn frames_of_java_are_not_diagnosed() {
        for seen in [
            &b""[..],
            b"\0",
            b"\0\0",
            b"\0\0\0\0",
            b"\0\x05hello",
            b"\0\x03\xE4\xBD\xA0\0\0",
            b"\0\x05hello\0\x02",
        ] {
            assert_eq!(diagnose(seen, StreamState::Open), None, "{seen:X?}");
        }
    }
}
