//! Reads any stream with any calls of a `DataInputStream`, from memory and byte by byte. Both give
//! and consume the same, and the values are written back to the same bytes.
#![no_main]

use std::io::{self, BufReader, ErrorKind, Read as _};

use hellohi_proto::{DataInput as _, DataOutput as _};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let Some((&calls, rest)) = input.split_first() else {
        return;
    };
    let Some((calls, mut stream)) = rest.split_at_checked(usize::from(calls)) else {
        return;
    };
    let mut trickle = BufReader::with_capacity(1, stream);
    for &call in calls {
        let before = stream;
        let whole = read(call, &mut stream);
        let trickled = read(call, &mut trickle);
        let consumed = &before[..before.len() - stream.len()];
        match (whole, trickled) {
            (Ok(whole), Ok(trickled)) => {
                assert_eq!(whole, trickled);
                if let Some(written) = whole {
                    assert_eq!(written, consumed);
                }
            }
            (Err(whole), Err(trickled)) => {
                assert_eq!(whole.kind(), trickled.kind());
                assert_eq!(whole.to_string(), trickled.to_string());
                let at_end = stream.is_empty();
                assert!(at_end || whole.kind() == ErrorKind::InvalidData);
            }
            (whole, trickled) => panic!("{whole:?} is not {trickled:?}"),
        }
    }
    let mut left = Vec::new();
    trickle.read_to_end(&mut left).expect("memory can be read");
    assert_eq!(left, stream);
});

/// Returns the value that `call` reads, written again, or `None` if the bytes may differ.
fn read(call: u8, from: &mut impl io::BufRead) -> io::Result<Option<Vec<u8>>> {
    let mut to = Vec::new();
    match call % 16 {
        0 => {
            let value = from.read_boolean()?;
            to.write_boolean(value)?;
            return Ok(None);
        }
        1 => to.write_byte(from.read_byte()?)?,
        2 => to.write_unsigned_byte(from.read_unsigned_byte()?)?,
        3 => to.write_short(from.read_short()?)?,
        4 => to.write_unsigned_short(from.read_unsigned_short()?)?,
        5 => to.write_char(from.read_char()?)?,
        6 => to.write_int(from.read_int()?)?,
        7 => to.write_long(from.read_long()?)?,
        8 => {
            let value = from.read_float()?;
            to.write_float(value)?;
            return Ok((!value.is_nan()).then_some(to));
        }
        9 => {
            let value = from.read_double()?;
            to.write_double(value)?;
            return Ok((!value.is_nan()).then_some(to));
        }
        10 => {
            let count = i32::from(call.cast_signed() / 16);
            let skipped = from.skip_bytes(count)?;
            assert!((0..=count.max(0)).contains(&skipped));
            return Ok(None);
        }
        11..=13 => {
            let line = from.read_latin1_line()?;
            assert!(line.is_none_or(|line| !line.contains(['\r', '\n'])));
            return Ok(None);
        }
        _ => {
            let string = from.read_utf()?;
            // A body that is not canonical may have become too long.
            let _ = to.write_utf(&string);
            return Ok(None);
        }
    }
    Ok(Some(to))
}
