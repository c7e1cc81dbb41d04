//! The methods of Java's data streams and ours, and the arguments that each is called with.

use std::io::{self, Read as _};

use fastrand::Rng;
use hellohi_proto::{DataInput as _, DataOutput, JavaStr, JavaString, ReadError};

use crate::oracle::data::values;

/// A method, with its name in Java.
pub(crate) struct Method {
    pub(crate) name: &'static str,
    signature: Signature,
}

enum Signature {
    /// A method that reads this number of bytes.
    ReadNumber(usize, fn(&mut &[u8]) -> io::Result<i64>),
    /// A method that reads as many bytes as the first byte says.
    ReadCounted(fn(u8, &mut &[u8]) -> io::Result<Value>),
    ReadLine,
    ReadUtf,
    /// A method that writes this number of bytes.
    WriteNumber(usize, fn(&mut Vec<u8>, i64) -> io::Result<()>),
    WriteString(fn(&mut Vec<u8>, &JavaStr) -> io::Result<()>),
}

enum Value {
    Number(i64),
    String(JavaString),
    Null,
}

pub(crate) const METHODS: [Method; 25] = [
    number("readBoolean", 1, |from| from.read_boolean().map(i64::from)),
    number("readByte", 1, |from| from.read_byte().map(i64::from)),
    number("readUnsignedByte", 1, |from| {
        from.read_unsigned_byte().map(i64::from)
    }),
    number("readShort", 2, |from| from.read_short().map(i64::from)),
    number("readUnsignedShort", 2, |from| {
        from.read_unsigned_short().map(i64::from)
    }),
    number("readChar", 2, |from| from.read_char().map(i64::from)),
    number("readInt", 4, |from| from.read_int().map(i64::from)),
    number("readLong", 8, |from| from.read_long()),
    number("readFloat", 4, |from| {
        from.read_float()
            .map(|value| value.to_bits().cast_signed().into())
    }),
    number("readDouble", 8, |from| {
        from.read_double()
            .map(|value| value.to_bits().cast_signed())
    }),
    method("readFully", Signature::ReadCounted(read_fully)),
    method("skipBytes", Signature::ReadCounted(skip_bytes)),
    method("readLine", Signature::ReadLine),
    method("readUTF", Signature::ReadUtf),
    written("writeBoolean", 1, |to, value| to.write_boolean(value != 0)),
    written("writeByte", 1, |to, value| to.write_byte(value as i8)),
    written("writeShort", 2, |to, value| to.write_short(value as i16)),
    written("writeChar", 2, |to, value| to.write_char(value as u16)),
    written("writeInt", 4, |to, value| to.write_int(value as i32)),
    written("writeLong", 8, DataOutput::write_long),
    written("writeFloat", 4, |to, value| {
        to.write_float(f32::from_bits(value as u32))
    }),
    written("writeDouble", 8, |to, value| {
        to.write_double(f64::from_bits(value.cast_unsigned()))
    }),
    method(
        "writeBytes",
        Signature::WriteString(|to, string| to.write_bytes(string)),
    ),
    method(
        "writeChars",
        Signature::WriteString(|to, string| to.write_chars(string)),
    ),
    method(
        "writeUTF",
        Signature::WriteString(|to, string| Ok(to.write_utf(string)?)),
    ),
];

const fn method(name: &'static str, signature: Signature) -> Method {
    Method { name, signature }
}

const fn number(
    name: &'static str,
    size: usize,
    read: fn(&mut &[u8]) -> io::Result<i64>,
) -> Method {
    method(name, Signature::ReadNumber(size, read))
}

const fn written(
    name: &'static str,
    size: usize,
    write: fn(&mut Vec<u8>, i64) -> io::Result<()>,
) -> Method {
    method(name, Signature::WriteNumber(size, write))
}

impl Method {
    /// Returns its arguments: every small value, the boundaries of larger ones, random ones, and streams that
    /// end too early.
    pub(crate) fn arguments(&self, rng: &mut Rng) -> Vec<Vec<u8>> {
        match self.signature {
            Signature::ReadNumber(size, _) => values::streams_of(size, rng),
            Signature::ReadCounted(_) => values::counted(),
            Signature::ReadLine => values::lines(rng),
            Signature::ReadUtf => values::frames(rng),
            Signature::WriteNumber(size, _) => values::numbers(size, rng)
                .into_iter()
                .map(|value| value.to_be_bytes().to_vec())
                .collect(),
            Signature::WriteString(_) => values::strings(rng),
        }
    }

    /// Returns the expected answer, in the format of `Data.java`.
    pub(crate) fn answer(&self, argument: &[u8]) -> Vec<u8> {
        let mut left = argument;
        let value = match self.signature {
            Signature::ReadNumber(_, read) => read(&mut left).map(Value::Number),
            Signature::ReadCounted(read) => {
                let count = left.read_unsigned_byte();
                count.and_then(|count| read(count, &mut left))
            }
            Signature::ReadLine => left.read_latin1_line().map(|line| match line {
                Some(line) => Value::String(line.into()),
                None => Value::Null,
            }),
            Signature::ReadUtf => left.read_utf().map(Value::String).map_err(ReadError::into),
            Signature::WriteNumber(_, write) => {
                return written_by(|to| write(to, left.read_long()?));
            }
            Signature::WriteString(write) => {
                let string = left
                    .chunks_exact(2)
                    .map(|unit| u16::from_be_bytes([unit[0], unit[1]]));
                return written_by(|to| write(to, &string.collect::<JavaString>()));
            }
        };
        let mut answer = Vec::new();
        push(&mut answer, value).expect("a Vec takes every write");
        answer.extend(left);
        answer
    }
}

fn written_by(write: impl FnOnce(&mut Vec<u8>) -> io::Result<()>) -> Vec<u8> {
    let mut bytes = Vec::new();
    match write(&mut bytes) {
        Ok(()) => bytes,
        Err(error) => error.to_string().into_bytes(),
    }
}

fn push(answer: &mut Vec<u8>, value: io::Result<Value>) -> io::Result<()> {
    match value {
        Ok(Value::Number(value)) => {
            answer.write_byte(0)?;
            answer.write_long(value)
        }
        Ok(Value::String(string)) => {
            answer.write_byte(0)?;
            answer.write_int(string.utf16_len() as i32)?;
            answer.write_chars(&string)
        }
        Ok(Value::Null) => answer.write_byte(2),
        Err(error) => {
            let class = match error.kind() {
                io::ErrorKind::UnexpectedEof => "java.io.EOFException",
                io::ErrorKind::InvalidData => "java.io.UTFDataFormatException",
                _ => "java.io.IOException",
            };
            answer.write_byte(1)?;
            Ok(answer.write_utf(class)?)
        }
    }
}

fn read_fully(count: u8, from: &mut &[u8]) -> io::Result<Value> {
    let mut bytes = vec![0; count.into()];
    from.read_exact(&mut bytes)?;
    Ok(Value::String(bytes.into_iter().map(u16::from).collect()))
}

fn skip_bytes(count: u8, from: &mut &[u8]) -> io::Result<Value> {
    let skipped = from.skip_bytes(count.into())?;
    Ok(Value::Number(skipped.into()))
}
