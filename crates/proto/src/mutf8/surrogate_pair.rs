//! Characters beyond U+FFFF: four bytes in UTF-8, and in modified UTF-8 two surrogates of three
//! bytes each.
//!
//! For example, `😀` is U+1F600. It is `F0 9F 98 80` in UTF-8, D83D and DE00 in UTF-16, and `ED A0
//! BD ED B8 80` in modified UTF-8.
//!
//! Such characters often come in runs. A run is converted in blocks of 16 characters, in loops that
//! become vector code.

use multiversion::multiversion;

/// Number of characters in a block.
const BLOCK: usize = 16;
/// Number of bytes of a block in UTF-8.
pub(super) const UTF8_BLOCK: usize = 4 * BLOCK;
/// Number of bytes of a block in modified UTF-8.
pub(super) const PAIR_BLOCK: usize = 6 * BLOCK;

/// Returns whether `word` begins with a surrogate pair.
#[inline(always)]
pub(super) fn is_pair(word: u64) -> bool {
    word & 0xC0F0_FFC0_F0FF == 0x80B0_ED80_A0ED
}

/// Returns the UTF-8 of the surrogate pair that `word` begins with.
#[inline(always)]
pub(super) fn to_utf8(word: u64) -> Option<[u8; 4]> {
    is_pair(word).then(|| pair_to_utf8(word as u32, (word >> 16) as u32).to_le_bytes())
}

/// Returns the character of a surrogate pair.
#[inline(always)]
pub(super) fn to_char(pair: [u8; 6]) -> Option<char> {
    let [b0, b1, b2, b3, b4, b5] = pair;
    let half = |second: u8, third: u8| u32::from(second & 0x0F) << 6 | u32::from(third & 0x3F);
    let char = char::from_u32(0x10000 + (half(b1, b2) << 10 | half(b4, b5)));
    char.filter(|_| is_pair(u64::from_le_bytes([b0, b1, b2, b3, b4, b5, 0, 0])))
}

/// Writes the UTF-8 of the whole blocks of surrogate pairs that `body` begins with. Returns the
/// number of pairs.
#[multiversion(targets("x86_64+avx2"))]
pub(super) fn blocks_to_utf8(body: &[u8], utf8: &mut [u8]) -> usize {
    let blocks = body.as_chunks().0.iter().zip(utf8.as_chunks_mut().0);
    let rewritten = blocks.map_while(|(pairs, utf8)| block_to_utf8(pairs, utf8).then_some(BLOCK));
    rewritten.sum()
}

#[inline(always)]
fn block_to_utf8(block: &[u8; PAIR_BLOCK], utf8: &mut [u8; UTF8_BLOCK]) -> bool {
    let (pairs, _) = block.as_chunks();
    let [mut chars, mut other] = [[0; BLOCK]; 2];
    for lane in 0..BLOCK {
        let [b0, b1, b2, b3, b4, b5] = pairs[lane];
        let first = u32::from_le_bytes([b0, b1, b2, b3]);
        let last = u32::from_le_bytes([b2, b3, b4, b5]);
        other[lane] = first & 0xFFC0_F0FF ^ 0xED80_A0ED | last & 0xC0F0_FF00 ^ 0x80B0_ED00;
        chars[lane] = pair_to_utf8(first, last);
    }
    for (utf8, char) in utf8.as_chunks_mut().0.iter_mut().zip(chars) {
        *utf8 = char.to_le_bytes();
    }
    other == [0; BLOCK]
}

/// Returns the UTF-8 of a surrogate pair from its first and its last four bytes.
#[inline(always)]
fn pair_to_utf8(first: u32, last: u32) -> u32 {
    // All bits of the character except the last ten.
    let high = (first >> 2 & 0x3C0 | first >> 16 & 0x3F) + 0x40;
    0x8080_80F0 | high >> 8 | high << 6 & 0x3F00 | high << 20 & 0x30_0000 | last & 0xFF0F_0000
}

/// Returns the surrogate pair of a character in UTF-8, and behind it two bytes 00.
#[inline(always)]
pub(super) fn from_utf8(utf8: u32) -> u64 {
    let [first, last] = pair(utf8);
    u64::from(first) | u64::from(last) << 32
}

/// Returns the first four bytes of a surrogate pair, and the other two.
#[inline(always)]
fn pair(utf8: u32) -> [u32; 2] {
    let high = (utf8 << 8 & 0x700 | utf8 >> 6 & 0xFC | utf8 >> 20 & 3).wrapping_sub(0x40);
    let first = 0xED80_A0ED | high << 2 & 0xF00 | high << 16 & 0x3F_0000;
    [first, 0xB0 | utf8 >> 16 & 0xFF0F]
}

/// Writes the surrogate pairs of a block, and behind them two bytes without meaning. Returns
/// whether the block holds nothing but characters of four bytes.
#[inline(always)]
pub(super) fn block_from_utf8(block: &[u8; UTF8_BLOCK], body: &mut [u8; PAIR_BLOCK + 2]) -> bool {
    let (chars, _) = block.as_chunks();
    let [mut first, mut last, mut other] = [[0; BLOCK]; 3];
    for lane in 0..BLOCK {
        let utf8 = u32::from_le_bytes(chars[lane]);
        other[lane] = utf8 & 0xF0 ^ 0xF0;
        [first[lane], last[lane]] = pair(utf8);
    }
    for lane in 0..BLOCK {
        let pair = u64::from(first[lane]) | u64::from(last[lane]) << 32;
        body[6 * lane..6 * lane + 8].copy_from_slice(&pair.to_le_bytes());
    }
    other == [0; BLOCK]
}
