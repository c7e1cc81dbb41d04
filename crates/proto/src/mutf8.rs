//! Modified UTF-8 as `DataInputStream.readUTF` reads it and `DataOutputStream.writeUTF` writes it.
//!
//! The tasks are `validate` (is a body well-formed and canonical?), `decode` (body to text),
//! `encode` (text to body) and `utf16` (body to code units). Each has a fast way for short strings,
//! by words of eight bytes (`word`), and one for long strings, by windows that become vector code
//! (`window`). Whatever these cannot decide is done one code unit at a time (`unit`).
//!
//! For example, `é😀` is `C3 A9 F0 9F 98 80` in UTF-8 and `C3 A9 ED A0 BD ED B8 80` in modified
//! UTF-8: `é` has the same bytes, and `😀` is a surrogate pair (`surrogate_pair`).

mod decode;
mod encode;
mod surrogate_pair;
mod unit;
mod utf16;
mod validate;
mod window;
mod word;

pub use decode::LoneSurrogate;
pub(crate) use decode::{rewritten_text, same_text, to_text};
pub(crate) use encode::from_text;
pub use unit::DecodeError;
pub(crate) use unit::{next_unit, push_unit};
pub(crate) use utf16::to_utf16;
pub(crate) use validate::{canonical, lossy};

#[cfg(test)]
mod tests {
    use alloc::string::String;
    use alloc::vec::Vec;

    use super::unit::units;
    use super::*;

    /// Distance of the places that are tried. Miri is a thousand times slower.
    const STEP: usize = if cfg!(miri) { 7 } else { 1 };

    /// Compares encoding and decoding of `text` with a codec that does one code unit at a time.
    #[track_caller]
    fn check_text(text: &str) {
        let mut body = Vec::new();
        let units: Vec<u16> = text.encode_utf16().collect();
        units.iter().for_each(|&unit| push_unit(&mut body, unit));
        assert_eq!(from_text(text), &body[..], "{text:?}");
        assert_eq!(to_utf16(&body), units, "{text:?}");
        check_body(&body);
    }

    #[track_caller]
    fn check_body(body: &[u8]) {
        let units = canonical(body).map(|body| units(&body).collect::<Vec<u16>>());
        let by_unit = units.ok().and_then(|units| String::from_utf16(&units).ok());
        let same = same_text(body).map(String::from);
        let found = same.or_else(|| rewritten_text(body));
        // A body with an overlong form is left to the codec of single units.
        if found.is_some() || canonical(body).is_ok_and(|canonical| canonical == body) {
            assert_eq!(found, by_unit, "{body:X?}");
        }
    }

    #[test]
    fn short_text_that_is_the_same_bytes_is_found_so() {
        // Hangul shares its lead byte with the surrogates.
        let chars = [
            'a', 'é', '中', '\u{D000}', '\u{D1BF}', '\u{D7FF}', '\u{E000}',
        ];
        for (first, second) in chars.iter().flat_map(|a| chars.map(|b| (*a, b))) {
            for (before, after) in (0..10)
                .step_by(STEP)
                .flat_map(|n| (0..10).step_by(STEP).map(move |m| (n, m)))
            {
                let text = format!("{:before$}{first}{second}{:after$}", "", "");
                assert_eq!(same_text(text.as_bytes()), Some(&*text), "{text:?}");
            }
        }
    }

    #[test]
    fn a_run_of_what_is_rewritten_may_begin_and_end_anywhere() {
        for (char, same) in [
            ("\0", "a"),
            ("\u{10000}", "é"),
            ("😀", "你"),
            ("\u{10FFFF}", "한"),
        ] {
            for before in (0..40).step_by(STEP) {
                for run in (0..6).chain(14..22).chain([40]).step_by(STEP) {
                    for after in [0, 1, 2, 7, 33] {
                        let [before, after] = [before, after].map(|n| same.repeat(n));
                        check_text(&(before + &char.repeat(run) + &after));
                    }
                }
            }
        }
    }

    #[test]
    fn a_run_may_be_interrupted_anywhere() {
        for other in ["éé", "你a", "\0a\0a", "한", "a"] {
            for at in (0..40).step_by(STEP) {
                check_text(&("😀".repeat(at) + other + &"🙈".repeat(40 - at)));
            }
        }
        for between in (500..520).step_by(STEP) {
            check_text(&("你".repeat(30) + &"é".repeat(between) + "a" + &"好".repeat(30)));
        }
    }

    #[test]
    fn a_body_may_be_cut_or_spoilt_anywhere() {
        for text in ["😀".repeat(40), "a\0😀é你한".repeat(9), "你😀\0é".into()] {
            let body = from_text(&text);
            for at in (0..body.len()).step_by(STEP) {
                check_body(&body[..at]);
                check_body(&[&body[..at], "😀".as_bytes(), &body[at..]].concat());
                for byte in [
                    0, b'a', 0x80, 0x9F, 0xA0, 0xB0, 0xC0, 0xC3, 0xE0, 0xED, 0xF0,
                ] {
                    let mut spoilt = body.to_vec();
                    spoilt[at] = byte;
                    check_body(&spoilt);
                }
            }
        }
    }
}
