//! Draws the ladder as SVG. It opens in any viewer, follows light and dark, prints, and its text can be
//! selected.

mod beside;
mod canvas;

use std::ops::Range;

use crate::call::Phase;
use crate::ladder::{Event, Ladder, Row};
use crate::lang::Lang;
use crate::row_text::{self, RowText};
pub use beside::svg as side_by_side;
pub(crate) use canvas::Canvas;
pub use canvas::escaped;
use canvas::{LETTER, LINE, NARROW, shade, wrapped};
use recorder::Side;

/// Left edges and widths of the columns: row and time, then the seven.
const COLUMNS: [(usize, usize); 8] = [
    (0, 100),
    (100, 186),
    (286, 222),
    (508, 100),
    (608, 304),
    (912, 100),
    (1012, 222),
    (1234, 186),
];
const WIDTH: usize = 1430;
const HEAD: usize = 40;
/// Width of a caption: that of a side's code and call columns together.
const CAPTION: usize = 396;
/// Height of the largest sheet, which fits a landscape page below a title.
const SHEET: usize = 780;

/// Returns the picture of `ladder`, with its captions in `lang`.
pub fn svg(ladder: &Ladder, lang: Lang) -> String {
    let rows = rows(ladder, lang);
    sheet(ladder, lang, &rows, 0..rows.len())
}

/// Returns the same picture in pieces that each fit a page, with the columns' headings on each.
pub fn sheets(ladder: &Ladder, lang: Lang) -> Vec<String> {
    let rows = rows(ladder, lang);
    let mut sheets = Vec::new();
    let mut begun = 0;
    for n in 0..rows.len() {
        let bottom = rows.get(n + 1).map_or(usize::MAX, Placed::bottom);
        if bottom - rows[begun].top > SHEET {
            sheets.push(sheet(ladder, lang, &rows, begun..n + 1));
            begun = n + 1;
        }
    }
    sheets
}

/// A row with its place in the figure and its texts as lines.
struct Placed {
    top: usize,
    height: usize,
    cells: RowText,
    lines: [Vec<String>; 8],
    caption: Vec<String>,
    /// Side whose columns the caption stands in, and number of lines above it.
    caption_at: (Side, usize),
}

impl Placed {
    fn bottom(&self) -> usize {
        self.top + self.height
    }
}

fn rows(ladder: &Ladder, lang: Lang) -> Vec<Placed> {
    let mut top = HEAD;
    let mut rows = Vec::new();
    for (cells, row) in row_text::all(ladder, lang).into_iter().zip(&ladder.rows) {
        let lines = lines(&cells);
        let caption = wrapped(&cells.caption, CAPTION, NARROW);
        let caption_at = caption_at(&row.event, &lines);
        let most = lines.iter().map(Vec::len).max().unwrap_or(1).max(1);
        let arrow = if cells.wire.is_empty() { 0 } else { 14 };
        let beside = (caption_at.1 + caption.len()) * LINE;
        top += if cells.pause.is_some() { 16 } else { 0 };
        let height = (most * LINE + arrow).max(beside) + 7;
        rows.push(Placed {
            top,
            height,
            cells,
            lines,
            caption,
            caption_at,
        });
        top += height;
    }
    rows
}

/// Returns the place of a caption in the columns of the side that it is about: below a call, beside a
/// segment.
fn caption_at(event: &Event, lines: &[Vec<String>; 8]) -> (Side, usize) {
    let side = event.side().unwrap_or(Side::Client);
    let above = match event {
        Event::Call(_) if side == Side::Client => lines[1].len().max(lines[2].len()),
        Event::Call(_) => lines[6].len().max(lines[7].len()),
        Event::Segment(_) | Event::OtherClient { .. } => 0,
        _ => 1,
    };
    (side, above)
}

fn lines(cells: &RowText) -> [Vec<String>; 8] {
    let cell = |text: &str, width: usize| wrapped(text, width, LETTER);
    let [client_code, server_code] = &cells.code;
    let [client_call, server_call] = &cells.call;
    let wire = cells.wire.iter();
    let wire = wire.flat_map(|line| cell(line, COLUMNS[4].1)).collect();
    [
        vec![cells.time.clone()],
        cell(client_code, COLUMNS[1].1),
        cell(client_call, COLUMNS[2].1 - 14),
        cell(&cells.state[0], COLUMNS[3].1),
        wire,
        cell(&cells.state[1], COLUMNS[5].1),
        cell(server_call, COLUMNS[6].1 - 14),
        cell(server_code, COLUMNS[7].1),
    ]
}

/// Draws the rows of `shown` under the columns' headings.
fn sheet(ladder: &Ladder, lang: Lang, rows: &[Placed], shown: Range<usize>) -> String {
    let first = rows.get(shown.start).map_or(HEAD, |row| {
        row.top - if row.cells.pause.is_some() { 16 } else { 0 }
    });
    let top = first - HEAD;
    let bottom = rows[shown.clone()].last().map_or(HEAD, Placed::bottom) + 12;
    let title = row_text::title(ladder, lang);
    let tongue = lang.pick("zh", "en");
    let mut canvas = Canvas::new(&title, tongue, WIDTH, top, bottom - top);
    states(&mut canvas, ladder, rows, bottom);
    waits(&mut canvas, ladder, rows, bottom);
    head(&mut canvas, ladder, lang, top, bottom);
    for (row, event) in rows[shown.clone()].iter().zip(&ladder.rows[shown]) {
        texts(&mut canvas, row);
        if let Event::Segment(segment) = &event.event {
            let wire = (COLUMNS[4].0 + 4, COLUMNS[5].0 - 4);
            canvas.arrow(segment.kind(), segment.from, wire, row.bottom() - 15);
        }
    }
    canvas.finish()
}

fn head(canvas: &mut Canvas, ladder: &Ladder, lang: Lang, top: usize, bottom: usize) {
    canvas.rect("paper", 0, top, WIDTH, HEAD - 2);
    canvas.text(COLUMNS[0].1 - 6, top + 20, "dim", "end", "ms");
    for ((x, width), heading) in COLUMNS[1..].iter().zip(row_text::headings(ladder, lang)) {
        canvas.text(x + width / 2, top + 20, "head", "middle", &heading);
    }
    let rule = top + 30;
    for (x, _) in [COLUMNS[4], COLUMNS[5]] {
        canvas.rule(&format!("M{x} {rule}V{bottom}"));
    }
    canvas.rule(&format!("M0 {rule}H{WIDTH}"));
}

fn texts(canvas: &mut Canvas, row: &Placed) {
    let base = row.top + LINE - 1;
    if let Some(pause) = &row.cells.pause {
        let pause = format!("⋮ {pause}");
        canvas.text(COLUMNS[0].1 - 6, row.top - 4, "dim", "end", &pause);
    }
    canvas.text(24, base, "dim", "end", &row.cells.number.to_string());
    for (column, lines) in row.lines.iter().enumerate() {
        let (x, width) = COLUMNS[column];
        let (x, anchor) = match column {
            0 => (x + width - 6, "end"),
            3 => (x + width - 12, "end"),
            5 => (x + 12, "start"),
            6 => (x + 14, "start"),
            4 => (x + width / 2, "middle"),
            _ => (x + 4, "start"),
        };
        for (index, line) in lines.iter().enumerate() {
            let class = match (column, index) {
                (3 | 5, _) | (4, 0) => "head",
                (0 | 4, _) => "dim",
                _ => "",
            };
            canvas.text(x, base + index * LINE, class, anchor, line);
        }
    }
    let (side, behind) = row.caption_at;
    let x = match side {
        Side::Client => COLUMNS[1].0 + 4,
        Side::Server => COLUMNS[6].0 + 14,
    };
    for (index, line) in row.caption.iter().enumerate() {
        canvas.text(x, base + (behind + index) * LINE, "note", "start", line);
    }
}

/// Draws the bars beside the wire: one stretch for each state.
fn states(canvas: &mut Canvas, ladder: &Ladder, rows: &[Placed], bottom: usize) {
    for (side, x) in [
        (Side::Client, COLUMNS[4].0 - 8),
        (Side::Server, COLUMNS[5].0),
    ] {
        let mut begun = 0;
        for index in 0..rows.len() {
            let state = ladder.rows[index].state(side);
            let next = ladder.rows.get(index + 1);
            if next.is_none_or(|next| next.state(side) != state) {
                let top = rows[begun].top;
                let end = rows.get(index + 1).map_or(bottom - 4, |next| next.top);
                canvas.rect(shade(state), x, top, 8, end.saturating_sub(top));
                begun = index + 1;
            }
        }
    }
}

/// Draws the bar beside each call, for as long as the call kept its thread in the kernel.
fn waits(canvas: &mut Canvas, ladder: &Ladder, rows: &[Placed], bottom: usize) {
    for (index, row) in ladder.rows.iter().enumerate() {
        let Event::Call(call) = &row.event else {
            continue;
        };
        if call.phase != Phase::Enters {
            continue;
        }
        let ends = |row: &Row| match &row.event {
            Event::Call(other) => {
                other.phase == Phase::Returns && other.side == call.side && other.name == call.name
            }
            Event::Exit { side, .. } => *side == call.side,
            _ => false,
        };
        let end = ladder.rows.iter().skip(index + 1).position(ends);
        let end = end.map_or(bottom - 4, |end| rows[index + 1 + end].top + LINE);
        let x = match call.side {
            Side::Client => COLUMNS[2].0 + COLUMNS[2].1 - 8,
            Side::Server => COLUMNS[6].0 + 4,
        };
        let top = rows[index].top + 4;
        if top + 16 > bottom {
            return;
        }
        canvas.rect("wait", x, top, 4, end.saturating_sub(top));
    }
}
