//! The chains as SVG, with a column for each program and a box for each layer. Two columns are as wide as a page.

use std::slice;

use super::columns::{self, Block, Column, Line};
use super::figure::{CallChains, Figure, Layer};
use super::{explain, lines};
use crate::lang::Lang;
use crate::svg::{self, LINE};
use crate::wrap::wrap;

const COLUMN: usize = 333;
const GAP: usize = 14;
/// Number of columns that fit the width of a page, where letters have 7 points.
const BESIDE: usize = 2;
/// Number of letters that fit a column: in a function's name, and in an explanation, which has another font.
const LETTERS: (usize, usize) = (47, 54);
const PAD: usize = 6;

/// Draws all calls of the figure, one below the other.
pub fn draw(figure: &Figure, lang: Lang) -> String {
    sheet(&figure.calls, lang)
}

/// Draws one call.
pub fn draw_call(call: &CallChains, lang: Lang) -> String {
    sheet(slice::from_ref(call), lang)
}

fn sheet(calls: &[CallChains], lang: Lang) -> String {
    let width = BESIDE * (COLUMN + GAP) + GAP;
    let mut body = Canvas {
        svg: svg::Canvas::default(),
        y: GAP,
    };
    for call in calls {
        body.call(call, lang, width);
    }
    let title = lang.pick("调用链", "The call chain");
    body.svg
        .finish(title, lang.pick("zh", "en"), width, (0, body.y))
}

/// An SVG that is being drawn from top to bottom.
struct Canvas {
    svg: svg::Canvas,
    /// The bottom of what is drawn so far.
    y: usize,
}

impl Canvas {
    fn call(&mut self, call: &CallChains, lang: Lang, width: usize) {
        self.text(GAP, "title", call.socket_call.java());
        self.y += 4;
        self.text(GAP, "said", explain::situation(call.socket_call, lang));
        self.y += 6;
        for columns in columns::of(call, lang).chunks(BESIDE) {
            self.columns(columns, lang, width);
            self.y += GAP;
        }
        self.y += GAP;
    }

    fn columns(&mut self, columns: &[Column], lang: Lang, width: usize) {
        self.beside(columns, |canvas, column, x| {
            for (head, class) in column.heads.iter().zip(["head", "said", "note"]) {
                canvas.wrapped(x, class, head, LETTERS.1);
            }
        });
        self.beside(columns, |canvas, column, x| {
            canvas.blocks(x, &column.above);
        });
        self.border(width);
        let calls = columns
            .iter()
            .map(|column| Some(column.system_call.as_str()));
        self.calls(calls, lang);
        self.beside(columns, |canvas, column, x| {
            canvas.blocks(x, slice::from_ref(&column.kernel));
        });
        if columns.iter().any(|column| column.resumes.is_some()) {
            self.beside(columns, |canvas, column, x| {
                if let Some((above, _)) = &column.resumes {
                    let head =
                        lang.pick("↩ 被唤醒之后，同一个线程", "↩ when woken, the same thread");
                    canvas.text(x, "head", head);
                    canvas.blocks(x, above);
                }
            });
            let resumes = columns.iter().map(|column| column.resumes.as_ref());
            self.calls(
                resumes.map(|resumes| resumes.map(|(_, call)| call.as_str())),
                lang,
            );
        }
    }

    /// Draws the columns side by side, and continues below the longest.
    fn beside(&mut self, columns: &[Column], draw: impl Fn(&mut Canvas, &Column, usize)) {
        let (top, mut lowest) = (self.y, self.y);
        for (index, column) in columns.iter().enumerate() {
            self.y = top;
            draw(self, column, GAP + index * (COLUMN + GAP));
            lowest = lowest.max(self.y);
        }
        self.y = lowest + 4;
    }

    /// Draws the border between user space and the kernel.
    fn border(&mut self, width: usize) {
        let (y, end) = (self.y + 4, width - GAP);
        self.svg.path("border", &format!("M{GAP} {y}H{end}"));
        self.y += 6;
    }

    /// Draws the system call of each column, which crosses the border.
    fn calls<'a>(&mut self, names: impl Iterator<Item = Option<&'a str>>, lang: Lang) {
        let top = self.y;
        for (index, name) in names.enumerate() {
            self.y = top;
            if let Some(name) = name {
                let label = format!("▼ {} {name}", lang.pick("系统调用", "system call"));
                self.text(GAP + index * (COLUMN + GAP), "call", &label);
            }
        }
        self.y = top + LINE + 4;
    }

    fn blocks(&mut self, x: usize, blocks: &[Block]) {
        for block in blocks {
            let top = self.y;
            self.y += 4;
            self.text(
                x + PAD + 4,
                &format!("head {}", class(block.layer)),
                block.head,
            );
            if let Some(origin) = &block.origin {
                self.wrapped(x + PAD + 4, "note", origin, LETTERS.1);
            }
            for line in &block.lines {
                self.line(x + PAD + 4, line);
            }
            self.y += 5;
            let height = self.y - top;
            let (y, right) = (self.y, x + COLUMN);
            self.svg
                .path("rule", &format!("M{x} {top}H{right}V{y}H{x}z"));
            self.svg.rect(class(block.layer), x, top, 4, height);
            self.y += 4;
        }
    }

    fn line(&mut self, x: usize, line: &Line) {
        for text in lines::function(line, LETTERS.0) {
            let class = if text.trim() == line.place { "dim" } else { "" };
            self.text(x, class, &text);
        }
        if let Some(source) = line.source {
            self.wrapped(x + 12, "head", source, LETTERS.0 - 2);
        }
        if let Some(note) = line.note {
            self.wrapped(x + 12, "note", note, LETTERS.1 - 4);
        }
    }

    fn wrapped(&mut self, x: usize, class: &str, text: &str, letters: usize) {
        let lines = wrap(text, letters);
        self.svg.texts(x, self.y + LINE - 3, class, "start", &lines);
        self.y += lines.len() * LINE;
    }

    fn text(&mut self, x: usize, class: &str, text: &str) {
        self.y += LINE;
        self.svg.text(x, self.y - 3, class, "start", text);
    }
}

fn class(layer: Layer) -> &'static str {
    match layer {
        Layer::Program => "program",
        Layer::Library => "library",
        Layer::Native => "native",
        Layer::System => "system",
        Layer::Kernel => "kernel",
    }
}
