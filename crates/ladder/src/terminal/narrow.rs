//! Draws the ladder in one column: the client on the left edge, the server on the right, segments across.

use anstyle::Style;
use textwrap::core::display_width;

use super::{BOLD, DIM, NOTE, arrow, colour, styled};
use crate::ladder::{Event, Ladder};
use crate::lang::Lang;
use crate::row_text::{self, RowText};
use crate::wrap::wrap;
use recorder::Side;

/// Width of row numbers and times.
const TIME: usize = 14;

/// Draws the ladder for a terminal of `width` columns.
pub(super) fn draw(ladder: &Ladder, lang: Lang, width: usize) -> String {
    let width = width.max(50);
    let mut out = head(ladder, lang, width - TIME)
        .iter()
        .map(|line| format!("{:TIME$}{line}\n", ""))
        .collect::<String>();
    for (row, cells) in ladder.rows.iter().zip(row_text::all(ladder, lang)) {
        if let Some(pause) = &cells.pause {
            let pause = format!("   ⋮{pause:>8}");
            out += &format!("{}\n", styled(&pause, DIM));
        }
        let mut time = format!("{:>3}{:>9}  ", cells.number, cells.time);
        let caption = wrap(&cells.caption, width - TIME);
        let caption = caption.iter().map(|line| styled(line, NOTE));
        for line in lines(&row.event, &cells, width - TIME)
            .into_iter()
            .chain(caption)
        {
            out += &format!("{}{line}\n", styled(&time, DIM));
            time = " ".repeat(TIME);
        }
    }
    out
}

/// Returns the heading: the client on the left, the server on the right.
pub(super) fn head(ladder: &Ladder, lang: Lang, width: usize) -> Vec<String> {
    let [client, .., server] = row_text::headings(ladder, lang);
    both(&client, &server, width)
}

/// Returns the lines of a row in `width` columns, without its caption.
pub(super) fn lines(event: &Event, cells: &RowText, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for side in Side::BOTH {
        let n = side as usize;
        lines.extend(aside(&cells.code[n], side, width, DIM));
        lines.extend(aside(&cells.call[n], side, width, Style::new()));
    }
    let mut wire = cells.wire.iter();
    if let Event::Segment(segment) = event {
        let flags = wire.next().map_or("", String::as_str);
        lines.push(styled(&arrow(flags, segment.from, width), colour(segment)));
    }
    for line in wire.flat_map(|line| wrap(line, width - 2)) {
        lines.push(format!("  {}", styled(&line, DIM)));
    }
    let [client, server] = &cells.state;
    lines.extend(both(client, server, width));
    lines
}

/// Returns a text on its side's edge, over at most three quarters of the width.
fn aside(text: &str, side: Side, width: usize, style: Style) -> Vec<String> {
    let line = |line: String| {
        let left = match side {
            Side::Client => 0,
            Side::Server => width.saturating_sub(display_width(&line)),
        };
        format!("{}{}", " ".repeat(left), styled(&line, style))
    };
    wrap(text, width * 3 / 4).into_iter().map(line).collect()
}

/// Returns a line with one text on each edge; none if both are empty.
fn both(left: &str, right: &str, width: usize) -> Vec<String> {
    if left.is_empty() && right.is_empty() {
        return Vec::new();
    }
    let gap = width
        .saturating_sub(display_width(left) + display_width(right))
        .max(1);
    let line = format!(
        "{}{}{}",
        styled(left, BOLD),
        " ".repeat(gap),
        styled(right, BOLD)
    );
    vec![line.trim_end().to_owned()]
}
