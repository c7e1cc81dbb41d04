//! An observation on the page, with the first difference marked.

use maud::{Markup, html};

use super::frames;
use super::marks::elided;
use crate::channel::{Channel, Observed, first_difference};
use ladder::Dissector;
use ladder::visible::visible;

/// Number of bytes of a console that are shown.
const CONSOLE: usize = 480;

/// Returns the offset at which two observations of bytes begin to differ.
pub(super) fn difference(a: &Observed, b: &Observed) -> Option<usize> {
    match (a, b) {
        (Observed::Bytes(a), Observed::Bytes(b)) => first_difference(a, b),
        _ => None,
    }
}

/// Returns the observation `value` of `channel`, with byte `at` marked.
pub(super) fn value(
    dissector: Dissector,
    channel: Channel,
    value: &Observed,
    at: Option<usize>,
) -> Markup {
    let stream = |bytes: &[u8], at| match dissector {
        Dissector::WriteUtf => frames::list(bytes, at),
        Dissector::Raw | Dissector::Lines => console(bytes, at),
    };
    match value {
        Observed::Text(text) => html! { (visible(text)) },
        Observed::Unobserved(reason) => html! { i { "not observed: " (visible(reason)) } },
        Observed::Absent => html! { i { "nobody" } },
        Observed::Streams(streams) => html! {
            @if streams.is_empty() { i { "no connection" } }
            @for bytes in streams { div { (stream(bytes, None)) } }
        },
        Observed::Bytes(bytes) if is_wire(channel) => stream(bytes, at),
        Observed::Bytes(bytes) => console(bytes, at),
    }
}

fn is_wire(channel: Channel) -> bool {
    matches!(channel, Channel::ClientBytes | Channel::ServerBytes)
}

fn console(bytes: &[u8], at: Option<usize>) -> Markup {
    if bytes.is_empty() && at.is_none() {
        return html! { i { "nothing" } };
    }
    let (before, marked, behind) = cut(bytes, at);
    let start = before.len().saturating_sub(CONSOLE / 2);
    let start = if at.is_some() {
        boundary(bytes, start)
    } else {
        0
    };
    let end = behind.len().min(CONSOLE);
    html! {
        pre {
            (elided(start))
            (text(&before[start..]))
            @if let Some(marked) = marked { mark { (shown(marked)) } @if marked == b"\n" { "\n" } }
            (text(&behind[..end]))
            (elided(behind.len() - end))
        }
    }
}

/// Splits `bytes` into the part before the character that byte `at` belongs to, that character, and the rest.
fn cut(bytes: &[u8], at: Option<usize>) -> (&[u8], Option<&[u8]>, &[u8]) {
    let Some(at) = at else {
        return (&[], None, bytes);
    };
    let from = boundary(bytes, at.min(bytes.len()));
    let continuation = |byte: &&u8| **byte & 0xC0 == 0x80;
    let length = bytes
        .get(from + 1..)
        .unwrap_or_default()
        .iter()
        .take_while(continuation)
        .count();
    let to = bytes.len().min(from + 1 + length);
    (&bytes[..from], Some(&bytes[from..to]), &bytes[to..])
}

/// Returns the first byte of the UTF-8 character that byte `at` belongs to.
fn boundary(bytes: &[u8], at: usize) -> usize {
    let continued = |at: usize| bytes.get(at).is_some_and(|byte| byte & 0xC0 == 0x80);
    (at.saturating_sub(3)..=at)
        .rev()
        .find(|at| !continued(*at))
        .unwrap_or(at)
}

/// Returns the marked character, or a symbol if it is invisible.
fn shown(marked: &[u8]) -> String {
    match marked {
        b"" => "⟨end⟩".into(),
        b"\n" => "⏎".into(),
        b" " => "␠".into(),
        b"\t" => "⇥".into(),
        _ => text(marked),
    }
}

fn text(bytes: &[u8]) -> String {
    visible(&String::from_utf8_lossy(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marked(bytes: &[u8], at: usize) -> String {
        console(bytes, Some(at)).into_string()
    }

    #[test]
    fn the_character_that_differs_is_marked_whole() {
        assert_eq!(marked("a你b".as_bytes(), 2), "<pre>a<mark>你</mark>b</pre>");
        assert_eq!(marked(b"a\n", 1), "<pre>a<mark>⏎</mark>\n</pre>");
        assert_eq!(marked(b"a", 1), "<pre>a<mark>⟨end⟩</mark></pre>");
        assert_eq!(
            marked(b"\xff\x80", 1),
            "<pre><mark>\u{fffd}\u{fffd}</mark></pre>"
        );
    }

    #[test]
    fn of_a_long_text_the_part_around_the_difference_is_shown() {
        let page = marked("水".repeat(9000).as_bytes(), 20_000);
        assert!(page.len() < 2 * CONSOLE + 200, "{page}");
        assert!(
            page.contains("<mark>水</mark>") && !page.contains('\u{fffd}'),
            "{page}"
        );
        assert_eq!(page.matches("more in the evidence").count(), 2);
    }
}
