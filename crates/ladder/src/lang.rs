//! The languages of captions and headings.

use std::env;

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

/// A language of the captions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Lang {
    Zh,
    En,
}

impl Lang {
    /// Returns Chinese if the locale of messages is Chinese, and English otherwise.
    pub fn of_locale() -> Lang {
        let set = ["LC_ALL", "LC_MESSAGES", "LANG"].map(|name| env::var(name).unwrap_or_default());
        Lang::of(&set)
    }

    /// Returns the language of the first variable that is set (POSIX, XBD 8.2).
    fn of(variables: &[String]) -> Lang {
        let set = variables.iter().find(|value| !value.is_empty());
        match set.is_some_and(|locale| locale.starts_with("zh")) {
            true => Lang::Zh,
            false => Lang::En,
        }
    }

    /// Returns the text in this language.
    pub fn pick<T>(self, zh: T, en: T) -> T {
        match self {
            Lang::Zh => zh,
            Lang::En => en,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_variable_that_is_set_says_the_language() {
        let lang = |variables: [&str; 3]| Lang::of(&variables.map(String::from));
        assert_eq!(lang(["", "", "zh_CN.UTF-8"]), Lang::Zh);
        assert_eq!(lang(["", "zh_TW", "en_US.UTF-8"]), Lang::Zh);
        assert_eq!(lang(["C.UTF-8", "", "zh_CN.UTF-8"]), Lang::En);
        assert_eq!(lang(["", "", ""]), Lang::En);
    }
}
