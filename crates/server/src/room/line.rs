//! The frames of a room's lines.
//!
//! What a member or the room says is one line: `alice: hi`, or `* alice joined`. In the text, everything that
//! could end the line or control a terminal is escaped, so no text can look like another line.

use hellohi_proto::{JavaStr, MAX_BODY, write_utf};

/// The beginning of the room's own lines. No name begins with it.
pub(crate) const OWN: &str = "* ";

/// Returns `prefix` and `text` as a frame. If one frame is too short for them, the text is cut into as many as it
/// needs, each with the prefix.
pub(crate) fn frames(prefix: &str, text: &str) -> Vec<u8> {
    let room = MAX_BODY - JavaStr::from_text(prefix).as_bytes().len();
    let mut frames = Vec::with_capacity(2 + prefix.len() + text.len());
    let mut rest = text;
    loop {
        let (part, after) = rest.split_at(length_within(rest, room));
        let line = [prefix, part].concat();
        let written = write_utf(&mut frames, &*line);
        written.expect("a part that a frame holds is written to memory");
        rest = after;
        if rest.is_empty() {
            return frames;
        }
    }
}

/// Returns the length of the longest beginning of `text` that `writeUTF` sends in at most `most` bytes.
fn length_within(text: &str, most: usize) -> usize {
    // No character takes more than one and a half times as many bytes as in UTF-8, except for NUL.
    if text.len() <= most / 2 {
        return text.len();
    }
    let mut left = most;
    let fits = |(_, char): &(usize, char)| match left.checked_sub(sent_length(*char)) {
        Some(less) => {
            left = less;
            true
        }
        None => false,
    };
    let last = text.char_indices().take_while(fits).last();
    last.map_or(0, |(start, char)| start + char.len_utf8())
}

fn sent_length(char: char) -> usize {
    match char.len_utf8() {
        1 if char == '\0' => 2,
        // Two surrogates of three bytes each.
        4 => 6,
        length => length,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bodies(mut frames: &[u8]) -> Vec<String> {
        let mut bodies = Vec::new();
        while !frames.is_empty() {
            let body = hellohi_proto::read_utf(&mut frames).unwrap();
            bodies.push(body.into_string().unwrap());
        }
        bodies
    }

    #[test]
    fn a_text_that_one_frame_does_not_hold_is_cut_between_characters_and_loses_none() {
        for char in ["x", "\0", "好", "😀"] {
            let text = char.repeat(65_535 / char.len());
            let lines = bodies(&frames("alice: ", &text));
            assert!(lines.len() > 1);
            let parts = lines
                .iter()
                .map(|line| line.strip_prefix("alice: ").unwrap());
            assert_eq!(parts.collect::<String>(), text);
        }
    }

    #[test]
    fn an_empty_text_is_a_line_too() {
        assert_eq!(frames("a: ", ""), b"\0\x03a: ");
    }
}
