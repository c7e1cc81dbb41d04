//! What the codec has to reach, and whether it did.

use serde::Serialize;

use super::cell::{Cell, LONGEST, Script, Task, Workload};
use super::peer::{OF_PLAIN_UTF8, REFERENCE, SUBJECT};

/// What became of a target in this run.
#[derive(Debug, Serialize)]
pub(crate) struct Verdict {
    pub(crate) what: String,
    pub(crate) measured: Option<f64>,
    pub(crate) reached: bool,
}

/// The least share of memcpy's speed at the longest body.
const SHARES: [(Task, Script, f64); 8] = [
    (Task::Decode, Script::Ascii, 1.5),
    (Task::Decode, Script::Latin, 0.5),
    (Task::Decode, Script::Chinese, 0.5),
    (Task::Decode, Script::Emoji, 0.1),
    (Task::Decode, Script::Mixed, 0.1),
    (Task::Encode, Script::Ascii, 0.7),
    (Task::Encode, Script::Latin, 0.7),
    (Task::Encode, Script::Chinese, 0.7),
];

/// Judges the targets that speak of cells of this run.
pub(crate) fn judge(cells: &[Cell]) -> Vec<Verdict> {
    let mut verdicts = Vec::new();
    for (task, script, least) in SHARES {
        let what = format!("at least {least} of {REFERENCE}'s speed");
        verdicts.extend(verdict(
            cells,
            task,
            Workload::Made(script, LONGEST),
            REFERENCE,
            what,
            least,
        ));
    }
    for task in [Task::Decode, Task::Encode] {
        let what = "faster than simd_cesu8".into();
        verdicts.extend(verdict(
            cells,
            task,
            Workload::ClassFiles,
            "simd_cesu8",
            what,
            1.0,
        ));
        for script in [Script::Latin, Script::Chinese, Script::Emoji, Script::Mixed] {
            let workload = Workload::Made(script, LONGEST);
            let jvm = cells
                .iter()
                .flat_map(|cell| &cell.peers)
                .find(|f| f.peer.starts_with("java-"));
            let Some(jvm) = jvm else { continue };
            let what = format!("at least 20 times {}'s speed", jvm.peer);
            verdicts.extend(verdict(cells, task, workload, &jvm.peer, what, 20.0));
        }
    }
    let decoded = cells.iter().filter(|cell| cell.task == Task::Decode);
    verdicts.extend(decoded.filter_map(ahead));
    verdicts
}

fn verdict(
    cells: &[Cell],
    task: Task,
    workload: Workload,
    other: &str,
    what: String,
    least: f64,
) -> Option<Verdict> {
    let cell = cells
        .iter()
        .find(|cell| (cell.task, cell.workload) == (task, workload))?;
    let measured = cell.speed(SUBJECT, other)?;
    Some(Verdict {
        what: format!("{task}/{workload}: {what}"),
        measured: Some(measured),
        reached: measured >= least,
    })
}

/// Whether no crate that gets the cell right is faster.
fn ahead(cell: &Cell) -> Option<Verdict> {
    let is_rival = |peer: &str| {
        peer != SUBJECT
            && peer != REFERENCE
            && !OF_PLAIN_UTF8.contains(&peer)
            && !peer.starts_with("java-")
    };
    let rivals = cell
        .peers
        .iter()
        .filter(|f| f.wrong == 0 && is_rival(&f.peer));
    let speeds = rivals.filter_map(|rival| Some((cell.speed(SUBJECT, &rival.peer)?, &rival.peer)));
    let (measured, best) = speeds.min_by(|(a, _), (b, _)| a.total_cmp(b))?;
    Some(Verdict {
        what: format!(
            "{}/{}: ahead of the fastest crate, {best}",
            cell.task, cell.workload
        ),
        measured: Some(measured),
        reached: measured > 1.0,
    })
}
