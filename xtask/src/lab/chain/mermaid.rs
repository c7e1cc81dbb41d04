//! The chains as Mermaid's flow charts, for Markdown: one subgraph for each program.

use std::fmt::Write;

use super::columns::{self, Block, Column};
use super::explain;
use super::figure::{Call, Figure};
use crate::lab::caption::Lang;

pub(super) fn draw(figure: &Figure, lang: Lang) -> String {
    let mut out = String::from("flowchart TB\n");
    for call in &figure.calls {
        let title = format!(
            "{}: {}",
            call.api.java(),
            explain::situation(call.api, lang)
        );
        writeln!(out, "  subgraph {}[{}]", call.api.name(), quoted(&title))
            .expect("a string takes all");
        draw_call(&mut out, call, lang);
        out.push_str("  end\n");
    }
    out
}

fn draw_call(out: &mut String, call: &Call, lang: Lang) {
    for (index, column) in columns::of(call, lang).iter().enumerate() {
        let name = format!("{}{index}", call.api.name());
        let head = quoted(&column.heads.join("\n"));
        writeln!(out, "    subgraph {name}[{head}]").expect("a string takes all");
        let nodes: Vec<String> = texts(column, lang)
            .iter()
            .map(|text| quoted(text))
            .collect();
        for (row, text) in nodes.iter().enumerate() {
            let arrow = match row {
                0 => String::new(),
                _ => format!("{name}_{} --> ", row - 1),
            };
            writeln!(out, "      {arrow}{name}_{row}[{text}]").expect("a string takes all");
        }
        out.push_str("    end\n");
    }
}

fn texts(column: &Column, lang: Lang) -> Vec<String> {
    let call = |name: &str| format!("{} {name}", lang.pick("系统调用", "system call"));
    let mut texts: Vec<String> = column.above.iter().map(text).collect();
    texts.push(call(&column.system_call));
    texts.push(text(&column.kernel));
    if let Some((above, name)) = &column.resumes {
        let woken = lang.pick("被唤醒之后,同一个线程", "when woken, the same thread");
        texts.push(woken.to_owned());
        texts.extend(above.iter().map(text));
        texts.push(call(name));
    }
    texts
}

fn text(block: &Block) -> String {
    let known = block.known.iter().map(|known| format!("({known})"));
    let lines = block.lines.iter().map(|line| line.function.clone());
    let all: Vec<String> = [block.head.clone()]
        .into_iter()
        .chain(known)
        .chain(lines)
        .collect();
    all.join("\n")
}

/// A text of Mermaid's, which knows entities by its own form of them.
fn quoted(text: &str) -> String {
    let safe = text.replace('#', "#35;").replace('"', "#quot;");
    let safe = safe
        .replace('<', "#lt;")
        .replace('>', "#gt;")
        .replace('\n', "<br/>");
    format!("\"{safe}\"")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::chain::recorded;

    #[test]
    fn every_bracket_that_opens_is_closed_and_no_text_holds_a_quote() {
        let drawn = draw(recorded::figure(), Lang::Zh);
        let subgraphs = drawn.matches("subgraph ").count();
        assert_eq!(
            subgraphs,
            drawn.lines().filter(|line| line.trim() == "end").count()
        );
        for line in drawn.lines().filter(|line| line.contains('[')) {
            assert_eq!(line.matches('"').count(), 2, "{line}");
        }
    }
}
