//! [`DataInput`], the reading half of Java's data streams.

use alloc::string::String;
use std::io::{self, BufRead, Read};

use crate::io::{ReadError, read_utf};
use crate::java_string::JavaString;

/// The methods of `java.io.DataInputStream` for every [`Read`]: numbers in big-endian order, and
/// strings.
///
/// Each number is a small read. For a socket or a file, wrap the reader in a
/// [`BufReader`](io::BufReader).
///
/// The other methods exist already: `readFully` is [`Read::read_exact`], and `read` is
/// [`Read::read`].
///
/// This trait is sealed: every [`Read`] has it, so no other type can. Methods may be added in a
/// minor version.
///
/// # Errors
///
/// Every method returns [`UnexpectedEof`](io::ErrorKind::UnexpectedEof) where Java throws
/// `EOFException`: the stream ends before the value or inside it. As in Java, the part of the value
/// that has come is consumed.
///
/// ```
/// use hellohi_proto::{DataInput as _, DataOutput as _};
///
/// let mut stream = Vec::new();
/// stream.write_byte(-1)?;
/// stream.write_double(0.5)?;
/// stream.write_utf("你好")?;
///
/// let mut stream = &stream[..];
/// assert_eq!(stream.read_byte()?, -1);
/// assert_eq!(stream.read_double()?, 0.5);
/// assert_eq!(stream.read_utf()?, "你好");
/// assert_eq!(stream.read_int().unwrap_err().kind(), std::io::ErrorKind::UnexpectedEof);
/// # Ok::<(), std::io::Error>(())
/// ```
#[doc(alias = "DataInputStream")]
pub trait DataInput: Read {
    /// Reads one byte and returns `false` only for 0, as `DataInputStream.readBoolean` does.
    fn read_boolean(&mut self) -> io::Result<bool> {
        Ok(self.read_unsigned_byte()? != 0)
    }

    /// Reads one byte, as `DataInputStream.readByte` does.
    fn read_byte(&mut self) -> io::Result<i8> {
        Ok(i8::from_be_bytes(array(self)?))
    }

    /// Reads one byte, as `DataInputStream.readUnsignedByte` does.
    fn read_unsigned_byte(&mut self) -> io::Result<u8> {
        Ok(u8::from_be_bytes(array(self)?))
    }

    /// Reads two bytes, as `DataInputStream.readShort` does.
    fn read_short(&mut self) -> io::Result<i16> {
        Ok(i16::from_be_bytes(array(self)?))
    }

    /// Reads two bytes, as `DataInputStream.readUnsignedShort` does.
    fn read_unsigned_short(&mut self) -> io::Result<u16> {
        Ok(u16::from_be_bytes(array(self)?))
    }

    /// Reads one UTF-16 code unit of two bytes, as `DataInputStream.readChar` does.
    ///
    /// The unit may be half of a surrogate pair. An iterator over units is collected into a
    /// [`JavaString`].
    fn read_char(&mut self) -> io::Result<u16> {
        self.read_unsigned_short()
    }

    /// Reads four bytes, as `DataInputStream.readInt` does.
    fn read_int(&mut self) -> io::Result<i32> {
        Ok(i32::from_be_bytes(array(self)?))
    }

    /// Reads eight bytes, as `DataInputStream.readLong` does.
    fn read_long(&mut self) -> io::Result<i64> {
        Ok(i64::from_be_bytes(array(self)?))
    }

    /// Reads four bytes, as `DataInputStream.readFloat` does. A NaN keeps its bits.
    fn read_float(&mut self) -> io::Result<f32> {
        Ok(f32::from_be_bytes(array(self)?))
    }

    /// Reads eight bytes, as `DataInputStream.readDouble` does. A NaN keeps its bits.
    fn read_double(&mut self) -> io::Result<f64> {
        Ok(f64::from_be_bytes(array(self)?))
    }

    /// Skips `count` bytes, as `DataInputStream.skipBytes` does. Returns the number of bytes
    /// skipped, which is less at the end of the stream. The end is no error. A negative count skips
    /// nothing.
    ///
    /// Java also stops early if the stream beneath skips nothing for the moment, and skips beyond
    /// the end of a `FileInputStream` without an error. This method does neither, because it reads
    /// the bytes.
    ///
    /// ```
    /// use hellohi_proto::DataInput as _;
    ///
    /// let mut stream = &b"abcd"[..];
    /// assert_eq!(stream.skip_bytes(-1)?, 0);
    /// assert_eq!(stream.skip_bytes(3)?, 3);
    /// assert_eq!(stream.skip_bytes(3)?, 1);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    fn skip_bytes(&mut self, count: i32) -> io::Result<i32> {
        let mut bytes = Read::take(self, count.try_into().unwrap_or(0));
        let skipped = io::copy(&mut bytes, &mut io::sink())?;
        Ok(skipped.try_into().unwrap_or(count))
    }

    /// Reads a line without its end, as `DataInputStream.readLine` does. Returns `None`, Java's
    /// `null`, if the stream has ended.
    ///
    /// A line ends with `\n`, `\r`, `\r\n` or the end of the stream. Each byte is a character of
    /// Latin-1. A line may be as long as memory; limit it by [`Read::take`].
    ///
    /// After `\r` the method looks at the next byte, and so waits for it, as Java does. Java puts
    /// that byte back into a `PushbackInputStream` of its own. Here it stays in the reader, which
    /// therefore has to be a [`BufRead`].
    ///
    /// ```
    /// use hellohi_proto::DataInput as _;
    ///
    /// let mut stream = &b"caf\xE9\r\n\rlast"[..];
    /// assert_eq!(stream.read_latin1_line()?.as_deref(), Some("café"));
    /// assert_eq!(stream.read_latin1_line()?.as_deref(), Some(""));
    /// assert_eq!(stream.read_latin1_line()?.as_deref(), Some("last"));
    /// assert_eq!(stream.read_latin1_line()?, None);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    fn read_latin1_line(&mut self) -> io::Result<Option<String>>
    where
        Self: BufRead,
    {
        let mut line = String::new();
        while let Some(byte) = peek(self)? {
            self.consume(1);
            match byte {
                b'\n' => return Ok(Some(line)),
                b'\r' => {
                    if peek(self)? == Some(b'\n') {
                        self.consume(1);
                    }
                    return Ok(Some(line));
                }
                _ => line.push(byte.into()),
            }
        }
        Ok((!line.is_empty()).then_some(line))
    }

    /// Reads a string, as `DataInputStream.readUTF` and the function [`read_utf`] do.
    #[doc(alias = "readUTF")]
    fn read_utf(&mut self) -> Result<JavaString, ReadError> {
        read_utf(self)
    }
}

impl<R: Read + ?Sized> DataInput for R {}

fn array<const SIZE: usize>(reader: &mut (impl Read + ?Sized)) -> io::Result<[u8; SIZE]> {
    let mut bytes = [0; SIZE];
    reader.read_exact(&mut bytes)?;
    Ok(bytes)
}

fn peek(reader: &mut (impl BufRead + ?Sized)) -> io::Result<Option<u8>> {
    loop {
        match reader.fill_buf() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            buffer => return Ok(buffer?.first().copied()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;
    use std::io::BufReader;

    #[test]
    fn a_value_that_is_cut_is_consumed() {
        let mut stream = &b"\0\0\x01"[..];
        let error = stream.read_int().unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
        assert_eq!(stream, b"");
    }

    #[test]
    fn lines_end_alike_however_the_buffer_is_cut() {
        let stream = b"a\rb\r\n\n\r\rc\r";
        for capacity in 1..stream.len() {
            let mut reader = BufReader::with_capacity(capacity, &stream[..]);
            let lines = std::iter::from_fn(|| reader.read_latin1_line().unwrap());
            assert_eq!(
                lines.collect::<Vec<_>>(),
                ["a", "b", "", "", "", "c"],
                "{capacity}"
            );
        }
    }

    #[test]
    fn nothing_beyond_a_line_is_taken() {
        let mut stream = &b"a\rbc"[..];
        assert_eq!(stream.read_latin1_line().unwrap().as_deref(), Some("a"));
        assert_eq!(stream, b"bc");
    }
}
