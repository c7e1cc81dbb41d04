//! The characters of a text that a person wrote.

/// Returns whether `char` is neither a control character other than white space nor a private one.
pub(super) fn is_text(char: char) -> bool {
    let is_private = matches!(char, '\u{E000}'..='\u{F8FF}' | '\u{F0000}'..);
    !is_private && (!char.is_control() || matches!(char, '\t' | '\r' | '\n'))
}

/// Returns whether UTF-8 reads as text of one script, perhaps with punctuation and emoji. Bytes of
/// another encoding that are valid UTF-8 by chance are letters of several scripts.
pub(super) fn is_of_one_script(text: &str) -> bool {
    let wide = text.chars().filter(|char| !char.is_ascii());
    let mut scripts = wide.map(script).filter(|script| *script != Script::Any);
    let first = scripts.next();
    text.chars().all(is_text)
        && first != Some(Script::Rare)
        && scripts.all(|script| Some(script) == first)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Script {
    /// A character that stands among those of any script.
    Any,
    Alphabet(u32),
    Wide,
    Rare,
}

fn script(char: char) -> Script {
    match u32::from(char) {
        0xA0..0xC0 | 0x2010..0x2027 | 0x20AC | 0x2190..0x27C0 | 0xFE0F | 0x1F000.. => Script::Any,
        0xC0..0x250 | 0x1E00..0x1F00 => Script::Alphabet(0),
        code @ (0x370..0x530 | 0x590..0x700 | 0x900..0xE80) => Script::Alphabet(code >> 7),
        0x3000..0x3100 | 0x3400..0xA000 | 0xAC00..0xD7A4 | 0xF900..0xFB00 | 0xFF00..0xFFE0 => {
            Script::Wide
        }
        _ => Script::Rare,
    }
}
