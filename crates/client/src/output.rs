//! What goes to standard output.

use std::fmt::Display;
use std::io::{self, ErrorKind, IsTerminal, Write};
use std::net::SocketAddr;

use anstyle::{AnsiColor, Style};
use hellohi_proto::JavaStr;

/// What Java's `println` ends a line with.
const LINE_END: &str = if cfg!(windows) { "\r\n" } else { "\n" };

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

/// What becomes of output that cannot be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnWriteError {
    /// It is an error.
    Fail,
    /// It is lost, as with Java's `System.out`.
    Ignore,
}

/// Standard output.
#[derive(Debug, Clone, Copy)]
pub struct Output {
    /// How it is written.
    pub format: Format,
    /// What if it cannot be.
    pub on_write_error: OnWriteError,
}

/// Standard output cannot be written.
#[derive(Debug, thiserror::Error)]
#[error("cannot write standard output: {0}")]
pub struct OutputError(pub io::Error);

impl OutputError {
    /// Whether it is only that nobody reads any more.
    pub fn is_broken_pipe(&self) -> bool {
        self.0.kind() == ErrorKind::BrokenPipe
    }
}

impl Output {
    /// The first line, before anything is tried.
    pub fn banner(&self) -> Result<(), OutputError> {
        match self.format {
            Format::Java | Format::Terminal => self.line("---client---"),
            Format::Json => Ok(()),
        }
    }

    /// There is a connection.
    pub fn connected(&self, peer: SocketAddr) -> Result<(), OutputError> {
        match self.format {
            Format::Java | Format::Terminal => Ok(()),
            Format::Json => self.write(&format!(
                "{{\"event\":\"connected\",\"peer\":\"{peer}\"}}\n"
            )),
        }
    }

    /// A message was sent.
    pub fn sent(&self, message: &JavaStr) -> Result<(), OutputError> {
        match self.format {
            Format::Java | Format::Terminal => Ok(()),
            Format::Json => self.write(&json("sent", message)),
        }
    }

    /// A message came.
    pub fn received(&self, message: &JavaStr) -> Result<(), OutputError> {
        match self.format {
            Format::Java => self.line(message),
            Format::Terminal => self.line(message.printable()),
            Format::Json => self.write(&json("received", message)),
        }
    }

    fn line(&self, text: impl Display) -> Result<(), OutputError> {
        self.write(&format!("{text}{LINE_END}"))
    }

    fn write(&self, text: &str) -> Result<(), OutputError> {
        self.write_bytes(text.as_bytes())
    }

    /// Anything else.
    pub fn write_bytes(&self, bytes: &[u8]) -> Result<(), OutputError> {
        let mut stdout = io::stdout().lock();
        match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
            Err(error) if self.on_write_error == OnWriteError::Fail => Err(OutputError(error)),
            _ => Ok(()),
        }
    }
}

impl Format {
    /// What suits standard output.
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

/// Writes a line for the user to standard error.
pub fn notice(text: &str) {
    const NAME: Style = AnsiColor::Red.on_default().bold();
    // Without standard error there is nobody to tell.
    let _ = writeln!(anstream::stderr(), "{NAME}hellohi-client:{NAME:#} {text}");
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
