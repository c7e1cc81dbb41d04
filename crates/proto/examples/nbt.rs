//! Prints an NBT file, the format in which Minecraft saves, that is not compressed. Without a path,
//! prints one that it writes itself.
//!
//!     cargo run --example nbt -- level.nbt

use std::fs::File;
use std::io::{self, BufReader, ErrorKind, Read};

use hellohi_proto::{DataInput as _, DataOutput as _, JavaString};

/// Deepest nesting that the format allows.
const MAX_DEPTH: usize = 512;

fn main() -> io::Result<()> {
    match std::env::args().nth(1) {
        Some(path) => print(&mut BufReader::new(File::open(path)?)),
        None => print(&mut &hello()?[..]),
    }
}

fn print(from: &mut impl Read) -> io::Result<()> {
    let kind = from.read_unsigned_byte()?;
    let name = from.read_utf()?;
    let value = read(kind, from, 0)?;
    println!("{}: {value:#?}", name.printable());
    Ok(())
}

/// Returns a compound with a string and a list of integers.
pub(crate) fn hello() -> io::Result<Vec<u8>> {
    let mut to = Vec::new();
    to.write_byte(10)?;
    to.write_utf("")?;
    {
        to.write_byte(8)?;
        to.write_utf("name")?;
        to.write_utf("你好 😀")?;

        to.write_byte(9)?;
        to.write_utf("position")?;
        to.write_byte(3)?;
        to.write_int(2)?;
        to.write_int(7)?;
        to.write_int(-7)?;
    }
    to.write_byte(0)?;
    Ok(to)
}

/// The value of a tag.
#[derive(Debug, PartialEq)]
pub(crate) enum Tag {
    Integer(i64),
    Float(f64),
    Bytes(Vec<u8>),
    String(JavaString),
    List(Vec<Tag>),
    Compound(Vec<(JavaString, Tag)>),
}

/// Reads the value of a tag of this kind.
pub(crate) fn read(kind: u8, from: &mut impl Read, depth: usize) -> io::Result<Tag> {
    if depth > MAX_DEPTH {
        return Err(invalid(format!("nested deeper than {MAX_DEPTH}")));
    }
    let depth = depth + 1;
    Ok(match kind {
        1 => Tag::Integer(from.read_byte()?.into()),
        2 => Tag::Integer(from.read_short()?.into()),
        3 => Tag::Integer(from.read_int()?.into()),
        4 => Tag::Integer(from.read_long()?),
        5 => Tag::Float(from.read_float()?.into()),
        6 => Tag::Float(from.read_double()?),
        7 => {
            let count = from.read_int()?;
            Tag::Bytes(bytes(from, count)?)
        }
        8 => Tag::String(from.read_utf()?),
        9 => {
            let kind = from.read_unsigned_byte()?;
            let count = from.read_int()?;
            Tag::List(list(kind, count, from, depth)?)
        }
        10 => Tag::Compound(compound(from, depth)?),
        11 | 12 => {
            let count = from.read_int()?;
            Tag::List(list(if kind == 11 { 3 } else { 4 }, count, from, depth)?)
        }
        _ => return Err(invalid(format!("no tag has the kind {kind}"))),
    })
}

fn compound(from: &mut impl Read, depth: usize) -> io::Result<Vec<(JavaString, Tag)>> {
    let mut tags = Vec::new();
    loop {
        match from.read_unsigned_byte()? {
            0 => return Ok(tags),
            kind => tags.push((from.read_utf()?, read(kind, from, depth)?)),
        }
    }
}

fn list(kind: u8, count: i32, from: &mut impl Read, depth: usize) -> io::Result<Vec<Tag>> {
    // Not collected at once: a hostile file may announce more than it has.
    let mut tags = Vec::new();
    for _ in 0..count {
        tags.push(read(kind, from, depth)?);
    }
    Ok(tags)
}

fn bytes(from: &mut impl Read, count: i32) -> io::Result<Vec<u8>> {
    let count = u64::try_from(count).map_err(|_| invalid(format!("{count} bytes")))?;
    let mut bytes = Vec::new();
    if from.take(count).read_to_end(&mut bytes)? as u64 != count {
        return Err(ErrorKind::UnexpectedEof.into());
    }
    Ok(bytes)
}

fn invalid(what: String) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, what)
}
