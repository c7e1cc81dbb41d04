//! A peer: a client, a server, or both, that are recorded together with other peers.

use std::collections::BTreeMap;

use globset::GlobMatcher;
use recorder::{Program, Side};

/// Stands for a peer on the side that a case leaves empty.
pub(crate) const NOBODY: &str = "none";

/// Stands for a peer on the side that the script plays.
pub(crate) const SCRIPT: &str = "script";

/// The programs of one implementation, for the sides that it can play.
#[derive(Debug, Clone)]
pub struct Peer {
    /// Name in the report: `java-17`, `rust`.
    pub name: String,
    pub client: Option<Program>,
    pub server: Option<Program>,
    /// True for an original, by which the others are judged.
    pub is_original: bool,
    /// Cases that the peer does not claim to play.
    pub unsupported: Vec<Unsupported>,
}

/// Cases that a peer does not claim to play.
#[derive(Debug, Clone)]
pub struct Unsupported {
    pub case: GlobMatcher,
    /// The side that the entry is about; `None` for both.
    pub side: Option<Side>,
    pub reason: String,
}

impl Peer {
    /// Returns the program for `side`.
    pub fn program(&self, side: Side) -> Option<&Program> {
        match side {
            Side::Client => self.client.as_ref(),
            Side::Server => self.server.as_ref(),
        }
    }

    /// Returns the reason why the peer does not play `case` on `side`, or `None` if it does.
    pub fn unsupported(&self, case: &str, side: Side) -> Option<&str> {
        let applies = |entry: &&Unsupported| {
            entry.side.is_none_or(|only| only == side) && entry.case.is_match(case)
        };
        let entry = self.unsupported.iter().find(applies)?;
        Some(&entry.reason)
    }
}

/// Returns the variables of every program under test: a locale with UTF-8, and a terminal without features.
pub fn environment() -> BTreeMap<String, String> {
    let locale = if cfg!(target_os = "macos") {
        "en_US.UTF-8"
    } else {
        "C.UTF-8"
    };
    // Programs do not move the cursor on a terminal called dumb.
    let variables = [("LC_ALL", locale), ("TERM", "dumb")];
    BTreeMap::from(variables.map(|(name, value)| (name.to_owned(), value.to_owned())))
}

/// Returns the variables of [`environment`], with `more` on top of them.
pub(crate) fn environment_with(more: BTreeMap<String, String>) -> BTreeMap<String, String> {
    let mut variables = environment();
    variables.extend(more);
    variables
}
