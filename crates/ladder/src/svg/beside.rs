//! Draws two ladders beside each other as SVG, with the differences marked.

use super::canvas::{Canvas, LETTER, LINE, shade, wrapped};
use crate::beside::{Mark, align};
use crate::ladder::{Event, Ladder};
use crate::lang::Lang;
use crate::row_text::{self, RowText};
use recorder::Side;

/// Left edges and widths of a run's columns: the row's number, the client's calls, the wire, the server's
/// calls.
const COLUMNS: [(usize, usize); 4] = [(0, 34), (34, 206), (240, 240), (480, 206)];
const RUN: usize = 690;
/// Width of the space between the runs, for the marks.
const GAP: usize = 30;
const WIDTH: usize = 2 * RUN + GAP;
const HEAD: usize = 40;

/// Returns both ladders in one picture.
pub fn svg(left: &Ladder, right: &Ladder, lang: Lang) -> String {
    let runs = [Run::new(left, lang, 0), Run::new(right, lang, RUN + GAP)];
    let mut top = HEAD;
    let mut placed = Vec::new();
    for pair in align(left, right) {
        let rows = [pair.left, pair.right];
        let heights = runs
            .iter()
            .zip(rows)
            .map(|(run, row)| row.map_or(0, |n| run.height(n)));
        let height = heights.max().unwrap_or(0);
        placed.push((top, height, rows, pair.mark));
        top += height;
    }
    let title = [left, right]
        .map(|ladder| row_text::title(ladder, lang))
        .join(" | ");
    let mut canvas = Canvas::new(&title, lang.pick("zh", "en"), WIDTH, 0, top + 8);
    for &(top, height, _, mark) in &placed {
        marked(&mut canvas, mark, top, height);
    }
    for (n, run) in runs.iter().enumerate() {
        run.head(&mut canvas, top);
        // Beside a gap, the states stay as they were.
        let mut last = 0;
        for &(top, height, rows, _) in &placed {
            last = rows[n].unwrap_or(last);
            run.states(&mut canvas, last, top, height);
            if let Some(row) = rows[n] {
                run.row(&mut canvas, row, top, height);
            }
        }
    }
    canvas.finish()
}

fn marked(canvas: &mut Canvas, mark: Mark, top: usize, height: usize) {
    let class = match mark {
        Mark::Same => return,
        Mark::Differs => "differs",
        Mark::Only => "only",
    };
    canvas.rect(class, 0, top, WIDTH, height - 2);
    canvas.text(RUN + GAP / 2, top + LINE - 1, "head", "middle", mark.sign());
}

/// One of the two runs, with its left edge.
struct Run<'a> {
    ladder: &'a Ladder,
    lang: Lang,
    cells: Vec<RowText>,
    x: usize,
}

impl Run<'_> {
    fn new(ladder: &Ladder, lang: Lang, x: usize) -> Run<'_> {
        Run {
            ladder,
            lang,
            cells: row_text::all(ladder, lang),
            x,
        }
    }

    fn height(&self, row: usize) -> usize {
        let cells = &self.cells[row];
        let aside = Side::BOTH
            .map(|side| self.aside(row, side).len())
            .into_iter()
            .max();
        let wire = wire(cells).len();
        let arrow = if wire > 0 { 14 } else { 0 };
        let most = aside.unwrap_or(0).max(wire).max(1);
        most * LINE + arrow + 6
    }

    /// Returns the lines of a side's column: its code, its call, and the caption that is about it.
    fn aside(&self, row: usize, side: Side) -> Vec<(&'static str, String)> {
        let cells = &self.cells[row];
        let width = COLUMNS[1].1 - 6;
        let lines = |class, text: &str, letter| {
            let lines = wrapped(text, width, letter).into_iter();
            lines.map(move |line| (class, line)).collect::<Vec<_>>()
        };
        let mut all = lines("dim", &cells.code[side as usize], LETTER);
        all.extend(lines("", &cells.call[side as usize], LETTER));
        let event = &self.ladder.rows[row].event;
        if event.side().unwrap_or(Side::Client) == side {
            all.extend(lines("note", &cells.caption, LETTER));
        }
        all
    }

    fn head(&self, canvas: &mut Canvas, bottom: usize) {
        let [client, .., server] = row_text::headings(self.ladder, self.lang);
        canvas.text(self.x + COLUMNS[1].0 + 4, 20, "head", "start", &client);
        let middle = self.x + COLUMNS[2].0 + COLUMNS[2].1 / 2;
        canvas.text(
            middle,
            20,
            "head",
            "middle",
            self.lang.pick("网络", "the wire"),
        );
        canvas.text(self.x + COLUMNS[3].0 + 12, 20, "head", "start", &server);
        canvas.rule(&format!("M{} 30h{RUN}", self.x));
        for (x, _) in [COLUMNS[2], COLUMNS[3]] {
            canvas.rule(&format!("M{} 30V{bottom}", self.x + x));
        }
    }

    fn states(&self, canvas: &mut Canvas, row: usize, top: usize, height: usize) {
        let row = &self.ladder.rows[row];
        let [left, right] = [COLUMNS[2].0 - 6, COLUMNS[3].0].map(|x| self.x + x);
        canvas.rect(shade(row.client_state), left, top, 6, height);
        canvas.rect(shade(row.server_state), right, top, 6, height);
    }

    fn row(&self, canvas: &mut Canvas, row: usize, top: usize, height: usize) {
        let cells = &self.cells[row];
        let base = top + LINE - 1;
        canvas.text(self.x + 26, base, "dim", "end", &cells.number.to_string());
        for side in Side::BOTH {
            let x = match side {
                Side::Client => self.x + COLUMNS[1].0 + 4,
                Side::Server => self.x + COLUMNS[3].0 + 12,
            };
            for (n, (class, line)) in self.aside(row, side).iter().enumerate() {
                canvas.text(x, base + n * LINE, class, "start", line);
            }
        }
        let (left, right) = (self.x + COLUMNS[2].0 + 4, self.x + COLUMNS[3].0 - 4);
        canvas.text(left + 2, base, "head", "start", &cells.state[0]);
        canvas.text(right - 2, base, "head", "end", &cells.state[1]);
        for (n, line) in wire(cells).iter().enumerate() {
            let class = if n == 0 { "head" } else { "dim" };
            canvas.text(left.midpoint(right), base + n * LINE, class, "middle", line);
        }
        if let Event::Segment(segment) = &self.ladder.rows[row].event {
            canvas.arrow(
                segment.kind(),
                segment.from,
                (left, right),
                top + height - 15,
            );
        }
    }
}

fn wire(cells: &RowText) -> Vec<String> {
    let lines = cells.wire.iter();
    lines
        .flat_map(|line| wrapped(line, COLUMNS[2].1, LETTER))
        .collect()
}
