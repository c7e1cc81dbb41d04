//! Draws the ladder on a terminal: in seven columns if they have room, in one otherwise.

mod beside;
mod narrow;

use anstyle::{AnsiColor, Color, Style};
use textwrap::core::display_width;

use crate::call::Phase;
use crate::ladder::{Event, Ladder};
use crate::lang::Lang;
use crate::row_text::{self, RowText};
use crate::segment::ShownSegment;
use crate::wrap::wrap;
pub use beside::draw as side_by_side;
use recorder::Side;

const WIRE: usize = 4;
/// Least and greatest number of columns that the seven columns are drawn in.
const WIDTHS: (usize, usize) = (132, 200);

/// Draws the ladder for a terminal of `width` columns.
pub fn draw(ladder: &Ladder, lang: Lang, width: usize) -> String {
    let drawn = match width < WIDTHS.0 {
        true => narrow::draw(ladder, lang, width),
        false => wide(ladder, lang, width.min(WIDTHS.1)),
    };
    with_key(drawn, lang, width)
}

/// Returns `drawn` with its explanation below it, which has the signs that occur in it.
fn with_key(drawn: String, lang: Lang, width: usize) -> String {
    let signs = [
        (
            '┃',
            "┃：这个调用还没有返回。",
            "┃: this call has not returned yet. ",
        ),
        ('⋮', "⋮：停顿。", "⋮: a pause. "),
        (
            '▶',
            "▶、◀：段的方向。",
            "▶ and ◀: a segment and where it goes.",
        ),
    ];
    let signs = signs.into_iter().filter(|(sign, ..)| drawn.contains(*sign));
    let signs: String = signs.map(|(_, zh, en)| lang.pick(zh, en)).collect();
    let sentences = [signs.trim_end()].into_iter().chain(row_text::key(lang));
    let lines = sentences.flat_map(|sentence| wrap(sentence, width));
    let key = lines.map(|line| styled(&line, NOTE) + "\n");
    [drawn].into_iter().chain(key).collect()
}

fn wide(ladder: &Ladder, lang: Lang, width: usize) -> String {
    let widths = widths(width);
    let mut out = String::new();
    let mut heads: [Vec<String>; 8] = Default::default();
    heads[0].push("       ms".into());
    for (lines, heading) in heads[1..].iter_mut().zip(row_text::headings(ladder, lang)) {
        lines.push(heading);
    }
    put(&mut out, &heads, &widths, [false; 2], [BOLD; 8]);
    let mut waiting = [false; 2];
    for (row, cells) in ladder.rows.iter().zip(row_text::all(ladder, lang)) {
        if let Some(pause) = &cells.pause {
            let mut gap: [Vec<String>; 8] = Default::default();
            gap[0].push(format!("   ⋮{pause:>8}"));
            put(&mut out, &gap, &widths, waiting, [DIM; 8]);
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

/// Returns the widths of the time and of the seven columns. States and times have fixed widths; the others
/// share the rest.
fn widths(total: usize) -> [usize; 8] {
    let (time, state) = (14, 14);
    let rest = total - time - 2 * state;
    let (code, call) = (rest * 19 / 100, rest * 20 / 100);
    let wire = rest - 2 * code - 2 * call;
    [time, code, call, state, wire, state, call, code]
}

/// Returns the side whose call begins (`true`) or ends with this row.
fn ends(event: &Event) -> Option<(Side, bool)> {
    match event {
        Event::Call(call) if call.phase == Phase::Enters => Some((call.side, true)),
        Event::Call(call) if call.phase == Phase::Returns => Some((call.side, false)),
        Event::Exit { side, .. } => Some((*side, false)),
        _ => None,
    }
}

fn lines(event: &Event, cells: &RowText, widths: &[usize; 8]) -> [Vec<String>; 8] {
    let cell = |text: &str, column: usize| wrap(text, widths[column] - 2);
    let mut wire: Vec<String> = cells
        .wire
        .iter()
        .flat_map(|line| cell(line, WIRE))
        .collect();
    if let (Event::Segment(segment), Some(first)) = (event, wire.first_mut()) {
        *first = arrow(first, segment.from, widths[WIRE] - 2);
    }
    [
        vec![format!("{:>3}{:>9}", cells.number, cells.time)],
        cell(&cells.code[0], 1),
        cell(&cells.call[0], 2),
        cell(&cells.state[0], 3),
        wire,
        cell(&cells.state[1], 5),
        cell(&cells.call[1], 6),
        cell(&cells.code[1], 7),
    ]
}

/// Returns an arrow such as `─── SYN ──▶`, of the wire's width.
fn arrow(flags: &str, from: Side, width: usize) -> String {
    let rest = width.saturating_sub(display_width(flags) + 3);
    let (left, right) = ("─".repeat(rest / 2), "─".repeat(rest - rest / 2));
    match from {
        Side::Client => format!("{left} {flags} {right}▶"),
        Side::Server => format!("◀{left} {flags} {right}"),
    }
}

/// Prints cells side by side. `bars` names the sides whose call is waiting.
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
                DIM
            } else {
                styles[column]
            };
            let text = styled(text, style);
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
    for line in wrap(text, total - widths[0] - 4) {
        out.push_str(&format!("{indent}{}\n", styled(&line, NOTE)));
    }
}

fn styles(event: &Event) -> [Style; 8] {
    let mut styles = [Style::new(); 8];
    styles[0] = DIM;
    styles[3] = BOLD;
    styles[5] = BOLD;
    if let Event::Segment(segment) = event {
        styles[WIRE] = colour(segment);
    }
    styles
}

fn colour(segment: &ShownSegment) -> Style {
    let colour = match segment.kind() {
        "rst" => AnsiColor::Red,
        "syn" => AnsiColor::Blue,
        "fin" => AnsiColor::Magenta,
        "data" => AnsiColor::Green,
        _ => return BOLD,
    };
    BOLD.fg_color(Some(colour.into()))
}

fn styled(text: &str, style: Style) -> String {
    if text.is_empty() {
        return String::new();
    }
    format!("{style}{text}{style:#}")
}

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();
const NOTE: Style = Style::new()
    .italic()
    .fg_color(Some(Color::Ansi(AnsiColor::Cyan)));

#[cfg(test)]
mod tests {
    use super::*;
    use crate::saved;

    #[test]
    fn a_sign_is_explained_if_it_occurs() {
        for saved in saved::examples() {
            for (lang, width) in [(Lang::Zh, 80), (Lang::En, 120), (Lang::En, 160)] {
                let drawn = draw(&saved.ladder(), lang, width);
                for sign in ["┃", "⋮", "▶"] {
                    assert_ne!(
                        drawn.matches(sign).count(),
                        1,
                        "{} {width} {sign}",
                        saved.scenario
                    );
                }
            }
        }
    }
}
