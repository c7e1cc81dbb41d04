//! The outcome of an attack: withstood, failed, or could not run.

use std::collections::BTreeMap;
use std::fmt;

use anyhow::Error;

/// Numbers that an attack counted, by a name that can stand behind the number: `3 clients`.
pub(crate) type Counts = BTreeMap<&'static str, u64>;

#[derive(Debug)]
pub(crate) enum Outcome {
    /// The server kept every bound; the text has the counts and measurements.
    Withstood(String),
    Failed(Error),
    /// This system lacks something that the attack needs; the text says what.
    CouldNotRun(String),
}

/// An error about something that this system lacks and the attack needs, which is no fault of the server.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct CannotRun(pub(crate) String);

impl Outcome {
    /// Returns the outcome that belongs to `result`.
    pub(crate) fn of(result: Result<String, Error>) -> Outcome {
        match result {
            Ok(found) => Outcome::Withstood(found),
            Err(error) => match error.downcast_ref() {
                Some(CannotRun(reason)) => Outcome::CouldNotRun(reason.clone()),
                None => Outcome::Failed(error),
            },
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Outcome::Withstood(found) => write!(f, "withstood: {found}"),
            Outcome::Failed(error) => write!(f, "FAILED: {error:#}"),
            Outcome::CouldNotRun(reason) => write!(f, "COULD NOT RUN: {reason}"),
        }
    }
}

/// Returns all counts as text, as `3 clients, 7 messages`.
pub(crate) fn listed(counts: &Counts) -> String {
    let counted = |(what, count): (&&str, &u64)| format!("{count} {what}");
    counts.iter().map(counted).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use anyhow::Context;

    use super::*;

    #[test]
    fn what_the_system_lacks_is_no_failure_also_behind_a_context() {
        let unable: Result<String, Error> = Err(CannotRun("no strace".into()).into());
        let outcome = Outcome::of(unable.context("wave 1"));
        assert_eq!(outcome.to_string(), "COULD NOT RUN: no strace");
        let failed = Outcome::of(Err(anyhow::anyhow!("no reply")));
        assert_eq!(failed.to_string(), "FAILED: no reply");
    }
}
