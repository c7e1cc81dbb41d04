//! [`Cause`], the probable reason for foreign bytes, and its line for a log.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::{self, Display};

use crate::printable::Printable;

/// The probable reason why a peer's bytes are not the expected frames. Displayed as one line for a
/// log, which says what to look for at the peer.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Cause {
    /// Text without frames, as netcat or a `PrintWriter` sends it.
    #[non_exhaustive]
    PlainText {
        /// The first two bytes, which `readUTF` takes for the length.
        length: u16,
        /// The text, in one encoding or in two that fit.
        readings: Vec<Reading>,
    },
    /// An HTTP request or response.
    Http,
    /// A TLS handshake.
    Tls,
    /// An SSH banner.
    Ssh,
    /// A `java.io.ObjectOutputStream`.
    ObjectStream,
    /// Another known protocol, by its name.
    Protocol(&'static str),
    /// `DataOutputStream.writeChars`: UTF-16 without a length.
    WriteChars,
    /// `DataOutputStream.writeInt`: integers in four bytes, and no text.
    Integers,
    /// A length in four bytes (`writeInt`), whose first two bytes are read as an empty message.
    FourByteLength {
        /// The first length, read from four bytes.
        length: u32,
    },
    /// A number of characters in four bytes (`writeInt`), and these in UTF-16 (`writeChars`).
    FourByteCount {
        /// The first number, read from four bytes.
        count: u32,
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
    /// Text in an encoding other than UTF-8.
    #[non_exhaustive]
    OtherEncoding {
        /// The text, in one encoding or in two that fit.
        readings: Vec<Reading>,
    },
    /// The stream ended inside a frame.
    #[non_exhaustive]
    Cut {
        /// Number of bytes of the body that came.
        got: usize,
        /// Number of bytes that the length announced.
        of: u16,
        /// All that came, at most 40 characters, if it fits plain text as well.
        text: Option<String>,
    },
}

/// Text in the encoding that it seems to have.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reading {
    /// Name of the encoding, such as `ASCII`, `UTF-8`, `GBK` or `Latin-1`.
    pub encoding: &'static str,
    /// The first 40 characters of the text.
    pub text: String,
}

impl Reading {
    pub(super) fn new(encoding: &'static str, text: &str) -> Self {
        Self {
            encoding,
            text: text.chars().take(40).collect(),
        }
    }
}

impl Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let printable = |text: &str| Printable(Cow::Owned(text.into()));
        match self {
            Self::PlainText { length, readings } => {
                for (n, Reading { encoding, text }) in readings.iter().enumerate() {
                    let shown = if *encoding == "ASCII" { 2 } else { 1 };
                    let start: String = text.chars().take(shown).collect();
                    let start = printable(&start);
                    match n {
                        0 => write!(f, "the length {length} is the {encoding} text \"{start}\"")?,
                        _ => write!(f, " or the {encoding} text \"{start}\"")?,
                    }
                }
                f.write_str(": the peer sends plain text, not writeUTF frames")
            }
            Self::Http => f.write_str("an HTTP client or a health check"),
            Self::Tls => f.write_str("a TLS handshake"),
            Self::Ssh => f.write_str("an SSH peer"),
            Self::ObjectStream => f.write_str("a Java ObjectOutputStream, not a DataOutputStream"),
            Self::Protocol(name) => f.write_str(name),
            Self::WriteChars => f.write_str("UTF-16 without a length: writeChars, not writeUTF"),
            Self::Integers => f.write_str("integers of 4 bytes: writeInt, not writeUTF"),
            Self::FourByteLength { length } => {
                write!(f, "a 4-byte length prefix (writeInt {length})?")
            }
            Self::FourByteCount { count } => write!(
                f,
                "a 4-byte count of characters (writeInt {count}) and UTF-16 (writeChars), not \
                 writeUTF"
            ),
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
            Self::OtherEncoding { readings } => {
                for (n, Reading { encoding, text }) in readings.iter().enumerate() {
                    let before = if n == 0 {
                        "the bytes read as"
                    } else {
                        ", or as"
                    };
                    write!(f, "{before} {encoding}: {}", printable(text))?;
                }
                Ok(())
            }
            Self::Cut { got, of, text } => {
                write!(f, "closed after {got} of {of} bytes")?;
                match text {
                    Some(text) => write!(f, ", or plain text: \"{}\"", printable(text)),
                    None => Ok(()),
                }
            }
        }
    }
}
