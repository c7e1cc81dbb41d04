//! Decodes the text of a frame's body, which is in modified UTF-8.

use crate::visible::visible;

/// Returns the text of `body`, which may be incomplete. Escapes every character that controls a terminal.
pub(crate) fn text(body: &[u8]) -> String {
    in_one_line(&any_text(body)).replace('\t', "\\t")
}

/// Returns the text of `body`, and `\u{FFFD}` for what is malformed if any of it is.
pub(crate) fn any_text(body: &[u8]) -> String {
    decode(body).unwrap_or_else(|_| String::from_utf8_lossy(body).into_owned())
}

/// Returns `text` with every character escaped that controls a terminal, line feeds included.
pub(crate) fn in_one_line(text: &str) -> String {
    visible(text).replace('\n', "\\n")
}

/// Decodes `body` as `java.io.DataInputStream.readUTF` does; half of a surrogate pair becomes `?`, as Java
/// prints it. The error is the message of Java's `UTFDataFormatException`.
///
/// `68 C3 A9` is `hé`: a byte below 80 is itself, `C3 A9` are 5 and 6 bits of one code unit.
pub fn decode(body: &[u8]) -> Result<String, String> {
    const PARTIAL: &str = "malformed input: partial character at end";
    let around = |index: usize| format!("malformed input around byte {index}");
    let mut units = Vec::new();
    let mut next = 0;
    while let Some(&first) = body.get(next) {
        let length = match first {
            0x00..=0x7F => 1,
            0xC0..=0xDF => 2,
            0xE0..=0xEF => 3,
            _ => return Err(around(next)),
        };
        let rest = body.get(next + 1..next + length).ok_or(PARTIAL)?;
        next += length;
        if rest.iter().any(|byte| byte & 0xC0 != 0x80) {
            return Err(around(next - (length - 2).min(1)));
        }
        let high = u16::from(first) & [0x7F, 0x1F, 0x0F][length - 1];
        let low = |unit, byte: &u8| unit << 6 | u16::from(byte & 0x3F);
        units.push(rest.iter().fold(high, low));
    }
    let chars = char::decode_utf16(units);
    Ok(chars.map(|c| c.unwrap_or('?')).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_are_decoded_and_refused_as_java_does() {
        let emoji = [0xED, 0xA0, 0xBD, 0xED, 0xB8, 0x80];
        assert_eq!(decode(&emoji).as_deref(), Ok("😀"));
        assert_eq!(decode(b"h\xC3\xA9\xC0\x80").as_deref(), Ok("hé\0"));
        assert_eq!(decode(&emoji[..3]).as_deref(), Ok("?"));
        let error = |body: &[u8]| decode(body).unwrap_err();
        assert_eq!(error(b"a\xFF"), "malformed input around byte 1");
        assert_eq!(error(b"\xC3a"), "malformed input around byte 2");
        assert_eq!(error(b"\xE4\xBDa"), "malformed input around byte 2");
        assert_eq!(
            error(b"\xE4\xBD"),
            "malformed input: partial character at end"
        );
    }

    #[test]
    fn what_is_shown_drives_no_terminal() {
        assert_eq!(text(b"a\x1B[31m\n\xC0\x80"), r"a\u{1b}[31m\n\u{0}");
    }
}
