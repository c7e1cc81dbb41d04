//! The chains as a page for a report: one figure for each call.

use maud::{DOCTYPE, PreEscaped, html};

use super::figure::Figure;
use super::{explain, svg};
use crate::lab::caption::Lang;

pub(super) fn page(figure: &Figure, lang: Lang) -> String {
    let title = lang.pick("调用链", "The call chain");
    let page = html! {
        (DOCTYPE)
        html lang=(lang.pick("zh-CN", "en")) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) }
                style { (PreEscaped(include_str!("../html/style.css"))) }
            }
            body {
                main {
                    h1 { (title) }
                    p { (figure.system) }
                    @for call in &figure.calls {
                        figure {
                            div.wide { (PreEscaped(svg::draw_call(call, lang))) }
                            figcaption { (explain::situation(call.api, lang)) }
                        }
                    }
                }
            }
        }
    };
    page.into_string()
}
