//! The matrix of clients and servers, and the list of cases behind each of its cells.

use std::collections::BTreeMap;

use maud::{Markup, html};

use super::links::{anchor, is_shown};
use super::marks::mark;
use crate::case_result::CaseResult;
use crate::summary::Summary;
use crate::summary::VerdictCounts;
use crate::verdict::Verdict;

/// Returns the matrix: a row for each client, a column for each server. Each cell links to its pairing.
pub(super) fn section(summary: &Summary<'_>) -> Markup {
    let matrix = &summary.matrix;
    let [clients, servers] = summary.axes();
    html! {
        section id="matrix" {
            h2 { "Matrix" }
            div.wide {
                table.matrix {
                    caption { "Recordings of each client with each server" }
                    thead {
                        tr {
                            td { span.axis { "client ↓" } " " span.axis { "server →" } }
                            @for server in &servers { th scope="col" { (server) } }
                        }
                    }
                    tbody {
                        @for client in clients {
                            tr {
                                th scope="row" { (client) }
                                @for server in &servers { (cell(client, server, matrix.get(&(client, *server)))) }
                            }
                        }
                    }
                }
            }
            p.note { "A " i { "script" } " plays one side against a real program; " i { "none" } " is a side that the case leaves empty." }
        }
    }
}

fn cell(client: &str, server: &str, cell: Option<&VerdictCounts>) -> Markup {
    let Some(cell) = cell else {
        return html! { td.nobody { "·" } };
    };
    let worst = cell.keys().max().copied().unwrap_or(Verdict::Error);
    html! {
        td class=(worst.name()) {
            a href={ "#" (client) "__" (server) } {
                @for (verdict, n) in cell.iter().rev() {
                    span { (mark(*verdict)) (n) span.word { " " (verdict.name()) } } " "
                }
            }
        }
    }
}

/// Returns the section of each pairing, with its cases by group.
pub(super) fn pairings(summary: &Summary<'_>) -> Markup {
    html! {
        section id="pairings" {
            h2 { "Pairings" }
            @for ((client, server), cell) in &summary.matrix {
                (pairing(summary, client, server, cell))
            }
        }
    }
}

fn pairing(summary: &Summary<'_>, client: &str, server: &str, cell: &VerdictCounts) -> Markup {
    let mut axes: BTreeMap<&str, Vec<&CaseResult<'_>>> = BTreeMap::new();
    let of_pairing = summary.run.results.iter().filter(|result| {
        let task = &result.task;
        task.client_name() == client && task.server_name() == server
    });
    for result in of_pairing.filter(|result| is_shown(result)) {
        let axis = result.task.case.name.split('/').next().unwrap_or_default();
        axes.entry(axis).or_default().push(result);
    }
    html! {
        section id={ (client) "__" (server) } {
            h3 { (client) " → " (server) }
            p.counts {
                @for (verdict, n) in cell.iter().rev() { (mark(*verdict)) (n) " " (verdict.name()) " " }
            }
            @for (axis, results) in axes {
                p.axis-cases {
                    b { (axis) }
                    @for result in results { " " (link(result, axis)) }
                }
            }
        }
    }
}

fn link(result: &CaseResult<'_>, axis: &str) -> Markup {
    let verdict = result.judgement.verdict;
    let name = result.task.case.name.strip_prefix(axis).unwrap_or_default();
    html! {
        a class=(verdict.name()) href={ "#" (anchor(&result.task)) } {
            span.mark aria-hidden="true" { (verdict.mark()) } (name.trim_start_matches('/'))
        }
    }
}
