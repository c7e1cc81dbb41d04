//! The sections about a run as a whole: declared differences, mutants, warnings, environment.

use maud::{Markup, html};

use super::links::{pairing, to_recording};
use super::marks::mark;
use crate::declared::{Against, Declared};
use crate::mutant::MutantResult;
use crate::summary::Summary;
use crate::verdict::Verdict;
use ladder::visible::visible;
use recorder::Isolation;

/// Returns the section of declared differences and unsupported cases.
pub(super) fn declared(summary: &Summary<'_>) -> Markup {
    html! {
        section id="declared" {
            h2 { "Declared differences" }
            @if summary.run.declarations.is_empty() { p { "There are none: every program must do exactly what the originals do." } }
            @else {
                p { "These programs differ from the originals on purpose. A declared difference that does not occur is a failure." }
                div.wide {
                    table.purposes {
                        thead {
                            tr {
                                th scope="col" { "Program" } th scope="col" { "Reason" } th scope="col" { "Channel, cases and count" }
                            }
                        }
                        tbody { @for group in groups(summary.run.declarations) { (reason(summary, &group)) } }
                    }
                }
            }
            (unsupported(summary))
        }
    }
}

/// Groups the entries that have the same peer and the same reason, in the order of the list.
fn groups(declarations: &'static [Declared]) -> Vec<Vec<&'static Declared>> {
    let mut groups: Vec<Vec<&Declared>> = Vec::new();
    for entry in declarations {
        let key = |entry: &Declared| (entry.peer, entry.side, entry.against, entry.reason);
        match groups.iter_mut().find(|group| key(group[0]) == key(entry)) {
            Some(group) => group.push(entry),
            None => groups.push(vec![entry]),
        }
    }
    groups
}

fn reason(summary: &Summary<'_>, group: &[&'static Declared]) -> Markup {
    let first = group[0];
    html! {
        tr {
            th scope="row" { (first.peer) " " (first.side.name()) @if first.against != Against::Anyone { " against " (first.against.name()) } }
            td { (first.reason) }
            td.globs { @for entry in group { p { (place(summary, entry)) } } }
        }
    }
}

fn place(summary: &Summary<'_>, entry: &'static Declared) -> Markup {
    let channels = summary
        .run
        .results
        .iter()
        .flat_map(|result| result.judgement.channels.values());
    let shown = channels.filter(|judged| {
        judged.verdict == Some(Verdict::Declared)
            && judged
                .declared
                .is_some_and(|declared| std::ptr::eq(declared, entry))
    });
    let stale = summary
        .run
        .stale
        .iter()
        .any(|stale| std::ptr::eq(*stale, entry));
    html! {
        b { (entry.channel.name()) } " in " (entry.cases.join(" ")) ": " (shown.count()) "×"
        @if stale { " " strong { (mark(Verdict::Different)) "stale" } }
    }
}

fn unsupported(summary: &Summary<'_>) -> Markup {
    let reasons = &summary.unsupported;
    html! {
        @if !reasons.is_empty() {
            h3 { "Unsupported" }
            ul { @for (reason, n) in reasons { li { (n) "× " (visible(reason)) } } }
        }
    }
}

/// Returns the section of the test of the harness itself.
pub(super) fn mutants(summary: &Summary<'_>) -> Markup {
    let Some(findings) = &summary.run.mutants else {
        return html! {};
    };
    html! {
        section id="mutants" {
            h2 { "Mutants" }
            p { (findings.count(Verdict::Same)) " of " (findings.mutants.len()) " mutants were caught on the channel that they break." }
            div.wide {
                table {
                    thead {
                        tr {
                            th scope="col" { "Mutant" } th scope="col" { "Defect" }
                            th scope="col" { "Channel" } th scope="col" { "Caught by" }
                        }
                    }
                    tbody { @for mutant in &findings.mutants { (killed(mutant)) } }
                }
            }
        }
    }
}

fn killed(mutant: &MutantResult) -> Markup {
    let verdict = mutant.verdict();
    html! {
        tr class=(verdict.name()) {
            th scope="row" { (mark(verdict)) (mutant.name) }
            td { (mutant.about) }
            td { (mutant.breaks.name()) }
            td {
                @match (mutant.caught_by.as_slice(), &mutant.error) {
                    ([], None) => "no case: it survives",
                    ([], Some(reason)) => { "could not run: " (visible(reason)) },
                    ([case], _) => (case),
                    ([case, others @ ..], _) => { (case) " and " (others.len()) " more" },
                }
            }
        }
    }
}

/// Returns the section of warnings.
pub(super) fn warnings(summary: &Summary<'_>) -> Markup {
    let warnings = crate::report::warnings::of(summary);
    html! {
        @if !warnings.is_empty() {
            section id="warnings" {
                h2 { "Warnings" }
                ul { @for warning in warnings { li { (visible(&warning)) } } }
            }
        }
    }
}

/// Returns the section of recordings that may be too slow on another machine.
pub(super) fn near_deadline(summary: &Summary<'_>) -> Markup {
    let near = &summary.near_deadline;
    html! {
        @if !near.is_empty() {
            section id="near-deadline" {
                h2 { "Near their deadline" }
                p { "These recordings took more than half of their " (summary.run.deadline.as_secs()) " s." }
                div.wide {
                    table {
                        thead { tr { th scope="col" { "Case" } th scope="col" { "Client → server" } th scope="col" { "Took" } } }
                        tbody {
                            @for (result, took) in near {
                                tr {
                                    th scope="row" { (to_recording(result)) }
                                    td { (pairing(&result.task)) }
                                    td { (format!("{:.1} s", took.as_secs_f64())) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Returns the section of the machine, the sources and the programs.
pub(super) fn environment(summary: &Summary<'_>) -> Markup {
    let here = &summary.run.environment;
    let isolation = match summary.run.isolation {
        Isolation::Namespace => "each recording in a network namespace of its own",
        Isolation::None => "this machine’s own port, one recording at a time",
    };
    html! {
        section id="environment" {
            h2 { "Environment" }
            dl.facts {
                dt { "Began" } dd { time datetime=(here.started) { (here.started) } ", took " (format!("{:.1}", summary.run.took.as_secs_f64())) " s" }
                dt { "Commit" } dd { code { (here.commit.as_deref().unwrap_or("unknown")) } }
                dt { "Order" } dd { code { "--seed " (here.seed) } }
                dt { "System" } dd { (here.os) ", " (here.kernel) ", " (here.architecture) ", " (here.cores) " cores" }
                dt { "Network" } dd { (isolation) }
                dt { "JVM options" } dd { code { (here.jvm_options.join(" ")) @if here.jvm_options.is_empty() { "none" } } }
                @for jdk in summary.run.jdks { dt { (jdk.name) } dd { (jdk.vendor) " " (jdk.version) } }
                @for peer in summary.run.peers.iter().filter(|peer| !peer.is_original) {
                    dt { (peer.name) }
                    @for program in [&peer.client, &peer.server].into_iter().flatten() {
                        dd { code { (visible(&program.command.join(" "))) } }
                    }
                }
            }
        }
    }
}
