//! The names of a room's members.
//!
//! `Zoë` and `ZOË` are one name, and so are `ﬁn` with a ligature and `fin`: names are compared in Unicode's
//! compatibility form (NFKC) and without regard to case.

use std::fmt;
use std::str::FromStr;

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::canonical_combining_class;

/// Number of characters that a name has at most.
const MAX_CHARS: usize = 24;

/// The beginning of the names of guests, which nobody else may have.
const GUEST: &str = "guest-";

/// Letters that are drawn as nothing: the two fillers of Hangul, and the two blanks of Egyptian hieroglyphs.
const BLANKS: [char; 4] = ['\u{115F}', '\u{1160}', '\u{13441}', '\u{13442}'];

/// The name of a member: 1 to 24 letters, digits, `-` and `_` of any script, in NFKC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Name {
    shown: String,
    folded: String,
}

/// The error of a text that cannot be a name.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NameError {
    #[error("a name is missing; write it behind the command")]
    Empty,
    #[error("a name has at most {MAX_CHARS} characters")]
    TooLong,
    #[error("a name begins with a letter or a digit; behind it may come - and _ too")]
    Character,
    #[error("names that begin with {GUEST} are for guests")]
    Guest,
}

impl Name {
    /// Returns the name under which the room hears guest `number`.
    pub(crate) fn of_guest(number: u64) -> Self {
        let shown = format!("{GUEST}{number}");
        let folded = shown.clone();
        Self { shown, folded }
    }

    /// Returns the form in which equal names are equal.
    pub(crate) fn folded(&self) -> &str {
        &self.folded
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.shown
    }
}

impl Name {
    /// Returns the name of a member or a guest of another server.
    pub(super) fn of_sender(text: &str) -> Option<Self> {
        if let Some(number) = text.strip_prefix(GUEST) {
            let guest = Self::of_guest(number.parse().ok()?);
            return (guest.shown == text).then_some(guest);
        }
        text.parse().ok()
    }

    /// Returns this name with the server behind it, for a name that somebody else has too.
    pub(super) fn at(&self, node: &str) -> Self {
        Self {
            shown: format!("{}@{node}", self.shown),
            folded: format!("{}@{node}", self.folded),
        }
    }

    pub(super) fn is_guest(&self) -> bool {
        self.folded.starts_with(GUEST)
    }
}

impl FromStr for Name {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        // A text in NFKC has at most 18 times as many characters, so this bounds the work.
        if text.len() > 4 * MAX_CHARS {
            return Err(NameError::TooLong);
        }
        let shown: String = text.nfkc().collect();
        let first = shown.chars().next().ok_or(NameError::Empty)?;
        if !is_letter(first) || !shown.chars().all(may_follow) {
            return Err(NameError::Character);
        }
        if shown.chars().count() > MAX_CHARS {
            return Err(NameError::TooLong);
        }
        let folded: String = caseless::default_case_fold_str(&shown).nfkc().collect();
        if folded.starts_with(GUEST) {
            return Err(NameError::Guest);
        }
        Ok(Self { shown, folded })
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

fn is_letter(char: char) -> bool {
    char.is_alphanumeric() && !BLANKS.contains(&char)
}

/// Returns whether `char` may stand behind the first letter. A mark that is drawn on the letter before it may,
/// such as the virama in `हिन्दी`; one without a place of its own, such as a variation selector, may not.
fn may_follow(char: char) -> bool {
    is_letter(char) || matches!(char, '-' | '_') || canonical_combining_class(char) != 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_and_digits_of_any_script_are_a_name() {
        for text in [
            "a",
            "alice-2",
            "Zoë",
            "李雷",
            "हिन्दी",
            "ناصر",
            "7of9",
            "한글",
            "x_y",
        ] {
            assert_eq!(
                text.parse::<Name>().unwrap().as_str(),
                text.nfkc().collect::<String>()
            );
        }
        assert!("好".repeat(24).parse::<Name>().is_ok());
    }

    #[test]
    fn equal_names_are_those_with_the_same_letters_in_any_case_and_form() {
        let folded = |text: &str| text.parse::<Name>().unwrap().folded;
        for (one, other) in [
            ("Alice", "aLICE"),
            ("ﬁn", "FIN"),
            ("Zoë", "ZOE\u{308}"),
            ("Ⅷ", "viii"),
            ("straße", "STRASSE"),
            ("ΣΟΦΟΣ", "σοφος"),
        ] {
            assert_eq!(folded(one), folded(other));
        }
    }

    #[test]
    fn what_could_pass_for_another_name_or_line_is_refused() {
        for (text, error) in [
            ("", NameError::Empty),
            ("a b", NameError::Character),
            ("*", NameError::Character),
            ("-a", NameError::Character),
            ("\u{301}a", NameError::Character),
            ("a:", NameError::Character),
            ("a\n", NameError::Character),
            ("a\u{200D}b", NameError::Character),
            ("a\u{FE0F}", NameError::Character),
            ("a\u{202E}", NameError::Character),
            ("a\u{3164}", NameError::Character),
            ("\u{3164}", NameError::Character),
            ("\u{13441}", NameError::Character),
            ("a\u{13442}", NameError::Character),
            ("GUEST-1", NameError::Guest),
            ("ｇuest-x", NameError::Guest),
        ] {
            assert_eq!(text.parse::<Name>(), Err(error), "{text:?}");
        }
        assert_eq!("a".repeat(25).parse::<Name>(), Err(NameError::TooLong));
        assert_eq!(
            "\u{FDFA}".repeat(24).parse::<Name>(),
            Err(NameError::Character)
        );
    }
}
