//! Names on the command line.

use anyhow::{Result, ensure};
use globset::Glob;

/// Those of `all` whose name a glob matches; a glob that matches nothing is an error.
pub(crate) fn chosen<T>(
    all: Vec<T>,
    globs: &[Glob],
    kind: &str,
    name: impl Fn(&T) -> String,
) -> Result<Vec<T>> {
    let matchers: Vec<_> = globs.iter().map(Glob::compile_matcher).collect();
    for matcher in &matchers {
        let known = all.iter().any(|item| matcher.is_match(name(item)));
        ensure!(known, "no {kind} is called {}", matcher.glob());
    }
    let wanted = |item: &T| matchers.is_empty() || matchers.iter().any(|m| m.is_match(name(item)));
    Ok(all.into_iter().filter(wanted).collect())
}

/// What was asked for, as it would be typed.
pub(crate) fn command() -> String {
    let arguments = std::env::args().skip(1);
    std::iter::once("cargo xtask".to_owned())
        .chain(arguments)
        .collect::<Vec<_>>()
        .join(" ")
}
