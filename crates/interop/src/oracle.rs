//! The oracle of a case: everything that the originals showed in it, by which candidates are judged.

use std::collections::BTreeMap;

use crate::attempt::Attempt;
use crate::channel::{Channel, Observed};
use crate::mask::{self, Mask, Observations};

/// Least number of recordings that can show that a channel is never twice the same.
const FEWEST: usize = 3;

/// The recordings of a case's originals. A candidate may match any one of them, on all channels together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Oracle {
    pub recordings: Vec<Observations>,
    /// Reason why nothing can be judged by it: a recording failed, its script did not reach its end, or a channel
    /// was never twice the same.
    pub broken: Option<String>,
}

impl Oracle {
    /// Collects the observations in the originals' recordings of `case`, with `masks` applied.
    pub(crate) fn of<'a>(
        case: &str,
        masks: &[Mask],
        attempts: impl IntoIterator<Item = &'a Attempt>,
    ) -> Oracle {
        let mut oracle = Oracle::default();
        for attempt in attempts {
            match attempt {
                Attempt::Recorded(recording) => {
                    if let Some(missed) = &recording.missed {
                        oracle.broken = Some(missed.clone());
                    }
                    oracle
                        .recordings
                        .push(mask::observe(masks, case, recording));
                }
                Attempt::Failed(reason) | Attempt::Skipped(reason) => {
                    oracle.broken = Some(reason.clone());
                }
            }
        }
        if oracle.broken.is_none() {
            oracle.broken = oracle.unstable();
        }
        oracle
    }

    /// Returns each observation of `channel`, with its count.
    pub(crate) fn seen(&self, channel: Channel) -> impl Iterator<Item = (&Observed, usize)> {
        let mut seen: BTreeMap<&Observed, usize> = BTreeMap::new();
        let observed = self.recordings.iter();
        for observed in observed.filter_map(|recording| recording.get(&channel)) {
            *seen.entry(observed).or_default() += 1;
        }
        seen.into_iter()
    }

    /// Returns `true` if `channel` could not be observed in one of the recordings.
    pub(crate) fn lacks(&self, channel: Channel) -> bool {
        let mut observed = self.recordings.iter().filter_map(|of| of.get(&channel));
        observed.any(Observed::is_unobserved)
    }

    /// Returns the channels on which the recordings of the originals vary.
    pub(crate) fn varied(&self) -> impl Iterator<Item = Channel> {
        let channels = Channel::ALL.iter().copied();
        channels.filter(|&channel| self.seen(channel).count() > 1)
    }

    /// Returns a sentence about a channel that was never twice the same.
    fn unstable(&self) -> Option<String> {
        let all = self.recordings.len();
        let channel = Channel::ALL
            .iter()
            .copied()
            .find(|&channel| all >= FEWEST && self.seen(channel).count() == all)?;
        let (name, mut seen) = (channel.name(), self.seen(channel).map(|(seen, _)| seen));
        let [one, other] = seen.next()?.apart(seen.next()?);
        Some(format!(
            "{name} is unstable: {all} recordings of the originals showed {all} different values, such as {one} and {other}; \
             write a [[mask]] with channel = \"{name}\", a pattern for what varies, and the reason"
        ))
    }
}
