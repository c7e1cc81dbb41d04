//! What the originals did: the measure of everybody else.

use std::collections::BTreeMap;

use crate::channel::{Channel, Observed};
use recorder::Recording;

/// What a case's Java–Java recordings showed on each channel, and how often.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Oracle {
    seen: BTreeMap<Channel, BTreeMap<Observed, usize>>,
    /// Why it cannot judge: a recording failed, or its script was not played to the end.
    pub broken: Option<String>,
}

impl Oracle {
    /// What `recordings` have in common, and where they vary.
    pub fn of<'a>(recordings: impl IntoIterator<Item = &'a Result<Recording, String>>) -> Oracle {
        let mut oracle = Oracle::default();
        for recording in recordings {
            match recording {
                Ok(recording) => oracle.add(recording),
                Err(reason) => oracle.broken = Some(reason.clone()),
            }
        }
        oracle
    }

    fn add(&mut self, recording: &Recording) {
        if let Some(missed) = &recording.missed {
            self.broken = Some(missed.clone());
        }
        for channel in Channel::ALL {
            let seen = self.seen.entry(channel).or_default();
            *seen.entry(channel.observed(recording)).or_default() += 1;
        }
    }

    /// Everything seen on `channel`, with its count.
    pub fn seen(&self, channel: Channel) -> impl Iterator<Item = (&Observed, usize)> {
        self.seen
            .get(&channel)
            .into_iter()
            .flatten()
            .map(|(observed, count)| (observed, *count))
    }

    /// The channels on which Java was not always the same.
    pub fn varied(&self) -> impl Iterator<Item = Channel> {
        self.seen
            .iter()
            .filter(|(_, seen)| seen.len() > 1)
            .map(|(channel, _)| *channel)
    }
}
