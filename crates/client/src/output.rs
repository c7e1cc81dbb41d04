//! Standard output, and notices on standard error.

use std::fmt::Display;
use std::io::{self, ErrorKind, IsTerminal, Write};
use std::net::SocketAddr;
use std::time::SystemTime;

use anstyle::{AnsiColor, Style};
use hellohi_proto::JavaStr;

use crate::room_line::RoomLine;

/// The end of a line that Java's `println` prints.
const LINE_END: &str = if cfg!(windows) { "\r\n" } else { "\n" };

/// The format of the conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// The bytes that Java prints on a UTF-8 console.
    Java,
    /// The same, but with an escape for every character that could control a terminal.
    Terminal,
    /// One JSON object per line.
    Json,
}

/// The reaction to an output that cannot be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnWriteError {
    /// Return the error.
    Fail,
    /// Lose the output and go on, as Java's `System.out` does.
    Ignore,
}

/// Standard output.
#[derive(Debug, Clone, Copy)]
pub struct Output {
    /// The format of the conversation.
    pub format: Format,
    /// The reaction to an output that cannot be written.
    pub on_write_error: OnWriteError,
}

/// Standard output cannot be written.
#[derive(Debug, thiserror::Error)]
#[error("cannot write standard output: {0}")]
pub struct OutputError(pub io::Error);

impl OutputError {
    /// Returns whether the only cause is a reader that has closed the pipe.
    pub fn is_broken_pipe(&self) -> bool {
        self.0.kind() == ErrorKind::BrokenPipe
    }
}

impl Output {
    /// Prints the first line, before the client connects.
    pub fn banner(&self) -> Result<(), OutputError> {
        match self.format {
            Format::Java | Format::Terminal => self.line("---client---"),
            Format::Json => Ok(()),
        }
    }

    /// Prints that the client is connected to `peer`.
    pub fn connected(&self, peer: SocketAddr) -> Result<(), OutputError> {
        self.event(|| format!("{{\"event\":\"connected\",\"peer\":\"{peer}\"}}\n"))
    }

    /// Prints that a message was sent.
    pub fn sent(&self, message: &JavaStr) -> Result<(), OutputError> {
        self.event(|| json("sent", message))
    }

    /// Prints a message that was received.
    pub fn received(&self, message: &JavaStr) -> Result<(), OutputError> {
        match self.format {
            Format::Java => self.line(message),
            Format::Terminal => self.line(shown(message)),
            Format::Json => self.event(|| json("received", message)),
        }
    }

    /// Prints a line of a room.
    pub(crate) fn heard(&self, message: &JavaStr) -> Result<(), OutputError> {
        if self.format != Format::Json {
            return self.received(message);
        }
        let line = message.printable().to_string();
        let line = RoomLine::of(&line);
        let now = humantime::format_rfc3339_millis(SystemTime::now()).to_string();
        let object = serde_json::json!({
            "event": "received",
            "kind": line.kind.as_str(),
            "from": line.from,
            "time": line.time.unwrap_or(&now),
            "text": line.text,
        });
        self.event(|| format!("{object}\n"))
    }

    fn line(&self, text: impl Display) -> Result<(), OutputError> {
        self.write_bytes(format!("{text}{LINE_END}").as_bytes())
    }

    fn event(&self, object: impl FnOnce() -> String) -> Result<(), OutputError> {
        match self.format {
            Format::Java | Format::Terminal => Ok(()),
            Format::Json => self.write_bytes(object().as_bytes()),
        }
    }

    /// Writes `bytes` as they are.
    pub fn write_bytes(&self, bytes: &[u8]) -> Result<(), OutputError> {
        let mut stdout = io::stdout().lock();
        match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
            Err(error) if self.on_write_error == OnWriteError::Fail => Err(OutputError(error)),
            _ => Ok(()),
        }
    }
}

impl Format {
    /// Returns the format for standard output: JSON if `json` asks for it, escaped at a terminal,
    /// and exact anywhere else.
    pub fn of_stdout(json: bool) -> Self {
        if json {
            Self::Json
        } else if io::stdout().is_terminal() {
            Self::Terminal
        } else {
            Self::Java
        }
    }
}

/// Returns the text of a message for a terminal: with an escape for every character that could control it, except
/// for tabs.
pub(crate) fn shown(message: &JavaStr) -> String {
    let parts = message.as_bytes().split(|&byte| byte == b'\t');
    // A tab is a byte of its own, so each part is a string too.
    let parts = parts.filter_map(|part| JavaStr::from_mutf8(part).ok());
    let parts: Vec<String> = parts.map(|part| part.printable().to_string()).collect();
    parts.join("\t")
}

/// Writes a line for the user to standard error.
pub fn notice(text: &str) {
    const NAME: Style = AnsiColor::Red.on_default().bold();
    // If standard error is closed, nobody can be told.
    let _ = writeln!(anstream::stderr(), "{NAME}hellohi-client:{NAME:#} {text}");
}

fn json(event: &str, message: &JavaStr) -> String {
    format!(
        "{{\"event\":\"{event}\",\"text\":{}}}\n",
        json_string(message)
    )
}

/// Returns the message as a JSON string. If it has a lone surrogate, or a character that could
/// control a terminal, every unit is written as `\uXXXX`, so nothing is lost and the line can be
/// shown.
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
