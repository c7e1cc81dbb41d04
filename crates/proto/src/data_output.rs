//! [`DataOutput`], the writing half of Java's data streams.

use alloc::vec::Vec;
use std::io::{self, Write};

use crate::io::{WriteError, write_utf};
use crate::java_str::JavaStr;

/// What `java.io.DataOutputStream` writes, for every [`Write`]: numbers in big-endian order, and
/// strings. Each is one write.
///
/// The numbers take small writes: to a socket or a file, give it a [`BufWriter`](io::BufWriter).
///
/// # What is already there
///
/// `write` is [`Write::write_all`], `flush` is [`Write::flush`].
///
/// ```
/// use hellohi_proto::{DataOutput as _, JavaStr};
///
/// let mut stream = Vec::new();
/// stream.write_boolean(true)?;
/// stream.write_int(-2)?;
/// stream.write_utf(&JavaStr::from_text("hi"))?;
/// assert_eq!(stream, b"\x01\xFF\xFF\xFF\xFE\x00\x02hi");
/// # Ok::<(), std::io::Error>(())
/// ```
pub trait DataOutput: Write {
    /// `DataOutputStream.writeBoolean`: 1 or 0 in one byte.
    fn write_boolean(&mut self, value: bool) -> io::Result<()> {
        self.write_unsigned_byte(value.into())
    }

    /// `DataOutputStream.writeByte`, of a value that `readByte` reads.
    fn write_byte(&mut self, value: i8) -> io::Result<()> {
        self.write_all(&value.to_be_bytes())
    }

    /// `DataOutputStream.writeByte`, of a value that `readUnsignedByte` reads.
    fn write_unsigned_byte(&mut self, value: u8) -> io::Result<()> {
        self.write_all(&value.to_be_bytes())
    }

    /// `DataOutputStream.writeShort`, of a value that `readShort` reads.
    fn write_short(&mut self, value: i16) -> io::Result<()> {
        self.write_all(&value.to_be_bytes())
    }

    /// `DataOutputStream.writeShort`, of a value that `readUnsignedShort` reads.
    fn write_unsigned_short(&mut self, value: u16) -> io::Result<()> {
        self.write_all(&value.to_be_bytes())
    }

    /// `DataOutputStream.writeChar`: one UTF-16 code unit.
    fn write_char(&mut self, unit: u16) -> io::Result<()> {
        self.write_all(&unit.to_be_bytes())
    }

    /// `DataOutputStream.writeInt`.
    fn write_int(&mut self, value: i32) -> io::Result<()> {
        self.write_all(&value.to_be_bytes())
    }

    /// `DataOutputStream.writeLong`.
    fn write_long(&mut self, value: i64) -> io::Result<()> {
        self.write_all(&value.to_be_bytes())
    }

    /// `DataOutputStream.writeFloat`: every NaN is written as `7FC00000`, as
    /// `Float.floatToIntBits` has it; all else keeps its bits.
    fn write_float(&mut self, value: f32) -> io::Result<()> {
        let canonical = if value.is_nan() {
            0x7FC0_0000
        } else {
            value.to_bits()
        };
        self.write_all(&canonical.to_be_bytes())
    }

    /// `DataOutputStream.writeDouble`: every NaN is written as `7FF8000000000000`, as
    /// `Double.doubleToLongBits` has it; all else keeps its bits.
    fn write_double(&mut self, value: f64) -> io::Result<()> {
        let canonical = if value.is_nan() {
            0x7FF8_0000_0000_0000
        } else {
            value.to_bits()
        };
        self.write_all(&canonical.to_be_bytes())
    }

    /// `DataOutputStream.writeBytes`: the low byte of each UTF-16 code unit, and no length. What
    /// is not Latin-1 does not survive it.
    fn write_bytes(&mut self, string: &JavaStr) -> io::Result<()> {
        let bytes: Vec<u8> = string.units().map(|unit| unit as u8).collect();
        self.write_all(&bytes)
    }

    /// `DataOutputStream.writeChars`: each UTF-16 code unit in two bytes, and no length.
    fn write_chars(&mut self, string: &JavaStr) -> io::Result<()> {
        let bytes: Vec<u8> = string.units().flat_map(u16::to_be_bytes).collect();
        self.write_all(&bytes)
    }

    /// `DataOutputStream.writeUTF`: as the function [`write_utf`].
    fn write_utf(&mut self, string: &JavaStr) -> Result<(), WriteError> {
        write_utf(self, string)
    }
}

impl<W: Write + ?Sized> DataOutput for W {}

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
        let string = JavaStr::from_text("a你");
        bytes.write_bytes(&string).unwrap();
        bytes.write_chars(&string).unwrap();
        assert_eq!(bytes, b"a\x60\0a\x4F\x60");
    }
}
