//! Text for a terminal, in which nothing controls the terminal, hides, or changes the order of what
//! is read.
//!
//! For example, `a`, U+202E, `b` becomes `a\u{202e}b`. The zero-width joiner in 👩‍🚀 stays, because
//! it makes one picture of two; between two ASCII letters it is escaped.

use alloc::borrow::Cow;
use core::fmt::{self, Display, Write as _};

/// A text that is displayed with escapes.
pub(crate) struct Printable<'a>(pub(crate) Cow<'a, str>);

impl Display for Printable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut before = None;
        let mut chars = self.0.chars().peekable();
        while let Some(char) = chars.next() {
            if char.is_control() {
                write!(f, "{}", char.escape_debug())?;
            } else if is_invisible(char) && !is_needed(before, char, chars.peek().copied()) {
                write!(f, "{}", char.escape_unicode())?;
            } else {
                f.write_char(char)?;
            }
            before = Some(char);
        }
        Ok(())
    }
}

/// Returns whether a terminal draws nothing for `char`, ends a line at it, or changes the direction
/// of text after it. These are Unicode's default ignorable code points, its line and paragraph
/// separators, and its annotation marks.
const fn is_invisible(char: char) -> bool {
    matches!(
        char,
        '\u{AD}'
            | '\u{34F}'
            | '\u{61C}'
            | '\u{115F}'..='\u{1160}'
            | '\u{17B4}'..='\u{17B5}'
            | '\u{180B}'..='\u{180F}'
            | '\u{200B}'..='\u{200F}'
            | '\u{2028}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}'
            | '\u{3164}'
            | '\u{FE00}'..='\u{FE0F}'
            | '\u{FEFF}'
            | '\u{FFA0}'
            | '\u{FFF0}'..='\u{FFFB}'
            | '\u{1BCA0}'..='\u{1BCA3}'
            | '\u{1D173}'..='\u{1D17A}'
            | '\u{E0000}'..='\u{E0FFF}'
    )
}

/// Returns whether an invisible character belongs between its neighbours: a joiner within a picture
/// of emoji, a non-joiner within a word of a script that needs it (Persian), or one variation
/// selector behind the character that it varies.
fn is_needed(before: Option<char>, char: char, after: Option<char>) -> bool {
    let is_letter = |char: Option<char>| char.is_some_and(|c| !c.is_ascii() && c.is_alphabetic());
    match char {
        '\u{200D}' => {
            (before.is_some_and(is_pictorial) || before == Some('\u{FE0F}'))
                && after.is_some_and(is_pictorial)
        }
        '\u{200C}' => is_letter(before) && is_letter(after),
        '\u{FE00}'..='\u{FE0F}' | '\u{E0100}'..='\u{E01EF}' => {
            before.is_some_and(|before| !before.is_control() && !is_invisible(before))
        }
        _ => false,
    }
}

/// Returns whether `char` is in the blocks of the emoji that joiners join.
const fn is_pictorial(char: char) -> bool {
    matches!(char, '\u{2190}'..='\u{2BFF}' | '\u{1F000}'..='\u{1FAFF}')
}

#[cfg(test)]
mod tests {
    use alloc::string::{String, ToString as _};

    use super::*;

    fn printable(text: &str) -> String {
        Printable(text.into()).to_string()
    }

    #[test]
    fn characters_that_could_control_a_terminal_are_escaped() {
        assert_eq!(
            printable("\x1b[31m你\r\n\u{85}\u{202E}\u{2028}\0"),
            r"\u{1b}[31m你\r\n\u{85}\u{202e}\u{2028}\0"
        );
    }

    #[test]
    fn invisible_characters_are_escaped() {
        const INVISIBLE: &str = "\
            \u{AD}\u{61C}\u{200B}\u{200C}\u{200D}\u{200E}\u{200F}\u{2029}\u{202A}\u{2060}\
            \u{2066}\u{2069}\u{206F}\u{3164}\u{FEFF}\u{FFF9}\u{FFFB}\u{E0001}\u{E0041}\u{E007F}\
            ";
        for char in INVISIBLE.chars() {
            let expected = alloc::format!("a{}b", char.escape_unicode());
            assert_eq!(printable(&alloc::format!("a{char}b")), expected);
        }
        assert_eq!(printable("a\u{FE0F}\u{FE0F}"), "a\u{FE0F}\\u{fe0f}");
    }

    #[test]
    fn invisible_characters_that_belong_to_the_text_stay() {
        for text in [
            "naïve 你好 한글 \u{3000}\u{A0}\u{E000}",
            "👩\u{200D}🚀 👩🏽\u{200D}🚀 ❤\u{FE0F} 🏴\u{200D}☠\u{FE0F} ❤\u{FE0F}\u{200D}🔥 1\u{FE0F}\u{20E3}",
            "می\u{200C}خواهم",
            "葛\u{E0100}",
        ] {
            assert_eq!(printable(text), text);
        }
    }
}
