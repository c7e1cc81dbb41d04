//! Marks that several sections of the page share.

use maud::{Markup, html};

use crate::verdict::Verdict;

/// Returns a verdict as a sign, with its name for readers who do not see the sign.
pub(super) fn mark(verdict: Verdict) -> Markup {
    html! { span.mark title=(verdict.name()) { (verdict.mark()) } " " }
}

/// Returns a note that the page leaves out this many bytes, or nothing if there are none.
pub(super) fn elided(bytes: usize) -> Markup {
    html! { @if bytes > 0 { span.elided { "… " (bytes) " bytes more in the evidence …" } } }
}
