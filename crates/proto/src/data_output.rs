//! [`DataOutput`], the writing half of Java's data streams.

use alloc::vec::Vec;
use std::io::{self, Write};

use crate::io::{WriteError, write_utf};
use crate::to_java_str::ToJavaStr;

/// The methods of `java.io.DataOutputStream` for every [`Write`]: numbers in big-endian order, and
/// strings. Each call is one write.
///
/// Each number is a small write. For a socket or a file, wrap the writer in a
/// [`BufWriter`](io::BufWriter).
///
/// The other methods exist already: `write` is [`Write::write_all`], and `flush` is
/// [`Write::flush`]. The counterpart of `size` is [`Counted`].
///
/// This trait is sealed: every [`Write`] has it, so no other type can. Methods may be added in a
/// minor version.
///
/// # Errors
///
/// Every method returns the error of the writer.
///
/// ```
/// use hellohi_proto::DataOutput as _;
///
/// let mut stream = Vec::new();
/// stream.write_boolean(true)?;
/// stream.write_int(-2)?;
/// stream.write_utf("hi")?;
/// assert_eq!(stream, b"\x01\xFF\xFF\xFF\xFE\x00\x02hi");
/// # Ok::<(), std::io::Error>(())
/// ```
#[doc(alias = "DataOutputStream")]
pub trait DataOutput: Write {
    /// Writes one byte, 1 or 0, as `DataOutputStream.writeBoolean` does.
    fn write_boolean(&mut self, value: bool) -> io::Result<()> {
        self.write_unsigned_byte(value.into())
    }

    /// Writes one byte that `readByte` reads, as `DataOutputStream.writeByte` does.
    fn write_byte(&mut self, value: i8) -> io::Result<()> {
        self.write_all(&value.to_be_bytes())
    }

    /// Writes one byte that `readUnsignedByte` reads, as `DataOutputStream.writeByte` does.
    fn write_unsigned_byte(&mut self, value: u8) -> io::Result<()> {
        self.write_all(&value.to_be_bytes())
    }

    /// Writes two bytes that `readShort` reads, as `DataOutputStream.writeShort` does.
    fn write_short(&mut self, value: i16) -> io::Result<()> {
        self.write_all(&value.to_be_bytes())
    }

    /// Writes two bytes that `readUnsignedShort` reads, as `DataOutputStream.writeShort` does.
    fn write_unsigned_short(&mut self, value: u16) -> io::Result<()> {
        self.write_all(&value.to_be_bytes())
    }

    /// Writes one UTF-16 code unit in two bytes, as `DataOutputStream.writeChar` does.
    fn write_char(&mut self, unit: u16) -> io::Result<()> {
        self.write_all(&unit.to_be_bytes())
    }

    /// Writes four bytes, as `DataOutputStream.writeInt` does.
    fn write_int(&mut self, value: i32) -> io::Result<()> {
        self.write_all(&value.to_be_bytes())
    }

    /// Writes eight bytes, as `DataOutputStream.writeLong` does.
    fn write_long(&mut self, value: i64) -> io::Result<()> {
        self.write_all(&value.to_be_bytes())
    }

    /// Writes four bytes, as `DataOutputStream.writeFloat` does.
    ///
    /// Every NaN is written as `7FC00000`, as `Float.floatToIntBits` returns it. All other values
    /// keep their bits.
    fn write_float(&mut self, value: f32) -> io::Result<()> {
        let canonical = if value.is_nan() {
            0x7FC0_0000
        } else {
            value.to_bits()
        };
        self.write_all(&canonical.to_be_bytes())
    }

    /// Writes eight bytes, as `DataOutputStream.writeDouble` does.
    ///
    /// Every NaN is written as `7FF8000000000000`, as `Double.doubleToLongBits` returns it. All
    /// other values keep their bits.
    fn write_double(&mut self, value: f64) -> io::Result<()> {
        let canonical = if value.is_nan() {
            0x7FF8_0000_0000_0000
        } else {
            value.to_bits()
        };
        self.write_all(&canonical.to_be_bytes())
    }

    /// Writes the low byte of each UTF-16 code unit without a length, as
    /// `DataOutputStream.writeBytes` does. Characters beyond Latin-1 are lost.
    fn write_bytes(&mut self, string: impl ToJavaStr) -> io::Result<()> {
        let bytes: Vec<u8> = string
            .to_java_str()
            .units()
            .map(|unit| unit as u8)
            .collect();
        self.write_all(&bytes)
    }

    /// Writes each UTF-16 code unit in two bytes without a length, as `DataOutputStream.writeChars`
    /// does.
    fn write_chars(&mut self, string: impl ToJavaStr) -> io::Result<()> {
        let bytes: Vec<u8> = string
            .to_java_str()
            .units()
            .flat_map(u16::to_be_bytes)
            .collect();
        self.write_all(&bytes)
    }

    /// Writes a string, as `DataOutputStream.writeUTF` and the function [`write_utf`] do.
    #[doc(alias("writeUTF", "write_text"))]
    fn write_utf(&mut self, string: impl ToJavaStr) -> Result<(), WriteError> {
        write_utf(self, string)
    }
}

impl<W: Write + ?Sized> DataOutput for W {}

/// A writer that counts the bytes written to it.
///
/// ```
/// use hellohi_proto::{Counted, DataOutput as _};
///
/// let mut stream = Counted::new(Vec::new());
/// stream.write_int(5)?;
/// stream.write_utf("hi")?;
/// assert_eq!(stream.size(), 8);
/// assert_eq!(stream.into_inner(), b"\0\0\0\x05\0\x02hi");
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Counted<W> {
    inner: W,
    size: u64,
}

impl<W> Counted<W> {
    /// Creates a writer that has counted nothing yet.
    pub const fn new(inner: W) -> Self {
        Self { inner, size: 0 }
    }

    /// Returns the number of bytes written, as `DataOutputStream.size` does. Java's number ends at
    /// 2,147,483,647, and this one does not.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Returns the writer beneath.
    pub fn into_inner(self) -> W {
        self.inner
    }
}

impl<W: Write> Write for Counted<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.size += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nan_is_written_as_java_canonicalises_it() {
        let mut bytes = Vec::new();
        bytes.write_float(f32::from_bits(0xFFC1_2345)).unwrap();
        bytes.write_float(-0.0).unwrap();
        assert_eq!(bytes, b"\x7F\xC0\0\0\x80\0\0\0");
    }

    #[test]
    fn strings_without_a_length_lose_it_and_bytes_their_upper_half() {
        let mut bytes = Vec::new();
        bytes.write_bytes("a你").unwrap();
        bytes.write_chars("a你").unwrap();
        assert_eq!(bytes, b"a\x60\0a\x4F\x60");
    }
}
