//! From text to modified UTF-8.
//!
//! The new bytes for a byte depend only on a few bytes around it. So a long text is encoded by
//! windows of 32 bytes. First the new bytes of every place are computed, in loops that become
//! vector code. Then they are moved together one after the other, without a branch for each
//! character.
//!
//! For example, the window holds `a`, NUL, `b`:
//!
//! 1. The first new bytes are `61 C0 62`, the second ones are `80 80 80`, and the second one counts
//!    only at NUL: `0 1 0`.
//! 2. Both new bytes of a place are written, but the position moves by 2 at NUL and by 1 elsewhere.
//!    The result is `61 C0 80 62`.

use alloc::borrow::Cow;
use alloc::vec;
use alloc::vec::Vec;

use multiversion::multiversion;

use super::surrogate_pair::{self, PAIR_BLOCK, UTF8_BLOCK};
use super::validate;
use super::window::{BEFORE, Lanes, WINDOW, Window};
use super::word::{self, MIN_VECTOR};

/// Returns the modified UTF-8 of `text`. Borrows unless the text has NUL or a character beyond
/// U+FFFF.
#[inline(always)]
pub(crate) fn from_text(text: &str) -> Cow<'_, [u8]> {
    let bytes = text.as_bytes();
    let differs = if bytes.len() < MIN_VECTOR {
        word::has_nul_or_astral(bytes)
    } else {
        validate::has_nul_or_astral(bytes)
    };
    if differs {
        Cow::Owned(encode(text))
    } else {
        Cow::Borrowed(bytes)
    }
}

fn encode(text: &str) -> Vec<u8> {
    if text.len() >= MIN_VECTOR {
        return encode_long(text);
    }
    let utf8 = text.as_bytes();
    let mut body = Vec::with_capacity(utf8.len() + utf8.len() / 2 + 8);
    let mut from = 0;
    while from < utf8.len() {
        let step = Step::at(utf8, from);
        let length = body.len() + step.written;
        body.extend_from_slice(&step.body);
        body.truncate(length);
        from += step.read;
    }
    body
}

/// Returns the modified UTF-8 of a text of at least [`MIN_VECTOR`] bytes.
#[multiversion(targets("x86_64+avx2"))]
fn encode_long(text: &str) -> Vec<u8> {
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
        // A character that is cut by the end of the window begins the next one.
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

/// Writes the new bytes of a window to `out`. Returns their number.
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

/// The next bytes of a text and their modified UTF-8.
struct Step {
    /// The modified UTF-8 of the next `read` bytes. Only the first `written` bytes count.
    body: [u8; 8],
    written: usize,
    read: usize,
}

impl Step {
    #[inline(always)]
    fn at(utf8: &[u8], from: usize) -> Step {
        let word = word::word_at(utf8, from);
        let (body, written, read) = match word as u8 {
            0xF0.. => (surrogate_pair::from_utf8(word as u32), 6, 4),
            0 => (0x80C0, 2, 1),
            _ => {
                let same = word::count_unchanged(word).min(utf8.len() - from);
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

/// Number of bytes whose growth fits in lanes of one byte.
const COUNTED: usize = 96;

/// Returns the number of bytes by which modified UTF-8 is longer.
#[inline(always)]
fn growth(utf8: &[u8]) -> usize {
    let growth = |&byte: &u8| u8::from(byte == 0) + 2 * u8::from(byte >= 0xF0);
    usize::from(utf8.iter().map(growth).sum::<u8>())
}
const _: () = assert!(2 * COUNTED <= u8::MAX as usize);

/// Returns the first new byte of each place, the second one, and 1 if the second one counts.
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

#[inline(always)]
fn mask(condition: bool) -> u8 {
    if condition { 0xFF } else { 0 }
}

#[inline(always)]
fn select(mask: u8, yes: u8, no: u8) -> u8 {
    yes & mask | no & !mask
}
