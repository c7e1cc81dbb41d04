//! Makes text from a peer harmless and visible.

/// Returns `text` with every character escaped that controls a terminal, reorders the text around it, or is
/// not allowed in HTML and XML. Line feeds and tabs stay.
pub fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if is_hidden(c) {
            shown.extend(c.escape_unicode());
        } else {
            shown.push(c);
        }
    }
    shown
}

fn is_hidden(c: char) -> bool {
    let reorders =
        matches!(c, '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    let ends_a_line = matches!(c, '\u{2028}' | '\u{2029}');
    // Unicode 17.0, section 23.7: the last two of each plane, and 32 of the first.
    let is_noncharacter = matches!(c, '\u{FDD0}'..='\u{FDEF}') || u32::from(c) & 0xFFFE == 0xFFFE;
    (c.is_control() && c != '\n' && c != '\t') || reorders || ends_a_line || is_noncharacter
}

#[cfg(test)]
mod tests {
    use super::visible;

    #[test]
    fn nothing_that_acts_is_left() {
        assert_eq!(visible("你好 😀\t<b>\n"), "你好 😀\t<b>\n");
        assert_eq!(
            visible("\0\x1b[31m\r\x7f\u{85}"),
            r"\u{0}\u{1b}[31m\u{d}\u{7f}\u{85}"
        );
        assert_eq!(
            visible("\u{202e}\u{2028}\u{fdd0}\u{1ffff}"),
            r"\u{202e}\u{2028}\u{fdd0}\u{1ffff}"
        );
    }
}
