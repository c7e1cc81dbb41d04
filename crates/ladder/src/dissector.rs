//! Dissectors take a stream of bytes apart into messages, for people to read.
//!
//! The bytes `00 02 68 69 00 01` are, as `writeUTF`, the messages `2 bytes "hi"` and `cut after 0 of 1 bytes ""`.

use serde::Deserialize;

use crate::payload::any_text;

/// The way in which a stream of bytes is taken apart.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
pub enum Dissector {
    /// Not at all.
    #[default]
    #[serde(rename = "raw")]
    Raw,
    /// Lines of text that end in LF, or in CR LF.
    #[serde(rename = "lines")]
    Lines,
    /// Strings as `java.io.DataOutputStream.writeUTF` writes them: two bytes of length and that many bytes.
    #[serde(rename = "writeUTF")]
    WriteUtf,
}

impl Dissector {
    /// Returns each message in `bytes`, in words. The last one may be incomplete, and says so.
    pub fn messages(self, bytes: &[u8]) -> Vec<String> {
        match self {
            Dissector::Raw => Vec::new(),
            Dissector::Lines => {
                let lines = bytes.split_inclusive(|&byte| byte == b'\n');
                lines
                    .map(|line| format!("{:?}", String::from_utf8_lossy(line)))
                    .collect()
            }
            Dissector::WriteUtf => strings(bytes),
        }
    }
}

fn strings(mut bytes: &[u8]) -> Vec<String> {
    let mut messages = Vec::new();
    while !bytes.is_empty() {
        let Some((length, rest)) = bytes.split_first_chunk() else {
            messages.push("cut within its length".into());
            break;
        };
        let length = usize::from(u16::from_be_bytes(*length));
        let (body, rest) = rest.split_at(length.min(rest.len()));
        let text = any_text(body);
        messages.push(match body.len() == length {
            true => format!("{length} bytes {text:?}"),
            false => format!("cut after {} of {length} bytes {text:?}", body.len()),
        });
        bytes = rest;
    }
    messages
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_is_taken_apart_into_its_messages() {
        let bytes = b"\0\x02hi\0\0\0\x03yo";
        let strings = [
            "2 bytes \"hi\"",
            "0 bytes \"\"",
            "cut after 2 of 3 bytes \"yo\"",
        ];
        assert_eq!(Dissector::WriteUtf.messages(bytes), strings);
        assert_eq!(
            Dissector::WriteUtf.messages(b"\0"),
            ["cut within its length"]
        );
        let lines = ["\"a\\r\\n\"", "\"\\n\"", "\"b\""];
        assert_eq!(Dissector::Lines.messages(b"a\r\n\nb"), lines);
        assert!(Dissector::Raw.messages(bytes).is_empty());
        let modified = b"\0\x08\xc0\x80\xed\xa0\xbd\xed\xb8\x80";
        assert_eq!(
            Dissector::WriteUtf.messages(modified),
            ["8 bytes \"\\0😀\""]
        );
    }
}
