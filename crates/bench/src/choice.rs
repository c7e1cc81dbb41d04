//! The choice of what to measure or attack by globs, and the command line as text.

use anyhow::{Result, ensure};
use globset::Glob;

/// Returns the items whose name one of `globs` matches, or all items if there are no globs.
///
/// A glob that matches no name is an error.
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

/// Returns the command that started this task, for its report.
pub(crate) fn command() -> String {
    let arguments = std::env::args().skip(1);
    std::iter::once("cargo xtask".to_owned())
        .chain(arguments)
        .collect::<Vec<_>>()
        .join(" ")
}
