//! Draws the ladder as a Mermaid sequence diagram, which Markdown viewers render.

use crate::wrap::wrap;

use crate::beside::{Mark, align};
use crate::call::Phase;
use crate::ladder::{Event, Ladder};
use crate::lang::Lang;
use crate::row_text::{self, RowText};
use recorder::Side;

/// Number of columns of a note's text.
const NOTE: usize = 60;

/// Returns the diagram of `ladder`, with its captions in `lang`.
pub fn draw(ladder: &Ladder, lang: Lang) -> String {
    let run = Run::new(ladder, lang, "");
    let mut lines = vec!["sequenceDiagram".to_owned()];
    lines.extend(run.participants());
    lines.extend((0..ladder.rows.len()).flat_map(|row| run.row(row, Mark::Same)));
    lines.join("\n  ") + "\n"
}

/// Returns both ladders in one diagram, each with its own participants, with the differences marked.
pub fn side_by_side(left: &Ladder, right: &Ladder, lang: Lang) -> String {
    let runs = [Run::new(left, lang, "1"), Run::new(right, lang, "2")];
    let mut lines = vec!["sequenceDiagram".to_owned()];
    for run in &runs {
        lines.push(format!(
            "box transparent {}",
            escaped(&row_text::title(run.ladder, lang))
        ));
        lines.extend(run.participants());
        lines.push("end".to_owned());
    }
    for pair in align(left, right) {
        for (run, row) in runs.iter().zip([pair.left, pair.right]) {
            lines.extend(row.into_iter().flat_map(|row| run.row(row, pair.mark)));
        }
    }
    lines.join("\n  ") + "\n"
}

/// A run and its participants: a program and its kernel on each side.
struct Run<'a> {
    ladder: &'a Ladder,
    lang: Lang,
    cells: Vec<RowText>,
    programs: [String; 2],
    kernels: [String; 2],
}

impl Run<'_> {
    /// Returns the run, with `suffix` at the end of its participants' names.
    fn new<'a>(ladder: &'a Ladder, lang: Lang, suffix: &str) -> Run<'a> {
        Run {
            ladder,
            lang,
            cells: row_text::all(ladder, lang),
            programs: ["C", "S"].map(|name| format!("{name}{suffix}")),
            kernels: ["CK", "SK"].map(|name| format!("{name}{suffix}")),
        }
    }

    fn participants(&self) -> Vec<String> {
        let [client, .., server] = row_text::headings(self.ladder, self.lang);
        let kernel = self.lang.pick("内核", "kernel");
        let named = [
            (&self.programs[0], &*client),
            (&self.kernels[0], kernel),
            (&self.kernels[1], kernel),
            (&self.programs[1], &*server),
        ];
        let line = |(id, name): (&String, &str)| format!("participant {id} as {}", escaped(name));
        named.map(line).into()
    }

    fn row(&self, row: usize, mark: Mark) -> Vec<String> {
        let cells = &self.cells[row];
        let event = self.event(&self.ladder.rows[row].event, cells, mark);
        let lines = [event].into_iter().chain(self.states(cells));
        lines.chain(self.caption(cells)).collect()
    }

    fn event(&self, event: &Event, cells: &RowText, mark: Mark) -> String {
        let text = |lines: &[String]| {
            let lines = lines.iter().filter(|line| !line.is_empty());
            let text = lines
                .map(|line| escaped(line))
                .collect::<Vec<_>>()
                .join("<br/>");
            format!("{} {text}", mark.sign()).trim_start().to_owned()
        };
        match event {
            Event::Call(call) => {
                let n = call.side as usize;
                let (program, kernel) = (&self.programs[n], &self.kernels[n]);
                let text = text(&[cells.code[n].clone(), cells.call[n].clone()]);
                match call.phase {
                    Phase::Returns => format!("{kernel}-->>{program}: {text}"),
                    Phase::Enters | Phase::Whole => format!("{program}->>{kernel}: {text}"),
                }
            }
            Event::Segment(segment) => {
                let [from, to] =
                    [segment.from, segment.from.other()].map(|side| &self.kernels[side as usize]);
                let head = if segment.has("RST") { "-x" } else { "->>" };
                format!("{from}{head}{to}: {}", text(&cells.wire))
            }
            Event::Console { side, .. } | Event::Signal { side, .. } | Event::Exit { side, .. } => {
                let n = *side as usize;
                let text = text(&cells.code[n..=n]);
                format!("Note over {}: {text}", self.programs[n])
            }
            Event::OtherClient { .. } => {
                let [client, server] = &self.kernels;
                format!("Note over {client},{server}: {}", text(&cells.wire))
            }
        }
    }

    fn states(&self, cells: &RowText) -> Vec<String> {
        let changes = Side::BOTH.map(|side| side as usize).into_iter();
        let changes = changes.filter(|&n| !cells.state[n].is_empty());
        let note = |n: usize| format!("Note over {}: {}", self.kernels[n], cells.state[n]);
        changes.map(note).collect()
    }

    fn caption(&self, cells: &RowText) -> Option<String> {
        let lines = wrap(&cells.caption, NOTE).into_iter();
        let text = lines
            .map(|line| escaped(&line))
            .collect::<Vec<_>>()
            .join("<br/>");
        let [client, server] = &self.programs;
        (!text.is_empty()).then(|| format!("Note over {client},{server}: {text}"))
    }
}

/// Escapes the characters that have a meaning in Mermaid, as its own entities.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::saved::seeds;

    #[test]
    fn two_runs_have_participants_of_their_own_and_all_their_rows() {
        let [left, right] = seeds();
        let diagram = side_by_side(&left, &right, Lang::En);
        let happens = |run: &str| {
            let arrows = ["->>", "-->>", "-x"];
            let of_run = |line: &&str| {
                let (from, _) = line.trim().split_once('-').unwrap_or_default();
                from.ends_with(run) && arrows.iter().any(|arrow| line.contains(arrow))
            };
            diagram.lines().filter(of_run).count()
        };
        let arrows = |ladder: &Ladder| ladder.calls().count() + ladder.segments().count();
        assert_eq!(
            [happens("1"), happens("2")],
            [arrows(&left), arrows(&right)]
        );
        assert!(
            diagram.contains(": ≠ ") && diagram.contains(": ! "),
            "{diagram}"
        );
    }
}
