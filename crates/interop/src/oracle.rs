//! The oracle of a case: everything that the originals showed in it, by which candidates are judged.

use std::collections::BTreeMap;

use recorder::{Recording, Side, joined};

use crate::attempt::Attempt;
use crate::channel::{Channel, Observed, listed};
use crate::mask::{self, Mask, Observations};
use crate::suggestion;

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
                        oracle.broken = Some(format!("{missed}{}", clues(recording)));
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

    /// Returns a clause about each channel that was never twice the same, with what to write.
    fn unstable(&self) -> Option<String> {
        let all = self.recordings.len();
        let channels = self.varied();
        let unstable = channels.filter(|&channel| self.seen(channel).count() == all);
        let clause = |channel: Channel| {
            let (name, mut seen) = (channel.name(), self.seen(channel).map(|(seen, _)| seen));
            let (one, other) = (seen.next()?, seen.next()?);
            let pattern = match suggestion::pattern(one, other) {
                Some(pattern) => format!("a pattern for what varies (perhaps '{pattern}')"),
                None => "a pattern for what varies".into(),
            };
            let [one, other] = one.apart(other);
            Some(format!(
                "{name} is unstable: {all} recordings of the originals showed {all} different values, such as {one} and {other}; \
                 write a [[mask]] with channel = \"{name}\", {pattern}, and the reason"
            ))
        };
        let clauses: Vec<String> = match all >= FEWEST {
            true => unstable.filter_map(clause).collect(),
            false => Vec::new(),
        };
        (!clauses.is_empty()).then(|| clauses.join("; and "))
    }
}

/// Returns what a recording in which the programs did not come together shows of the reason: the port, the sockets that
/// programs listened on, and how each program that wrote to standard error ended, with the first line that it wrote.
pub(crate) fn clues(recording: &Recording) -> String {
    let mut clues = format!(" ({})", recording.port);
    if let Ok(listening @ [_, ..]) = recording.listening.as_deref() {
        clues += &format!("; seen: {}", listed(listening, ""));
    }
    for side in Side::BOTH {
        let Some(played) = recording.played(side) else {
            continue;
        };
        let stderr = joined(&played.stderr);
        let stderr = String::from_utf8_lossy(&stderr);
        if let Some(line) = stderr.lines().find(|line| !line.trim().is_empty()) {
            let (side, exit) = (side.name(), played.exit);
            clues += &format!("; the {side} ({exit}) wrote: {line}");
        }
    }
    clues
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example;
    use recorder::{Chunk, Exit, Listener, ListenerKind};

    #[test]
    fn originals_that_failed_are_shown_with_what_they_wrote_and_where_they_listened() {
        let mut recording = example::recording();
        recording.missed = Some("the server did not listen on its port".into());
        recording.port = 4444;
        recording.listening = Ok(vec![Listener {
            side: Side::Server,
            address: "0.0.0.0:9876".into(),
            kind: ListenerKind::Udp,
        }]);
        let server = recording.server.as_mut().unwrap();
        server.exit = Exit::Code(1);
        let bytes = b"\nError: Unable to access jarfile server.jar\nmore\n".to_vec();
        server.stderr = vec![Chunk { time: 0, bytes }];
        let oracle = Oracle::of("one", &[], &[Attempt::Recorded(recording)]);
        let expected = "the server did not listen on its port (4444); seen: server on 0.0.0.0:9876, UDP; \
                        the server (exit 1) wrote: Error: Unable to access jarfile server.jar";
        assert_eq!(oracle.broken.as_deref(), Some(expected));
    }
}
