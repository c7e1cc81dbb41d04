//! The ladder of a recording: its packets, with the consoles and the TCP states beside them.

use maud::{Markup, html};

use crate::case_result::CaseResult;
use ladder::row_text::{self, RowText};
use ladder::segment::ShownSegment;
use ladder::visible::visible;
use ladder::{Dissector, Event, Lang, Player, from_recording};
use recorder::{Recording, Side};

/// Number of rows that are shown.
const ROWS: usize = 60;

/// Returns the ladders of `shown`, beside each other if the page is wide enough.
pub(super) fn tables(shown: &[&CaseResult<'_>], dissector: Dissector) -> Markup {
    html! {
        div.ladders {
            @for result in shown {
                @if let Some(recording) = result.attempt.recording() {
                    (table(recording, result.task.client_name(), result.task.server_name(), dissector))
                }
            }
        }
    }
}

/// Returns the ladder of `recording`, or the reason why no packets were captured.
fn table(recording: &Recording, client: &str, server: &str, dissector: Dissector) -> Markup {
    if let Err(reason) = &recording.wire {
        return html! { p.note { (visible(reason)) } };
    }
    let player = |name: &str| Player {
        name: name.into(),
        source: None,
    };
    let ladder = from_recording(recording, player(client), player(server), dissector);
    let cells = row_text::all(&ladder, Lang::En);
    let more = cells.len().saturating_sub(ROWS);
    html! {
        table.ladder {
            thead { tr { th scope="col" { "ms" } th scope="col" { (client) } th scope="col" { "wire" } th scope="col" { (server) } } }
            tbody {
                @for (row, cells) in ladder.rows.iter().zip(&cells).take(ROWS) { (self::row(&row.event, cells)) }
                @if more > 0 { tr { td {} td colspan="3" { "… " (more) " rows more in the evidence" } } }
            }
        }
    }
}

fn row(event: &Event, cells: &RowText) -> Markup {
    let side = |side: Side| {
        let n = side as usize;
        html! {
            td {
                @if !cells.code[n].is_empty() { code { (visible(&cells.code[n])) } " " }
                @if !cells.state[n].is_empty() { small { (cells.state[n]) } }
            }
        }
    };
    html! {
        tr {
            td { (cells.time.trim_end_matches(" ms")) }
            (side(Side::Client))
            @match event {
                Event::Segment(segment) => (arrow(segment, cells)),
                _ => td { (visible(&cells.wire.join(" "))) },
            }
            (side(Side::Server))
        }
    }
}

fn arrow(segment: &ShownSegment, cells: &RowText) -> Markup {
    let flags = cells.wire.first().map_or("", String::as_str);
    let payload = (segment.length > 0).then(|| cells.wire.last()).flatten();
    html! {
        td class=(segment.kind()) {
            @match segment.from {
                Side::Client => b { (flags) " →" },
                Side::Server => i { "← " (flags) },
            }
            @if let Some(payload) = payload { code { (visible(payload)) } }
        }
    }
}
