//! The patterns of `--case` and `--pairing`.

use anyhow::{Context, Result, ensure};
use globset::{Glob, GlobSet, GlobSetBuilder};

/// A list of globs of which one must match. An empty list matches every name.
#[derive(Debug)]
pub(crate) struct Filter(Option<GlobSet>);

impl Filter {
    /// Compiles `patterns`. Fails if one is malformed or matches none of `names`.
    pub(crate) fn new(what: &str, patterns: &[String], names: &[String]) -> Result<Filter> {
        for pattern in patterns {
            let matcher = glob(what, pattern)?.compile_matcher();
            ensure!(
                names.iter().any(|name| matcher.is_match(name)),
                "{what} {pattern:?} matches nothing; --list shows all names"
            );
        }
        Filter::of_unknown(what, patterns)
    }

    /// Compiles `patterns` of names that are not known yet. Fails if one is malformed.
    pub(crate) fn of_unknown(what: &str, patterns: &[String]) -> Result<Filter> {
        if patterns.is_empty() {
            return Ok(Filter(None));
        }
        let mut set = GlobSetBuilder::new();
        for pattern in patterns {
            set.add(glob(what, pattern)?);
        }
        Ok(Filter(Some(set.build()?)))
    }

    /// Compiles the filter of exactly these names. Fails if there are none.
    pub(crate) fn of_names(names: &[&str]) -> Result<Filter> {
        ensure!(!names.is_empty(), "this suite has no quick cases");
        let names: Vec<String> = names.iter().map(|name| globset::escape(name)).collect();
        Filter::of_unknown("--quick", &names)
    }

    /// Returns whether `name` matches one of the globs.
    pub(crate) fn matches(&self, name: &str) -> bool {
        self.0.as_ref().is_none_or(|set| set.is_match(name))
    }
}

fn glob(what: &str, pattern: &str) -> Result<Glob> {
    Glob::new(pattern).with_context(|| format!("{what} {pattern:?} is not a glob"))
}
