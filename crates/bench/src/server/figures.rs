//! The figures of one round, and their medians and ratios over several rounds.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::median::{median, quantile};

/// A quantity that is measured. The order is that of a table's columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Metric {
    /// Number of messages, or of connections, a second.
    Throughput,
    /// Median of the microseconds from a frame to its reply, or from connecting to the end.
    P50,
    P99,
    P999,
    /// Microseconds of the server's CPU time for each message, or connection.
    Cpu,
    /// Number of the server's system calls for each message.
    SystemCalls,
    /// Bytes of the server's PSS for each connection that has sent nothing.
    Idle,
    /// Bytes of the server's PSS for each connection that has sent one frame of 4 KiB.
    IdleAfterFrame,
    /// Milliseconds from exec to listening.
    StartUp,
}

impl Metric {
    pub(crate) fn title(self) -> &'static str {
        match self {
            Metric::Throughput => "per second",
            Metric::P50 => "p50 µs",
            Metric::P99 => "p99 µs",
            Metric::P999 => "p99.9 µs",
            Metric::Cpu => "CPU µs each",
            Metric::SystemCalls => "system calls each",
            Metric::Idle => "bytes each",
            Metric::IdleAfterFrame => "bytes each after a 4 KiB frame",
            Metric::StartUp => "ms to listening",
        }
    }

    /// Returns whether a column shows its ratio to the reference.
    pub(crate) fn is_compared(self) -> bool {
        matches!(
            self,
            Metric::Throughput | Metric::P99 | Metric::Cpu | Metric::StartUp
        )
    }
}

/// The figures of one round.
pub(crate) type Figures = BTreeMap<Metric, f64>;

/// The rounds of one server in one scenario.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Series {
    pub(crate) scenario: String,
    pub(crate) peer: String,
    /// Figures of each round, oldest first; empty if the first round failed.
    pub(crate) rounds: Vec<Figures>,
    /// The error that ended the series early.
    pub(crate) trouble: Option<String>,
    /// A flag that is set if that error fails the benchmark: a wrong reply, or an error of our own server.
    pub(crate) failed: bool,
    /// The error for which its system calls are not counted.
    pub(crate) uncounted: Option<String>,
}

impl Series {
    pub(crate) fn median(&self, metric: Metric) -> Option<f64> {
        median(
            self.rounds
                .iter()
                .filter_map(|round| round.get(&metric).copied()),
        )
    }

    /// Returns the median of the ratios to `other` within each round, in which the machine was equally busy.
    pub(crate) fn proportion(&self, metric: Metric, other: &Series) -> Option<f64> {
        let pairs = self.rounds.iter().zip(&other.rounds);
        median(pairs.filter_map(|(mine, theirs)| Some(mine.get(&metric)? / theirs.get(&metric)?)))
    }
}

/// Returns the throughput and the quantiles of `latencies`, which are nanoseconds in any order.
pub(crate) fn of_latencies(each: f64, latencies: &mut [u32]) -> Figures {
    let mut microseconds =
        |q| quantile(latencies, q).map_or(f64::NAN, |nanos| f64::from(nanos) / 1e3);
    Figures::from([
        (Metric::Throughput, each),
        (Metric::P50, microseconds(0.5)),
        (Metric::P99, microseconds(0.99)),
        (Metric::P999, microseconds(0.999)),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proportion_is_taken_within_rounds() {
        let cell = |values: [f64; 3]| Series {
            rounds: values
                .map(|value| Figures::from([(Metric::Cpu, value)]))
                .into(),
            ..Series::default()
        };
        let proportion = cell([2.0, 20.0, 3.0]).proportion(Metric::Cpu, &cell([1.0, 10.0, 3.0]));
        assert_eq!(proportion, Some(2.0));
    }
}
