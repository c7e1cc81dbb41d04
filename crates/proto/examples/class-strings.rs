//! Prints the strings of class files, one a line.
//!
//!     cargo run --example class-strings -- Main.class

use std::borrow::Cow;
use std::{env, error, fs};

use hellohi_proto::{DataInput as _, JavaStr, take_utf};

type Result<T> = std::result::Result<T, Box<dyn error::Error>>;

/// The first version of the format whose strings must be canonical: Java 1.4.
const CANONICAL: u16 = 48;

fn main() -> Result<()> {
    for path in env::args().skip(1) {
        let class = fs::read(&path)?;
        let strings = strings(&class).map_err(|error| format!("{path}: {error}"))?;
        for string in strings {
            println!("{}", string.printable());
        }
    }
    Ok(())
}

/// Returns every `CONSTANT_Utf8` of the constant pool (JVMS 4.4).
pub(crate) fn strings(class: &[u8]) -> Result<Vec<Cow<'_, JavaStr>>> {
    let mut left = class;
    if left.read_int()?.cast_unsigned() != 0xCAFE_BABE {
        return Err("not a class file".into());
    }
    let _minor_version = left.read_unsigned_short()?;
    let version = left.read_unsigned_short()?;
    let count = left.read_unsigned_short()?;

    let mut strings = Vec::new();
    let mut index = 1;
    while index < count {
        let tag = left.read_unsigned_byte()?;
        match tag {
            1 => strings.push(string(&mut left, version)?),
            7 | 8 | 16 | 19 | 20 => skip(&mut left, 2)?,
            15 => skip(&mut left, 3)?,
            3 | 4 | 9..=12 | 17 | 18 => skip(&mut left, 4)?,
            5 | 6 => skip(&mut left, 8)?,
            _ => return Err(format!("constant {index} has the unknown tag {tag}").into()),
        }
        // A long and a double take two places.
        index += if matches!(tag, 5 | 6) { 2 } else { 1 };
    }
    Ok(strings)
}

fn string<'a>(left: &mut &'a [u8], version: u16) -> Result<Cow<'a, JavaStr>> {
    if version < CANONICAL {
        return Ok(take_utf(left)?);
    }
    let length = left.read_unsigned_short()?;
    let bytes = left.split_off(..length.into()).ok_or("the file is cut")?;
    Ok(JavaStr::from_canonical(bytes)?.into())
}

fn skip(left: &mut &[u8], count: usize) -> Result<()> {
    left.split_off(..count).ok_or("the file is cut")?;
    Ok(())
}
