//! The chains as a web page, with one figure for each call.

use maud::{Markup, PreEscaped, html};

use super::figure::Figure;
use super::{explain, svg};
use crate::html::document;
use crate::lang::Lang;

/// Returns the page of `figure`. `environment` is the section about the programs and the command that made it.
pub fn page(figure: &Figure, environment: &Markup, lang: Lang) -> String {
    let content = html! {
        @for call in &figure.calls {
            figure {
                div.page { (PreEscaped(svg::draw_call(call, lang))) }
                figcaption { (explain::situation(call.socket_call, lang)) }
            }
        }
        (environment)
    };
    document(lang.pick("调用链", "The call chain"), &content, lang)
}
