//! Reads TOML files that people write, and names their mistakes with the key and the line.
//!
//! In the file `name = 'x'` and, on line 2, `client.command = 'cargo'`, the mistake is displayed as
//! `client.command: invalid type: string "cargo", expected a sequence (line 2)`.

use std::fmt;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde::de::DeserializeOwned;
use toml::de::DeTable;

/// Reads the file at `path`, and returns the result of `make` on its tables and the folder that the file is in.
///
/// The error is one line that names the file, the key and the line.
pub(crate) fn read<T: DeserializeOwned, U>(
    path: &Path,
    make: impl FnOnce(T, &Path) -> Result<U, Mistake>,
) -> Result<U> {
    let text = fs::read_to_string(path).with_context(|| path.display().to_string())?;
    let folder = std::path::absolute(path)?;
    let folder = folder.parent().unwrap_or(Path::new("."));
    parse(&text)
        .and_then(|tables| make(tables, folder))
        .map_err(|mistake| mistake.located(&text))
        .with_context(|| path.display().to_string())
}

/// A mistake in a file. It is displayed on one line, with the key and the line number.
#[derive(Debug)]
pub(crate) struct Mistake {
    /// The key, such as `unsupported[0].case`, or an empty string.
    key: String,
    what: String,
    /// Number of the line, from 1.
    line: Option<usize>,
}

impl Mistake {
    /// Returns a function that makes an error a mistake at `key`, without a line.
    pub(crate) fn at(key: impl Into<String>) -> impl FnOnce(anyhow::Error) -> Mistake {
        |what| Mistake {
            key: key.into(),
            what: format!("{what:#}"),
            line: None,
        }
    }

    /// Adds the line of the key in `text`.
    fn located(mut self, text: &str) -> Mistake {
        self.line = self.line.or_else(|| line_of_key(text, &self.key));
        self
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.key.is_empty() {
            write!(f, "{}: ", self.key)?;
        }
        write!(f, "{}", self.what)?;
        match self.line {
            Some(line) => write!(f, " (line {line})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Mistake {}

/// Parses the text of a file into its tables.
fn parse<T: DeserializeOwned>(text: &str) -> Result<T, Mistake> {
    let mistake = |key: String, error: &toml::de::Error| Mistake {
        key,
        what: error.message().replace('\n', ", "),
        line: error.span().map(|span| line_at(text, span.start)),
    };
    let toml = toml::Deserializer::parse(text).map_err(|error| mistake(String::new(), &error))?;
    serde_path_to_error::deserialize(toml).map_err(|error| {
        let key = error.path().to_string();
        let key = if key == "." { String::new() } else { key };
        mistake(key, error.inner())
    })
}

/// Returns the number of the line with the byte at `offset`, from 1.
fn line_at(text: &str, offset: usize) -> usize {
    let before = text.bytes().take(offset);
    1 + before.filter(|&byte| byte == b'\n').count()
}

/// Returns the number of the line on which the value of a key such as `unsupported[0].case` begins.
fn line_of_key(text: &str, key: &str) -> Option<usize> {
    let table = DeTable::parse(text).ok()?;
    let mut parts = key.split(['.', '[', ']']).filter(|part| !part.is_empty());
    let mut value = table.get_ref().get(parts.next()?)?;
    for part in parts {
        value = match part.parse::<usize>() {
            Ok(index) => value.get_ref().get(index)?,
            Err(_) => value.get_ref().get(part)?,
        };
    }
    Some(line_at(text, value.span().start))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_counted_from_one_whatever_stands_before_it() {
        let text = "a\n\r\n你\n";
        assert_eq!(line_at(text, 0), 1);
        assert_eq!(line_at(text, 1), 1);
        assert_eq!(line_at(text, 2), 2);
        assert_eq!(line_at(text, 4), 3);
        assert_eq!(line_at(text, text.len()), 4);
    }

    #[test]
    fn a_key_has_the_line_of_its_value() {
        let text = "name = 'x'\n\n[client]\ncommand = [\n'a']\n[[unsupported]]\n\
                    [[unsupported]]\ncase = 'y'\n";
        for (key, line) in [
            ("name", Some(1)),
            ("client.command", Some(4)),
            ("unsupported[1].case", Some(8)),
            ("unsupported[2].case", None),
            ("client, server", None),
        ] {
            assert_eq!(line_of_key(text, key), line, "{key}");
        }
    }
}
