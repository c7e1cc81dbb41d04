//! Says in Chinese what the lab and the crates below it say in English.
//!
//! Those crates know no languages: an error is a sentence in English, made where it happens. `messages/zh.txt` has the
//! translation of each such sentence, with `{}` where something is filled in:
//!
//! ```text
//! there is no scenario {}: --list shows all of them      the entry
//! there is no scenario "x": --list shows all of them     fits it, and {} is "x"
//! 没有场景"x"：--list列出全部                              the translation, with "x" put in
//! ```
//!
//! A sentence without an entry, such as one of the system or of another program, stays as it is. Of several sentences
//! that are joined by colons, each is translated alone.

use anyhow::{Error, anyhow};

use ladder::Lang;

/// Returns `error`, with its causes, as one message in `lang`.
pub(super) fn error_in(lang: Lang, error: Error) -> Error {
    match lang {
        Lang::En => error,
        Lang::Zh => {
            let causes: Vec<String> = error
                .chain()
                .map(|cause| chinese(&cause.to_string()))
                .collect();
            anyhow!("{}", causes.join("："))
        }
    }
}

/// Returns `text`, one or several sentences in English, in `lang`.
pub(super) fn text_in(lang: Lang, text: &str) -> String {
    match lang {
        Lang::En => text.to_owned(),
        Lang::Zh => chinese(text),
    }
}

/// Prints a notice, which is in English, in `lang`.
pub(super) fn say(lang: Lang, notice: &str) {
    eprintln!("xtask lab: {}", text_in(lang, notice));
}

fn chinese(text: &str) -> String {
    let mut entries = entries();
    let found = entries.find_map(|(english, pattern)| Some((filled(text, &english)?, pattern)));
    if let Some((values, pattern)) = found {
        let mut parts = pattern.split("{}");
        let mut whole = parts.next().unwrap_or_default().to_owned();
        for (value, part) in values.iter().zip(parts) {
            whole += &chinese(value);
            whole += part;
        }
        return whole;
    }
    match text.split_once(": ") {
        Some((first, rest)) => format!("{}：{}", chinese(first), chinese(rest)),
        None => listed(text),
    }
}

/// Returns `text` with the comma of a list between its words, if it is a list of words and not of paths: `a, b, c`.
fn listed(text: &str) -> String {
    let words: Vec<&str> = text.split(", ").collect();
    match words.iter().any(|word| word.contains([' ', '/'])) {
        true => text.to_owned(),
        false => words.join("、"),
    }
}

/// Messages and their translations.
const CHINESE: &str = include_str!("messages/zh.txt");

/// Returns each message and its translation.
fn entries() -> impl Iterator<Item = (String, String)> {
    let lines = CHINESE
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'));
    let mut lines = lines.map(|line| line.replace("\\n", "\n"));
    std::iter::from_fn(move || Some((lines.next()?, lines.next()?)))
}

/// Returns what stands in `text` where `pattern` has `{}`, or `None` if it does not fit.
fn filled<'a>(text: &'a str, pattern: &str) -> Option<Vec<&'a str>> {
    let (first, rest) = pattern.split_once("{}").unwrap_or((pattern, ""));
    let mut left = text.strip_prefix(first)?;
    if first.len() == pattern.len() {
        return left.is_empty().then(Vec::new);
    }
    let mut values = Vec::new();
    let mut parts = rest.split("{}").peekable();
    while let Some(part) = parts.next() {
        let end = match parts.peek() {
            Some(_) => left.find(part)?,
            None => left
                .len()
                .checked_sub(part.len())
                .filter(|&end| left.is_char_boundary(end) && left.ends_with(part))?,
        };
        values.push(&left[..end]);
        left = &left[end + part.len()..];
    }
    Some(values)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;
    use ::interop::programs::workspace;

    #[test]
    fn a_sentence_is_translated_with_what_is_filled_in() {
        let cases = [
            (
                "there is no scenario \"x\": --list shows all of them",
                "没有场景\"x\"：--list列出全部",
            ),
            (
                "the client did not exit within 10s",
                "客户端没有退出（等了10s）",
            ),
            (
                "cannot read peer.toml: No such file or directory (os error 2)",
                "无法读取peer.toml：没有这个文件或文件夹（os error 2）",
            ),
            ("client: cannot run x", "客户端：无法运行x"),
            ("Exec format error", "Exec format error"),
            ("java, the newest of a, b", "java（a、b中最新的一个）"),
            (
                "invalid type: integer `3`, expected a string",
                "类型不对：整数`3`，应为字符串",
            ),
        ];
        for (english, chinese) in cases {
            assert_eq!(text_in(Lang::Zh, english), chinese);
            assert_eq!(text_in(Lang::En, english), english);
        }
    }

    #[test]
    fn each_entry_has_as_many_places_to_fill_in_in_both_languages() {
        for (english, chinese) in entries() {
            assert_eq!(
                english.matches("{}").count(),
                chinese.matches("{}").count(),
                "{english}"
            );
        }
    }

    /// Puts all sources in Rust below `path` into `all`, with texts of several lines in one.
    fn put(path: &Path, all: &mut String) {
        if path.is_dir() {
            for entry in fs::read_dir(path).unwrap() {
                put(&entry.unwrap().path(), all);
            }
        } else if path.extension().is_some_and(|ending| ending == "rs")
            && !path.ends_with("lab/messages.rs")
        {
            let text = fs::read_to_string(path).unwrap();
            all.extend(text.split("\\\n").map(str::trim_start));
        }
    }

    #[test]
    fn each_entry_is_a_sentence_of_the_sources() {
        let mut sources = String::new();
        for folder in [
            "crates/recorder/src",
            "crates/ladder/src",
            "crates/interop/src",
            "xtask/src/lab",
            "xtask/src/lab.rs",
        ] {
            put(&workspace::root().join(folder), &mut sources);
        }
        let of_ours = entries().take_while(|(english, _)| !english.starts_with("No such file"));
        let mut gone = Vec::new();
        for (english, _) in of_ours {
            let parts = english.split("{}").flat_map(|part| part.split('\n'));
            let longest = parts.max_by_key(|part| part.len()).unwrap_or_default();
            gone.extend((!sources.contains(longest.trim())).then_some(english.clone()));
        }
        assert_eq!(gone, Vec::<String>::new());
    }
}
