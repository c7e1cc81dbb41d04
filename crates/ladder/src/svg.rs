//! Draws the ladder as SVG, which opens in any viewer and is legible at the width of a page: its letters have 7 points
//! when it is 16 cm wide.

mod beside;
mod canvas;
mod run;

use std::ops::Range;

use textwrap::core::display_width;

use crate::ladder::Ladder;
use crate::lang::Lang;
use crate::row_text;
pub use beside::{sheets as sheets_side_by_side, svg as side_by_side};
pub use canvas::escaped;
pub(crate) use canvas::{Canvas, LINE};
use run::{HEAD, Run, WIDE};

/// Width of every picture.
const WIDTH: usize = WIDE.width;
/// Height of the largest sheet, which fits a page below a title.
const SHEET: usize = 860;
/// Height of the mark of a pause above a row.
const PAUSE: usize = 16;

/// Returns the picture of `ladder`, with its captions in `lang`.
pub fn svg(ladder: &Ladder, lang: Lang) -> String {
    let run = Run::new(ladder, lang, &WIDE, 0);
    sheet(&run, lang, 0..ladder.rows.len())
}

/// Returns the same picture in pieces that each fit a page, with the columns' headings on each.
pub fn sheets(ladder: &Ladder, lang: Lang) -> Vec<String> {
    let run = Run::new(ladder, lang, &WIDE, 0);
    let heights = (0..ladder.rows.len()).map(|row| pause(&run, row) + run.height(row));
    pieces(heights)
        .into_iter()
        .map(|shown| sheet(&run, lang, shown))
        .collect()
}

/// Returns which rows stand on each sheet, by the rows' heights.
fn pieces(heights: impl Iterator<Item = usize>) -> Vec<Range<usize>> {
    let mut pieces: Vec<Range<usize>> = Vec::new();
    let mut height = HEAD;
    for (row, next) in heights.enumerate() {
        match pieces.last_mut().filter(|_| height + next <= SHEET) {
            Some(piece) => piece.end += 1,
            None => {
                pieces.push(row..row + 1);
                height = HEAD;
            }
        }
        height += next;
    }
    pieces
}

/// Draws the rows of `shown` under the columns' headings; the last of the ladder is followed by the legend.
fn sheet(run: &Run<'_>, lang: Lang, shown: Range<usize>) -> String {
    let mut places = Vec::new();
    let mut top = HEAD;
    for row in shown.clone() {
        top += pause(run, row);
        places.push(top);
        top += run.height(row);
    }
    places.push(top);
    let mut canvas = Canvas::default();
    let stretches = shown.clone().zip(places.windows(2));
    let stretches: Vec<_> = stretches
        .map(|(row, place)| (row, place[0], place[1]))
        .collect();
    run.states(&mut canvas, &stretches);
    run.waits(&mut canvas, shown.start, &places);
    run.head(&mut canvas, 0, top);
    for (row, &top) in shown.clone().zip(&places) {
        if let Some(pause) = &run.cells[row].pause {
            canvas.text(56, top - 4, "dim", "end", &format!("⋮ {pause}"));
        }
        run.row(&mut canvas, row, top, run.height(row));
    }
    if shown.end == run.ladder.rows.len() {
        top = legend(&mut canvas, lang, top);
    }
    let title = row_text::title(run.ladder, lang);
    canvas.finish(&title, lang.pick("zh", "en"), WIDTH, (0, top + 8))
}

fn pause(run: &Run<'_>, row: usize) -> usize {
    run.cells[row].pause.as_ref().map_or(0, |_| PAUSE)
}

/// Explains the bars and their colours below `top`. Returns the height down to there.
fn legend(canvas: &mut Canvas, lang: Lang, top: usize) -> usize {
    let base = top + 2 * LINE;
    let entries = [
        ("shut", "CLOSED"),
        ("half", lang.pick("正在建立", "opening")),
        ("open", "ESTABLISHED"),
        ("closing", lang.pick("正在关闭", "closing")),
        (
            "wait",
            lang.pick("系统调用的用时", "time that a call takes"),
        ),
    ];
    let mut x = 62;
    for (class, what) in entries {
        canvas.rect(class, x, base - 9, 10, 10);
        canvas.text(x + 15, base, "note", "start", what);
        x += 40 + 7 * display_width(what);
    }
    canvas.texts(62, base + LINE + 4, "note", "start", &row_text::key(lang));
    base + 4 * LINE
}
