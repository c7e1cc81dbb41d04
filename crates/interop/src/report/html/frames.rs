//! The bytes of a stream, taken apart into the frames of Java's `writeUTF`.
//!
//! The stream `00 02 68 69 00 05 78` becomes:
//!
//! 1. the length `00 02`, which means 2,
//! 2. the body `68 69`, which is the text “hi”,
//! 3. the length `00 05`, which means 5,
//! 4. the body `78`, which is cut after 1 byte of 5.

use maud::{Markup, html};

use super::marks::elided;
use ladder::payload::decode;
use ladder::segment::{Frames, Part, Piece};
use ladder::visible::visible;

/// Number of bytes of a part that are shown.
const SHOWN: usize = 48;

/// Number of parts that are shown.
const PARTS: usize = 12;

/// A part of a frame, with its offset in the stream.
struct Placed {
    piece: Piece,
    offset: usize,
    /// Number of bytes that the length before it announces.
    wanted: usize,
}

/// Returns the frames in `bytes`, with byte `at` marked. A malformed body is shown with the error of Java's `readUTF`.
pub(super) fn list(bytes: &[u8], at: Option<usize>) -> Markup {
    let pieces = placed(bytes);
    let different = pieces
        .iter()
        .position(|placed| at.is_some_and(|at| at < placed.end()));
    let first = different.unwrap_or(0).saturating_sub(PARTS / 2);
    let shown = &pieces[first.min(pieces.len())..pieces.len().min(first + PARTS)];
    let before = shown.first().map_or(0, |placed| placed.offset);
    let end = shown.last().map_or(0, Placed::end);
    html! {
        div.frames {
            (elided(before))
            @for placed in shown { (part(placed, at)) " " }
            (elided(bytes.len() - end))
            @if bytes.is_empty() { i { "no bytes" } }
            @if at.is_some_and(|at| at >= bytes.len()) { " " mark { "⟨end⟩" } }
        }
    }
}

fn placed(bytes: &[u8]) -> Vec<Placed> {
    let (mut offset, mut wanted) = (0, 0);
    let mut pieces = Vec::new();
    for piece in Frames::default().cut(bytes) {
        let length = piece.bytes.len();
        let next = piece
            .text
            .parse()
            .ok()
            .filter(|_| piece.part == Part::Length);
        pieces.push(Placed {
            piece,
            offset,
            wanted,
        });
        offset += length;
        wanted = next.unwrap_or(0);
    }
    pieces
}

impl Placed {
    fn end(&self) -> usize {
        self.offset + self.piece.bytes.len()
    }
}

fn part(placed: &Placed, at: Option<usize>) -> Markup {
    let class = match placed.piece.part {
        Part::Length => "len",
        Part::Body => "bytes",
    };
    let at = at.and_then(|at| at.checked_sub(placed.offset));
    html! {
        span class=(class) { (hex(&placed.piece.bytes, at)) }
        " " (meaning(placed))
    }
}

fn meaning(placed: &Placed) -> Markup {
    let Placed { piece, wanted, .. } = placed;
    let length = piece.bytes.len();
    let text = match piece.part {
        Part::Length if length < 2 => return html! { em { "cut after 1 byte of 2" } },
        Part::Length => return html! { span.meaning { "= " (piece.text) } },
        Part::Body if length < *wanted => {
            return html! { em { "cut after " (length) " bytes of " (wanted) } };
        }
        Part::Body => decode(&piece.bytes),
    };
    match text {
        Ok(text) => {
            let text: String = text.chars().take(SHOWN).collect();
            html! { q { (visible(&text)) } }
        }
        Err(malformed) => html! { em { (malformed) } },
    }
}

fn hex(bytes: &[u8], at: Option<usize>) -> Markup {
    let at = at.filter(|at| *at < bytes.len());
    let start = at.map_or(0, |at| at.saturating_sub(SHOWN / 2));
    let end = bytes.len().min(start + SHOWN);
    let words = |from: usize, to: usize| {
        let words = bytes[from..to].iter().map(|byte| format!("{byte:02x}"));
        words.collect::<Vec<_>>().join(" ")
    };
    html! {
        (elided(start))
        @match at {
            None => (words(start, end)),
            Some(at) => {
                (words(start, at)) @if at > start { " " }
                mark { (words(at, at + 1)) }
                @if at + 1 < end { " " } (words(at + 1, end))
            }
        }
        (elided(bytes.len() - end))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_taken_apart_and_what_is_wrong_with_it_said() {
        let page = |bytes: &[u8]| list(bytes, None).into_string();
        assert!(page(b"\0\x02hi").contains("</span> <q>hi</q>"));
        assert!(page(b"\0\x04\xf0\x9f\x98\x80").contains("<em>malformed input around byte 0</em>"));
        assert!(page(b"\0\x0ahi").contains("<em>cut after 2 bytes of 10</em>"));
        assert!(page(b"\0\x02hi\0").ends_with("<em>cut after 1 byte of 2</em> </div>"));
        assert!(page(b"").contains("no bytes"));
    }

    #[test]
    fn of_many_frames_those_around_the_difference_are_shown() {
        let page = list(&b"\0\x02hi".repeat(1000), Some(2002)).into_string();
        assert!(page.len() < 2000, "{page}");
        assert!(page.contains("<mark>68</mark>"), "{page}");
        assert_eq!(page.matches("more in the evidence").count(), 2);
    }
}
