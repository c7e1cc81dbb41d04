//! Draws the parts of a figure: texts, rules, bars and arrows.

use std::fmt::Write;

use crate::tcp::State;
use crate::wrap::wrap;
use recorder::Side;

/// Width of a letter of the figures' type; `LINE` is the height of a line.
pub(super) const LETTER: f64 = 6.63;
pub(super) const LINE: usize = 14;
/// Width of a letter of a caption, which is set in another type.
pub(super) const NARROW: f64 = 6.0;

/// Style of every text of a figure. The page that holds it may set the same variables.
const STYLE: &str = "
.ladder{--paper:#fff;--ink:#1b1f24;--dim:#667080;--line:#d5dae1;--syn:#1f6feb;--fin:#8250df;--rst:#cf222e;--data:#1a7f37;--ack:#7d8590;--wait:#d29922;--open:#2da44e;--closing:#a475f9;--shut:#afb8c1;--half:#58a6ff;--mark:#fff8c5;--only:#ffebe9}
@media (prefers-color-scheme:dark){.ladder{--paper:#0d1117;--ink:#e6edf3;--dim:#8b949e;--line:#30363d;--syn:#58a6ff;--fin:#bc8cff;--rst:#ff7b72;--data:#56d364;--ack:#8b949e;--mark:#3b3000;--only:#4a1e1c}}
@media print{.ladder{--paper:#fff;--ink:#000;--dim:#444;--line:#bbb;--mark:#fff8c5;--only:#ffebe9}}
.ladder text{font:11px ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono','Noto Sans Mono CJK SC','Noto Sans CJK SC',monospace;fill:var(--ink);white-space:pre}
.ladder .dim{fill:var(--dim)}.ladder .head{font-weight:bold}.ladder .note{font-family:system-ui,'Noto Sans CJK SC','PingFang SC','Microsoft YaHei',sans-serif;font-size:11.5px;fill:var(--dim)}
.ladder .paper{fill:var(--paper)}.ladder .rule{stroke:var(--line)}.ladder .differs{fill:var(--mark)}.ladder .only{fill:var(--only)}
.ladder .wait{fill:var(--wait);opacity:.55}.ladder .arrow{fill:none;stroke-width:1.6}.ladder .tip{stroke:none}
.ladder .syn{stroke:var(--syn);fill:var(--syn)}.ladder .fin{stroke:var(--fin);fill:var(--fin)}.ladder .rst{stroke:var(--rst);fill:var(--rst)}.ladder .data{stroke:var(--data);fill:var(--data)}.ladder .ack{stroke:var(--ack);fill:var(--ack)}
.ladder .open{fill:var(--open)}.ladder .closing{fill:var(--closing)}.ladder .shut{fill:var(--shut)}.ladder .half{fill:var(--half)}
";

/// A figure that is being drawn.
#[derive(Debug, Default)]
pub(crate) struct Canvas {
    svg: String,
}

impl Canvas {
    /// Returns a sheet that shows everything drawn from `top` on.
    pub(super) fn new(title: &str, lang: &str, width: usize, top: usize, height: usize) -> Canvas {
        let title = escaped(title);
        let style = STYLE.trim();
        Canvas {
            svg: format!(
                "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"ladder\" \
                 viewBox=\"0 {top} {width} {height}\" width=\"{width}\" height=\"{height}\" \
                 role=\"img\" aria-label=\"{title}\" lang=\"{lang}\">\n<style>{style}</style>\n\
                 <rect class=\"paper\" y=\"{top}\" width=\"{width}\" height=\"{height}\"/>\n"
            ),
        }
    }

    pub(crate) fn finish(mut self) -> String {
        self.svg.push_str("</svg>\n");
        self.svg
    }

    pub(crate) fn put(&mut self, element: std::fmt::Arguments<'_>) {
        writeln!(self.svg, "{element}").expect("a string takes all");
    }

    /// Draws a text; `anchor` says which end of it is at `x`.
    pub(crate) fn text(&mut self, x: usize, y: usize, class: &str, anchor: &str, line: &str) {
        let class = match class {
            "" => String::new(),
            class => format!(" class=\"{class}\""),
        };
        let anchor = match anchor {
            "start" => String::new(),
            anchor => format!(" text-anchor=\"{anchor}\""),
        };
        let line = escaped(line);
        self.put(format_args!(
            "<text x=\"{x}\" y=\"{y}\"{class}{anchor}>{line}</text>"
        ));
    }

    pub(super) fn rect(&mut self, class: &str, x: usize, y: usize, width: usize, height: usize) {
        self.put(format_args!(
            "<rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\"/>"
        ));
    }

    /// Draws a line along `path`, which has absolute coordinates.
    pub(super) fn rule(&mut self, path: &str) {
        self.put(format_args!("<path class=\"rule\" d=\"{path}\"/>"));
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
        self.put(format_args!(
            "<path class=\"arrow {class}\" d=\"M{start} {top}L{end} {bottom}\"/>\
             <path class=\"tip {class}\" d=\"M{end} {bottom}L{back} {above}L{back} {below}z\"/>"
        ));
    }
}

/// Wraps `text` into lines that fit `width` units. A path is broken behind `::`.
pub(super) fn wrapped(text: &str, width: usize, letter: f64) -> Vec<String> {
    wrap(text, ((width - 8) as f64 / letter) as usize)
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
