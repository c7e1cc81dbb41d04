//! Masks blank out what differs each time on purpose, such as the time of day, before observations are compared.
//!
//! With the pattern `\d\d:\d\d` on the channel `server.bytes`, `it is 09:41` and `it is 23:05` are both observed as
//! `it is <masked>`, and so are the same.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};

use globset::GlobMatcher;
use recorder::Recording;
use regex::bytes::Regex;

use crate::channel::{Channel, Observed};

/// Text that stands for what a mask has blanked out.
const MASKED: &[u8] = b"<masked>";

/// A pattern that is blanked out on one channel, in the originals' recordings and in the others.
#[derive(Debug)]
pub struct Mask {
    pub channel: Channel,
    pub case: GlobMatcher,
    pub pattern: Regex,
    pub reason: String,
    /// True once the pattern has matched.
    matched: AtomicBool,
}

impl Mask {
    pub fn new(channel: Channel, case: GlobMatcher, pattern: Regex, reason: String) -> Mask {
        Mask {
            channel,
            case,
            pattern,
            reason,
            matched: AtomicBool::new(false),
        }
    }

    fn blanked(&self, bytes: &[u8]) -> Vec<u8> {
        if self.pattern.is_match(bytes) {
            self.matched.store(true, Ordering::Relaxed);
        }
        self.pattern.replace_all(bytes, MASKED).into_owned()
    }
}

/// The observation of a recording on each channel, with the masks applied.
pub(crate) type Observations = BTreeMap<Channel, Observed>;

/// Returns the observations of `recording`, which is of `case`, with `masks` applied.
pub(crate) fn observe(masks: &[Mask], case: &str, recording: &Recording) -> Observations {
    let channels = Channel::ALL.iter();
    channels
        .map(|&channel| {
            (
                channel,
                blanked(masks, case, channel, channel.observed(recording)),
            )
        })
        .collect()
}

/// Returns `observed` with everything blanked out that the masks of `channel` match in `case`.
pub(crate) fn blanked(
    masks: &[Mask],
    case: &str,
    channel: Channel,
    observed: Observed,
) -> Observed {
    of(masks, case, channel).fold(observed, |observed, mask| match observed {
        Observed::Bytes(bytes) => Observed::Bytes(mask.blanked(&bytes)),
        Observed::Streams(streams) => {
            Observed::Streams(streams.iter().map(|bytes| mask.blanked(bytes)).collect())
        }
        Observed::Text(text) => {
            Observed::Text(String::from_utf8_lossy(&mask.blanked(text.as_bytes())).into_owned())
        }
        nothing @ (Observed::Absent | Observed::Unobserved(_)) => nothing,
    })
}

/// Returns the masks of `channel` in `case`.
pub(crate) fn of<'a>(
    masks: &'a [Mask],
    case: &'a str,
    channel: Channel,
) -> impl Iterator<Item = &'a Mask> {
    let applies = move |mask: &&Mask| mask.channel == channel && mask.case.is_match(case);
    masks.iter().filter(applies)
}

/// Returns the masks whose patterns have never matched.
pub(crate) fn unmatched(masks: &[Mask]) -> Vec<&Mask> {
    let masks = masks.iter();
    masks
        .filter(|mask| !mask.matched.load(Ordering::Relaxed))
        .collect()
}

#[cfg(test)]
pub(crate) mod tests {
    use globset::Glob;

    use super::*;

    /// Returns a mask of `channel` in the cases that match `case`.
    pub(crate) fn mask(channel: Channel, case: &str, pattern: &str) -> Mask {
        let case = Glob::new(case).unwrap().compile_matcher();
        Mask::new(
            channel,
            case,
            Regex::new(pattern).unwrap(),
            "it varies".into(),
        )
    }

    #[test]
    fn a_mask_blanks_out_its_pattern_on_its_channel_and_in_its_cases() {
        let masks = [
            mask(Channel::ServerBytes, "date/*", r"\d\d:\d\d"),
            mask(Channel::ClientExit, "*", r"\d+"),
        ];
        let bytes = |text: &str| Observed::Bytes(text.into());
        let (time, hidden) = (bytes("09:41 to 23:05"), bytes("<masked> to <masked>"));
        let server = |case, observed| blanked(&masks, case, Channel::ServerBytes, observed);
        assert_eq!(server("date/now", time.clone()), hidden);
        assert_eq!(server("time/now", time.clone()), time);
        let client = |observed| blanked(&masks, "date/now", Channel::ClientBytes, observed);
        assert_eq!(client(time.clone()), time);
        assert_eq!(
            server(
                "date/now",
                Observed::Streams(vec![b"1".into(), b"09:41".into()])
            ),
            Observed::Streams(vec![b"1".into(), b"<masked>".into()])
        );
        assert_eq!(unmatched(&masks).len(), 1);
        let exit = Observed::Text("exit 7".into());
        let exit = blanked(&masks, "x", Channel::ClientExit, exit);
        assert_eq!(exit, Observed::Text("exit <masked>".into()));
        assert!(unmatched(&masks).is_empty());
    }
}
