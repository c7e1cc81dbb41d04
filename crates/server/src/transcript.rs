//! What `server.java` prints.

use std::io::{self, IsTerminal as _, Write as _};

use hellohi_proto::JavaStr;

const LINE_END: &str = if cfg!(windows) { "\r\n" } else { "\n" };

/// How a peer's text is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// Byte for byte as Java prints it.
    Exact,
    /// With every character that could drive a terminal escaped.
    Escaped,
}

impl Style {
    /// The style for standard output: escaped on a terminal, exact anywhere else.
    pub fn of_stdout() -> Self {
        if io::stdout().is_terminal() {
            Self::Escaped
        } else {
            Self::Exact
        }
    }
}

/// Prints the first line, which comes before the port is opened.
pub fn print_banner() {
    print(|out| line(out, "---server---"));
}

/// Prints at once what `fill` writes.
///
/// Like Java's `System.out`, it cannot fail: what cannot be printed is lost.
pub(crate) fn print(fill: impl FnOnce(&mut Vec<u8>)) {
    let mut lines = Vec::new();
    fill(&mut lines);
    let mut stdout = io::stdout();
    let _ = stdout.write_all(&lines).and_then(|()| stdout.flush());
}

/// The line for a connection.
pub(crate) fn accepted(out: &mut Vec<u8>) {
    line(out, "一个客户端连接建立");
}

/// The line for a message.
pub(crate) fn said(out: &mut Vec<u8>, message: &JavaStr, style: Style) {
    out.extend_from_slice(b"client say:");
    match style {
        Style::Exact => line(out, &message.to_console()),
        Style::Escaped => line(out, &message.printable().to_string()),
    }
}

fn line(out: &mut Vec<u8>, text: &str) {
    out.extend_from_slice(text.as_bytes());
    out.extend_from_slice(LINE_END.as_bytes());
}
