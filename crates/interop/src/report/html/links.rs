//! Links to the recordings of a page, and the names that they show.

use maud::{Markup, html};

use crate::case_result::CaseResult;
use crate::task::Task;
use crate::verdict::Verdict;

/// Returns the two programs of a recording: `java-17 → rust`.
pub(super) fn pairing(task: &Task<'_>) -> String {
    format!("{} → {}", task.client_name(), task.server_name())
}

/// Returns a case's name as a link to the recording. A repeated recording that is not shown leads to the first.
pub(super) fn to_recording(result: &CaseResult<'_>) -> Markup {
    let shown = Task {
        repetition: match is_shown(result) {
            true => result.task.repetition,
            false => 1,
        },
        ..result.task.clone()
    };
    html! { a href={ "#" (anchor(&shown)) } { (result.task.case.name) } }
}

/// Returns the fragment of a recording: `exchange/ascii/java-17__rust`.
pub(super) fn anchor(task: &Task<'_>) -> String {
    let repetition = if task.repetition > 1 {
        format!("/{}", task.repetition)
    } else {
        String::new()
    };
    format!("{}/{}{repetition}", task.case.name, task.pairing())
}

/// Returns whether a recording has a section of its own. Repeated recordings that are the same as the original
/// are only counted.
pub(super) fn is_shown(result: &CaseResult<'_>) -> bool {
    result.task.repetition == 1 || result.judgement.verdict != Verdict::Same
}
