//! What goes to standard output.

use std::io::{self, IsTerminal, Write};
use std::net::SocketAddr;

use hellohi_proto::JavaStr;

/// How the conversation is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// As Java prints on a UTF-8 console, byte for byte.
    Java,
    /// As Java, with every character escaped that could drive a terminal.
    Terminal,
    /// One JSON object a line.
    Json,
}

impl Format {
    /// What suits standard output where no format was asked for.
    pub fn of_stdout() -> Self {
        if io::stdout().is_terminal() {
            Self::Terminal
        } else {
            Self::Java
        }
    }

    /// The first line, before anything is tried.
    pub const fn banner(self) -> &'static str {
        match self {
            Self::Java | Self::Terminal => "---client---\n",
            Self::Json => "",
        }
    }

    /// The line for the new connection.
    pub fn connected(self, peer: SocketAddr) -> String {
        match self {
            Self::Java | Self::Terminal => String::new(),
            Self::Json => format!("{{\"event\":\"connected\",\"peer\":\"{peer}\"}}\n"),
        }
    }

    /// The line for a message that was sent.
    pub fn sent(self, message: &JavaStr) -> String {
        match self {
            Self::Java | Self::Terminal => String::new(),
            Self::Json => json("sent", message),
        }
    }

    /// The line for a message that came.
    pub fn received(self, message: &JavaStr) -> String {
        match self {
            Self::Java => format!("{message}\n"),
            Self::Terminal => format!("{}\n", message.printable()),
            Self::Json => json("received", message),
        }
    }
}

fn json(event: &str, message: &JavaStr) -> String {
    format!(
        "{{\"event\":\"{event}\",\"text\":{}}}\n",
        json_string(message)
    )
}

/// A lone surrogate, and whatever could drive a terminal, is written as `\uXXXX`, so nothing is
/// lost and the line can be shown.
fn json_string(message: &JavaStr) -> String {
    match message.to_str() {
        Ok(text) if message.printable().to_string() == text => {
            serde_json::Value::from(text).to_string()
        }
        _ => {
            let escape = |unit| format!("\\u{unit:04x}");
            let escaped: String = message.units().map(escape).collect();
            format!("\"{escaped}\"")
        }
    }
}

/// Writes to standard output at once.
pub fn print(text: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes())?;
    stdout.flush()
}
