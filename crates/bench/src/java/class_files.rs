//! The strings of a JDK's own class files: frames that a Java compiler wrote.
//!
//! A class file's pool of constants is entries with a tag each. The entries with tag 1 (`CONSTANT_Utf8`) are
//! frames, and the others are skipped by their size (JVMS 4.4). From the pool
//!
//! ```text
//! 01 0002 4869   07 0001   01 0000
//! ```
//!
//! [`frames`] takes `0002 4869` and `0000`; the entry between them, a class, has tag 7 and two bytes.

use std::io::{ErrorKind, Read as _};

use anyhow::{Context, Result};
use hellohi_proto::DataInput as _;

use crate::java::programs::Programs;

/// Calls `take` with the frames of each class file, until it returns `false`.
pub(crate) fn read_pools(
    programs: &Programs<'_>,
    mut take: impl FnMut(Vec<u8>) -> bool,
) -> Result<()> {
    let mut running = programs.start("ClassFiles", &[])?;
    let mut stdout = running
        .child()
        .stdout
        .take()
        .context("no standard output")?;
    loop {
        let length = match stdout.read_int() {
            Err(end) if end.kind() == ErrorKind::UnexpectedEof => break,
            length => length?,
        };
        let mut class = vec![0; usize::try_from(length)?];
        stdout.read_exact(&mut class)?;
        if !take(frames(&class).context("a class file of the JDK cannot be read")?) {
            return Ok(());
        }
    }
    running.finish(&programs.jdk.name)
}

/// Returns the `CONSTANT_Utf8` entries of a class file, each as its frame; `None` if it is no class file.
fn frames(class: &[u8]) -> Option<Vec<u8>> {
    let mut frames = Vec::new();
    let count = u16::from_be_bytes([*class.get(8)?, *class.get(9)?]);
    let mut rest = class.get(10..)?;
    let mut index = 1;
    while index < count {
        let (&tag, entry) = rest.split_first()?;
        let size = match tag {
            1 => 2 + usize::from(u16::from_be_bytes(*entry.first_chunk()?)),
            7 | 8 | 16 | 19 | 20 => 2,
            15 => 3,
            3 | 4 | 9..=12 | 17 | 18 => 4,
            5 | 6 => 8,
            _ => return None,
        };
        let (entry, behind) = entry.split_at_checked(size)?;
        if tag == 1 {
            frames.extend(entry);
        }
        rest = behind;
        // Longs and doubles take two indices.
        index += if matches!(tag, 5 | 6) { 2 } else { 1 };
    }
    Some(frames)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_frames_of_a_pool_are_its_strings_in_their_order() {
        // Magic number and version, five entries, of which a long takes two indices.
        let class =
            b"\xCA\xFE\xBA\xBE\0\0\0\x45\0\x06\x01\0\x02Hi\x05\0\0\0\0\0\0\0\x01\x07\0\x01\x01\0\0";
        assert_eq!(frames(class).unwrap(), b"\0\x02Hi\0\0");
        assert_eq!(frames(&class[..20]), None);
    }
}
