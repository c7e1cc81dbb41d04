//! The traits in which terminals differ, as their variables tell.

use std::env;

/// The traits of a terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Kind {
    /// A flag that is set if the terminal is known to wrap lines anew when its width changes. xterm, the Linux console
    /// and GNU screen do not. A terminal that cannot be known counts as one of these, because the wrong guess would
    /// erase messages.
    pub(super) wraps_anew: bool,
    /// A flag that is set if the terminal is known to give a grapheme cluster the width of one picture. In others each
    /// character has its own width.
    pub(super) joins: bool,
    /// A flag that is set if marks are put over the letters before them. The Linux console gives them columns of
    /// their own.
    pub(super) combines: bool,
}

/// Beginnings of `TERM` that name such a terminal.
const NAMES: [&str; 8] = [
    "alacritty",
    "foot",
    "konsole",
    "tmux",
    "vte",
    "wezterm",
    "xterm-ghostty",
    "xterm-kitty",
];

/// Variables that such a terminal sets. `TERM_PROGRAM` is set by those of macOS and of editors.
const VARIABLES: [&str; 4] = [
    "KONSOLE_VERSION",
    "TERM_PROGRAM",
    "VTE_VERSION",
    "WT_SESSION",
];

/// Beginnings of `TERM` that name a terminal that joins.
const JOINING_NAMES: [&str; 4] = ["foot", "wezterm", "xterm-ghostty", "xterm-kitty"];

/// Values of `TERM_PROGRAM` that name a terminal that joins.
const JOINING_PROGRAMS: [&str; 3] = ["WezTerm", "ghostty", "iTerm.app"];

impl Kind {
    pub(super) fn of_environment() -> Self {
        Self::of(|name| env::var(name).ok())
    }

    fn of(variable: impl Fn(&str) -> Option<String>) -> Self {
        Self {
            combines: variable("TERM").as_deref() != Some("linux"),
            joins: joins(&variable),
            wraps_anew: wraps_anew(variable),
        }
    }
}

fn wraps_anew(variable: impl Fn(&str) -> Option<String>) -> bool {
    let term = variable("TERM").unwrap_or_default();
    let is_set = |name: &&str| variable(name).is_some();
    if term.starts_with("screen") {
        return is_set(&"TMUX");
    }
    let is_known = term != "linux" && !is_set(&"XTERM_VERSION") && VARIABLES.iter().any(is_set);
    is_known || NAMES.iter().any(|name| term.starts_with(name))
}

fn joins(variable: impl Fn(&str) -> Option<String>) -> bool {
    let term = variable("TERM").unwrap_or_default();
    let program = variable("TERM_PROGRAM").unwrap_or_default();
    // These draw themselves, and inherit the variables of the terminal that they are in.
    let is_multiplexer = ["screen", "tmux"].iter().any(|name| term.starts_with(name));
    let is_known = JOINING_NAMES.iter().any(|name| term.starts_with(name))
        || JOINING_PROGRAMS.contains(&&*program)
        || variable("WT_SESSION").is_some();
    is_known && !is_multiplexer
}

#[cfg(test)]
mod tests {
    use super::*;

    const JOINING: &[(&str, &str)] = &[("TERM", "xterm-256color"), ("TERM_PROGRAM", "WezTerm")];

    #[test]
    fn a_terminal_is_known_by_its_variables() {
        for (variables, expected) in [
            (&[("TERM", "xterm-256color")][..], false),
            (&[("TERM", "xterm"), ("XTERM_VERSION", "379")], false),
            (&[("TERM", "xterm-256color"), ("VTE_VERSION", "7200")], true),
            (&[("TERM", "linux"), ("TERM_PROGRAM", "tmux")], false),
            (&[("TERM", "screen-256color"), ("STY", "1")], false),
            (
                &[("TERM", "screen"), ("TMUX", "x"), ("XTERM_VERSION", "379")],
                true,
            ),
            (&[("TERM", "tmux-256color"), ("XTERM_VERSION", "379")], true),
            (
                &[
                    ("TERM", "xterm"),
                    ("XTERM_VERSION", "379"),
                    ("VTE_VERSION", "1"),
                ],
                false,
            ),
            (&[("TERM", "xterm-kitty")], true),
            (JOINING, true),
            (&[("TERM", "tmux-256color"), ("WT_SESSION", "1")], true),
            (&[], false),
        ] {
            let variable = |name: &str| {
                let found = variables.iter().find(|(key, _)| *key == name);
                found.map(|(_, value)| (*value).to_owned())
            };
            let kind = Kind::of(variable);
            assert_eq!(kind.wraps_anew, expected, "{variables:?}");
            let joins = [&[("TERM", "xterm-kitty")][..], JOINING].contains(&variables);
            assert_eq!(kind.joins, joins, "{variables:?}");
            let is_console = variables.contains(&("TERM", "linux"));
            assert_eq!(kind.combines, !is_console, "{variables:?}");
        }
    }
}
