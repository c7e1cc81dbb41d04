//! The names of those who are in a room, as its lines tell.

use std::collections::BTreeSet;

use crate::room_line::{Kind, RoomLine};

/// The commands of a room, for completion.
const COMMANDS: [&str; 5] = ["/help", "/msg", "/nick", "/quit", "/who"];

/// Number of names that are kept. A room that has more members still tells their messages.
const MAX_NAMES: usize = 10_000;

/// Number of bytes of a name that is kept. A room's names have up to 24 characters, and up to 9 more tell its server.
const MAX_NAME: usize = 128;

/// The names that a room's lines have told.
#[derive(Debug, Default)]
pub(crate) struct Roster(BTreeSet<String>);

impl Roster {
    /// Takes note of the names in a line: of who speaks, comes, goes, changes its name, or is listed.
    pub(crate) fn note(&mut self, line: &RoomLine<'_>) {
        if line.kind != Kind::Notice {
            return line.from.into_iter().for_each(|name| self.insert(name));
        }
        let words: Vec<&str> = line.text.split(' ').collect();
        match words[..] {
            [name, "joined"] => self.insert(name),
            [name, "left", ..] => drop(self.0.remove(name)),
            [old, "is", "now", new] => {
                self.0.remove(old);
                self.insert(new);
            }
            _ => {
                let listed = line.text.split_once("here are ").map(|(_, names)| names);
                let names = listed.and_then(|names| names.split([';']).next());
                let names = names.unwrap_or_default().split(", ");
                let names = names.filter_map(|name| name.split(' ').next());
                names.for_each(|name| self.insert(name));
            }
        }
    }

    fn insert(&mut self, name: &str) {
        if (1..=MAX_NAME).contains(&name.len()) && self.0.len() < MAX_NAMES {
            self.0.insert(name.to_owned());
        }
    }

    /// Returns the commands or names that begin with `word`, the last word of a line; `is_first` says that it is the
    /// only one.
    pub(crate) fn complete(&self, word: &str, is_first: bool) -> Vec<String> {
        if is_first && word.starts_with('/') {
            let commands = COMMANDS.iter().filter(|command| command.starts_with(word));
            return commands.map(|command| format!("{command} ")).collect();
        }
        let word = word.to_lowercase();
        let begins = |name: &&String| name.to_lowercase().starts_with(&word);
        let end = if is_first { ": " } else { " " };
        let names = self.0.iter().filter(begins);
        names.map(|name| format!("{name}{end}")).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_learnt_from_every_line_that_has_one() {
        let mut roster = Roster::default();
        for line in [
            "* welcome, me; here are alice, Bob and 3 more; /help lists the commands",
            "* carol joined",
            "* alice left (timed out)",
            "* carol is now dora",
            "erna: hi",
            "* 2026-11-26T09:30:00Z frida: before",
            "* no command is called /dance",
        ] {
            roster.note(&RoomLine::of(line));
        }
        assert_eq!(
            roster.complete("", false),
            ["Bob ", "dora ", "erna ", "frida "]
        );
        assert_eq!(roster.complete("b", true), ["Bob: "]);
        assert_eq!(roster.complete("/n", true), ["/nick "]);
        assert!(roster.complete("/n", false).is_empty());
    }

    #[test]
    fn a_server_cannot_fill_the_memory_with_names() {
        let mut roster = Roster::default();
        roster.note(&RoomLine::of(&format!("* {} joined", "x".repeat(129))));
        for number in 0..10_100 {
            roster.note(&RoomLine::of(&format!("* n{number} joined")));
        }
        assert_eq!(roster.complete("", false).len(), 10_000);
        assert!(roster.complete("x", false).is_empty());
    }
}
