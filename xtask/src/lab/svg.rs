//! The ladder as SVG: opens in any viewer, follows light and dark, prints, and its text can be selected.

use std::fmt::Write;

use textwrap::wrap;

use super::caption::Lang;
use super::cells::{self, Cells};
use super::ladder::{Call, Event, Ladder, Phase};
use super::tcp::State;
use crate::record::Side;

/// Left edges and widths of the columns: time, then the seven.
const COLUMNS: [(usize, usize); 8] = [
    (0, 78),
    (78, 190),
    (268, 226),
    (494, 104),
    (598, 312),
    (910, 104),
    (1014, 226),
    (1240, 190),
];
const WIDTH: usize = 1440;
/// Of a letter and of a line of the figure's type.
const LETTER: f64 = 6.63;
const LINE: usize = 14;
const HEAD: usize = 40;
/// Width of a caption: a side's code and call columns.
const CAPTION: usize = 404;
/// Of a letter of a caption, which is set in another type.
const NARROW: f64 = 5.8;

/// The picture of `ladder`, with its captions in `lang`.
pub(crate) fn svg(ladder: &Ladder, lang: Lang) -> String {
    let rows = rows(ladder, lang);
    let height = rows.last().map_or(HEAD, |row| row.top + row.height) + 12;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"ladder\" viewBox=\"0 0 {WIDTH} {height}\" \
         width=\"{WIDTH}\" height=\"{height}\" role=\"img\" lang=\"{}\">\n<style>{}</style>\n\
         <rect class=\"paper\" width=\"{WIDTH}\" height=\"{height}\"/>\n",
        lang.pick("zh", "en"),
        STYLE.trim(),
    );
    head(&mut svg, ladder, lang, height);
    states(&mut svg, ladder, &rows, height);
    waits(&mut svg, ladder, &rows, height);
    for (row, event) in rows.iter().zip(&ladder.rows) {
        texts(&mut svg, row);
        if let Event::Segment(segment) = &event.event {
            arrow(
                &mut svg,
                row,
                segment.from,
                kind(&segment.flags, segment.length),
            );
        }
    }
    svg.push_str("</svg>\n");
    svg
}

/// What every text of the figure obeys; the page that holds it may set the same variables.
const STYLE: &str = "
.ladder{--paper:#fff;--ink:#1b1f24;--dim:#667080;--line:#d5dae1;--band:#f5f7fa;--syn:#1f6feb;--fin:#8250df;--rst:#cf222e;--data:#1a7f37;--ack:#7d8590;--wait:#d29922;--open:#2da44e;--closing:#a475f9;--shut:#afb8c1;--half:#58a6ff}
@media (prefers-color-scheme:dark){.ladder{--paper:#0d1117;--ink:#e6edf3;--dim:#8b949e;--line:#30363d;--band:#161b22;--syn:#58a6ff;--fin:#bc8cff;--rst:#ff7b72;--data:#56d364;--ack:#8b949e}}
@media print{.ladder{--paper:#fff;--ink:#000;--dim:#444;--line:#bbb;--band:#fff}}
.ladder text{font:11px ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono','Noto Sans Mono CJK SC','Noto Sans CJK SC',monospace;fill:var(--ink);white-space:pre}
.ladder .dim{fill:var(--dim)}.ladder .head{font-weight:bold}.ladder .note{font-family:system-ui,'Noto Sans CJK SC','PingFang SC','Microsoft YaHei',sans-serif;font-size:11.5px;fill:var(--dim)}
.ladder .paper{fill:var(--paper)}.ladder .band{fill:var(--band)}.ladder .rule{stroke:var(--line)}
.ladder .wait{fill:var(--wait);opacity:.55}.ladder .arrow{fill:none;stroke-width:1.6}.ladder .tip{stroke:none}
.ladder .syn{stroke:var(--syn);fill:var(--syn)}.ladder .fin{stroke:var(--fin);fill:var(--fin)}.ladder .rst{stroke:var(--rst);fill:var(--rst)}.ladder .data{stroke:var(--data);fill:var(--data)}.ladder .ack{stroke:var(--ack);fill:var(--ack)}
.ladder text.syn,.ladder text.fin,.ladder text.rst,.ladder text.data,.ladder text.ack{stroke:none;font-weight:bold}
.ladder .open{fill:var(--open)}.ladder .closing{fill:var(--closing)}.ladder .shut{fill:var(--shut)}.ladder .half{fill:var(--half)}
";

/// A row with its place in the figure; its texts are cut into lines.
struct Placed {
    top: usize,
    height: usize,
    cells: Cells,
    lines: [Vec<String>; 8],
    caption: Vec<String>,
    /// Whose columns the caption stands in, and behind how many lines of them.
    caption_at: (Side, usize),
}

fn rows(ladder: &Ladder, lang: Lang) -> Vec<Placed> {
    let mut top = HEAD;
    let mut rows = Vec::new();
    for (cells, row) in cells::all(ladder, lang).into_iter().zip(&ladder.rows) {
        let lines = lines(&cells);
        let caption = cut(&cells.caption, CAPTION, NARROW);
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

/// A caption stands in the columns of the side that it is about: below a call, beside a segment.
fn caption_at(event: &Event, lines: &[Vec<String>; 8]) -> (Side, usize) {
    match event {
        Event::Call(call) if call.side == Side::Client => {
            (Side::Client, lines[1].len().max(lines[2].len()))
        }
        Event::Call(_) => (Side::Server, lines[6].len().max(lines[7].len())),
        Event::Segment(segment) => (segment.from, 0),
        Event::Signal { side, .. } | Event::Console { side, .. } | Event::Exit { side, .. } => {
            (*side, 1)
        }
        Event::OtherClient { .. } => (Side::Client, 0),
    }
}

fn lines(cells: &Cells) -> [Vec<String>; 8] {
    let [client_code, server_code] = &cells.code;
    let [client_call, server_call] = &cells.call;
    let wire = cells
        .wire
        .iter()
        .flat_map(|line| wrapped(line, COLUMNS[4].1))
        .collect();
    [
        vec![cells.time.clone()],
        wrapped(client_code, COLUMNS[1].1),
        wrapped(client_call, COLUMNS[2].1 - 14),
        wrapped(&cells.state[0], COLUMNS[3].1),
        wire,
        wrapped(&cells.state[1], COLUMNS[5].1),
        wrapped(server_call, COLUMNS[6].1 - 14),
        wrapped(server_code, COLUMNS[7].1),
    ]
}

fn wrapped(text: &str, width: usize) -> Vec<String> {
    cut(text, width, LETTER)
}

fn cut(text: &str, width: usize, letter: f64) -> Vec<String> {
    if text.is_empty() {
        return Vec::new();
    }
    let letters = ((width - 8) as f64 / letter) as usize;
    let lines = wrap(text, letters).into_iter();
    lines.map(|line| line.trim_end().to_owned()).collect()
}

fn head(svg: &mut String, ladder: &Ladder, lang: Lang, height: usize) {
    text(svg, COLUMNS[0].1 - 6, 20, "dim", "end", "ms");
    for ((x, width), heading) in COLUMNS[1..].iter().zip(cells::headings(ladder, lang)) {
        text(svg, x + width / 2, 20, "head", "middle", &heading);
    }
    for (x, _) in [COLUMNS[4], COLUMNS[5]] {
        writeln!(svg, "<path class=\"rule\" d=\"M{x} 30V{height}\"/>").expect("a string takes all");
    }
    writeln!(svg, "<path class=\"rule\" d=\"M0 30H{WIDTH}\"/>").expect("a string takes all");
}

fn texts(svg: &mut String, row: &Placed) {
    let base = row.top + LINE - 1;
    if let Some(pause) = &row.cells.pause {
        text(
            svg,
            COLUMNS[0].1 - 6,
            row.top - 4,
            "dim",
            "end",
            &format!("⋮ {pause}"),
        );
    }
    for (column, lines) in row.lines.iter().enumerate() {
        let (x, width) = COLUMNS[column];
        for (index, line) in lines.iter().enumerate() {
            let y = base + index * LINE;
            let (x, anchor) = match column {
                0 => (x + width - 6, "end"),
                3 => (x + width - 12, "end"),
                5 => (x + 12, "start"),
                6 => (x + 14, "start"),
                4 => (x + width / 2, "middle"),
                _ => (x + 4, "start"),
            };
            let class = match (column, index) {
                (0, _) => "dim",
                (3 | 5, _) => "head",
                (4, 0) => "head",
                (4, _) => "dim",
                _ => "",
            };
            text(svg, x, y, class, anchor, line);
        }
    }
    let (side, behind) = row.caption_at;
    let x = match side {
        Side::Client => COLUMNS[1].0 + 4,
        Side::Server => COLUMNS[6].0 + 14,
    };
    for (index, line) in row.caption.iter().enumerate() {
        text(
            svg,
            x,
            base + (behind + index) * LINE,
            "note",
            "start",
            line,
        );
    }
}

fn text(svg: &mut String, x: usize, y: usize, class: &str, anchor: &str, line: &str) {
    let class = if class.is_empty() {
        String::new()
    } else {
        format!(" class=\"{class}\"")
    };
    let anchor = if anchor == "start" {
        String::new()
    } else {
        format!(" text-anchor=\"{anchor}\"")
    };
    writeln!(
        svg,
        "<text x=\"{x}\" y=\"{y}\"{class}{anchor}>{}</text>",
        escaped(line)
    )
    .expect("a string takes all");
}

/// The bars beside the wire: one stretch for each state.
fn states(svg: &mut String, ladder: &Ladder, rows: &[Placed], height: usize) {
    for (side, x) in [
        (Side::Client, COLUMNS[4].0 - 8),
        (Side::Server, COLUMNS[5].0),
    ] {
        let mut begun = 0;
        for index in 0..rows.len() {
            let state = ladder.rows[index].state(side);
            let ends = ladder
                .rows
                .get(index + 1)
                .is_none_or(|next| next.state(side) != state);
            if ends {
                let top = rows[begun].top;
                let bottom = rows.get(index + 1).map_or(height - 4, |next| next.top);
                rect(svg, x, top, 8, bottom - top, shade(state));
                begun = index + 1;
            }
        }
    }
}

fn shade(state: State) -> &'static str {
    match state {
        State::Closed => "shut",
        State::Listen | State::SynSent | State::SynReceived => "half",
        State::Established => "open",
        _ => "closing",
    }
}

/// The bars beside a call: how long it kept its thread in the kernel.
fn waits(svg: &mut String, ladder: &Ladder, rows: &[Placed], height: usize) {
    for (index, row) in ladder.rows.iter().enumerate() {
        let Event::Call(call) = &row.event else {
            continue;
        };
        if call.phase != Phase::Enters {
            continue;
        }
        let ends = |other: &Call| {
            other.phase == Phase::Returns && other.side == call.side && other.name == call.name
        };
        let later = ladder.rows.iter().skip(index + 1);
        let end = later
            .clone()
            .position(|row| matches!(&row.event, Event::Call(call) if ends(call)));
        let bottom = end.map_or(height - 4, |end| rows[index + 1 + end].top + LINE);
        let x = match call.side {
            Side::Client => COLUMNS[2].0 + COLUMNS[2].1 - 8,
            Side::Server => COLUMNS[6].0 + 4,
        };
        rect(
            svg,
            x,
            rows[index].top + 4,
            4,
            bottom - rows[index].top - 4,
            "wait",
        );
    }
}

fn rect(svg: &mut String, x: usize, y: usize, width: usize, height: usize, class: &str) {
    writeln!(
        svg,
        "<rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\"/>"
    )
    .expect("a string takes all");
}

fn kind(flags: &[String], length: usize) -> &'static str {
    let has = |flag: &str| flags.iter().any(|set| set == flag);
    match () {
        () if has("RST") => "rst",
        () if has("SYN") => "syn",
        () if has("FIN") => "fin",
        () if length > 0 => "data",
        () => "ack",
    }
}

fn arrow(svg: &mut String, row: &Placed, from: Side, class: &str) {
    let (left, right) = (COLUMNS[4].0 + 4, COLUMNS[5].0 - 4);
    let (top, bottom) = (row.top + row.height - 15, row.top + row.height - 7);
    let (start, end, back) = match from {
        Side::Client => (left, right, right - 9),
        Side::Server => (right, left, left + 9),
    };
    writeln!(
        svg,
        "<path class=\"arrow {class}\" d=\"M{start} {top}L{end} {bottom}\"/>\
         <path class=\"tip {class}\" d=\"M{end} {bottom}L{back} {}L{back} {}z\"/>",
        bottom - 5,
        bottom + 4,
    )
    .expect("a string takes all");
}

pub(crate) fn escaped(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '&' => "&amp;".into(),
            '<' => "&lt;".into(),
            '>' => "&gt;".into(),
            '"' => "&quot;".into(),
            // XML 1.0 has no control characters, not even escaped.
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => '\u{fffd}'.to_string(),
            c => c.to_string(),
        })
        .collect()
}
