//! The lines of a room's members, as commands.

/// A member's line.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Command<'a> {
    Say(&'a str),
    Join,
    Nick(&'a str),
    Who,
    Private {
        to: &'a str,
        text: &'a str,
    },
    Help,
    Quit,
    /// A line that begins with a slash and is none of these, up to its first space.
    Unknown(&'a str),
}

/// The commands, one a line.
pub(crate) const HELP: [&str; 7] = [
    "/nick NAME: take another name",
    "/who: see who is here",
    "/msg NAME TEXT: say something to one member alone",
    "/help: see this",
    "/quit: leave",
    "//TEXT: say a line that begins with a slash: /TEXT",
    "anything else is said to everybody",
];

impl<'a> Command<'a> {
    /// Reads a line. For example, `/msg bob hi there` is a private message to `bob`, and `//x` says `/x`.
    pub(crate) fn of(line: &'a str) -> Self {
        let Some(command) = line.strip_prefix('/') else {
            return Self::Say(line);
        };
        if command.starts_with('/') {
            return Self::Say(command);
        }
        let (word, rest) = split_word(line);
        match word {
            "/join" => Self::Join,
            "/nick" => Self::Nick(rest),
            "/who" => Self::Who,
            "/msg" => {
                let (to, text) = split_word(rest);
                Self::Private { to, text }
            }
            "/help" => Self::Help,
            "/quit" => Self::Quit,
            _ => Self::Unknown(word),
        }
    }
}

/// Returns the name behind `/join`, if a guest's line is that.
pub(crate) fn join_of(line: &str) -> Option<&str> {
    let (word, name) = split_word(line);
    (word == "/join").then_some(name)
}

/// Splits off the first word. The spaces around the second part are dropped.
fn split_word(text: &str) -> (&str, &str) {
    let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
    (word, rest.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_said_unless_it_begins_with_a_single_slash() {
        for (line, command) in [
            ("hi", Command::Say("hi")),
            ("", Command::Say("")),
            (" /who", Command::Say(" /who")),
            ("//who", Command::Say("/who")),
            ("///", Command::Say("//")),
            ("/join me", Command::Join),
            ("/nick  bob ", Command::Nick("bob")),
            ("/who", Command::Who),
            (
                "/msg bob hi there",
                Command::Private {
                    to: "bob",
                    text: "hi there",
                },
            ),
            ("/msg", Command::Private { to: "", text: "" }),
            ("/help", Command::Help),
            ("/quit", Command::Quit),
            ("/quitx now", Command::Unknown("/quitx")),
            ("/", Command::Unknown("/")),
        ] {
            assert_eq!(Command::of(line), command, "{line:?}");
        }
    }

    #[test]
    fn a_guest_joins_with_the_word_alone() {
        assert_eq!(join_of("/join alice"), Some("alice"));
        assert_eq!(join_of("/join"), Some(""));
        assert_eq!(join_of("/joining"), None);
        assert_eq!(join_of("//join alice"), None);
    }
}
