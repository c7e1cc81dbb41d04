//! The section of each case: the originals' observations, and each other recording beside them.

use maud::{Markup, html};

use super::links::{anchor, is_shown, pairing};
use super::marks::mark;
use super::{conversation, observed};
use crate::attempt::Attempt;
use crate::case_result::CaseResult;
use crate::channel::{Channel, Observed};
use crate::oracle::Oracle;
use crate::summary::Summary;
use crate::verdict::{Judged, Verdict};
use ladder::Dissector;
use ladder::visible::visible;
use recorder::Side;

/// Number of failures whose details are open when the page opens.
const OPEN: usize = 12;

/// Number of bytes of standard error that are shown.
const ERROR: usize = 600;

/// Returns the sections of all cases.
pub(super) fn section(summary: &Summary<'_>, evidence: &str) -> Markup {
    let open: Vec<String> = summary
        .failed
        .iter()
        .take(OPEN)
        .map(|result| anchor(&result.task))
        .collect();
    html! {
        section id="cases" {
            h2 { "Cases" }
            @for (case, oracle) in &summary.run.oracles {
                @let of_case: Vec<_> = summary.run.results.iter().filter(|result| result.task.case.name == case.name).collect();
                @let context = Context { oracle, original: original(&of_case), evidence, dissector: summary.run.dissector };
                section.case id=(case.name) {
                    h3 { (case.name) }
                    p.about { (case.about) }
                    div.recordings {
                        (java(&context))
                        @let (same, separate): (Vec<_>, Vec<_>) = of_case.iter().filter(|result| is_shown(result)).partition(|result| is_like_another(result));
                        @for result in separate {
                            (recording(result, &context, times(result, &of_case), open.contains(&anchor(&result.task))))
                        }
                        (list(&same, &of_case, evidence))
                    }
                }
            }
        }
    }
}

/// Returns whether a recording adds nothing to one that is shown.
///
/// Of recordings that are the same as the originals', the page shows the originals' once, in a part of their own, and each
/// other peer's with itself.
fn is_like_another(result: &CaseResult<'_>) -> bool {
    let task = &result.task;
    let mut players = [task.client, task.server].into_iter().flatten();
    let first = players.next();
    let alone = players.all(|other| first.is_some_and(|first| first.name == other.name));
    result.judgement.verdict == Verdict::Same && (task.is_original() || !alone)
}

fn times(result: &CaseResult<'_>, of_case: &[&CaseResult<'_>]) -> usize {
    let pairing = result.task.pairing();
    let repetitions = of_case
        .iter()
        .filter(|other| other.task.pairing() == pairing);
    repetitions.count()
}

/// Returns the list of recordings that are the same as the originals', with links to their evidence.
fn list(same: &[&CaseResult<'_>], of_case: &[&CaseResult<'_>], evidence: &str) -> Markup {
    html! {
        @if !same.is_empty() {
            p.label { (mark(Verdict::Same)) "The same as the originals on every channel, with links to the evidence:" }
            ul.alike {
                @for result in same {
                    @let times = times(result, of_case);
                    li id=(anchor(&result.task)) {
                        a href={ (evidence) (folder(result)) "/" } { (pairing(&result.task)) }
                        @if times > 1 { " ×" (times) }
                    }
                }
            }
        }
    }
}

/// Everything that the recordings of a case are shown with.
struct Context<'a> {
    oracle: &'a Oracle,
    /// A recording of the originals in this case.
    original: Option<&'a CaseResult<'a>>,
    evidence: &'a str,
    dissector: Dissector,
}

fn original<'a>(of_case: &[&'a CaseResult<'a>]) -> Option<&'a CaseResult<'a>> {
    let mut recorded = of_case
        .iter()
        .filter(|result| result.attempt.recording().is_some());
    recorded.find(|result| result.task.is_original()).copied()
}

/// Returns the observations of the originals on every channel.
fn java(context: &Context<'_>) -> Markup {
    let Context {
        oracle, original, ..
    } = context;
    html! {
        details.java {
            summary { "Originals" @if oracle.varied().next().is_some() { " " i { "varied" } } }
            div.body {
                dl {
                    @for &channel in Channel::ALL {
                        @let seen: Vec<_> = oracle.seen(channel).filter(|(seen, _)| **seen != Observed::Absent).collect();
                        @if !seen.is_empty() {
                            dt { (channel.name()) }
                            @for (value, times) in &seen {
                                dd {
                                    @if seen.len() > 1 { span.times { (times) "×" } " " }
                                    (observed::value(context.dissector, channel, value, None))
                                }
                            }
                        }
                    }
                }
                @if let Some(result) = original {
                    (errors(result))
                    (conversation::tables(&[result], context.dissector))
                }
            }
        }
    }
}

fn recording(result: &CaseResult<'_>, context: &Context<'_>, times: usize, open: bool) -> Markup {
    let (task, verdict) = (&result.task, result.judgement.verdict);
    let same = verdict == Verdict::Same;
    html! {
        details id=(anchor(task)) class=(verdict.name()) open[open] {
            summary {
                (mark(verdict)) (pairing(task))
                @if task.repetition > 1 { " run " (task.repetition) } @else if times > 1 { " ×" (times) }
            }
            div.body {
                @if let Some(error) = &result.judgement.error { p.error { (visible(error)) } }
                @if same { p { "The same as the originals on every channel." } }
                @else if !result.judgement.channels.is_empty() { (comparison(result, context)) }
                (errors(result))
                @match context.original {
                    Some(original) if !same => (conversation::tables(&[original, result], context.dissector)),
                    _ => (conversation::tables(&[result], context.dissector)),
                }
                @if !matches!(result.attempt, Attempt::Skipped(_)) { (links(result, context.evidence)) }
            }
        }
    }
}

/// Returns the table of channels, with the original's observation beside the candidate's if they differ.
fn comparison(result: &CaseResult<'_>, context: &Context<'_>) -> Markup {
    html! {
        table.beside {
            thead { tr { th scope="col" { "Channel" } th scope="col" { "Original" } th scope="col" { (pairing(&result.task)) } } }
            tbody {
                @for (channel, judged) in &result.judgement.channels { (beside(*channel, judged, context)) }
            }
        }
    }
}

fn beside(channel: Channel, judged: &Judged, context: &Context<'_>) -> Markup {
    let here = &judged.observed;
    let Some(verdict) = judged.verdict.filter(|verdict| *verdict != Verdict::Same) else {
        return html! {
            tr.same {
                th scope="row" { (channel.name()) }
                td colspan="2" data-label="both" { (observed::value(context.dissector, channel, here, None)) }
            }
        };
    };
    let java = context.oracle.seen(channel).map(|(seen, _)| seen);
    let nearest = java.max_by_key(|seen| observed::difference(seen, here));
    let at = nearest.and_then(|seen| observed::difference(seen, here));
    html! {
        tr class=(verdict.name()) {
            th scope="row" { (mark(verdict)) (channel.name()) @if let Some(at) = at { small { " from byte " (at) } } }
            td data-label="Original" { @if let Some(java) = nearest { (observed::value(context.dissector, channel, java, at)) } }
            td data-label="here" {
                (observed::value(context.dissector, channel, here, at))
                @if let Some(declared) = judged.declared { p.reason { (declared.reason) } }
            }
        }
    }
}

/// Returns the beginning of each program's standard error, which is not judged.
fn errors(result: &CaseResult<'_>) -> Markup {
    let played = |side| result.attempt.recording()?.played(side);
    html! {
        @for side in Side::BOTH {
            @if let Some(played) = played(side).filter(|played| !played.stderr.is_empty()) {
                @let bytes: Vec<u8> = played.stderr.iter().flat_map(|chunk| &chunk.bytes).copied().take(ERROR).collect();
                p.label { (side.name()) ".stderr " small { "not judged" } }
                pre { (visible(&String::from_utf8_lossy(&bytes))) @if bytes.len() == ERROR { "…" } }
            }
        }
    }
}

fn links(result: &CaseResult<'_>, evidence: &str) -> Markup {
    let folder = folder(result);
    let recording = result.attempt.recording();
    let captured = recording.is_some_and(|recording| recording.wire.is_ok());
    html! {
        p.evidence {
            "Evidence: " a href={ (evidence) (folder) "/" } { "folder" }
            @if captured { " · " a href={ (evidence) (folder) "/wire.pcapng" } { "wire.pcapng" } }
            @if recording.is_some() { " · " a href={ (evidence) (folder) "/recording.json" } { "recording.json" } }
        }
    }
}

/// Returns the end of the URL of the evidence. The names of peers and cases need no encoding.
fn folder(result: &CaseResult<'_>) -> String {
    let folder = result.task.folder(std::path::Path::new(""));
    folder.to_string_lossy().replace('\\', "/")
}
