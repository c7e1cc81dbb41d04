//! From UTF-8 and to UTF-16 where the bytes are not the same, without a branch for each character.
//!
//! What becomes of a byte depends on a few bytes around it alone. So that is computed for all bytes of
//! a window at once, in loops that become vector code; then what is left of each is moved to its place,
//! one after the other: only where to, never what to do next, depends on what was found.

use alloc::vec;
use alloc::vec::Vec;

use multiversion::multiversion;

const WINDOW: usize = 32;
/// The third byte of a character looks back this far to its lead, ...
const BEFORE: usize = 2;
/// ... and the lead this far to the third.
const AFTER: usize = 2;

/// Bytes with those around them.
type Window = [u8; BEFORE + WINDOW + AFTER];
/// One result for each byte of a window.
type Lanes<T = u8> = [T; WINDOW];

/// The modified UTF-8 of a text.
#[multiversion(targets("x86_64+avx2"))]
pub(super) fn from_utf8(text: &str) -> Vec<u8> {
    let utf8 = text.as_bytes();
    let more = |&byte: &u8| usize::from(byte == 0) + 2 * usize::from(byte >= 0xF0);
    let length = utf8.len() + utf8.iter().map(more).sum::<usize>();
    let mut body = vec![0; length + 2 * WINDOW];
    let mut to = 0;
    for_each_window(utf8, |window| {
        let out = body[to..].first_chunk_mut().expect("it is counted");
        let [first, second, more] = split_lanes(window);
        if more == [0; WINDOW] {
            out[..WINDOW].copy_from_slice(&first);
            to += WINDOW;
            return;
        }
        let out: &mut [u8; 2 * WINDOW] = out;
        let mut n = 0;
        for lane in 0..WINDOW {
            out[n % (2 * WINDOW)] = first[lane];
            out[(n + 1) % (2 * WINDOW)] = second[lane];
            n += 1 + usize::from(more[lane]);
        }
        to += n;
    });
    body.truncate(length);
    body
}

/// What each byte becomes, and what comes behind that where the third is 1.
#[inline(always)]
fn split_lanes(window: &Window) -> [Lanes; 3] {
    let [mut first, mut second, mut more] = [[0; WINDOW]; 3];
    for lane in 0..WINDOW {
        let at = lane + BEFORE;
        let (before, byte, next) = (window[at - 1], window[at], window[at + 1]);
        let is_lead = mask(byte >= 0xF0);
        let is_second = mask(before >= 0xF0);
        let is_third = mask(window[at - 2] >= 0xF0);
        let is_nul = mask(byte == 0);
        let high = 0xA0 | ((before & 0x07) << 2 | byte >> 4 & 0x03).wrapping_sub(1) & 0x0F;
        let low = 0x80 | byte << 2 & 0x3C | next >> 4 & 0x03;
        let same = byte | is_nul & 0xC0;
        first[lane] = select(is_second, high, select(is_lead | is_third, 0xED, same));
        second[lane] = select(is_second, low, select(is_third, 0xB0 | byte & 0x0F, 0x80));
        more[lane] = (is_second | is_third | is_nul) & 1;
    }
    [first, second, more]
}

/// The units of canonical modified UTF-8.
#[multiversion(targets("x86_64+avx2"))]
pub(super) fn to_utf16(canonical: &[u8]) -> Vec<u16> {
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

/// The unit that each byte leads, and 0 where it leads none.
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

/// The last window is filled up with spaces, of which every one stays one.
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

/// How many spaces the last window is filled up with.
fn padding(bytes: &[u8]) -> usize {
    bytes.len().next_multiple_of(WINDOW) - bytes.len()
}

#[inline(always)]
fn mask(condition: bool) -> u8 {
    if condition { 0xFF } else { 0 }
}

#[inline(always)]
fn select(mask: u8, yes: u8, no: u8) -> u8 {
    yes & mask | no & !mask
}
