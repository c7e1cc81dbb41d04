//! [`JavaStr`] and [`JavaString`] in serde's formats, without loss.
//!
//! For example, `a` is `"a"` in JSON, `a` with a lone surrogate is `[97,55357]`, and in a binary
//! format both are the bytes that `writeUTF` sends.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use serde_core::de::{Deserialize, Deserializer, Error, SeqAccess, Visitor};
use serde_core::ser::{Serialize, Serializer};

use crate::java_str::JavaStr;
use crate::java_string::JavaString;

/// Serializes text as a string in a human-readable format (JSON), and a string with a lone
/// surrogate as a sequence of UTF-16 code units. In a binary format, serializes the canonical
/// modified UTF-8 as bytes.
impl Serialize for JavaStr {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if !serializer.is_human_readable() {
            return serializer.serialize_bytes(self.as_bytes());
        }
        match self.to_str() {
            Ok(text) => serializer.serialize_str(&text),
            Err(_) => serializer.collect_seq(self.units()),
        }
    }
}

/// Serializes like [`JavaStr`].
impl Serialize for JavaString {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (**self).serialize(serializer)
    }
}

/// Deserializes from all forms that [`JavaStr`] is serialized to. Bytes may be any body that
/// `readUTF` accepts.
impl<'de> Deserialize<'de> for JavaString {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            deserializer.deserialize_any(AnyForm)
        } else {
            deserializer.deserialize_byte_buf(AnyForm)
        }
    }
}

struct AnyForm;

impl<'de> Visitor<'de> for AnyForm {
    type Value = JavaString;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string, UTF-16 code units, or modified UTF-8")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<JavaString, E> {
        Ok(text.into())
    }

    fn visit_string<E: Error>(self, text: String) -> Result<JavaString, E> {
        Ok(text.into())
    }

    fn visit_bytes<E: Error>(self, body: &[u8]) -> Result<JavaString, E> {
        let string = JavaStr::from_mutf8(body).map_err(E::custom)?;
        Ok(string.into_owned())
    }

    fn visit_byte_buf<E: Error>(self, body: Vec<u8>) -> Result<JavaString, E> {
        JavaString::from_mutf8(body).map_err(E::custom)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut units: A) -> Result<JavaString, A::Error> {
        let mut string = JavaString::default();
        while let Some(unit) = units.next_element::<u16>()? {
            string.extend([unit]);
        }
        Ok(string)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_a_string_in_json_and_a_lone_surrogate_is_units() {
        for (units, json) in [
            (&[0x61, 0, 0xD83D, 0xDE00][..], r#""a\u0000😀""#),
            (&[0x61, 0xD83D], "[97,55357]"),
        ] {
            let string = JavaString::from_utf16(units);
            assert_eq!(serde_json::to_string(&string).unwrap(), json);
            assert_eq!(serde_json::from_str::<JavaString>(json).unwrap(), string);
        }
    }

    #[test]
    fn bytes_are_read_as_a_body_is() {
        let read = |body: &[u8]| AnyForm.visit_bytes::<serde_json::Error>(body);
        assert_eq!(read(b"a\0").unwrap().as_bytes(), b"a\xC0\x80");
        let error = read(b"\xFF").unwrap_err();
        assert_eq!(error.to_string(), "malformed input around byte 0");
    }
}
