//! The oracle of a case: everything that the originals showed in it, by which candidates are judged.

use std::collections::BTreeMap;

use crate::attempt::Attempt;
use crate::channel::{Channel, Observed};
use recorder::Recording;

/// The observations of a case's original programs on each channel, with their counts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Oracle {
    seen: BTreeMap<Channel, BTreeMap<Observed, usize>>,
    /// Reason why nothing can be judged by it: a recording failed, or its script did not reach its end.
    pub broken: Option<String>,
}

impl Oracle {
    /// Collects the observations in the recordings of the originals.
    pub(crate) fn of<'a>(attempts: impl IntoIterator<Item = &'a Attempt>) -> Oracle {
        let mut oracle = Oracle::default();
        for attempt in attempts {
            match attempt {
                Attempt::Recorded(recording) => oracle.add(recording),
                Attempt::Failed(reason) | Attempt::Skipped(reason) => {
                    oracle.broken = Some(reason.clone());
                }
            }
        }
        oracle
    }

    fn add(&mut self, recording: &Recording) {
        if let Some(missed) = &recording.missed {
            self.broken = Some(missed.clone());
        }
        for &channel in Channel::ALL {
            let seen = self.seen.entry(channel).or_default();
            *seen.entry(channel.observed(recording)).or_default() += 1;
        }
    }

    /// Returns each observation of `channel`, with its count.
    pub(crate) fn seen(&self, channel: Channel) -> impl Iterator<Item = (&Observed, usize)> {
        self.seen
            .get(&channel)
            .into_iter()
            .flatten()
            .map(|(observed, count)| (observed, *count))
    }

    /// Returns the channels on which the recordings of the originals vary.
    pub(crate) fn varied(&self) -> impl Iterator<Item = Channel> {
        self.seen
            .iter()
            .filter(|(_, seen)| seen.len() > 1)
            .map(|(channel, _)| *channel)
    }
}
