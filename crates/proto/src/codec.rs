//! The frame as a `tokio-util` codec.

use bytes::{Buf as _, BufMut as _, BytesMut};
use tokio_util::codec::{Decoder, Encoder};

use crate::frame::split_frame;
use crate::io::{ReadError, WriteError};
use crate::java_str::JavaStr;
use crate::java_string::JavaString;
use crate::mutf8::DecodeError;
use crate::to_java_str::ToJavaStr;

/// The frames of `writeUTF` as a [`Decoder`] and an [`Encoder`], for
/// [`FramedRead`](tokio_util::codec::FramedRead), [`FramedWrite`](tokio_util::codec::FramedWrite)
/// and [`Framed`](tokio_util::codec::Framed).
///
/// A malformed body is an *item*, `Err(DecodeError)`, and not an error of the decoder. The buffer
/// then stands at the next frame and the stream of frames goes on. (After an error of the decoder
/// it would pause until more bytes come.) The errors of the decoder are [`ReadError::Eof`] and
/// [`ReadError::Io`]; nothing comes after them.
///
/// The buffer grows to the size of the frame that is coming in, at most 65,537 bytes. Each string
/// is one allocation of its own length.
///
/// ```
/// use hellohi_proto::{ReadError, Utf};
/// use tokio_util::codec::{FramedRead, FramedWrite};
/// # use futures_util::{SinkExt as _, StreamExt as _};
///
/// # let runtime = tokio::runtime::Builder::new_current_thread().build()?;
/// # runtime.block_on(async {
/// let stream = &b"\0\x02hi\0\x01\xFF\0\x06\xE4\xBD\xA0\xE5\xA5\xBD"[..];
/// let mut frames = FramedRead::new(stream, Utf);
/// let mut replies = FramedWrite::new(Vec::new(), Utf);
/// while let Some(frame) = frames.next().await {
///     match frame? {
///         Ok(string) => replies.send(string).await?,
///         Err(malformed) => replies.send(malformed.to_string()).await?,
///     }
/// }
/// assert_eq!(replies.get_ref().len(), 4 + 31 + 8);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Utf;

impl Decoder for Utf {
    type Item = Result<JavaString, DecodeError>;
    type Error = ReadError;

    fn decode(&mut self, buffer: &mut BytesMut) -> Result<Option<Self::Item>, ReadError> {
        let Some((body, _)) = split_frame(buffer) else {
            if let Some(length) = length(buffer) {
                buffer.reserve(2 + length - buffer.len());
            }
            return Ok(None);
        };
        let decoded = JavaStr::from_mutf8(body).map(JavaString::from);
        buffer.advance(2 + body.len());
        Ok(Some(decoded))
    }

    fn decode_eof(&mut self, buffer: &mut BytesMut) -> Result<Option<Self::Item>, ReadError> {
        match (self.decode(buffer)?, length(buffer), buffer.len()) {
            (None, None, got @ 1..) => Err(ReadError::Eof { got, of: None }),
            (None, of @ Some(_), got) => Err(ReadError::Eof { got: got - 2, of }),
            (decoded, ..) => Ok(decoded),
        }
    }
}

fn length(buffer: &[u8]) -> Option<usize> {
    let length = buffer.first_chunk()?;
    Some(usize::from(u16::from_be_bytes(*length)))
}

impl<S: ToJavaStr> Encoder<S> for Utf {
    type Error = WriteError;

    fn encode(&mut self, string: S, buffer: &mut BytesMut) -> Result<(), WriteError> {
        let string = string.to_java_str();
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
            match Utf.decode(&mut buffer).unwrap() {
                None => {}
                Some(Ok(string)) => seen.push(string.to_string()),
                Some(Err(error)) => seen.push(error.to_string()),
            }
        }
        assert_eq!(seen, ["hi", "", "malformed input around byte 0", "你"]);
    }

    #[test]
    fn an_end_inside_a_frame_is_an_error_and_between_frames_is_not() {
        let eof = |stream: &[u8]| Utf.decode_eof(&mut BytesMut::from(stream));
        assert!(eof(b"").unwrap().is_none());
        assert_eq!(eof(b"\0\0").unwrap(), Some(Ok("".into())));
        assert_eq!(
            eof(b"\0").unwrap_err().to_string(),
            "closed after 1 of 2 length bytes"
        );
        assert_eq!(
            eof(b"\0\x02h").unwrap_err().to_string(),
            "closed after 1 of 2 bytes"
        );
    }
}
