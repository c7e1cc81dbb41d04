//! Short strings, by words of eight bytes.
//!
//! Most strings are short: half of a JDK's own have 15 bytes or fewer. For these nothing is
//! prepared and nothing is dispatched, so the compiler can inline it all.
//!
//! For example, the last byte of `hello wo\0` is found by two words that overlap: `hello wo` and
//! `ello wo\0`. Subtracting 01 from every byte borrows only at 00, so `mark_nul` sets the top bit
//! there.

/// Number of bytes from which vectors save more than they cost.
pub(crate) const MIN_VECTOR: usize = 64;

const LOW_BITS: u64 = u64::MAX / 0xFF;
pub(crate) const TOP_BITS: u64 = LOW_BITS << 7;

/// Returns whether all bytes are ASCII other than NUL, which is the same in every encoding here.
#[inline(always)]
pub(crate) fn is_ascii_without_nul(bytes: &[u8]) -> bool {
    !any_marked(bytes, |word| word | mark_nul(word))
}

/// Returns whether a body differs in UTF-8: it has a NUL of two bytes, a surrogate, or a byte from
/// F0. May miss a surrogate where two words meet. Never returns `true` for a well-formed body
/// without them.
#[inline(always)]
pub(crate) fn needs_rewriting(body: &[u8]) -> bool {
    any_marked(body, |word| {
        mark_equal(word, 0xC0) | mark_equal(word, 0xED) & word >> 6 | mark_astral(word)
    })
}

/// Returns whether a text has a byte that differs in modified UTF-8: NUL, or the lead of a
/// character beyond U+FFFF.
#[inline(always)]
pub(crate) fn has_nul_or_astral(text: &[u8]) -> bool {
    any_marked(text, |word| mark_nul(word) | mark_astral(word))
}

/// Returns eight bytes from `at`, with 00 beyond the end.
#[inline(always)]
pub(crate) fn word_at(bytes: &[u8], at: usize) -> u64 {
    if let Some(word) = bytes[at..].first_chunk() {
        return u64::from_le_bytes(*word);
    }
    if let Some(last) = bytes.last_chunk()
        && at < bytes.len()
    {
        return u64::from_le_bytes(*last) >> (8 * (at + 8 - bytes.len()));
    }
    let rest = &bytes[at..];
    let mut word = [0; 8];
    word[..rest.len()].copy_from_slice(rest);
    u64::from_le_bytes(word)
}

/// Returns the number of bytes of a text's word before the first that is 00 or from F0.
#[inline(always)]
pub(crate) fn count_unchanged(word: u64) -> usize {
    ((mark_nul(word) | mark_astral(word)) & TOP_BITS).trailing_zeros() as usize / 8
}

/// Returns the number of bytes of a body's word before the first that is C0, ED or from F0.
#[inline(always)]
pub(crate) fn count_before_special(word: u64) -> usize {
    ((mark_equal(word, 0xC0) | mark_equal(word, 0xED) | mark_astral(word)) & TOP_BITS)
        .trailing_zeros() as usize
        / 8
}

/// Sets the top bit of every byte equal to `byte`, and perhaps of the bytes above it.
fn mark_equal(word: u64, byte: u64) -> u64 {
    mark_nul(word ^ (LOW_BITS * byte))
}

/// Sets the top bit of every byte 00, and perhaps of the bytes above it.
fn mark_nul(word: u64) -> u64 {
    word.wrapping_sub(LOW_BITS) & !word
}

/// Sets the top bit of every byte from F0.
fn mark_astral(word: u64) -> u64 {
    let two = word & word << 1;
    two & two << 2
}

/// Returns whether `test` sets the top bit of any byte. Words overlap if the length is not a
/// multiple of theirs. That takes fewer branches than a rest does, and branches are most of the
/// cost of a short string.
#[inline(always)]
fn any_marked(bytes: &[u8], test: impl Fn(u64) -> u64) -> bool {
    let one = |word: &[u8; 8]| test(u64::from_le_bytes(*word));
    let two = |words: &[u8; 16]| {
        let words = u128::from_le_bytes(*words);
        test(words as u64) | test((words >> 64) as u64)
    };
    let found = if bytes.len() > 16
        && let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk())
    {
        let (between, _) = bytes[16..].as_chunks();
        let ends = two(first) | two(last);
        between.iter().fold(ends, |found, words| found | two(words))
    } else if let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk()) {
        one(first) | one(last)
    } else {
        test(short_word(bytes))
    };
    found & TOP_BITS != 0
}

/// Returns fewer than eight bytes as a word, in their order, with spaces behind them.
#[inline(always)]
fn short_word(bytes: &[u8]) -> u64 {
    let spaces = LOW_BITS * u64::from(b' ');
    match (bytes.first_chunk(), bytes.last_chunk()) {
        (Some(first), Some(last)) => {
            let [first, last] = [first, last].map(|four| u64::from(u32::from_le_bytes(*four)));
            first | last << (8 * (bytes.len() - 4)) | spaces << (8 * bytes.len())
        }
        _ => {
            let backwards = bytes.iter().rev();
            backwards.fold(spaces, |word, &byte| word << 8 | u64::from(byte))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    /// Miri tries fewer lengths, places and bytes.
    const STEP: usize = if cfg!(miri) { 13 } else { 1 };

    #[test]
    fn a_byte_is_found_wherever_it_stands() {
        for length in (0..MIN_VECTOR).step_by(STEP) {
            let mut bytes = vec![b'a'; length];
            assert!(is_ascii_without_nul(&bytes), "{length}");
            for at in (0..length).step_by(STEP) {
                for byte in (0..=0xFF).step_by(STEP) {
                    bytes[at] = byte;
                    let is_plain = (1..0x80).contains(&byte);
                    let found = is_ascii_without_nul(&bytes);
                    assert_eq!(found, is_plain, "{at} of {length}: {byte:X}");
                    // ED may lead Hangul or a surrogate.
                    let is_rewritten = byte == 0xC0 || byte >= 0xF0;
                    let found = needs_rewriting(&bytes);
                    assert!(
                        byte == 0xED || found == is_rewritten,
                        "{at} of {length}: {byte:X}"
                    );
                    let differs = byte == 0 || byte >= 0xF0;
                    let found = has_nul_or_astral(&bytes);
                    assert_eq!(found, differs, "{at} of {length}: {byte:X}");
                }
                bytes[at] = b'\x7F';
            }
        }
    }
}
