//! From UTF-8 and to UTF-16 where the bytes are not the same, without a branch for each character.
//!
//! What becomes of a byte depends on a few bytes around it alone. So that is computed for all bytes of
//! a window at once, in loops that become vector code; then what is left of each is moved to its place,
//! one after the other: only where to, never what to do next, depends on what was found.

use alloc::vec;
use alloc::vec::Vec;

use multiversion::multiversion;

use super::surrogate_pair::{self, PAIR_BLOCK, UTF8_BLOCK};
use super::word;

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
    let length = utf8.len() + utf8.chunks(COUNTED).map(growth).sum::<usize>();
    let mut body = vec![0; length + 2 * WINDOW];
    let (mut from, mut to) = (0, 0);
    while from < utf8.len() {
        if let Some(block) = utf8[from..].first_chunk::<UTF8_BLOCK>()
            && block[0] >= 0xF0
            && block[UTF8_BLOCK - 4] >= 0xF0
            && let Some(out) = body[to..].first_chunk_mut()
            && surrogate_pair::block_from_utf8(block, out)
        {
            from += UTF8_BLOCK;
            to += PAIR_BLOCK;
            continue;
        }
        let before = from.checked_sub(BEFORE);
        let Some(window) = before.and_then(|before| utf8[before..].first_chunk()) else {
            let step = Step::at(utf8, from);
            body[to..to + 8].copy_from_slice(&step.body);
            from += step.read;
            to += step.written;
            continue;
        };
        let out = body[to..].first_chunk_mut().expect("it is counted");
        let written = write_window(window, out);
        // A character that is cut begins the next window.
        let (cut, its_bytes) = match window[BEFORE + WINDOW - 3..] {
            [lead, ..] if lead >= 0xF0 => (3, 5),
            [_, lead, ..] if lead >= 0xF0 => (2, 3),
            [_, _, lead, ..] if lead >= 0xF0 => (1, 1),
            _ => (0, 0),
        };
        from += WINDOW - cut;
        to += written - its_bytes;
    }
    body.truncate(length);
    body
}

/// Writes what the bytes of a window become; how many bytes that is.
#[inline(always)]
fn write_window(window: &Window, out: &mut [u8; 2 * WINDOW]) -> usize {
    let [first, second, more] = split_lanes(window);
    if more == [0; WINDOW] {
        out[..WINDOW].copy_from_slice(&first);
        return WINDOW;
    }
    let mut n = 0;
    for lane in 0..WINDOW {
        out[n % (2 * WINDOW)] = first[lane];
        out[(n + 1) % (2 * WINDOW)] = second[lane];
        n += 1 + usize::from(more[lane]);
    }
    n
}

/// What the next bytes of a text become.
pub(super) struct Step {
    /// The modified UTF-8 of `read` bytes, and anything behind `written` bytes.
    pub(super) body: [u8; 8],
    pub(super) written: usize,
    pub(super) read: usize,
}

impl Step {
    #[inline(always)]
    pub(super) fn at(utf8: &[u8], from: usize) -> Step {
        let word = word::word_at(utf8, from);
        let (body, written, read) = match word as u8 {
            0xF0.. => (surrogate_pair::from_utf8(word as u32), 6, 4),
            0 => (0x80C0, 2, 1),
            _ => {
                let same = word::before_other(word).min(utf8.len() - from);
                (word, same, same)
            }
        };
        Step {
            body: body.to_le_bytes(),
            written,
            read,
        }
    }
}

/// Bytes whose growth is counted in lanes of one byte.
const COUNTED: usize = 96;

/// How many bytes more it takes.
#[inline(always)]
fn growth(utf8: &[u8]) -> usize {
    let growth = |&byte: &u8| u8::from(byte == 0) + 2 * u8::from(byte >= 0xF0);
    usize::from(utf8.iter().map(growth).sum::<u8>())
}
const _: () = assert!(2 * COUNTED <= u8::MAX as usize);

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
