//! The lines of one JDK on standard output, and its progress on standard error.

use std::time::Instant;

use anyhow::Result;
use interop::programs::jdk::Jdk;
use interop::progress::Progress;

use crate::oracle::comparison::Comparison;

/// Prints one JDK's comparisons as they end, and counts those with a mismatch.
pub(crate) struct Printer<'a> {
    jdk: &'a Jdk,
    pub(crate) mismatches: usize,
}

impl<'a> Printer<'a> {
    pub(crate) fn new(jdk: &'a Jdk) -> Self {
        println!("{} ({} {})", jdk.name, jdk.vendor, jdk.version);
        Self { jdk, mismatches: 0 }
    }

    /// Runs one comparison and prints its line; `compare` is given a function that shows its progress.
    pub(crate) fn phase(
        &mut self,
        name: &str,
        compare: impl FnOnce(&dyn Fn(u64)) -> Result<Comparison>,
    ) -> Result<()> {
        let begun = Instant::now();
        let what = format!("{}: {name}", self.jdk.name);
        let comparison = Progress::of(&what, 0, |progress| {
            compare(&|asked| progress.step(grouped(asked)))
        })?;
        println!(
            "  {name:<26} {:>12} asked  {:>12} accepted  {} mismatches  {:>6.1} s",
            grouped(comparison.asked),
            grouped(comparison.accepted),
            usize::from(comparison.mismatch.is_some()),
            begun.elapsed().as_secs_f64()
        );
        if let Some(mismatch) = comparison.mismatch {
            println!("{mismatch}");
            self.mismatches += 1;
        }
        Ok(())
    }
}

/// Returns a number such as `16,843,009`.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let groups: Vec<&str> = digits
        .as_bytes()
        .rchunks(3)
        .rev()
        .map(|group| std::str::from_utf8(group).unwrap_or_default())
        .collect();
    groups.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_numbers_are_grouped_by_thousands() {
        for (number, expected) in [(0, "0"), (999, "999"), (16_843_009, "16,843,009")] {
            assert_eq!(grouped(number), expected);
        }
    }
}
