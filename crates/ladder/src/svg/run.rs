//! Draws the rows of one run: the client, the wire and the server.

use super::canvas::{Canvas, LINE, shade, wrapped, wrapped_note};
use crate::call::Phase;
use crate::ladder::{Event, Ladder};
use crate::lang::Lang;
use crate::row_text::{self, RowText};
use recorder::Side;

/// Places of everything in a run, in units from its left edge; pairs are the client's and the server's.
pub(super) struct Layout {
    /// Right edge of the rows' numbers and times.
    when: usize,
    /// Left edges of what each side does.
    asides: [usize; 2],
    /// Left edges of the bars of the states, and of those of calls that wait.
    states: [usize; 2],
    waits: [usize; 2],
    /// Left and right ends of the arrows.
    wire: (usize, usize),
    /// `true` if the three stand one below the other, so that a row can be as wide as the run.
    is_narrow: bool,
    pub(super) width: usize,
}

/// Three columns beside each other.
pub(super) const WIDE: Layout = Layout {
    when: 56,
    asides: [66, 517],
    states: [261, 503],
    waits: [256, 510],
    wire: (271, 499),
    is_narrow: false,
    width: 708,
};
/// One column, of which two fit where there is room for [`WIDE`].
pub(super) const HALF: Layout = Layout {
    when: 54,
    asides: [74, 132],
    states: [58, 333],
    waits: [65, 328],
    wire: (74, 324),
    is_narrow: true,
    width: 339,
};
/// Width of what a side does.
const ASIDE: usize = 191;
/// Height of the columns' headings.
pub(super) const HEAD: usize = 36;
/// Height of an arrow below the numbers of its segment.
const ARROW: usize = 14;

/// A run with its left edge.
pub(super) struct Run<'a> {
    pub(super) ladder: &'a Ladder,
    lang: Lang,
    pub(super) cells: Vec<RowText>,
    layout: &'static Layout,
    x: usize,
}

impl Run<'_> {
    pub(super) fn new<'a>(
        ladder: &'a Ladder,
        lang: Lang,
        layout: &'static Layout,
        x: usize,
    ) -> Run<'a> {
        Run {
            ladder,
            lang,
            cells: row_text::all(ladder, lang),
            layout,
            x,
        }
    }

    pub(super) fn height(&self, row: usize) -> usize {
        let asides = Side::BOTH.map(|side| lines(&self.aside(row, side)));
        let most = asides.into_iter().max().unwrap_or(0) * LINE;
        let wire = self.wire_height(row);
        let all = match self.layout.is_narrow {
            true => wire + most + self.state_height(row),
            false => wire.max(most),
        };
        all.max(2 * LINE) + 6
    }

    /// Returns the height of a segment's numbers and its arrow.
    fn wire_height(&self, row: usize) -> usize {
        match self.wire(row).len() {
            0 => 0,
            lines => lines * LINE + ARROW,
        }
    }

    /// Returns the height of the line for states that have no place beside a segment's flags.
    fn state_height(&self, row: usize) -> usize {
        let cells = &self.cells[row];
        let changes = cells.state.iter().any(|state| !state.is_empty());
        let needs_line = self.layout.is_narrow && changes && cells.wire.is_empty();
        if needs_line { LINE } else { 0 }
    }

    fn wire(&self, row: usize) -> Vec<String> {
        let (left, right) = self.layout.wire;
        let lines = self.cells[row].wire.iter();
        lines
            .flat_map(|line| wrapped(line, right - left - 2))
            .collect()
    }

    /// Returns the lines of a side's column: its code, its call, and the caption that is about it.
    fn aside(&self, row: usize, side: Side) -> Vec<(&'static str, Vec<String>)> {
        let cells = &self.cells[row];
        let mut parts = vec![
            ("dim", wrapped(&cells.code[side as usize], ASIDE)),
            ("", wrapped(&cells.call[side as usize], ASIDE)),
        ];
        let event = &self.ladder.rows[row].event;
        if event.side().unwrap_or(Side::Client) == side {
            parts.push(("note", wrapped_note(&cells.caption, ASIDE)));
        }
        parts
    }

    /// Draws the headings at `top`, and the columns' borders down to `bottom`.
    pub(super) fn head(&self, canvas: &mut Canvas, top: usize, bottom: usize) {
        let (base, rule) = (top + 20, top + 28);
        let layout = self.layout;
        let [client, .., server] = row_text::headings(self.ladder, self.lang);
        canvas.text(self.x + layout.when, base, "dim", "end", "ms");
        canvas.text(self.x + layout.asides[0], base, "head", "start", &client);
        canvas.path("rule", &format!("M{} {rule}h{}", self.x, layout.width));
        if layout.is_narrow {
            let right = self.x + layout.wire.1;
            canvas.text(right, base, "head", "end", &server);
            return;
        }
        let wire = self.lang.pick("网络", "the wire");
        let (left, right) = layout.wire;
        canvas.text(self.x + left.midpoint(right), base, "head", "middle", wire);
        canvas.text(self.x + layout.asides[1], base, "head", "start", &server);
        for x in [layout.states[0] + 6, layout.states[1]] {
            canvas.path("rule", &format!("M{} {rule}V{bottom}", self.x + x));
        }
    }

    /// Draws the states as bars beside the wire. `places` has a row, a top and a bottom for each stretch of the figure.
    pub(super) fn states(&self, canvas: &mut Canvas, places: &[(usize, usize, usize)]) {
        for side in Side::BOTH {
            let x = self.x + self.layout.states[side as usize];
            let shade = |row: usize| shade(self.ladder.rows[row].state(side));
            for same in places.chunk_by(|a, b| shade(a.0) == shade(b.0)) {
                let ((row, top, _), (.., bottom)) = (same[0], same[same.len() - 1]);
                canvas.rect(shade(row), x, top, 6, bottom - top);
            }
        }
    }

    /// Draws a row that is `height` units high.
    pub(super) fn row(&self, canvas: &mut Canvas, row: usize, top: usize, height: usize) {
        let cells = &self.cells[row];
        let layout = self.layout;
        let base = top + LINE - 1;
        let when = [&cells.number.to_string(), &cells.time];
        canvas.texts(self.x + layout.when, base, "dim", "end", &when);
        let below = if layout.is_narrow {
            self.wire_height(row)
        } else {
            0
        };
        let mut bottom = base + below;
        for side in Side::BOTH {
            let x = self.x + layout.asides[side as usize];
            let mut y = base + below;
            for (class, lines) in self.aside(row, side) {
                canvas.texts(x, y, class, "start", &lines);
                y += lines.len() * LINE;
            }
            bottom = bottom.max(y);
        }
        let (left, right) = (self.x + layout.wire.0, self.x + layout.wire.1);
        let at = if self.state_height(row) > 0 {
            bottom
        } else {
            base
        };
        canvas.text(left + 2, at, "head", "start", &cells.state[0]);
        canvas.text(right - 2, at, "head", "end", &cells.state[1]);
        if let [flags, numbers @ ..] = &self.wire(row)[..] {
            let middle = left.midpoint(right);
            canvas.text(middle, base, "head", "middle", flags);
            canvas.texts(middle, base + LINE, "dim", "middle", numbers);
        }
        if let Event::Segment(segment) = &self.ladder.rows[row].event {
            let place = if layout.is_narrow { below + 5 } else { height };
            let top = top + place - ARROW - 1;
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
            let x = self.x + self.layout.waits[call.side as usize];
            canvas.rect("wait", x, top, 4, bottom.saturating_sub(top));
        }
    }
}

/// Returns the number of lines in `parts`.
fn lines(parts: &[(&str, Vec<String>)]) -> usize {
    parts.iter().map(|(_, lines)| lines.len()).sum()
}
