//! The part of a suite that `--quick` leaves out.

use std::fmt::{self, Display};

use crate::programs::jdk::Jdk;

/// The part of a suite that `--quick` leaves out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LeftOut {
    /// Number of cases.
    cases: usize,
    /// Names of the JDKs.
    jdks: Vec<String>,
}

impl LeftOut {
    /// Returns what a run without so many cases and without `jdks` leaves out.
    pub(crate) fn by_quick(cases: usize, jdks: &[Jdk]) -> LeftOut {
        LeftOut {
            cases,
            jdks: jdks.iter().map(|jdk| jdk.name.clone()).collect(),
        }
    }
}

impl Display for LeftOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "--quick leaves out {} cases", self.cases)?;
        if !self.jdks.is_empty() {
            write!(f, " and {}", self.jdks.join(", "))?;
        }
        write!(f, "; a run without it records all")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example;

    #[test]
    fn cases_and_jdks_that_are_left_out_are_told() {
        assert_eq!(
            LeftOut::by_quick(250, &[]).to_string(),
            "--quick leaves out 250 cases; a run without it records all"
        );
        let run = example::run();
        assert_eq!(
            LeftOut::by_quick(250, run.jdks).to_string(),
            "--quick leaves out 250 cases and java-17; a run without it records all"
        );
    }
}
