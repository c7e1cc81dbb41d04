//! Whole frames over `std::io`.

use alloc::string::String;
use alloc::vec::Vec;
use std::io::{self, Read, Write};

use crate::{DecodeError, JavaStr, JavaString, TooLong};

/// Why no string could be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The stream failed.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The stream ended inside a frame, or before it; Java's `EOFException`.
    #[error("{}", eof_text(*.got, *.of))]
    Eof {
        /// How many bytes came: of the body, or of its length while that is not complete. A
        /// stream that ends between two frames has `got: 0, of: None`.
        got: usize,
        /// How many bytes the body has, once that is known.
        of: Option<usize>,
    },
    /// The body is not modified UTF-8; it has been read whole, so the stream stands at the next
    /// frame.
    #[error(transparent)]
    Malformed(#[from] DecodeError),
}

/// Why a string could not be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// It does not fit in a frame; nothing has been written.
    #[error(transparent)]
    TooLong(#[from] TooLong),
    /// The stream failed.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// Reads one frame, as `DataInputStream.readUTF` does, and not a byte beyond it.
///
/// The whole body is read before it is decoded: after [`ReadError::Malformed`] the stream stands
/// at the next frame.
pub fn read_utf(reader: &mut impl Read) -> Result<JavaString, ReadError> {
    let mut length = Vec::with_capacity(2);
    reader.take(2).read_to_end(&mut length)?;
    let &[high, low] = length.as_slice() else {
        return Err(ReadError::Eof {
            got: length.len(),
            of: None,
        });
    };
    let length = usize::from(u16::from_be_bytes([high, low]));
    let mut body = Vec::with_capacity(length);
    let got = reader.take(length as u64).read_to_end(&mut body)?;
    if got < length {
        return Err(ReadError::Eof {
            got,
            of: Some(length),
        });
    }
    Ok(JavaString::from_body(body)?)
}

/// Writes one frame, as `DataOutputStream.writeUTF` does, in one write of length and body.
///
/// A string of more than [`MAX_BODY`](crate::MAX_BODY) bytes is refused and nothing is written.
pub fn write_utf(writer: &mut impl Write, string: &JavaStr) -> Result<(), WriteError> {
    let length = string.body_length()?;
    let frame = [&length.to_be_bytes(), string.as_bytes()].concat();
    Ok(writer.write_all(&frame)?)
}

fn eof_text(got: usize, of: Option<usize>) -> String {
    match (got, of) {
        (0, None) => "closed before a frame".into(),
        (got, None) => format!("closed after {got} of 2 length bytes"),
        (got, Some(of)) => format!("closed after {got} of {of} bytes"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_read_and_nothing_beyond_it() {
        let mut stream = &b"\0\x02hi\0\x03rest"[..];
        assert_eq!(read_utf(&mut stream).unwrap(), "hi");
        assert_eq!(stream, b"\0\x03rest");
    }

    #[test]
    fn after_a_malformed_body_the_stream_stands_at_the_next_frame() {
        let mut stream = &b"\0\x02\xFF!\0\x02hi"[..];
        let error = read_utf(&mut stream).unwrap_err();
        assert_eq!(error.to_string(), "malformed input around byte 0");
        assert_eq!(read_utf(&mut stream).unwrap(), "hi");
    }

    #[test]
    fn a_stream_that_ends_early_says_how_far_it_came() {
        for (mut stream, expected) in [
            (&b""[..], "closed before a frame"),
            (b"\0", "closed after 1 of 2 length bytes"),
            (b"\0\x0Aabc", "closed after 3 of 10 bytes"),
        ] {
            assert_eq!(read_utf(&mut stream).unwrap_err().to_string(), expected);
        }
    }

    #[test]
    fn a_frame_is_one_write() {
        struct Writes(Vec<Vec<u8>>);
        impl Write for Writes {
            fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
                self.0.push(bytes.to_vec());
                Ok(bytes.len())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let mut writes = Writes(Vec::new());
        write_utf(&mut writes, &JavaStr::from_text("hi")).unwrap();
        assert_eq!(writes.0, [b"\0\x02hi"]);
        let too_long = JavaString::from("x".repeat(65536));
        write_utf(&mut writes, &too_long).unwrap_err();
        assert_eq!(writes.0.len(), 1);
    }
}
