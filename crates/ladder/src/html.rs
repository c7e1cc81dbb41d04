//! Writes the ladder as a page for a report: no script, nothing from the network, for paper and for a phone.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::ladder::{Event, Ladder};
use crate::lang::Lang;
use crate::row_text::{self, RowText, role};
use crate::svg;
use crate::visible::visible;
use recorder::{Recording, Side};

/// Pages that explain the figure's terms.
const LINKS: [(&str, &str); 5] = [
    (
        "RFC 9293: Transmission Control Protocol",
        "https://www.rfc-editor.org/rfc/rfc9293",
    ),
    ("tcp(7)", "https://man7.org/linux/man-pages/man7/tcp.7.html"),
    (
        "listen(2)",
        "https://man7.org/linux/man-pages/man2/listen.2.html",
    ),
    (
        "shutdown(2)",
        "https://man7.org/linux/man-pages/man2/shutdown.2.html",
    ),
    (
        "DataInput.readUTF",
        "https://docs.oracle.com/en/java/javase/25/docs/api/java.base/java/io/DataInput.html#readUTF()",
    ),
];

/// Returns the page of `ladders`, the runs of one scenario. `environment` is the section about the programs
/// and machines.
pub fn page(title: &str, ladders: &[&Ladder], lang: Lang, environment: &Markup) -> String {
    let content = html! {
        @if let [left, right] = ladders { (beside(left, right, lang)) }
        @for ladder in ladders { (run(ladder, lang)) }
        (environment)
        (links(lang))
    };
    document(title, &content, lang)
}

/// Returns a section with all that both programs printed, of which `ladder` has the names.
pub fn consoles(recording: &Recording, ladder: &Ladder, lang: Lang) -> Markup {
    let [client, .., server] = row_text::headings(ladder, lang);
    html! {
        section {
            h2 { (lang.pick("实验结果", "What the programs printed")) }
            @for (side, name) in Side::BOTH.iter().zip([client, server]) {
                @if let Some(played) = recording.played(*side) {
                    h3 { (name) }
                    @if played.stdout.is_empty() && played.stderr.is_empty() {
                        p { (lang.pick("没有打印任何内容。", "Nothing.")) }
                    }
                    @for (name, chunks) in [("stdout", &played.stdout), ("stderr", &played.stderr)] {
                        @if !chunks.is_empty() {
                            pre title=(name) { (visible(&String::from_utf8_lossy(&recorder::joined(chunks)))) }
                        }
                    }
                }
            }
        }
    }
}

/// Returns a page that needs no other file: its head, its style, and `content` under its title.
pub fn document(title: &str, content: &Markup, lang: Lang) -> String {
    let page = html! {
        (DOCTYPE)
        html lang=(lang.pick("zh-CN", "en")) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) }
                style { (PreEscaped(include_str!("html/style.css"))) }
            }
            body { main { h1 { (title) } (content) } }
        }
    };
    page.into_string()
}

fn beside(left: &Ladder, right: &Ladder, lang: Lang) -> Markup {
    html! {
        section {
            h2 { (lang.pick("并排", "Side by side")) }
            figure {
                div.page {
                    @for sheet in svg::sheets_side_by_side(left, right, lang) { (PreEscaped(sheet)) }
                }
                figcaption {
                    (lang.pick(
                        "按双方都发送的消息对齐。≠：做法不同；!：只有一边有；仅先后次序不同，不算差异。",
                        "Aligned on the messages that both sent. ≠ is another way to do the same, ! stands on \
                         one side only; when something happened is no difference.",
                    ))
                }
            }
        }
    }
}

fn run(ladder: &Ladder, lang: Lang) -> Markup {
    html! {
        section {
            h2 { (row_text::title(ladder, lang)) }
            @for missing in &ladder.missing { p.missing { (missing) } }
            figure {
                div.page {
                    @for sheet in svg::sheets(ladder, lang) { (PreEscaped(sheet)) }
                }
            }
            h3 { (lang.pick("逐行", "Row by row")) }
            ol.rows start=(ladder.rows_before + 1) {
                @for (row, cells) in ladder.rows.iter().zip(row_text::all(ladder, lang)) {
                    (step(&row.event, &cells, lang))
                }
            }
        }
    }
}

fn step(event: &Event, cells: &RowText, lang: Lang) -> Markup {
    let (class, who) = match (event, event.side()) {
        (Event::Segment(segment), _) => {
            let [from, to] = [segment.from, segment.from.other()].map(|side| role(side, lang));
            (segment.kind(), format!("{from} → {to}"))
        }
        (_, Some(side)) => ("call", role(side, lang).to_owned()),
        (_, None) => (
            "ack",
            lang.pick("另一个客户端", "another client").to_owned(),
        ),
    };
    html! {
        li class=(class) {
            span.when { (cells.time) " ms" }
            " " b { (who) }
            @for call in cells.call.iter().filter(|call| !call.is_empty()) { " " code { (call) } }
            @for code in cells.code.iter().filter(|code| !code.is_empty()) { " " span.code { (code) } }
            @for line in &cells.wire { " " code { (line) } }
            @for (side, state) in Side::BOTH.iter().zip(&cells.state) {
                @if !state.is_empty() { " " span.state { (role(*side, lang)) (lang.pick("：", ": ")) (state) } }
            }
            @if !cells.caption.is_empty() { p { (cells.caption) } }
        }
    }
}

fn links(lang: Lang) -> Markup {
    html! {
        section {
            h2 { (lang.pick("参考", "To read on")) }
            ul { @for (name, url) in LINKS { li { a href=(url) { (name) } } } }
        }
    }
}
