//! Draws the parts of a figure: texts, rules, bars and arrows.
//!
//! Colours and fonts are attributes with literal values, because many viewers and converters know no variables and
//! no media queries of CSS. Classes are only for a page that has other colours in the dark.

use std::fmt::Write;

use crate::tcp::State;
use crate::wrap::{wrap, wrap_measured};
use recorder::Side;

/// Width of a letter of the figures' type; `LINE` is the height of a line.
const LETTER: f64 = 6.63;
pub(crate) const LINE: usize = 14;

/// Attributes of everything. Some viewers know only the first font of a list: it is one that LibreOffice brings.
const ALL: &str = "font-family=\"DejaVu Sans Mono, Menlo, Consolas, Noto Sans Mono CJK SC, monospace\" \
                   font-size=\"11\" fill=\"#1b1f24\" xml:space=\"preserve\"";
const SANS: &str = "font-family=\"Liberation Sans, Arial, Noto Sans CJK SC, PingFang SC, Microsoft YaHei, sans-serif\"";

/// Classes and their attributes.
const CLASSES: [(&str, &str); 26] = [
    ("head", "font-weight=\"bold\""),
    ("title", "font-weight=\"bold\" font-size=\"15\""),
    ("dim", "fill=\"#667080\""),
    ("note", "fill=\"#57606a\" font-size=\"11.5\""),
    ("said", "font-size=\"11.5\""),
    ("paper", "fill=\"#ffffff\""),
    ("rule", "fill=\"none\" stroke=\"#d5dae1\""),
    ("differs", "fill=\"#fff8c5\""),
    ("only", "fill=\"#ffebe9\""),
    ("wait", "fill=\"#d29922\" fill-opacity=\"0.55\""),
    ("shut", "fill=\"#afb8c1\""),
    ("half", "fill=\"#58a6ff\""),
    ("open", "fill=\"#2da44e\""),
    ("closing", "fill=\"#a475f9\""),
    ("syn", "#1f6feb"),
    ("fin", "#8250df"),
    ("rst", "#cf222e"),
    ("data", "#1a7f37"),
    ("ack", "#7d8590"),
    ("program", "fill=\"#1a7f37\""),
    ("library", "fill=\"#1f6feb\""),
    ("native", "fill=\"#8250df\""),
    ("system", "fill=\"#0a7ea4\""),
    ("kernel", "fill=\"#cf222e\""),
    ("call", "fill=\"#9a6700\" font-weight=\"bold\""),
    (
        "border",
        "fill=\"none\" stroke=\"#9a6700\" stroke-dasharray=\"6 3\"",
    ),
];

/// A figure that is being drawn.
#[derive(Debug, Default)]
pub(crate) struct Canvas {
    svg: String,
}

impl Canvas {
    /// Returns the picture of everything that was drawn in `width` units and `height` units from `top` on.
    pub(crate) fn finish(
        self,
        title: &str,
        lang: &str,
        width: usize,
        (top, height): (usize, usize),
    ) -> String {
        let (title, paper) = (escaped(title), attributes("paper"));
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"ladder\" \
             viewBox=\"0 {top} {width} {height}\" width=\"{width}\" height=\"{height}\" \
             role=\"img\" aria-label=\"{title}\" lang=\"{lang}\" {ALL}>\n\
             <rect{paper} y=\"{top}\" width=\"{width}\" height=\"{height}\"/>\n{}</svg>\n",
            self.svg
        )
    }

    fn put(&mut self, element: std::fmt::Arguments<'_>) {
        writeln!(self.svg, "{element}").expect("a string takes all");
    }

    /// Draws a text; `anchor` says which end of it is at `x`.
    pub(crate) fn text(&mut self, x: usize, y: usize, class: &str, anchor: &str, line: &str) {
        self.texts(x, y, class, anchor, &[line]);
    }

    /// Draws lines of text, the first at `y`.
    pub(crate) fn texts<L: AsRef<str>>(
        &mut self,
        x: usize,
        y: usize,
        class: &str,
        anchor: &str,
        lines: &[L],
    ) {
        if lines.is_empty() {
            return;
        }
        let mut attributes = attributes(class);
        if anchor != "start" {
            attributes += &format!(" text-anchor=\"{anchor}\"");
        }
        let lines = lines.iter().enumerate();
        let lines = lines.map(|(n, line)| (y + n * LINE, escaped(line.as_ref())));
        if attributes.is_empty() || lines.len() == 1 {
            for (y, line) in lines {
                self.put(format_args!(
                    "<text x=\"{x}\" y=\"{y}\"{attributes}>{line}</text>"
                ));
            }
        } else {
            let texts = lines.map(|(y, line)| format!("<text x=\"{x}\" y=\"{y}\">{line}</text>"));
            self.put(format_args!(
                "<g{attributes}>{}</g>",
                texts.collect::<String>()
            ));
        }
    }

    pub(crate) fn rect(&mut self, class: &str, x: usize, y: usize, width: usize, height: usize) {
        let attributes = attributes(class);
        self.put(format_args!(
            "<rect{attributes} x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\"/>"
        ));
    }

    /// Draws a line along `path`, which has absolute coordinates.
    pub(crate) fn path(&mut self, class: &str, path: &str) {
        self.put(format_args!("<path{} d=\"{path}\"/>", attributes(class)));
    }

    /// Draws a segment on its way between `left` and `right`, arriving eight units below `top`.
    pub(super) fn arrow(
        &mut self,
        class: &str,
        from: Side,
        (left, right): (usize, usize),
        top: usize,
    ) {
        let (start, end, back) = match from {
            Side::Client => (left, right, right - 9),
            Side::Server => (right, left, left + 9),
        };
        let bottom = top + 8;
        let (above, below) = (bottom - 5, bottom + 4);
        let colour = of_class(class);
        self.put(format_args!(
            "<path fill=\"none\" stroke=\"{colour}\" stroke-width=\"1.6\" d=\"M{start} {top}L{end} {bottom}\"/>\
             <path fill=\"{colour}\" d=\"M{end} {bottom}L{back} {above}L{back} {below}z\"/>"
        ));
    }
}

fn attributes(classes: &str) -> String {
    if classes.is_empty() {
        return String::new();
    }
    let mut all = format!(" class=\"{classes}\"");
    for class in classes.split(' ') {
        all += &format!(" {}", of_class(class));
        if matches!(class, "note" | "said") {
            all += &format!(" {SANS}");
        }
    }
    all
}

fn of_class(class: &str) -> &'static str {
    let found = CLASSES.iter().find(|(name, _)| *name == class);
    found.expect("the table has every class").1
}

/// Wraps `text` into lines that fit `width` units. A path is broken behind `::`.
pub(super) fn wrapped(text: &str, width: usize) -> Vec<String> {
    wrap(text, ((width - 8) as f64 / LETTER) as usize)
}

/// Wraps a caption, which is set in another type, into lines that fit `width` units.
pub(super) fn wrapped_note(text: &str, width: usize) -> Vec<String> {
    wrap_measured(text, (width - 2) as f64, note_letter)
}

/// Returns the width of a caption's letter: 11.5 units, times the most that it has in Liberation Sans, in Arial, and in
/// DejaVu Sans, which is wider and stands in where the others are missing.
fn note_letter(c: char) -> f64 {
    11.5 * match c {
        'i' | 'j' | 'l' | 'I' | '\'' => 0.3,
        ' ' | '.' | ',' | ':' | ';' | '/' | '|' => 0.34,
        'f' | 't' | 'r' | '!' | '(' | ')' | '[' | ']' | '-' => 0.42,
        'm' | 'w' | 'M' | 'W' | '%' => 0.99,
        'D' | 'G' | 'H' | 'N' | 'O' | 'Q' | 'U' | '&' | '+' | '<' | '=' | '>' => 0.84,
        'A'..='Z' => 0.73,
        '\u{21}'..='\u{2ff}' => 0.64,
        _ => 1.0,
    }
}

/// Returns the class of a state's bar, for its colour.
pub(super) fn shade(state: State) -> &'static str {
    match state {
        State::Closed => "shut",
        State::Listen | State::SynSent | State::SynReceived => "half",
        State::Established => "open",
        _ => "closing",
    }
}

pub fn escaped(text: &str) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::caption::Caption;
    use crate::lang::Lang;

    /// Widths of the characters from the space to `~` in DejaVu Sans, in thousandths of its size.
    const DEJAVU_SANS: [u32; 95] = [
        318, 401, 460, 838, 637, 951, 780, 275, 391, 391, 500, 838, 318, 361, 318, 337, 637, 637,
        637, 637, 637, 637, 637, 637, 637, 637, 337, 337, 838, 838, 838, 531, 1000, 685, 687, 699,
        771, 632, 576, 775, 752, 295, 295, 656, 558, 863, 749, 788, 604, 788, 695, 635, 611, 732,
        685, 989, 686, 611, 686, 391, 337, 391, 838, 500, 500, 613, 635, 550, 635, 616, 353, 635,
        634, 278, 278, 580, 278, 975, 634, 612, 635, 635, 412, 521, 393, 634, 592, 818, 592, 592,
        525, 637, 337, 637, 838,
    ];

    #[test]
    fn a_caption_fits_its_column_where_liberation_sans_and_arial_are_missing() {
        let letter = |c: char| {
            let found = DEJAVU_SANS.get((c as usize).wrapping_sub(32));
            11.5 * f64::from(*found.unwrap_or(&1000)) / 1000.0
        };
        for column in [191, 634] {
            for caption in Caption::ALL {
                for lang in [Lang::Zh, Lang::En] {
                    for line in wrapped_note(caption.text(lang), column) {
                        let width: f64 = line.chars().map(letter).sum();
                        assert!(width <= column as f64, "{width} of {column}: {line}");
                    }
                }
            }
        }
    }
}
