//! Whole frames over `std::io`.

use alloc::vec;
use alloc::vec::Vec;
use std::io::{self, Read, Write};

use crate::convert::{NotCanonical, TextError};
use crate::frame::{Cut, TakeError, put_utf};
use crate::java_string::JavaString;
use crate::mutf8::{DecodeError, LoneSurrogate};
use crate::to_java_str::ToJavaStr;
use crate::too_long::TooLong;

/// The error of a read.
///
/// It converts into an [`io::Error`] of the kind [`UnexpectedEof`](io::ErrorKind::UnexpectedEof)
/// for [`Eof`](Self::Eof) and [`InvalidData`](io::ErrorKind::InvalidData) for
/// [`Malformed`](Self::Malformed).
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The stream failed.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The stream ended before a frame or inside it: Java's `EOFException`.
    #[error("{}", Cut(*.got, *.of))]
    Eof {
        /// Number of bytes that came: of the body, or of the length while that is incomplete. A
        /// stream that ends between two frames has `got: 0, of: None`.
        got: usize,
        /// Number of bytes of the body, once that is known.
        of: Option<usize>,
    },
    /// The body is not modified UTF-8. It has been read completely, so the stream stands at the
    /// next frame.
    #[error(transparent)]
    Malformed(#[from] DecodeError),
}

/// The error of a write.
///
/// It converts into an [`io::Error`] of the kind [`InvalidInput`](io::ErrorKind::InvalidInput) for
/// [`TooLong`](Self::TooLong).
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The string does not fit in a frame. Nothing has been written.
    #[error(transparent)]
    TooLong(#[from] TooLong),
    /// The stream failed.
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl From<ReadError> for io::Error {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Io(error) => error,
            ReadError::Eof { .. } => Self::new(io::ErrorKind::UnexpectedEof, error),
            ReadError::Malformed(error) => error.into(),
        }
    }
}

impl From<WriteError> for io::Error {
    fn from(error: WriteError) -> Self {
        match error {
            WriteError::Io(error) => error,
            WriteError::TooLong(error) => error.into(),
        }
    }
}

impl From<TakeError> for io::Error {
    fn from(error: TakeError) -> Self {
        match error {
            TakeError::Cut { .. } => Self::new(io::ErrorKind::UnexpectedEof, error),
            TakeError::Malformed(error) => error.into(),
        }
    }
}

/// Implements the conversion into an [`io::Error`] of one kind.
macro_rules! io_error {
    ($($error:ty: $kind:ident;)*) => {$(
        #[doc = concat!("Returns an error of the kind [`", stringify!($kind), "`](io::ErrorKind::", stringify!($kind), ").")]
        impl From<$error> for io::Error {
            fn from(error: $error) -> Self {
                Self::new(io::ErrorKind::$kind, error)
            }
        }
    )*};
}

io_error! {
    DecodeError: InvalidData;
    LoneSurrogate: InvalidData;
    NotCanonical: InvalidData;
    TextError: InvalidData;
    TooLong: InvalidInput;
}

/// Reads one frame, as `DataInputStream.readUTF` does, and no byte beyond it.
///
/// A call takes two reads, of the length and of the body. For a socket, wrap it in a
/// [`BufReader`](io::BufReader).
///
/// # Errors
///
/// - [`ReadError::Malformed`] where `readUTF` throws `UTFDataFormatException`. The body is decoded
///   only when all of it has been read, so the stream stands at the next frame.
/// - [`ReadError::Eof`] where `readUTF` throws `EOFException`. The position in the stream is lost.
/// - [`ReadError::Io`] if the reader fails. The position in the stream is lost.
///
/// ```
/// use hellohi_proto::{ReadError, read_utf};
///
/// let mut stream = &b"\0\x02hi\0\x01\xFF\0\x06\xE4\xBD\xA0\xE5\xA5\xBD"[..];
/// assert_eq!(read_utf(&mut stream)?, "hi");
/// assert!(matches!(read_utf(&mut stream), Err(ReadError::Malformed(_))));
/// assert_eq!(read_utf(&mut stream)?, "你好");
/// assert!(matches!(read_utf(&mut stream), Err(ReadError::Eof { got: 0, of: None })));
/// # Ok::<(), ReadError>(())
/// ```
#[doc(alias = "readUTF")]
pub fn read_utf(reader: &mut (impl Read + ?Sized)) -> Result<JavaString, ReadError> {
    let mut length = [0; 2];
    let got = fill(reader, &mut length)?;
    if got < length.len() {
        return Err(ReadError::Eof { got, of: None });
    }
    let length = usize::from(u16::from_be_bytes(length));
    let mut body = vec![0; length];
    let got = fill(reader, &mut body)?;
    if got < length {
        return Err(ReadError::Eof {
            got,
            of: Some(length),
        });
    }
    Ok(JavaString::from_mutf8(body)?)
}

/// Reads until `bytes` is full or the stream ends. Returns the number of bytes read.
fn fill(reader: &mut (impl Read + ?Sized), bytes: &mut [u8]) -> io::Result<usize> {
    let mut got = 0;
    while got < bytes.len() {
        match reader.read(&mut bytes[got..]) {
            Ok(0) => break,
            Ok(more) => got += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(got)
}

/// Writes one frame, as `DataOutputStream.writeUTF` does. Length and body are one write.
///
/// # Errors
///
/// - [`WriteError::TooLong`] where `writeUTF` throws `UTFDataFormatException`, because the string
///   has more than [`MAX_BODY`](crate::MAX_BODY) bytes. Nothing is written.
/// - [`WriteError::Io`] if the writer fails.
///
/// ```
/// use hellohi_proto::write_utf;
///
/// let mut stream = Vec::new();
/// write_utf(&mut stream, "hi\0")?;
/// assert_eq!(stream, b"\0\x04hi\xC0\x80");
/// # Ok::<(), hellohi_proto::WriteError>(())
/// ```
#[doc(alias = "writeUTF")]
pub fn write_utf(
    writer: &mut (impl Write + ?Sized),
    string: impl ToJavaStr,
) -> Result<(), WriteError> {
    let mut frame = Vec::new();
    put_utf(&mut frame, string)?;
    Ok(writer.write_all(&frame)?)
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
    #[cfg_attr(miri, ignore = "as many bytes take it a minute")]
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
        write_utf(&mut writes, "hi").unwrap();
        assert_eq!(writes.0, [b"\0\x02hi"]);
        write_utf(&mut writes, "x".repeat(65536)).unwrap_err();
        assert_eq!(writes.0.len(), 1);
    }
}
