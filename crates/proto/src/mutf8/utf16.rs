//! From modified UTF-8 to UTF-16.
//!
//! A long string is decoded by windows of 32 bytes, without a branch for each character. For
//! example, a window with `61 C3 A9 62`:
//!
//! 1. Every byte is decoded as if it led a unit: 0061, 00E9, a value without meaning, 0062.
//! 2. A byte counts unless it is a continuation byte: 1 1 0 1.
//! 3. The values are written one after the other, but the position does not move at a 0. The result
//!    is 0061, 00E9, 0062.
//!
//! Units of three bytes, as of Chinese or of emoji, often come in runs. Where a string begins with
//! one, 16 such units are decoded at a time, whose places are known.

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
        return to_utf16_by_run(canonical).unwrap_or_else(|| to_utf16_by_window(canonical));
    }
    let mut found = Vec::with_capacity(canonical.len());
    found.extend(units(canonical));
    found
}

/// Number of units in a block of a run.
const RUN: usize = 16;
/// Number of bytes that are decoded by windows before a run is looked for again.
const BETWEEN: usize = 512;
/// Number of bytes of a block.
const RUN_BYTES: usize = 3 * RUN;

/// Returns the units of a string that begins with a run, or `None`.
#[multiversion(targets("x86_64+avx2"))]
fn to_utf16_by_run(canonical: &[u8]) -> Option<Vec<u16>> {
    let mut block = [0; RUN];
    canonical
        .first_chunk()
        .filter(|bytes| write_run(bytes, &mut block))?;
    let mut found = Vec::with_capacity(canonical.len() / 3 + RUN);
    let mut left = canonical;
    while let Some((bytes, behind)) = left.split_first_chunk() {
        if write_run(bytes, &mut block) {
            found.extend_from_slice(&block);
            left = behind;
        } else {
            let most = left.len().min(BETWEEN);
            let end = (most..left.len()).find(|&at| left[at] & 0xC0 != 0x80);
            let (part, behind) = left.split_at(end.unwrap_or(left.len()));
            found.extend(to_utf16_by_window(part));
            left = behind;
        }
    }
    found.extend(units(left));
    Some(found)
}

/// Writes the units of a block. Returns whether it holds nothing but units of three bytes.
#[inline(always)]
fn write_run(block: &[u8; RUN_BYTES], out: &mut [u16; RUN]) -> bool {
    let mut all_leads = 0xFF;
    for (unit, bytes) in out.iter_mut().zip(block.as_chunks::<3>().0) {
        let [lead, next, last] = bytes.map(u16::from);
        all_leads &= bytes[0];
        *unit = lead << 12 | (next & 0x3F) << 6 | last & 0x3F;
    }
    all_leads >= 0xE0
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
