//! Java strings in serde's formats, without loss. Feature `serde`.
//!
//! [`JavaStr`] and [`JavaString`] are serialized in one of two forms:
//!
//! - In a human-readable format (JSON), as a string, which may also be the key of a map. A string
//!   with a lone surrogate is no text. It becomes U+FFFF, a character that no text begins with, and
//!   behind it four hexadecimal digits for each UTF-16 code unit.
//! - In a binary format, as the bytes that `writeUTF` would send.
//!
//! Both are deserialized. Bytes may be any that `readUTF` accepts. A [`JavaString`] is also read
//! from text in a binary format that describes itself, by [`any`]. A `&JavaStr` borrows from the
//! input, which fails where the bytes there are not those of the string.
//!
//! ```
//! use std::collections::BTreeMap;
//! use hellohi_proto::{JavaStr, JavaString};
//!
//! let half = JavaString::from_utf16(&[0x61, 0xD83D]);
//! let json = serde_json::to_string(&BTreeMap::from([(half.clone(), "b")]))?;
//! assert_eq!(json, "{\"\u{FFFF}0061D83D\":\"b\"}");
//! let map: BTreeMap<JavaString, &JavaStr> = serde_json::from_str(&json)?;
//! assert_eq!(*map[&half], *"b");
//! # Ok::<(), serde_json::Error>(())
//! ```

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use serde_core::de::{Deserialize, Deserializer, Error, Unexpected, Visitor};
use serde_core::ser::{Serialize, Serializer};

use crate::java_str::JavaStr;
use crate::java_string::JavaString;

/// The first character of a string that is serialized as code units.
const UNITS: char = '\u{FFFF}';

impl Serialize for JavaStr {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if !serializer.is_human_readable() {
            return serializer.serialize_bytes(self.as_bytes());
        }
        match self.to_str() {
            Ok(text) if !text.starts_with(UNITS) => serializer.serialize_str(&text),
            _ => {
                let digits = self.units().map(|unit| format!("{unit:04X}"));
                serializer.collect_str(&format_args!("{UNITS}{}", digits.collect::<String>()))
            }
        }
    }
}

impl Serialize for JavaString {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (**self).serialize(serializer)
    }
}

/// Deserializes a [`JavaString`] from text or bytes, whichever comes, for binary formats that
/// describe themselves, such as CBOR.
///
/// The implementation of [`Deserialize`] asks a binary format for bytes, because a format that does
/// not describe itself, such as postcard, must be told what comes.
///
/// ```
/// use hellohi_proto::JavaString;
///
/// #[derive(serde::Deserialize)]
/// struct Chat {
///     #[serde(deserialize_with = "hellohi_proto::serde::any")]
///     message: JavaString,
/// }
///
/// let cbor = b"\xA1\x67message\x62hi";
/// let chat: Chat = ciborium::from_reader(&cbor[..])?;
/// assert_eq!(chat.message, "hi");
/// # Ok::<(), ciborium::de::Error<std::io::Error>>(())
/// ```
pub fn any<'de, D: Deserializer<'de>>(deserializer: D) -> Result<JavaString, D::Error> {
    deserializer.deserialize_any(Owned)
}

impl<'de> Deserialize<'de> for JavaString {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            deserializer.deserialize_string(Owned)
        } else {
            deserializer.deserialize_byte_buf(Owned)
        }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for &'a JavaStr {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            deserializer.deserialize_str(Borrowed)
        } else {
            deserializer.deserialize_bytes(Borrowed)
        }
    }
}

/// A visitor for a string in either form.
struct Owned;

impl Visitor<'_> for Owned {
    type Value = JavaString;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string or modified UTF-8")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<JavaString, E> {
        Ok(from_units(text).unwrap_or_else(|| text.into()))
    }

    fn visit_string<E: Error>(self, text: String) -> Result<JavaString, E> {
        Ok(from_units(&text).unwrap_or_else(|| text.into()))
    }

    fn visit_bytes<E: Error>(self, body: &[u8]) -> Result<JavaString, E> {
        self.visit_byte_buf(body.into())
    }

    fn visit_byte_buf<E: Error>(self, body: Vec<u8>) -> Result<JavaString, E> {
        JavaString::from_mutf8(body).map_err(E::custom)
    }
}

/// Returns the string of U+FFFF and code units, or `None` if the text is not that.
fn from_units(text: &str) -> Option<JavaString> {
    let (units, []) = text.strip_prefix(UNITS)?.as_bytes().as_chunks::<4>() else {
        return None;
    };
    let unit = |digits: &[u8; 4]| {
        let digits = digits.map(|digit| char::from(digit).to_digit(16));
        let value = digits
            .into_iter()
            .try_fold(0, |value, digit| Some(value << 4 | digit?))?;
        u16::try_from(value).ok()
    };
    units.iter().map(unit).collect()
}

/// A visitor for a string in either form that is borrowed.
struct Borrowed;

impl<'de> Visitor<'de> for Borrowed {
    type Value = &'de JavaStr;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string that is borrowed, with the same bytes in modified UTF-8")
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<&'de JavaStr, E> {
        let same = from_units(text).is_none().then_some(text.as_bytes());
        let string = same.and_then(|bytes| JavaStr::from_canonical(bytes).ok());
        string.ok_or_else(|| E::invalid_value(Unexpected::Str(text), &self))
    }

    fn visit_borrowed_bytes<E: Error>(self, bytes: &'de [u8]) -> Result<&'de JavaStr, E> {
        JavaStr::from_canonical(bytes).map_err(E::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_text_that_begins_like_units_is_units() {
        for (units, json) in [
            (&[0x61, 0, 0xD83D, 0xDE00][..], r#""a\u0000😀""#),
            (&[0x61, 0xD83D], "\"\u{FFFF}0061D83D\""),
            (&[0xFFFF, 0x30], "\"\u{FFFF}FFFF0030\""),
            (&[0x61, 0xFFFF], "\"a\u{FFFF}\""),
        ] {
            let string = JavaString::from_utf16(units);
            assert_eq!(serde_json::to_string(&string).unwrap(), json);
            assert_eq!(serde_json::from_str::<JavaString>(json).unwrap(), string);
        }
        for foreign in ["\"\u{FFFF}abc\"", "\"\u{FFFF}00g0\"", "\"\u{FFFF}+061\""] {
            let text: String = serde_json::from_str(foreign).unwrap();
            let string: JavaString = serde_json::from_str(foreign).unwrap();
            assert_eq!(string, text);
        }
    }

    #[test]
    fn a_borrowed_string_is_refused_where_its_bytes_are_others() {
        for json in ["\"\u{FFFF}0061\"", "\"😀\"", r#""\u0061""#] {
            assert!(serde_json::from_str::<&JavaStr>(json).is_err(), "{json}");
        }
    }

    #[test]
    fn a_binary_format_has_the_bytes_of_write_utf() {
        let string = JavaString::from_utf16(&[0x61, 0, 0xD83D]);
        let mut cbor = Vec::new();
        ciborium::into_writer(&string, &mut cbor).unwrap();
        assert_eq!(cbor, b"\x46a\xC0\x80\xED\xA0\xBD");
        assert_eq!(
            ciborium::from_reader::<JavaString, _>(&cbor[..]).unwrap(),
            string
        );
        let raw_nul = ciborium::from_reader::<JavaString, _>(&b"\x42a\0"[..]).unwrap();
        assert_eq!(raw_nul, "a\0");
        let error = ciborium::from_reader::<JavaString, _>(&b"\x41\xFF"[..]).unwrap_err();
        assert!(
            error.to_string().contains("malformed input around byte 0"),
            "{error}"
        );
    }
}
