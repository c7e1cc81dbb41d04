//! The chains on a terminal, as many side by side as its width allows.

use std::slice;

use anstyle::{AnsiColor, Style};
use textwrap::core::display_width;

use super::columns::{self, Block, Column};
use super::figure::{CallChains, Figure, Layer};
use super::{explain, lines};
use crate::lang::Lang;
use crate::wrap::wrap;

/// Least and greatest number of characters in a line of a column.
const WIDTHS: (usize, usize) = (42, 64);

/// Draws the figure for a terminal that is `width` characters wide.
pub fn draw(figure: &Figure, lang: Lang, width: usize) -> String {
    let calls = figure.calls.iter().map(|call| draw_call(call, lang, width));
    calls.collect::<Vec<_>>().join("\n")
}

fn draw_call(call: &CallChains, lang: Lang, width: usize) -> String {
    let columns = columns::of(call, lang);
    let beside = (width / WIDTHS.0).clamp(1, columns.len().max(1));
    let each = (width / beside).min(WIDTHS.1);
    let title = Style::new().bold().underline();
    let mut out = format!("{title}{}{title:#}\n", call.socket_call.java());
    for line in wrap(
        explain::situation(call.socket_call, lang),
        width.min(each * beside),
    ) {
        out += &format!("{line}\n");
    }
    for band in columns.chunks(beside) {
        out.push('\n');
        draw_band(&mut out, band, each, lang);
    }
    out
}

/// A line of a column and its style.
type Styled = (Style, String);

fn draw_band(out: &mut String, band: &[Column], width: usize, lang: Lang) {
    let inner = width - 3;
    let mut beside = |rail: &str, part: &dyn Fn(&Column) -> Vec<Styled>| {
        let parts: Vec<Vec<Styled>> = band.iter().map(part).collect();
        put(out, &parts, width, rail);
    };
    let call = |call: &str| vec![border(call, inner, lang)];
    beside(" ", &|column| heads(column, inner));
    beside("│", &|column| blocks(&column.above, inner));
    beside("▼", &|column| call(&column.system_call));
    beside("│", &|column| {
        blocks(slice::from_ref(&column.kernel), inner)
    });
    beside(" ", &|column| resumes(column, inner, lang));
}

fn heads(column: &Column, width: usize) -> Vec<Styled> {
    let styles = [Style::new().bold(), Style::new(), Style::new().dimmed()];
    let heads = column.heads.iter().zip(styles);
    heads
        .flat_map(|(head, style)| wrapped(head, width, style))
        .collect()
}

fn border(system_call: &str, width: usize, lang: Lang) -> Styled {
    let label = lang.pick("═ 系统调用：", "═ system call: ").to_owned() + system_call + " ";
    let rest = "═".repeat(width.saturating_sub(display_width(&label)));
    (
        Style::new().bold().fg_color(Some(AnsiColor::Yellow.into())),
        label + &rest,
    )
}

fn blocks(blocks: &[Block], width: usize) -> Vec<Styled> {
    let mut all = Vec::new();
    for block in blocks {
        let color = color(block.layer);
        let head = match &block.origin {
            Some(origin) => format!("{} ({origin})", block.head),
            None => block.head.into(),
        };
        all.extend(wrapped(&head, width, color.dimmed()));
        for line in &block.lines {
            let names = lines::function(line, width - 2).into_iter();
            all.extend(names.map(|text| (color, format!("  {text}"))));
            let source = (line.source, Style::new().bold());
            let note = (line.note, Style::new().italic().dimmed());
            for (text, style) in [source, note] {
                let texts = wrapped(text.unwrap_or_default(), width - 4, style);
                all.extend(
                    texts
                        .into_iter()
                        .map(|(style, text)| (style, format!("    {text}"))),
                );
            }
        }
    }
    all
}

fn resumes(column: &Column, width: usize, lang: Lang) -> Vec<Styled> {
    let Some((above, system_call)) = &column.resumes else {
        return Vec::new();
    };
    let head = lang.pick(
        "↩ 被唤醒之后，同一个线程：",
        "↩ when woken, the same thread:",
    );
    let mut all = wrapped(head, width, Style::new().bold());
    all.extend(blocks(above, width));
    all.push(border(system_call, width, lang));
    all
}

fn wrapped(text: &str, width: usize, style: Style) -> Vec<Styled> {
    let lines = wrap(text, width).into_iter();
    lines.map(|line| (style, line)).collect()
}

fn color(layer: Layer) -> Style {
    let color = match layer {
        Layer::Program => AnsiColor::Green,
        Layer::Library => AnsiColor::Blue,
        Layer::Native => AnsiColor::Magenta,
        Layer::System => AnsiColor::Cyan,
        Layer::Kernel => AnsiColor::Red,
    };
    Style::new().fg_color(Some(color.into()))
}

/// Writes parts of columns side by side, each to the right of its `rail`, which is as long as the longest part.
fn put(out: &mut String, parts: &[Vec<Styled>], width: usize, rail: &str) {
    let height = parts.iter().map(Vec::len).max().unwrap_or(0);
    for index in 0..height {
        let mut row = String::new();
        for part in parts {
            let (style, text) = part.get(index).cloned().unwrap_or_default();
            let pad = " ".repeat((width - 2).saturating_sub(display_width(&text)));
            row += &format!("{rail} {style}{text}{style:#}{pad}");
        }
        out.push_str(row.trim_end());
        out.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::recorded;

    #[test]
    fn no_line_is_wider_than_the_terminal_in_either_language() {
        for (lang, width) in [(Lang::En, 80), (Lang::Zh, 100), (Lang::Zh, 180)] {
            let drawn = draw(recorded::figure(), lang, width);
            let plain = anstream::adapter::strip_str(&drawn).to_string();
            for line in plain.lines() {
                assert!(display_width(line) <= width, "{width}: {line}");
            }
        }
    }

    #[test]
    fn the_line_of_the_program_the_native_method_and_the_kernels_function_are_in_it() {
        let drawn = draw(recorded::figure(), Lang::En, 100);
        for expected in [
            "Socket client = server.accept();",
            "Java_sun_nio_ch_Net_accept",
            "inet_csk_accept",
            "hellohi_server::accept::accept_all",
        ] {
            assert!(drawn.contains(expected), "{expected}");
        }
    }
}
