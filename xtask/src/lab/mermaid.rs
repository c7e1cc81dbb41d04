//! The ladder as a Mermaid sequence diagram, which renders where Markdown does.

use textwrap::wrap;

use super::caption::Lang;
use super::cells::{self, Cells};
use super::ladder::{Event, Ladder, Phase};
use crate::record::Side;

/// Columns of a note's text.
const NOTE: usize = 60;

/// Participants: a program and its kernel on each side.
const PROGRAMS: [&str; 2] = ["C", "S"];
const KERNELS: [&str; 2] = ["CK", "SK"];

/// The diagram of `ladder`, with its captions in `lang`.
pub(super) fn draw(ladder: &Ladder, lang: Lang) -> String {
    let [client, .., server] = cells::headings(ladder, lang);
    let kernel = lang.pick("内核", "kernel");
    let mut lines = vec!["sequenceDiagram".to_owned()];
    let participants = [
        ("C", &*client),
        ("CK", kernel),
        ("SK", kernel),
        ("S", &*server),
    ];
    for (id, name) in participants {
        lines.push(format!("participant {id} as {}", escaped(name)));
    }
    for (row, cells) in ladder.rows.iter().zip(cells::all(ladder, lang)) {
        lines.extend(event(&row.event, &cells));
        lines.extend(states(&cells));
        lines.extend(caption(&cells));
    }
    lines.join("\n  ") + "\n"
}

fn event(event: &Event, cells: &Cells) -> Vec<String> {
    match event {
        Event::Call(call) => {
            let n = call.side as usize;
            let (program, kernel, text) = (PROGRAMS[n], KERNELS[n], escaped(&cells.call[n]));
            vec![match call.phase {
                Phase::Returns => format!("{kernel}-->>{program}: {text}"),
                Phase::Enters | Phase::Whole => format!("{program}->>{kernel}: {text}"),
            }]
        }
        Event::Segment(segment) => {
            let [from, to] =
                [segment.from, segment.from.other()].map(|side| KERNELS[side as usize]);
            let head = if segment.has("RST") { "-x" } else { "->>" };
            let texts: Vec<String> = cells.wire.iter().map(|line| escaped(line)).collect();
            vec![format!("{from}{head}{to}: {}", texts.join("<br/>"))]
        }
        Event::Console { side, .. } | Event::Signal { side, .. } | Event::Exit { side, .. } => {
            let n = *side as usize;
            vec![format!(
                "Note over {}: {}",
                PROGRAMS[n],
                escaped(&cells.code[n])
            )]
        }
        Event::OtherClient { .. } => {
            vec![format!(
                "Note over CK,SK: {}",
                escaped(&cells.wire.concat())
            )]
        }
    }
}

fn states(cells: &Cells) -> Vec<String> {
    let changes = Side::BOTH.map(|side| side as usize).into_iter();
    let changes = changes.filter(|&n| !cells.state[n].is_empty());
    let note = |n: usize| format!("Note over {}: {}", KERNELS[n], cells.state[n]);
    changes.map(note).collect()
}

fn caption(cells: &Cells) -> Option<String> {
    let lines = wrap(&cells.caption, NOTE)
        .into_iter()
        .map(|line| escaped(line.trim_end()));
    let text = lines.collect::<Vec<_>>().join("<br/>");
    (!text.is_empty()).then(|| format!("Note over C,S: {text}"))
}

/// What Mermaid would take for its own is an entity, in its own form of one.
fn escaped(text: &str) -> String {
    let escape = |c: char| match c {
        '#' | ';' | '<' | '>' | '"' | '%' | '{' | '}' | '`' | '\\' | '&' | '$' | '*' | '_'
        | '~' => {
            format!("#{};", c as u32)
        }
        c if c.is_control() => '\u{fffd}'.to_string(),
        c => c.to_string(),
    };
    text.chars().map(escape).collect()
}
