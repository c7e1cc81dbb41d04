//! The lines that `server.java` prints.

use std::io::{self, IsTerminal as _, Write as _};

use hellohi_proto::JavaStr;

const LINE_END: &str = if cfg!(windows) { "\r\n" } else { "\n" };

/// The style of a peer's text in the transcript.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// Byte for byte as Java prints it.
    Exact,
    /// With an escape for every character that could control a terminal.
    Escaped,
}

impl Style {
    /// Returns the style for standard output: escaped on a terminal, exact anywhere else.
    pub fn of_stdout() -> Self {
        if io::stdout().is_terminal() {
            Self::Escaped
        } else {
            Self::Exact
        }
    }
}

/// The first line, printed before the port is opened.
pub const BANNER: &str = if cfg!(windows) {
    "---server---\r\n"
} else {
    "---server---\n"
};

/// Prints lines and flushes them.
///
/// Never fails, like Java's `System.out`: lines that cannot be printed are lost.
pub fn print(lines: &[u8]) {
    let mut stdout = io::stdout();
    let _ = stdout.write_all(lines).and_then(|()| stdout.flush());
}

/// The line for a new connection.
pub(crate) const ACCEPTED: &str = if cfg!(windows) {
    "一个客户端连接建立\r\n"
} else {
    "一个客户端连接建立\n"
};

/// Appends the line for a message to `out`; `name` is the sender's, in a room.
pub(crate) fn write_message(
    out: &mut Vec<u8>,
    name: Option<&str>,
    message: &JavaStr,
    style: Style,
) {
    out.extend_from_slice(b"client say:");
    if let Some(name) = name {
        out.extend_from_slice(name.as_bytes());
        out.extend_from_slice(b": ");
    }
    match style {
        Style::Exact if is_same_in_utf8(message) => write_line(out, message.as_bytes()),
        Style::Exact => write_line(out, message.to_console().as_bytes()),
        Style::Escaped => write_line(out, message.printable().to_string().as_bytes()),
    }
}

/// Returns whether the message has the same bytes in UTF-8: no byte leads a NUL or a surrogate.
/// This costs less than to convert the message to text.
fn is_same_in_utf8(message: &JavaStr) -> bool {
    let may_differ = |byte: &u8| matches!(byte, 0xC0 | 0xED);
    // Eight at a time and without an early exit inside, so that they become one vector.
    let (eights, rest) = message.as_bytes().as_chunks::<8>();
    let any = |eight: &[u8; 8]| eight.iter().fold(false, |any, byte| any | may_differ(byte));
    !eights.iter().any(any) && !rest.iter().any(may_differ)
}

fn write_line(out: &mut Vec<u8>, text: &[u8]) {
    out.extend_from_slice(text);
    out.extend_from_slice(LINE_END.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_printed_as_java_prints_it_whether_or_not_its_bytes_are_utf8() {
        for (body, printed) in [
            (&b"hi"[..], "hi"),
            ("你好 naïve 한".as_bytes(), "你好 naïve 한"),
            (b"\xC0\x80", "\0"),
            (b"\xED\xA0\xBD\xED\xB8\x80", "😀"),
            (b"\xED\xA0\x80", "?"),
        ] {
            let mut out = Vec::new();
            let message = JavaStr::from_mutf8(body).unwrap();
            write_message(&mut out, None, &message, Style::Exact);
            assert_eq!(out, format!("client say:{printed}{LINE_END}").as_bytes());
        }
    }
}
