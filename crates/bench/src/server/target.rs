//! What the server has to reach, and whether it did.

use serde::Serialize;

use super::figures::{Cell, Metric};
use super::peer::{REFERENCE, SUBJECT};

/// A figure, or its proportion to a peer's, with its bound.
struct Target {
    what: &'static str,
    scenario: &'static str,
    metric: Metric,
    peer: &'static str,
    against: Option<&'static str>,
    bound: Bound,
}

#[derive(Clone, Copy)]
enum Bound {
    AtMost(f64),
    AtLeast(f64),
}

use Bound::{AtLeast, AtMost};

const TRANSCRIPT: &str = "hellohi/transcript";
const LAB: &str = "java-17/threads";

const TARGETS: &[Target] = &[
    Target::cpu("load/c64/p1/16", SUBJECT, 1.10),
    Target::cpu("load/c64/p1/4096", SUBJECT, 1.10),
    Target::cpu("load/c1000/p1/16", SUBJECT, 1.10),
    Target::cpu("load/c64/p1/16", TRANSCRIPT, 1.3),
    Target::cpu("load/c64/p16/16", TRANSCRIPT, 1.3),
    Target::alone(
        "system calls each",
        "load/c64/p1/16",
        Metric::SystemCalls,
        2.3,
    ),
    Target::alone(
        "system calls each",
        "load/c64/p16/16",
        Metric::SystemCalls,
        0.2,
    ),
    Target::of("p99", "load/c64/p1/16", Metric::P99, REFERENCE, AtMost(1.1)),
    Target::of(
        "p99",
        "load/c64/p1/4096",
        Metric::P99,
        REFERENCE,
        AtMost(1.1),
    ),
    Target::of(
        "throughput",
        "load/c64/p1/16",
        Metric::Throughput,
        LAB,
        AtLeast(1.8),
    ),
    Target::of(
        "throughput",
        "load/c64/p16/16",
        Metric::Throughput,
        LAB,
        AtLeast(10.0),
    ),
    Target::of(
        "connections a second",
        "accept",
        Metric::Throughput,
        REFERENCE,
        AtLeast(0.95),
    ),
    Target::alone(
        "bytes per idle connection",
        "idle/10000",
        Metric::Idle,
        1200.0,
    ),
    Target::alone(
        "ms from exec to listening",
        "start-up",
        Metric::StartUp,
        2.0,
    ),
];

/// What became of a target in this run.
#[derive(Debug, Serialize)]
pub(crate) struct Verdict {
    pub(crate) what: String,
    pub(crate) scenario: String,
    pub(crate) bound: String,
    /// None where the run did not measure it.
    pub(crate) measured: Option<f64>,
    pub(crate) reached: Option<bool>,
}

/// Judges every target by the cells of a run.
pub(crate) fn judge(cells: &[Cell]) -> Vec<Verdict> {
    let mut verdicts: Vec<Verdict> = TARGETS.iter().map(|target| target.judge(cells)).collect();
    verdicts.extend(cells.iter().filter_map(|cell| ahead_of(cell, cells)));
    verdicts
}

impl Target {
    const fn of(
        what: &'static str,
        scenario: &'static str,
        metric: Metric,
        against: &'static str,
        bound: Bound,
    ) -> Target {
        Target {
            what,
            scenario,
            metric,
            peer: SUBJECT,
            against: Some(against),
            bound,
        }
    }

    const fn cpu(scenario: &'static str, peer: &'static str, most: f64) -> Target {
        let against = Some(REFERENCE);
        let metric = Metric::Cpu;
        Target {
            what: "CPU each",
            scenario,
            metric,
            peer,
            against,
            bound: AtMost(most),
        }
    }

    const fn alone(
        what: &'static str,
        scenario: &'static str,
        metric: Metric,
        most: f64,
    ) -> Target {
        Target {
            what,
            scenario,
            metric,
            peer: SUBJECT,
            against: None,
            bound: AtMost(most),
        }
    }

    fn judge(&self, cells: &[Cell]) -> Verdict {
        let cell = |peer| find(cells, self.scenario, peer);
        let measured = cell(self.peer).and_then(|mine| match self.against {
            Some(other) => mine.proportion(self.metric, cell(other)?),
            None => mine.median(self.metric),
        });
        let of = self
            .against
            .map_or(String::new(), |other| format!(" of {other}'s"));
        let (bound, reached) = match self.bound {
            AtMost(most) => (
                format!("at most {most}{of}"),
                measured.map(|value| value <= most),
            ),
            AtLeast(least) => (
                format!("at least {least}{of}"),
                measured.map(|value| value >= least),
            ),
        };
        Verdict {
            what: format!("{}, {}", self.peer, self.what),
            scenario: self.scenario.into(),
            bound,
            measured,
            reached,
        }
    }
}

/// With its transcript on, it must be ahead of each Java server that prints the same.
fn ahead_of(cell: &Cell, cells: &[Cell]) -> Option<Verdict> {
    let is_rival = cell.peer.starts_with("java") && cell.peer.ends_with("/transcript");
    let mine = find(cells, &cell.scenario, TRANSCRIPT)?;
    let measured = mine.proportion(Metric::Cpu, cell);
    is_rival.then(|| Verdict {
        what: format!("{TRANSCRIPT}, CPU each"),
        scenario: cell.scenario.clone(),
        bound: format!("less than {}'s", cell.peer),
        measured,
        reached: measured.map(|value| value < 1.0),
    })
}

fn find<'c>(cells: &'c [Cell], scenario: &str, peer: &str) -> Option<&'c Cell> {
    cells
        .iter()
        .find(|cell| cell.scenario == scenario && cell.peer == peer)
}
