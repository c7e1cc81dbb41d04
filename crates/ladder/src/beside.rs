//! Aligns two runs of one scenario on the messages that both sent.
//!
//! Two runs, in which only the left client asks for `TCP_NODELAY`:
//!
//! ```text
//!   left                right                how
//!   connect             connect              same purpose, between two messages
//!   SYN →               SYN →                a message of both runs
//! ! setsockopt                               only the left run has it
//!   write(7)          ≠ write(2)             same purpose, other bytes
//!   data →            ≠ data →               same purpose, other length: no message of both runs
//! ```
//!
//! 1. `anchors` finds the longest list of messages that both runs sent in the same order: here the SYN.
//! 2. `gap` puts the rows between two anchors beside each other if they have the same purpose.
//! 3. `marks` compares the calls and the segments of each side on their own, because the order of a call and
//!    a segment depends on timing.

use crate::call::{Phase, Purpose, ShownCall};
use crate::ladder::{Event, Ladder, Row};
use crate::segment::ShownSegment;
use recorder::{Side, Syscall};

/// Two rows beside each other, as indices from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Pair {
    pub left: Option<usize>,
    pub right: Option<usize>,
    pub mark: Mark,
}

/// The relation of a row to the other run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mark {
    /// The other run has the same, perhaps at another time.
    Same,
    /// The other run has something for the same purpose: another call, other bytes, another answer.
    Differs,
    /// The other run has nothing for this purpose.
    Only,
}

impl Mark {
    pub(crate) fn sign(self) -> &'static str {
        match self {
            Mark::Same => " ",
            Mark::Differs => "≠",
            Mark::Only => "!",
        }
    }
}

/// Returns every row of both runs, each run in its own order.
pub(crate) fn align(left: &Ladder, right: &Ladder) -> Vec<Pair> {
    let marks = marks(left, right);
    let mut pairs = Vec::new();
    let (mut i, mut j) = (0, 0);
    let end = (left.rows.len(), right.rows.len());
    for (left_end, right_end) in anchors(left, right).into_iter().chain([end]) {
        gap(left, right, (i, left_end), (j, right_end), &mut pairs);
        if (left_end, right_end) != end {
            pairs.push((Some(left_end), Some(right_end)));
        }
        (i, j) = (left_end + 1, right_end + 1);
    }
    let mark = |(i, j): (Option<usize>, Option<usize>)| {
        let own = [i.map(|i| marks[0][i]), j.map(|j| marks[1][j])];
        let mark = own.into_iter().flatten().max_by_key(|mark| *mark as u8);
        Pair {
            left: i,
            right: j,
            mark: mark.unwrap_or(Mark::Same),
        }
    };
    pairs.into_iter().map(mark).collect()
}

/// Returns the messages that both runs sent. Every segment that takes sequence numbers is a message, and so
/// is a reset.
fn anchors(left: &Ladder, right: &Ladder) -> Vec<(usize, usize)> {
    let messages = |ladder: &Ladder| {
        let rows = ladder.rows.iter().enumerate();
        let messages = rows.filter_map(|(n, row)| match &row.event {
            Event::Segment(segment) if segment.kind() != "ack" => Some((n, message(segment))),
            _ => None,
        });
        messages.collect::<Vec<_>>()
    };
    common(&messages(left), &messages(right))
}

fn message(segment: &ShownSegment) -> (Side, &'static str, usize, bool) {
    (segment.from, segment.kind(), segment.length, segment.again)
}

/// Pairs the rows between two messages that have the same purpose.
fn gap(
    left: &Ladder,
    right: &Ladder,
    (mut i, left_end): (usize, usize),
    (mut j, right_end): (usize, usize),
    pairs: &mut Vec<(Option<usize>, Option<usize>)>,
) {
    let keys = |ladder: &Ladder, from, to| {
        let rows = ladder.rows[from..to].iter().enumerate();
        rows.map(|(n, row)| (from + n, key(row)))
            .collect::<Vec<_>>()
    };
    let mut same = common(&keys(left, i, left_end), &keys(right, j, right_end));
    same.push((left_end, right_end));
    for (left_next, right_next) in same {
        pairs.extend((i..left_next).map(|i| (Some(i), None)));
        pairs.extend((j..right_next).map(|j| (None, Some(j))));
        if left_next < left_end {
            pairs.push((Some(left_next), Some(right_next)));
        }
        (i, j) = (left_next + 1, right_next + 1);
    }
}

/// Returns the purpose of a row: rows with the same key may stand beside each other.
fn key(row: &Row) -> (Option<Side>, String) {
    let what = match &row.event {
        Event::Call(call) => format!("{:?} {}", call_key(call), call.phase == Phase::Enters),
        Event::Segment(segment) => segment.kind().into(),
        Event::Console { stream, .. } => format!("{stream:?}"),
        Event::Signal { signal, .. } => format!("{signal:?}"),
        Event::OtherClient { leaves } => format!("leaves {leaves}"),
        Event::Exit { .. } => "exit".into(),
    };
    (row.event.side(), what)
}

fn call_key(call: &ShownCall) -> (Purpose, &str) {
    match (call.purpose(), &call.syscall) {
        (Purpose::Aside, _) => (Purpose::Aside, &call.name),
        (purpose, Syscall::SetOption { option, .. }) => (purpose, option.name()),
        (purpose, _) => (purpose, ""),
    }
}

/// Returns the mark of every row. Calls and segments of each side are compared in their own order, because
/// their order among each other depends on timing.
fn marks(left: &Ladder, right: &Ladder) -> [Vec<Mark>; 2] {
    let unpaired = |ladder: &Ladder| ladder.rows.iter().map(unpaired).collect::<Vec<_>>();
    let mut marks = [unpaired(left), unpaired(right)];
    let rows = |ladder: &Ladder, of: (Option<Side>, bool)| {
        let rows = ladder.rows.iter().enumerate();
        let keys = rows.map(|(n, row)| (n, key(row), is_segment(row)));
        let keys = keys.filter(|(_, key, is_segment)| (key.0, *is_segment) == of);
        keys.map(|(n, key, _)| (n, key)).collect::<Vec<_>>()
    };
    for side in [Some(Side::Client), Some(Side::Server), None] {
        for of in [(side, false), (side, true)] {
            for (i, j) in common(&rows(left, of), &rows(right, of)) {
                let same = content(&left.rows[i]) == content(&right.rows[j]);
                let mark = if same { Mark::Same } else { Mark::Differs };
                (marks[0][i], marks[1][j]) = (mark, mark);
            }
        }
    }
    marks
}

fn is_segment(row: &Row) -> bool {
    matches!(row.event, Event::Segment(_))
}

/// Returns the mark of a row that the other run lacks. It is no difference that a call waited, or that a
/// kernel acknowledged at once: both depend on timing.
fn unpaired(row: &Row) -> Mark {
    match &row.event {
        Event::Call(call) if call.phase == Phase::Enters => Mark::Same,
        Event::Segment(segment) if segment.kind() == "ack" => Mark::Same,
        _ => Mark::Only,
    }
}

/// Returns the content of a row, without what differs in every run: descriptors, ports, times.
fn content(row: &Row) -> String {
    match &row.event {
        Event::Call(call) => {
            let result = call.result.map(|result| match call.purpose() {
                Purpose::Socket | Purpose::Accept => result.min(0),
                _ => result,
            });
            let arguments = match call.purpose() {
                Purpose::Bind | Purpose::Listen | Purpose::Set | Purpose::Shutdown => {
                    &call.arguments[1..]
                }
                _ => &[],
            };
            let data = call.syscall.data();
            format!(
                "{} {arguments:?} {result:?} {:?} {data:?}",
                call.name, call.errno
            )
        }
        Event::Segment(segment) => {
            let ack = segment.acknowledgement.map(|number| number.relative);
            let (flags, sequence) = (segment.flags.join(" "), segment.sequence.relative);
            format!(
                "{flags} {sequence} {ack:?} {} {}",
                segment.length, segment.again
            )
        }
        Event::Console { text, .. } => text.clone(),
        Event::Exit { how, .. } => how.to_string(),
        Event::Signal { .. } | Event::OtherClient { .. } => String::new(),
    }
}

/// Returns the longest common subsequence of two lists of numbered keys, as pairs of their numbers.
fn common<K: PartialEq>(left: &[(usize, K)], right: &[(usize, K)]) -> Vec<(usize, usize)> {
    let mut longest = vec![vec![0; right.len() + 1]; left.len() + 1];
    for i in (0..left.len()).rev() {
        for j in (0..right.len()).rev() {
            longest[i][j] = match left[i].1 == right[j].1 {
                true => longest[i + 1][j + 1] + 1,
                false => longest[i + 1][j].max(longest[i][j + 1]),
            };
        }
    }
    let (mut i, mut j) = (0, 0);
    let mut pairs = Vec::new();
    while i < left.len() && j < right.len() {
        if left[i].1 == right[j].1 {
            pairs.push((left[i].0, right[j].0));
            (i, j) = (i + 1, j + 1);
        } else if longest[i + 1][j] >= longest[i][j + 1] {
            i += 1;
        } else {
            j += 1;
        }
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::saved::seeds;

    #[test]
    fn a_run_beside_itself_has_no_differences() {
        let [java, _] = seeds();
        let pairs = align(&java, &java);
        assert_eq!(pairs.len(), java.rows.len());
        let same = |pair: &Pair| pair.left == pair.right && pair.mark == Mark::Same;
        assert!(pairs.iter().all(same), "{pairs:?}");
    }

    #[test]
    fn every_row_stands_once_in_its_own_order_and_messages_stand_together() {
        let [java, rust] = seeds();
        let pairs = align(&java, &rust);
        let left: Vec<usize> = pairs.iter().filter_map(|pair| pair.left).collect();
        let right: Vec<usize> = pairs.iter().filter_map(|pair| pair.right).collect();
        assert!(left.iter().copied().eq(0..java.rows.len()));
        assert!(right.iter().copied().eq(0..rust.rows.len()));
        let data = |ladder: &Ladder, n: Option<usize>| {
            n.is_some_and(|n| matches!(&ladder.rows[n].event, Event::Segment(s) if s.length > 0))
        };
        let messages = pairs
            .iter()
            .filter(|pair| data(&java, pair.left) && data(&rust, pair.right));
        assert_eq!(messages.count(), 2);
        let marks: Vec<Mark> = pairs.iter().map(|pair| pair.mark).collect();
        assert!(marks.contains(&Mark::Differs) && marks.contains(&Mark::Only));
    }
}
