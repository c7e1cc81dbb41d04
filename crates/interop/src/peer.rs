//! A peer: a program, or two, that meet others.

use std::collections::BTreeMap;

use globset::GlobMatcher;
use recorder::{Program, Side};

/// A program, or two, for the sides that it can play.
#[derive(Debug, Clone)]
pub struct Peer {
    /// As in the report: `java-17`, `rust`.
    pub name: String,
    pub client: Option<Program>,
    pub server: Option<Program>,
    /// Whether it is an original, and so the oracle.
    pub is_oracle: bool,
    pub unsupported: Vec<Unsupported>,
}

/// Cases that a peer does not claim to play.
#[derive(Debug, Clone)]
pub struct Unsupported {
    pub case: GlobMatcher,
    /// `None` for both.
    pub side: Option<Side>,
    pub reason: String,
}

impl Peer {
    pub fn program(&self, side: Side) -> Option<&Program> {
        match side {
            Side::Client => self.client.as_ref(),
            Side::Server => self.server.as_ref(),
        }
    }

    /// Why it does not play `case` on `side`, where it does not.
    pub fn unsupported(&self, case: &str, side: Side) -> Option<&str> {
        let applies = |entry: &&Unsupported| {
            entry.side.is_none_or(|only| only == side) && entry.case.is_match(case)
        };
        let entry = self.unsupported.iter().find(applies)?;
        Some(&entry.reason)
    }
}

/// Everything on these consoles is UTF-8, as the lab's messages are.
pub fn environment() -> BTreeMap<String, String> {
    let locale = if cfg!(target_os = "macos") {
        "en_US.UTF-8"
    } else {
        "C.UTF-8"
    };
    // At the least of all terminals nobody draws.
    let variables = [("LC_ALL", locale), ("TERM", "dumb")];
    BTreeMap::from(variables.map(|(name, value)| (name.to_owned(), value.to_owned())))
}
