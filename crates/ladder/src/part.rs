//! The three parts of a conversation: how it connects, its data, how it closes.

use clap::ValueEnum;

use crate::about::About;
use crate::call::{Purpose, ShownCall};
use crate::ladder::{Event, Ladder};
use recorder::Signal;

/// A part of a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Part {
    /// Everything before the first message
    Connect,
    /// From the first message to the first program that closes
    Data,
    /// From the first program that closes, or is killed
    Close,
}

/// Returns `ladder` with the rows of `part` alone, which keep their numbers and times. There may be none.
pub fn of(ladder: &Ladder, part: Part) -> Ladder {
    let all = ladder.rows.len();
    let first = |begins: fn(&Event) -> bool| {
        let mut events = ladder.rows.iter().map(|row| &row.event);
        events.position(begins).unwrap_or(all)
    };
    let close = first(closes);
    let data = first(sends).min(close);
    let shown = match part {
        Part::Connect => 0..data,
        Part::Data => data..close,
        Part::Close => close..all,
    };
    Ladder {
        rows_before: ladder.rows_before + shown.start,
        rows: ladder.rows[shown].to_vec(),
        ..ladder.clone()
    }
}

fn sends(event: &Event) -> bool {
    match event {
        Event::Call(call) => call.purpose() == Purpose::Write,
        Event::Segment(segment) => segment.length > 0,
        _ => false,
    }
}

fn closes(event: &Event) -> bool {
    let of_connection = |call: &ShownCall| call.about == About::Connection;
    match event {
        Event::Call(call) => {
            of_connection(call) && matches!(call.purpose(), Purpose::Shutdown | Purpose::Close)
        }
        Event::Segment(segment) => segment.has("FIN") || segment.has("RST"),
        Event::Signal { signal, .. } => *signal == Signal::Kill,
        Event::Exit { .. } => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::Lang;
    use crate::row_text;
    use crate::saved;

    #[test]
    fn the_parts_of_every_recording_are_the_whole() {
        for saved in saved::examples() {
            let whole = saved.ladder();
            let parts = [Part::Connect, Part::Data, Part::Close].map(|part| of(&whole, part));
            let rows: Vec<_> = parts.iter().flat_map(|part| part.rows.clone()).collect();
            assert_eq!(rows, whole.rows);
            let numbers = parts.iter().flat_map(|part| row_text::all(part, Lang::En));
            assert!(numbers.map(|text| text.number).eq(1..=whole.rows.len()));
            let data = parts[1].segments().filter(|segment| segment.length > 0);
            assert!(saved.scenario == "refused" || saved.scenario == "killed" || data.count() > 0);
        }
    }
}
