//! The ladder on a terminal: seven columns, as wide as the terminal lets them be.

use anstyle::{AnsiColor, Style};
use textwrap::core::display_width;
use textwrap::wrap;

use super::caption::Lang;
use super::cells::{self, Cells};
use super::ladder::{Event, Ladder, Phase};
use crate::record::Side;

/// Time and the seven columns, in parts of the whole.
const SHARES: [usize; 8] = [11, 20, 26, 13, 34, 13, 26, 20];
const WIRE: usize = 4;
/// Below this the columns hold no words; above it they are too far apart.
const WIDTHS: (usize, usize) = (110, 190);

/// The ladder, for a terminal of `width` columns.
pub(crate) fn draw(ladder: &Ladder, lang: Lang, width: usize) -> String {
    let widths = widths(width.clamp(WIDTHS.0, WIDTHS.1));
    let mut out = String::new();
    let mut heads: [Vec<String>; 8] = Default::default();
    for (lines, heading) in heads[1..].iter_mut().zip(cells::headings(ladder, lang)) {
        lines.push(heading);
    }
    put(&mut out, &heads, &widths, [false; 2], [bold(); 8]);
    let mut waiting = [false; 2];
    for (row, cells) in ladder.rows.iter().zip(cells::all(ladder, lang)) {
        if let Some(pause) = &cells.pause {
            let mut gap: [Vec<String>; 8] = Default::default();
            gap[0].push(format!("⋮{pause:>8}"));
            put(&mut out, &gap, &widths, waiting, [dim(); 8]);
        }
        let ends = ends(&row.event);
        let lines = lines(&row.event, &cells, &widths);
        // The bar of a wait goes from the row behind its beginning to the row before its end.
        let bars = Side::BOTH.map(|side| waiting[side as usize] && ends != Some((side, false)));
        put(&mut out, &lines, &widths, bars, styles(&row.event));
        if let Some((side, begins)) = ends {
            waiting[side as usize] = begins;
        }
        caption(&mut out, &cells.caption, &widths);
    }
    out
}

fn widths(total: usize) -> [usize; 8] {
    let shares: usize = SHARES.iter().sum();
    SHARES.map(|share| share * total / shares)
}

/// Whose call begins (`true`) or ends with this row.
fn ends(event: &Event) -> Option<(Side, bool)> {
    match event {
        Event::Call(call) if call.phase == Phase::Enters => Some((call.side, true)),
        Event::Call(call) if call.phase == Phase::Returns => Some((call.side, false)),
        Event::Exit { side, .. } => Some((*side, false)),
        _ => None,
    }
}

fn lines(event: &Event, cells: &Cells, widths: &[usize; 8]) -> [Vec<String>; 8] {
    let cell = |text: &str, column: usize| wrapped(text, widths[column] - 2);
    let mut wire: Vec<String> = cells
        .wire
        .iter()
        .flat_map(|line| cell(line, WIRE))
        .collect();
    if let (Event::Segment(segment), Some(first)) = (event, wire.first_mut()) {
        *first = arrow(first, segment.from, widths[WIRE] - 2);
    }
    [
        vec![cells.time.clone()],
        cell(&cells.code[0], 1),
        cell(&cells.call[0], 2),
        cell(&cells.state[0], 3),
        wire,
        cell(&cells.state[1], 5),
        cell(&cells.call[1], 6),
        cell(&cells.code[1], 7),
    ]
}

/// `─── SYN ──▶`, as wide as the wire.
fn arrow(flags: &str, from: Side, width: usize) -> String {
    let rest = width.saturating_sub(display_width(flags) + 3);
    let (left, right) = ("─".repeat(rest / 2), "─".repeat(rest - rest / 2));
    match from {
        Side::Client => format!("{left} {flags} {right}▶"),
        Side::Server => format!("◀{left} {flags} {right}"),
    }
}

fn wrapped(text: &str, width: usize) -> Vec<String> {
    if text.is_empty() {
        return Vec::new();
    }
    wrap(text, width)
        .into_iter()
        .map(|line| line.trim_end().to_owned())
        .collect()
}

/// Prints cells side by side; `bars` says whose call is waiting.
fn put(
    out: &mut String,
    cells: &[Vec<String>; 8],
    widths: &[usize; 8],
    bars: [bool; 2],
    styles: [Style; 8],
) {
    let height = cells.iter().map(Vec::len).max().unwrap_or(0);
    for index in 0..height {
        let mut line = String::new();
        for (column, lines) in cells.iter().enumerate() {
            let text = lines.get(index).map_or("", String::as_str);
            // A wait's bar stands where the call column meets the states.
            let bar = match column {
                2 if bars[0] => "┃",
                6 if bars[1] => "┃",
                WIRE | 5 => "│",
                _ => " ",
            };
            let pad = " ".repeat((widths[column] - 1).saturating_sub(display_width(text)));
            let style = if index > 0 && column == WIRE {
                dim()
            } else {
                styles[column]
            };
            let text = if text.is_empty() {
                String::new()
            } else {
                format!("{style}{text}{style:#}")
            };
            line += &match column {
                2 => format!("{text}{pad}{bar}"),
                _ => format!("{bar}{text}{pad}"),
            };
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
}

fn caption(out: &mut String, text: &str, widths: &[usize; 8]) {
    let indent = " ".repeat(widths[0] + 1);
    let total: usize = widths.iter().sum();
    let style = Style::new().italic().fg_color(Some(AnsiColor::Cyan.into()));
    for line in wrapped(text, total - widths[0] - 4) {
        out.push_str(&format!("{indent}{style}{line}{style:#}\n"));
    }
}

fn styles(event: &Event) -> [Style; 8] {
    let mut styles = [Style::new(); 8];
    styles[0] = dim();
    styles[3] = bold();
    styles[5] = bold();
    if let Event::Segment(segment) = event {
        let has = |flag: &str| segment.flags.iter().any(|set| set == flag);
        let color = match () {
            () if has("RST") => AnsiColor::Red,
            () if has("SYN") => AnsiColor::Blue,
            () if has("FIN") => AnsiColor::Magenta,
            () if segment.length > 0 => AnsiColor::Green,
            () => AnsiColor::White,
        };
        styles[WIRE] = Style::new().bold().fg_color(Some(color.into()));
    }
    styles
}

fn bold() -> Style {
    Style::new().bold()
}

fn dim() -> Style {
    Style::new().dimmed()
}
