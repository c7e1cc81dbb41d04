//! Draws the rows of one run in three columns: the client, the wire, the server.

use super::canvas::{Canvas, LETTER, LINE, NARROW, shade, wrapped};
use crate::call::Phase;
use crate::ladder::{Event, Ladder};
use crate::lang::Lang;
use crate::row_text::{self, RowText};
use recorder::Side;

/// Left edges and widths of the columns: the row's number and time, the client's calls, the wire, the server's calls.
const COLUMNS: [(usize, usize); 4] = [(0, 62), (62, 205), (267, 236), (503, 205)];
pub(super) const WIDTH: usize = 708;
/// Height of the columns' headings.
pub(super) const HEAD: usize = 36;

/// A run with its left edge.
pub(super) struct Run<'a> {
    pub(super) ladder: &'a Ladder,
    lang: Lang,
    pub(super) cells: Vec<RowText>,
    x: usize,
}

impl Run<'_> {
    pub(super) fn new(ladder: &Ladder, lang: Lang, x: usize) -> Run<'_> {
        Run {
            ladder,
            lang,
            cells: row_text::all(ladder, lang),
            x,
        }
    }

    pub(super) fn height(&self, row: usize) -> usize {
        let cells = &self.cells[row];
        let aside = Side::BOTH.map(|side| self.aside(row, side));
        let asides = aside
            .iter()
            .map(|parts| parts.iter().map(|(_, lines)| lines.len()).sum());
        let wire = wire(cells).len();
        let arrow = if wire > 0 { 14 } else { 0 };
        let most = asides.max().unwrap_or(0).max(wire).max(2);
        most * LINE + arrow + 6
    }

    /// Returns the lines of a side's column: its code, its call, and the caption that is about it.
    fn aside(&self, row: usize, side: Side) -> Vec<(&'static str, Vec<String>)> {
        let cells = &self.cells[row];
        let width = COLUMNS[1].1 - 14;
        let mut parts = vec![
            ("dim", wrapped(&cells.code[side as usize], width, LETTER)),
            ("", wrapped(&cells.call[side as usize], width, LETTER)),
        ];
        let event = &self.ladder.rows[row].event;
        if event.side().unwrap_or(Side::Client) == side {
            parts.push(("note", wrapped(&cells.caption, width, NARROW)));
        }
        parts
    }

    /// Draws the headings at `top`, and the columns' borders down to `bottom`.
    pub(super) fn head(&self, canvas: &mut Canvas, top: usize, bottom: usize) {
        let (base, rule) = (top + 20, top + 28);
        let [client, .., server] = row_text::headings(self.ladder, self.lang);
        let middle = self.x + COLUMNS[2].0 + COLUMNS[2].1 / 2;
        let wire = self.lang.pick("网络", "the wire");
        canvas.text(self.x + 56, base, "dim", "end", "ms");
        canvas.text(self.x + COLUMNS[1].0 + 4, base, "head", "start", &client);
        canvas.text(middle, base, "head", "middle", wire);
        canvas.text(self.x + COLUMNS[3].0 + 14, base, "head", "start", &server);
        canvas.path("rule", &format!("M{} {rule}h{WIDTH}", self.x));
        for (x, _) in [COLUMNS[2], COLUMNS[3]] {
            canvas.path("rule", &format!("M{} {rule}V{bottom}", self.x + x));
        }
    }

    /// Draws the states as bars beside the wire. `places` has a row, a top and a bottom for each stretch of the figure.
    pub(super) fn states(&self, canvas: &mut Canvas, places: &[(usize, usize, usize)]) {
        let [left, right] = [COLUMNS[2].0 - 6, COLUMNS[3].0].map(|x| self.x + x);
        for (side, x) in Side::BOTH.into_iter().zip([left, right]) {
            let shade = |row: usize| shade(self.ladder.rows[row].state(side));
            for same in places.chunk_by(|a, b| shade(a.0) == shade(b.0)) {
                let ((row, top, _), (.., bottom)) = (same[0], same[same.len() - 1]);
                canvas.rect(shade(row), x, top, 6, bottom - top);
            }
        }
    }

    pub(super) fn row(&self, canvas: &mut Canvas, row: usize, top: usize, height: usize) {
        let cells = &self.cells[row];
        let base = top + LINE - 1;
        let when = [&cells.number.to_string(), &cells.time];
        canvas.texts(self.x + 56, base, "dim", "end", &when);
        for side in Side::BOTH {
            let x = match side {
                Side::Client => self.x + COLUMNS[1].0 + 4,
                Side::Server => self.x + COLUMNS[3].0 + 14,
            };
            let mut y = base;
            for (class, lines) in self.aside(row, side) {
                canvas.texts(x, y, class, "start", &lines);
                y += lines.len() * LINE;
            }
        }
        let (left, right) = (self.x + COLUMNS[2].0 + 4, self.x + COLUMNS[3].0 - 4);
        canvas.text(left + 2, base, "head", "start", &cells.state[0]);
        canvas.text(right - 2, base, "head", "end", &cells.state[1]);
        if let [flags, numbers @ ..] = &wire(cells)[..] {
            let middle = left.midpoint(right);
            canvas.text(middle, base, "head", "middle", flags);
            canvas.texts(middle, base + LINE, "dim", "middle", numbers);
        }
        if let Event::Segment(segment) = &self.ladder.rows[row].event {
            let top = top + height - 15;
            canvas.arrow(segment.kind(), segment.from, (left, right), top);
        }
    }

    /// Draws a bar beside each call for as long as it kept its thread in the kernel. `places` has the top of every row
    /// that is shown, and the bottom of the last.
    pub(super) fn waits(&self, canvas: &mut Canvas, first: usize, places: &[usize]) {
        let rows = &self.ladder.rows;
        let end = first + places.len() - 1;
        for (n, row) in rows.iter().enumerate().take(end) {
            let Event::Call(call) = &row.event else {
                continue;
            };
            if call.phase != Phase::Enters {
                continue;
            }
            let ends = |event: &Event| match event {
                Event::Call(other) => {
                    other.phase == Phase::Returns
                        && other.side == call.side
                        && other.name == call.name
                }
                Event::Exit { side, .. } => *side == call.side,
                _ => false,
            };
            let until = (n + 1..end).find(|&later| ends(&rows[later].event));
            let top = places[n.max(first) - first] + if n >= first { 4 } else { 0 };
            let bottom = until.map_or(places[end - first], |until| {
                places[until.max(first) - first] + LINE
            });
            if until.is_some_and(|until| until < first) {
                continue;
            }
            let x = match call.side {
                Side::Client => self.x + COLUMNS[2].0 - 11,
                Side::Server => self.x + COLUMNS[3].0 + 7,
            };
            canvas.rect("wait", x, top, 4, bottom.saturating_sub(top));
        }
    }
}

fn wire(cells: &RowText) -> Vec<String> {
    let lines = cells.wire.iter();
    lines
        .flat_map(|line| wrapped(line, COLUMNS[2].1 - 10, LETTER))
        .collect()
}
