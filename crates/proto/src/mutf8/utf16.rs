//! From modified UTF-8 to UTF-16.
//!
//! A long string is decoded by windows of 32 bytes, without a branch for each character. For
//! example, a window with `61 C3 A9 62`:
//!
//! 1. Every byte is decoded as if it led a unit: 0061, 00E9, a value without meaning, 0062.
//! 2. A byte counts unless it is a continuation byte: 1 1 0 1.
//! 3. The values are written one after the other, but the position does not move at a 0. The result
//!    is 0061, 00E9, 0062.

use alloc::vec;
use alloc::vec::Vec;

use multiversion::multiversion;

use super::unit::units;
use super::window::{AFTER, BEFORE, Lanes, WINDOW, Window};
use super::word::MIN_VECTOR;

/// Returns the units of canonical modified UTF-8.
pub(crate) fn to_utf16(canonical: &[u8]) -> Vec<u16> {
    if canonical.is_ascii() {
        return canonical.iter().map(|&byte| u16::from(byte)).collect();
    }
    if canonical.len() >= MIN_VECTOR {
        return to_utf16_by_window(canonical);
    }
    let mut found = Vec::with_capacity(canonical.len());
    found.extend(units(canonical));
    found
}

/// Returns the units of canonical modified UTF-8 of at least [`MIN_VECTOR`] bytes.
#[multiversion(targets("x86_64+avx2"))]
fn to_utf16_by_window(canonical: &[u8]) -> Vec<u16> {
    let mut units = vec![0; canonical.len() + WINDOW];
    let mut to = 0;
    for_each_window(canonical, |window| {
        let out = units[to..].first_chunk_mut::<WINDOW>().expect("it shrinks");
        let (found, leads) = unit_lanes(window);
        if leads == [1; WINDOW] {
            *out = found;
            to += WINDOW;
            return;
        }
        let mut n = 0;
        for lane in 0..WINDOW {
            out[n % WINDOW] = found[lane];
            n += usize::from(leads[lane]);
        }
        to += n;
    });
    units.truncate(to - padding(canonical));
    units
}

/// Returns the unit that each byte would lead, and 1 if the byte leads a unit.
#[inline(always)]
fn unit_lanes(window: &Window) -> (Lanes<u16>, Lanes) {
    let (mut units, mut leads) = ([0; WINDOW], [0; WINDOW]);
    for lane in 0..WINDOW {
        let at = lane + BEFORE;
        let [byte, next, last] = [window[at], window[at + 1], window[at + 2]].map(u16::from);
        let two = (byte & 0x1F) << 6 | next & 0x3F;
        let three = byte << 12 | (next & 0x3F) << 6 | last & 0x3F;
        let longer = if byte >= 0xE0 { three } else { two };
        units[lane] = if byte >= 0x80 { longer } else { byte };
        leads[lane] = u8::from(byte & 0xC0 != 0x80);
    }
    (units, leads)
}

/// Calls `each` with every window. The last one is filled up with spaces, and each space is a unit.
#[inline(always)]
fn for_each_window(bytes: &[u8], mut each: impl FnMut(&Window)) {
    for at in (0..bytes.len()).step_by(WINDOW) {
        let mut padded;
        let from = at.checked_sub(BEFORE);
        let window = match from.and_then(|from| bytes[from..].first_chunk()) {
            Some(window) => window,
            None => {
                padded = [b' '; BEFORE + WINDOW + AFTER];
                let from = at.saturating_sub(BEFORE);
                let part = &bytes[from..bytes.len().min(at + WINDOW + AFTER)];
                padded[BEFORE + from - at..][..part.len()].copy_from_slice(part);
                &padded
            }
        };
        each(window);
    }
}

/// Returns the number of spaces that fill up the last window.
fn padding(bytes: &[u8]) -> usize {
    bytes.len().next_multiple_of(WINDOW) - bytes.len()
}
