//! Draws two ladders beside each other as SVG, with the differences marked.

use super::canvas::{Canvas, LINE};
use super::legend;
use super::run::{HEAD, Run, WIDTH as RUN};
use crate::beside::{Mark, align};
use crate::ladder::Ladder;
use crate::lang::Lang;
use crate::row_text;

/// Width of the space between the runs, for the marks.
const GAP: usize = 30;
const WIDTH: usize = 2 * RUN + GAP;

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
    let mut canvas = Canvas::default();
    for &(top, height, _, mark) in &placed {
        marked(&mut canvas, mark, top, height);
    }
    for (n, run) in runs.iter().enumerate() {
        run.head(&mut canvas, 0, top);
        let rows = placed.iter().filter(|(_, _, rows, _)| rows[n].is_some());
        let tops: Vec<usize> = rows.map(|&(top, ..)| top).chain([top]).collect();
        run.waits(&mut canvas, 0, &tops);
        // Beside a gap, the states stay as they were.
        let mut last = 0;
        let stretches = placed.iter().map(|&(top, height, rows, _)| {
            last = rows[n].unwrap_or(last);
            (last, top, top + height)
        });
        run.states(&mut canvas, &stretches.collect::<Vec<_>>());
        for &(top, height, rows, _) in &placed {
            if let Some(row) = rows[n] {
                run.row(&mut canvas, row, top, height);
            }
        }
    }
    let bottom = legend(&mut canvas, lang, top);
    let title = [left, right]
        .map(|ladder| row_text::title(ladder, lang))
        .join(" | ");
    canvas.finish(&title, lang.pick("zh", "en"), WIDTH, (0, bottom))
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
