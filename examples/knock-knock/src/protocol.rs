//! The jokes, and what to say next.

enum State {
    Knocked,
    ClueGiven,
    Another,
}

const JOKES: [(&str, &str); 3] = [
    ("Turnip", "Turnip the volume, I can't hear you!"),
    ("Lettuce", "Lettuce in, it's cold out here!"),
    ("Cargo", "Car go, \"Beep beep!\""),
];

pub(crate) const KNOCK: &str = "Knock! Knock!";
pub(crate) const BYE: &str = "Bye.";

/// A conversation in which [`KNOCK`] has been said.
pub(crate) struct Protocol {
    state: State,
    joke: usize,
}

impl Protocol {
    pub(crate) fn new() -> Self {
        Self {
            state: State::Knocked,
            joke: 0,
        }
    }

    /// Returns the answer to `input`; [`BYE`] is the last one.
    pub(crate) fn answer(&mut self, input: &str) -> String {
        let (clue, joke) = JOKES[self.joke];
        match self.state {
            State::Knocked if equal_ignoring_case(input, "Who's there?") => {
                self.state = State::ClueGiven;
                clue.into()
            }
            State::Knocked => supposed_to_say("Who's there?"),
            State::ClueGiven if equal_ignoring_case(input, &format!("{clue} who?")) => {
                self.state = State::Another;
                format!("{joke} Want another? (y/n)")
            }
            State::ClueGiven => {
                self.state = State::Knocked;
                supposed_to_say(&format!("{clue} who?"))
            }
            State::Another if equal_ignoring_case(input, "y") => {
                self.state = State::Knocked;
                self.joke = (self.joke + 1) % JOKES.len();
                KNOCK.into()
            }
            State::Another => BYE.into(),
        }
    }
}

fn supposed_to_say(line: &str) -> String {
    format!("You're supposed to say \"{line}\"! Try again. {KNOCK}")
}

/// Compares as `String.equalsIgnoreCase` does: not in ASCII alone, so U+017F is an `s`.
fn equal_ignoring_case(one: &str, other: &str) -> bool {
    one.chars().map(fold).eq(other.chars().map(fold))
}

/// Returns `Character.toLowerCase(Character.toUpperCase(c))`. Java's mappings are of one character to one: `ß`
/// has no such upper case.
fn fold(c: char) -> char {
    let mut upper = c.to_uppercase();
    let upper = match (upper.next(), upper.next()) {
        (Some(upper), None) => upper,
        _ => c,
    };
    upper.to_lowercase().next().unwrap_or(upper)
}
