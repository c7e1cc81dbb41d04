//! Whole frames over [`tokio`]'s [`AsyncRead`] and [`AsyncWrite`]. Feature `tokio`.
//!
//! For the numbers of a `DataOutputStream`, use tokio's [`AsyncReadExt`] and [`AsyncWriteExt`].
//! They have the same big-endian order (`read_i32`, `write_f64`, …).

use ::tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use alloc::vec::Vec;
use std::io;

use crate::frame::put_utf;
use crate::io::{ReadError, WriteError};
use crate::java_string::JavaString;
use crate::to_java_str::ToJavaStr;

/// Reads one frame, as `DataInputStream.readUTF` does, and no byte beyond it.
///
/// A call takes two reads, of the length and of the body. For a socket, wrap it in a
/// [`BufReader`](::tokio::io::BufReader).
///
/// # Cancel safety
///
/// This function is not cancel safe. A future that is dropped loses the bytes of the frame that it
/// has read, and with them the position in the stream. In a `select!`, use the codec
/// `Utf` (feature `codec`) with a `FramedRead`, which keeps them.
///
/// # Errors
///
/// Returns the errors of [`read_utf`](crate::read_utf). After [`ReadError::Malformed`] the stream
/// stands at the next frame.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// use hellohi_proto::tokio::{read_utf, write_utf};
///
/// let (mut client, mut server) = tokio::io::duplex(64);
/// write_utf(&mut client, "hello").await?;
/// assert_eq!(read_utf(&mut server).await?, "hello");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub async fn read_utf<R>(reader: &mut R) -> Result<JavaString, ReadError>
where
    R: AsyncRead + Unpin + ?Sized,
{
    let length = fill(reader, 2).await?;
    let &[high, low] = &length[..] else {
        return Err(ReadError::Eof {
            got: length.len(),
            of: None,
        });
    };
    let length = usize::from(u16::from_be_bytes([high, low]));
    let body = fill(reader, length).await?;
    if body.len() < length {
        return Err(ReadError::Eof {
            got: body.len(),
            of: Some(length),
        });
    }
    Ok(JavaString::from_mutf8(body)?)
}

/// Reads `length` bytes, or fewer if the stream ends.
async fn fill<R: AsyncRead + Unpin + ?Sized>(reader: &mut R, length: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(length);
    let mut reader = reader.take(length as u64);
    while bytes.len() < length && reader.read_buf(&mut bytes).await? > 0 {}
    Ok(bytes)
}

/// Writes one frame, as `DataOutputStream.writeUTF` does. Does not flush.
///
/// Length and body are one write, if the writer takes it whole.
///
/// # Cancel safety
///
/// This function is not cancel safe. A future that is dropped may have written a part of the frame.
///
/// # Errors
///
/// Returns the errors of [`write_utf`](crate::write_utf). Of a string that is too long, nothing is
/// written.
pub async fn write_utf<W>(writer: &mut W, string: impl ToJavaStr) -> Result<(), WriteError>
where
    W: AsyncWrite + Unpin + ?Sized,
{
    let mut frame = Vec::new();
    put_utf(&mut frame, string)?;
    Ok(writer.write_all(&frame).await?)
}
