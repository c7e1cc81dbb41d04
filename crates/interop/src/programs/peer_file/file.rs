//! A peer's TOML file: its tables, and where in it a mistake is.

use std::collections::BTreeMap;
use std::fmt;

use globset::Glob;
use serde::Deserialize;
use toml::de::DeTable;

use recorder::Side;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    pub name: String,
    pub client: Option<ClientTable>,
    pub server: Option<ServerTable>,
    /// On top of the inherited environment and of `LC_ALL`, which says UTF-8.
    #[serde(default)]
    pub environment: BTreeMap<String, String>,
    #[serde(default)]
    pub unsupported: Vec<UnsupportedTable>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ClientTable {
    pub command: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct ServerTable {
    pub command: Vec<String>,
    /// Whether it serves until SIGTERM instead of one client.
    #[serde(default)]
    pub serves_forever: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct UnsupportedTable {
    pub case: Glob,
    pub side: Option<Side>,
    pub reason: String,
}

/// A mistake in a file: one line that names the key and the line.
#[derive(Debug)]
pub(super) struct Mistake {
    /// The key, `unsupported[0].case`; empty where the mistake is at none.
    key: String,
    what: String,
    /// Counts from 1.
    line: Option<usize>,
}

impl Mistake {
    /// A mistake at `key`, whose line is not known yet.
    pub(super) fn at(key: impl Into<String>) -> impl FnOnce(anyhow::Error) -> Mistake {
        |what| Mistake {
            key: key.into(),
            what: format!("{what:#}"),
            line: None,
        }
    }

    /// Adds the line of `text` at which its key is.
    pub(super) fn located(mut self, text: &str) -> Mistake {
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

/// Reads the text of a file.
pub(super) fn parse(text: &str) -> Result<File, Mistake> {
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

/// Returns the line of `text` that the byte at `offset` is in, counting from 1.
fn line_at(text: &str, offset: usize) -> usize {
    let before = text.bytes().take(offset);
    1 + before.filter(|&byte| byte == b'\n').count()
}

/// Returns the line at which the value of a key such as `unsupported[0].case` begins.
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
