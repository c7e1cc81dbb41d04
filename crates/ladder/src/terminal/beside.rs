//! Draws two ladders beside each other on a terminal, each in one column, with marks between them.

use textwrap::core::display_width;

use super::narrow;
use super::{BOLD, DIM, NOTE, styled, with_key};
use crate::beside::{Mark, align};
use crate::ladder::Ladder;
use crate::lang::Lang;
use crate::row_text::{self, RowText};
use crate::wrap::wrap;

/// Width of a row's number.
const NUMBER: usize = 4;

/// Draws both ladders for a terminal of `width` columns.
pub fn draw(left: &Ladder, right: &Ladder, lang: Lang, width: usize) -> String {
    let half = (width.clamp(76, 200) - 3) / 2;
    let body = half - NUMBER;
    let head = |ladder| indented(narrow::head(ladder, lang, body), "");
    let mut out = String::new();
    put(&mut out, &head(left), &head(right), Mark::Same, half);
    let all = [row_text::all(left, lang), row_text::all(right, lang)];
    for pair in align(left, right) {
        let cells = [
            pair.left.map(|n| &all[0][n]),
            pair.right.map(|n| &all[1][n]),
        ];
        let shared = shared(cells);
        let lines = |ladder: &Ladder, cells: Option<&RowText>| {
            let Some(cells) = cells else {
                return Vec::new();
            };
            let row = &ladder.rows[cells.number - ladder.rows_before - 1];
            let mut lines = narrow::lines(&row.event, cells, body);
            if shared.is_none() {
                let caption = wrap(&cells.caption, body);
                lines.extend(caption.iter().map(|line| styled(line, NOTE)));
            }
            indented(lines, &cells.number.to_string())
        };
        put(
            &mut out,
            &lines(left, cells[0]),
            &lines(right, cells[1]),
            pair.mark,
            half,
        );
        for line in wrap(shared.unwrap_or_default(), 2 * half - NUMBER) {
            out += &format!("{:NUMBER$}{}\n", "", styled(&line, NOTE));
        }
    }
    with_key(out, lang, width)
}

/// Returns the caption, if both rows have the same.
fn shared(cells: [Option<&RowText>; 2]) -> Option<&str> {
    match cells {
        [Some(left), Some(right)] if left.caption == right.caption => Some(&left.caption),
        _ => None,
    }
}

fn indented(lines: Vec<String>, number: &str) -> Vec<String> {
    let mut number = format!("{number:>3} ");
    let line = |line| {
        let line = format!("{}{line}", styled(&number, DIM));
        number = " ".repeat(NUMBER);
        line
    };
    lines.into_iter().map(line).collect()
}

fn put(out: &mut String, left: &[String], right: &[String], mark: Mark, half: usize) {
    let mut sign = mark.sign();
    for n in 0..left.len().max(right.len()) {
        let [left, right] = [left, right].map(|lines| lines.get(n).map_or("", String::as_str));
        // Escapes take no columns.
        let shown = display_width(&anstream::adapter::strip_str(left).to_string());
        let pad = " ".repeat(half.saturating_sub(shown));
        let middle = match sign {
            " " => "│".to_owned(),
            sign => styled(sign, BOLD),
        };
        out.push_str(format!("{left}{pad} {middle} {right}").trim_end());
        out.push('\n');
        sign = " ";
    }
}
