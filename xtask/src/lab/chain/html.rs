//! The chains as a web page, with one figure for each call.

use std::time::SystemTime;

use maud::{PreEscaped, html};

use super::figure::{Figure, Seen};
use super::{explain, svg};
use crate::lab::environment::{self, Made};
use ::interop::programs::jdk::Jdk;
use ladder::Lang;
use ladder::html::document;

/// Returns the page of the figure called `word`.
pub(super) fn page(word: &str, figure: &Figure, jdks: &[Jdk], lang: Lang) -> String {
    let content = html! {
        @for call in &figure.calls {
            figure {
                div.wide { (PreEscaped(svg::draw_call(call, lang))) }
                figcaption { (explain::situation(call.api, lang)) }
            }
        }
        (environment::section(&made(word, figure), jdks, lang))
    };
    document(lang.pick("调用链", "The call chain"), &content, lang)
}

/// Returns the page's origin with the programs that were seen live. Recorded chains name their own origin.
fn made(word: &str, figure: &Figure) -> Made {
    let chains = figure.calls.iter().flat_map(|call| &call.chains);
    let live = chains.filter(|chain| chain.seen == Seen::Live);
    Made {
        when: humantime::format_rfc3339_seconds(SystemTime::now()).to_string(),
        programs: live.map(|chain| chain.program.clone()).collect(),
        command: format!("cargo xtask lab {word}"),
    }
}
