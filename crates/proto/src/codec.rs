//! The frame as a `tokio-util` codec.

use bytes::{Buf as _, BufMut as _, BytesMut};
use tokio_util::codec::{Decoder, Encoder};

use crate::{JavaStr, JavaString, ReadError, WriteError};

/// Frames of `writeUTF` as a [`Decoder`] and an [`Encoder`].
///
/// A malformed body is an error of its own frame alone: the buffer then stands at the next frame,
/// and decoding can go on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Utf;

impl Decoder for Utf {
    type Item = JavaString;
    type Error = ReadError;

    fn decode(&mut self, buffer: &mut BytesMut) -> Result<Option<JavaString>, ReadError> {
        let &[high, low, ref rest @ ..] = &buffer[..] else {
            return Ok(None);
        };
        let length = usize::from(u16::from_be_bytes([high, low]));
        let Some(body) = rest.get(..length) else {
            buffer.reserve(2 + length - buffer.len());
            return Ok(None);
        };
        let decoded = JavaStr::from_body(body).map(JavaString::from);
        buffer.advance(2 + length);
        Ok(Some(decoded?))
    }

    fn decode_eof(&mut self, buffer: &mut BytesMut) -> Result<Option<JavaString>, ReadError> {
        match (self.decode(buffer)?, &buffer[..]) {
            (Some(string), _) => Ok(Some(string)),
            (None, []) => Ok(None),
            (None, &[high, low, ref rest @ ..]) => Err(ReadError::Eof {
                got: rest.len(),
                of: Some(usize::from(u16::from_be_bytes([high, low]))),
            }),
            (None, [_]) => Err(ReadError::Eof { got: 1, of: None }),
        }
    }
}

impl Encoder<&JavaStr> for Utf {
    type Error = WriteError;

    fn encode(&mut self, string: &JavaStr, buffer: &mut BytesMut) -> Result<(), WriteError> {
        let length = string.body_length()?;
        buffer.reserve(2 + usize::from(length));
        buffer.put_u16(length);
        buffer.put_slice(string.as_bytes());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_come_out_whole_however_the_stream_is_cut() {
        let stream = b"\0\x02hi\0\0\0\x01\xFF\0\x03\xE4\xBD\xA0";
        let mut buffer = BytesMut::new();
        let mut seen = Vec::new();
        for &byte in stream {
            buffer.put_u8(byte);
            match Utf.decode(&mut buffer) {
                Ok(None) => {}
                Ok(Some(string)) => seen.push(string.to_string()),
                Err(error) => seen.push(error.to_string()),
            }
        }
        assert_eq!(seen, ["hi", "", "malformed input around byte 0", "你"]);
    }

    #[test]
    fn an_end_inside_a_frame_is_an_error_and_between_frames_is_not() {
        let eof = |stream: &[u8]| Utf.decode_eof(&mut BytesMut::from(stream));
        assert!(eof(b"").unwrap().is_none());
        assert_eq!(eof(b"\0\0").unwrap().unwrap(), "");
        assert_eq!(
            eof(b"\0\x02h").unwrap_err().to_string(),
            "closed after 1 of 2 bytes"
        );
    }
}
