//! Text in lines of a limited width.
//!
//! A line may end at a space, behind `/` and `|`, behind the `::` of a path, and beside a Chinese character: in
//! `写入 writeUTF,返回` that is at the space, behind `写`, and behind `,`. It never ends before closing
//! punctuation or behind opening punctuation. (This is what Unicode's line breaking, UAX 14, says for the text
//! in figures; a library that knows all of it brings 22 crates.)

use textwrap::core::Word;
use textwrap::{Options, WordSeparator, WordSplitter};

/// Returns `text` in lines of at most `width` columns; none if it is empty. A longer word is cut.
pub(crate) fn wrap(text: &str, width: usize) -> Vec<String> {
    if text.is_empty() {
        return Vec::new();
    }
    // TIME-WAIT is one word.
    let options = Options::new(width)
        .word_separator(WordSeparator::Custom(words))
        .word_splitter(WordSplitter::NoHyphenation);
    let lines = textwrap::wrap(text, options).into_iter();
    lines.map(|line| line.trim_end().to_owned()).collect()
}

/// Returns `text` in lines that are at most `width` wide by `measure`, which returns the width of a character. A longer
/// word is a line of its own.
pub(crate) fn wrap_measured(text: &str, width: f64, measure: fn(char) -> f64) -> Vec<String> {
    let length = |text: &str| text.chars().map(measure).sum::<f64>();
    let mut lines: Vec<String> = Vec::new();
    for word in words(text) {
        let whole = [word.word, word.whitespace].concat();
        match lines.last_mut() {
            Some(line) if length(line) + length(word.word) <= width => *line += &whole,
            _ => lines.push(whole),
        }
    }
    lines
        .iter()
        .map(|line| line.trim_end().to_owned())
        .collect()
}

fn words(line: &str) -> Box<dyn Iterator<Item = Word<'_>> + '_> {
    let mut start = 0;
    let ends = line.char_indices().filter_map(move |(at, c)| {
        let end = at + c.len_utf8();
        let next = line[end..].chars().next();
        let ends_here = next.is_none_or(|next| is_in_path(&line[..end]) || may_break(c, next));
        ends_here.then_some(end)
    });
    Box::new(ends.map(move |end| {
        let word = Word::from(&line[start..end]);
        start = end;
        word
    }))
}

/// Returns `true` behind the `::` of a path, which is not that of an address like `::1`.
fn is_in_path(before: &str) -> bool {
    let is_name = |c: char| c.is_ascii_alphanumeric() || "}>".contains(c);
    let name = before.strip_suffix("::");
    name.is_some_and(|name| name.ends_with(is_name))
}

/// Returns whether a line may end between two characters.
fn may_break(before: char, after: char) -> bool {
    const CLOSING: &str = "、。，．：；！？）」』】》〉”’…)]},.:;!?·";
    const OPENING: &str = "（「『【《〈“‘([{";
    let is_wide = |c: char| matches!(c, '\u{2E80}'..='\u{9FFF}' | '\u{AC00}'..='\u{D7A3}' | '\u{F900}'..='\u{FAFF}' | '\u{FE30}'..='\u{FE4F}' | '\u{FF00}'..='\u{FF60}' | '\u{20000}'..='\u{3FFFF}');
    let is_address = before == ' ' && after == ':';
    if after == ' ' || (CLOSING.contains(after) && !is_address) || OPENING.contains(before) {
        return false;
    }
    let behind_sign = matches!(before, '/' | '|') && after.is_alphabetic();
    before == ' ' || is_wide(before) || is_wide(after) || behind_sign
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_where_a_reader_expects_it() {
        assert_eq!(wrap("写入 writeUTF,返回", 8), ["写入", "writeUTF", ",返回"]);
        assert_eq!(wrap("写入 writeUTF,返回", 9), ["写入", "writeUTF,", "返回"]);
        let measure = |c: char| if c.is_uppercase() { 2.0 } else { 1.0 };
        assert_eq!(
            wrap_measured("a bc DE fgh", 4.0, measure),
            ["a bc", "DE", "fgh"]
        );
        assert_eq!(wrap_measured("", 4.0, measure), Vec::<String>::new());
        assert_eq!(wrap("关闭(FIN)。", 8), ["关闭", "(FIN)。"]);
        assert_eq!(
            wrap("SOCK_STREAM|SOCK_CLOEXEC", 13),
            ["SOCK_STREAM|", "SOCK_CLOEXEC"]
        );
        assert_eq!(wrap("in TIME-WAIT now", 8), ["in", "TIME-WAI", "T now"]);
        assert_eq!(wrap("at a::b like ::1", 9), ["at a::b", "like ::1"]);
        assert_eq!(wrap("at a::b like ::1", 6), ["at a::", "b like", "::1"]);
    }
}
