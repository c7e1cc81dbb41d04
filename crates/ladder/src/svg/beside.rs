//! Draws two ladders beside each other as SVG, with the differences marked, in the width of one.

use std::ops::Range;

use super::canvas::{Canvas, LINE, wrapped_note};
use super::run::{HALF, HEAD, Run};
use super::{WIDTH, legend, pieces};
use crate::beside::{Mark, align};
use crate::ladder::Ladder;
use crate::lang::Lang;
use crate::row_text;

/// Left edges of the runs. Between them is room for the marks.
const LEFT: [usize; 2] = [0, 369];
/// Left edge of a caption that both runs have.
const SHARED: usize = 74;

/// Returns both ladders in one picture.
pub fn svg(left: &Ladder, right: &Ladder, lang: Lang) -> String {
    let both = Both::new(left, right, lang);
    both.sheet(0..both.rows.len())
}

/// Returns the same picture in pieces that each fit a page, with the columns' headings on each.
pub fn sheets(left: &Ladder, right: &Ladder, lang: Lang) -> Vec<String> {
    let both = Both::new(left, right, lang);
    let heights = both.rows.iter().map(|row| row.height);
    pieces(heights)
        .into_iter()
        .map(|shown| both.sheet(shown))
        .collect()
}

struct Both<'a> {
    runs: [Run<'a>; 2],
    rows: Vec<Beside>,
    title: String,
    lang: Lang,
}

/// A row of the picture.
struct Beside {
    /// Row of each run.
    rows: [Option<usize>; 2],
    mark: Mark,
    /// Lines of the caption that both rows have.
    caption: Vec<String>,
    height: usize,
}

impl Both<'_> {
    fn new<'a>(left: &'a Ladder, right: &'a Ladder, lang: Lang) -> Both<'a> {
        let mut runs = [
            Run::new(left, lang, &HALF, LEFT[0]),
            Run::new(right, lang, &HALF, LEFT[1]),
        ];
        let rows = align(left, right).into_iter().map(|pair| {
            let rows = [pair.left, pair.right];
            let caption = shared(&mut runs, rows);
            let caption = wrapped_note(&caption, WIDTH - SHARED);
            let heights = runs
                .iter()
                .zip(rows)
                .map(|(run, row)| row.map_or(0, |n| run.height(n)));
            Beside {
                rows,
                mark: pair.mark,
                height: heights.max().unwrap_or(0) + caption.len() * LINE,
                caption,
            }
        });
        let rows = rows.collect();
        let title = [left, right].map(|ladder| row_text::title(ladder, lang));
        Both {
            runs,
            rows,
            title: title.join(" | "),
            lang,
        }
    }

    /// Draws the rows of `shown` under the columns' headings; the last of all is followed by the legend.
    fn sheet(&self, shown: Range<usize>) -> String {
        let mut canvas = Canvas::default();
        let mut top = HEAD;
        let mut placed = Vec::new();
        for row in &self.rows[shown.clone()] {
            marked(&mut canvas, row.mark, top, row.height);
            placed.push((top, row));
            top += row.height;
        }
        for (n, run) in self.runs.iter().enumerate() {
            run.head(&mut canvas, 0, top);
            let before = self.rows[..shown.start]
                .iter()
                .rev()
                .find_map(|row| row.rows[n]);
            let own = placed.iter().filter(|(_, row)| row.rows[n].is_some());
            let tops: Vec<usize> = own.map(|&(top, _)| top).chain([top]).collect();
            run.waits(&mut canvas, before.map_or(0, |row| row + 1), &tops);
            // Beside a gap, the states stay as they were.
            let mut last = before.unwrap_or(0);
            let stretches = placed.iter().map(|&(top, row)| {
                last = row.rows[n].unwrap_or(last);
                (last, top, top + row.height)
            });
            run.states(&mut canvas, &stretches.collect::<Vec<_>>());
            for &(top, row) in &placed {
                if let Some(n) = row.rows[n] {
                    run.row(&mut canvas, n, top, run.height(n));
                }
            }
        }
        for (top, row) in placed {
            let height = row.caption.len() * LINE;
            let caption = top + row.height - height - 4;
            // The bars end above a caption that is written across them.
            canvas.rect("paper", SHARED - 20, caption, WIDTH, height);
            canvas.texts(SHARED, caption + LINE - 3, "note", "start", &row.caption);
        }
        if shown.end == self.rows.len() {
            top = legend(&mut canvas, self.lang, top);
            top = marks(&mut canvas, self.lang, top);
        }
        canvas.finish(&self.title, self.lang.pick("zh", "en"), WIDTH, (0, top + 8))
    }
}

/// Takes the caption off two rows that have the same, and returns it.
fn shared(runs: &mut [Run<'_>; 2], rows: [Option<usize>; 2]) -> String {
    let [left, right] = runs;
    let [Some(i), Some(j)] = rows else {
        return String::new();
    };
    let (left, right) = (&mut left.cells[i].caption, &mut right.cells[j].caption);
    match left == right {
        true => {
            right.clear();
            std::mem::take(left)
        }
        false => String::new(),
    }
}

fn marked(canvas: &mut Canvas, mark: Mark, top: usize, height: usize) {
    if mark != Mark::Same {
        canvas.rect(class(mark), 0, top, WIDTH, height - 2);
        let middle = HALF.width.midpoint(LEFT[1]);
        canvas.text(middle, top + LINE - 1, "head", "middle", mark.sign());
    }
}

fn class(mark: Mark) -> &'static str {
    match mark {
        Mark::Same => "paper",
        Mark::Differs => "differs",
        Mark::Only => "only",
    }
}

/// Explains the marks below `top`. Returns the height down to there.
fn marks(canvas: &mut Canvas, lang: Lang, top: usize) -> usize {
    let (differs, only) = lang.pick(
        ("做法不同", "只有一边有；仅先后次序不同，不算差异"),
        (
            "another way to do the same",
            "on one side only; when something happened is no difference",
        ),
    );
    let base = top + LINE;
    for (mark, x, what) in [(Mark::Differs, 62, differs), (Mark::Only, 250, only)] {
        canvas.rect(class(mark), x, base - 10, 14, 13);
        canvas.text(x + 7, base, "head", "middle", mark.sign());
        canvas.text(x + 20, base, "note", "start", what);
    }
    base
}
