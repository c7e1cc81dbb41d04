//! A recording against the oracle: same, as declared, different, or could not run.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::channel::{Channel, Observed};
use super::declared::{self, Declared};
use crate::record::Recording;

/// What a case's Java–Java recordings showed on each channel, and how often.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Oracle {
    seen: BTreeMap<Channel, BTreeMap<Observed, usize>>,
    /// Why it cannot judge: a recording failed, or its script was not played to the end.
    pub(crate) broken: Option<String>,
}

impl Oracle {
    /// What `recordings` have in common, and where they vary.
    pub(crate) fn of<'a>(
        recordings: impl IntoIterator<Item = &'a Result<Recording, String>>,
    ) -> Oracle {
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
    pub(crate) fn seen(&self, channel: Channel) -> impl Iterator<Item = (&Observed, usize)> {
        self.seen
            .get(&channel)
            .into_iter()
            .flatten()
            .map(|(observed, count)| (observed, *count))
    }

    /// The channels on which Java was not always the same.
    pub(crate) fn varied(&self) -> impl Iterator<Item = Channel> {
        self.seen
            .iter()
            .filter(|(_, seen)| seen.len() > 1)
            .map(|(channel, _)| *channel)
    }
}

/// The verdict on a channel, or on a whole case: the worst of its channels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Verdict {
    /// Exactly what Java did, or one of the things that it was seen to do.
    Same,
    /// Different on purpose, exactly as the list of declared differences says.
    Declared,
    /// Nothing was recorded: a peer's own file says that it does not play this.
    Unsupported,
    Different,
    /// No verdict: the recording or its oracle failed.
    Error,
}

impl Verdict {
    pub(crate) const ALL: [Verdict; 5] = [
        Verdict::Same,
        Verdict::Declared,
        Verdict::Unsupported,
        Verdict::Different,
        Verdict::Error,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Verdict::Same => "same",
            Verdict::Declared => "declared",
            Verdict::Unsupported => "unsupported",
            Verdict::Different => "different",
            Verdict::Error => "error",
        }
    }

    /// A sign for it, so that colour never says it alone.
    pub(crate) fn mark(self) -> char {
        match self {
            Verdict::Same => '✓',
            Verdict::Declared => '≈',
            Verdict::Unsupported => '–',
            Verdict::Different => '✗',
            Verdict::Error => '!',
        }
    }
}

/// One recording, judged.
#[derive(Debug, Clone)]
pub(crate) struct Judgement {
    pub(crate) verdict: Verdict,
    /// Why there is no verdict, or nothing to judge.
    pub(crate) error: Option<String>,
    pub(crate) channels: BTreeMap<Channel, Judged>,
}

impl Judgement {
    /// Of what was not recorded, because a peer does not play it.
    pub(crate) fn unsupported(reason: &str) -> Judgement {
        Judgement {
            verdict: Verdict::Unsupported,
            error: Some(reason.to_owned()),
            channels: BTreeMap::new(),
        }
    }
}

/// One channel, judged.
#[derive(Debug, Clone)]
pub(crate) struct Judged {
    /// `None` where the channel could not be observed, here or in the oracle.
    pub(crate) verdict: Option<Verdict>,
    pub(crate) observed: Observed,
    /// The declared difference that applies here, whether or not it showed.
    pub(crate) declared: Option<&'static Declared>,
}

/// Who was recorded, in which case.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Subject<'a> {
    pub(crate) case: &'a str,
    pub(crate) client: &'a str,
    pub(crate) server: &'a str,
}

/// Judges what was recorded of `subject`.
pub(crate) fn judge(
    subject: Subject<'_>,
    recording: &Result<Recording, String>,
    oracle: &Oracle,
) -> Judgement {
    let failed = |error: &str| Judgement {
        verdict: Verdict::Error,
        error: Some(error.to_owned()),
        channels: BTreeMap::new(),
    };
    let recording = match recording {
        Ok(recording) => recording,
        Err(reason) => return failed(reason),
    };
    if let Some(reason) = &oracle.broken {
        return failed(&format!("Java's own recording is no oracle: {reason}"));
    }
    let channels: BTreeMap<Channel, Judged> = Channel::ALL
        .into_iter()
        .map(|channel| {
            (
                channel,
                judge_channel(subject, channel, channel.observed(recording), oracle),
            )
        })
        .filter(|(_, judged)| judged.observed != Observed::Absent)
        .collect();
    let verdict = channels.values().filter_map(|judged| judged.verdict).max();
    let Some(verdict) = verdict else {
        return failed("nothing could be observed");
    };
    Judgement {
        verdict,
        error: None,
        channels,
    }
}

fn judge_channel(
    subject: Subject<'_>,
    channel: Channel,
    observed: Observed,
    oracle: &Oracle,
) -> Judged {
    let unobserved = |observed: &Observed| matches!(observed, Observed::Unobserved(_));
    if unobserved(&observed) || oracle.seen(channel).any(|(seen, _)| unobserved(seen)) {
        return Judged {
            verdict: None,
            observed,
            declared: None,
        };
    }
    let as_java = oracle.seen(channel).any(|(seen, _)| *seen == observed);
    let declared = declared::find(subject, channel);
    let verdict = match declared {
        None if as_java => Verdict::Same,
        Some(entry) if as_java && entry.observed.may_be_as_java() => Verdict::Same,
        Some(entry) if !as_java && entry.observed.is(&observed) => Verdict::Declared,
        // A declared difference that no longer differs is out of date.
        _ => Verdict::Different,
    };
    Judged {
        verdict: Some(verdict),
        observed,
        declared,
    }
}

/// The first offset at which two byte strings differ, or where the shorter one ends.
pub(crate) fn first_difference(a: &[u8], b: &[u8]) -> Option<usize> {
    let common = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    (common < a.len().max(b.len())).then_some(common)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::record::{Chunk, Connection, End, Exit, Played, Stream, not_asked_for};

    const SUBJECT: Subject<'_> = Subject {
        case: "exchange/ascii",
        client: "rust",
        server: "java-17",
    };

    fn played(stdout: &[u8], exit: Exit) -> Option<Played> {
        let stdout = vec![Chunk {
            time: 0,
            bytes: stdout.to_vec(),
        }];
        Some(Played {
            stdout,
            stderr: Vec::new(),
            exit,
            trace: not_asked_for(),
        })
    }

    fn stream(bytes: &[u8]) -> Stream {
        Stream {
            bytes: bytes.to_vec(),
            ends: vec![End::Fin],
        }
    }

    fn recording() -> Recording {
        let connection = Connection {
            client: ([127, 0, 0, 1], 50_000).into(),
            server: ([127, 0, 0, 1], 666).into(),
            segments: Vec::new(),
            to_server: stream(b"\0\x02hi"),
            to_client: stream(b"\0\x02hi"),
        };
        Recording {
            client: played(b"---client---\nhi\n", Exit::Code(0)),
            server: played(b"---server---\nclient say:hi\n", Exit::Code(0)),
            wire: Ok(vec![connection]),
            missed: None,
            notes: Vec::new(),
            made: Vec::new(),
            time_wait: Vec::new(),
            started: 0,
            took: Duration::ZERO,
        }
    }

    fn oracle() -> Oracle {
        Oracle::of(&[Ok(recording()), Ok(recording()), Ok(recording())])
    }

    /// The channels that differ once `change` was made to a recording that was the oracle's own.
    fn differing(change: impl FnOnce(&mut Recording)) -> Vec<&'static str> {
        let mut changed = recording();
        change(&mut changed);
        let judgement = judge(SUBJECT, &Ok(changed), &oracle());
        let different = |judged: &Judged| judged.verdict == Some(Verdict::Different);
        let channels = judgement
            .channels
            .iter()
            .filter(|(_, judged)| different(judged));
        let names: Vec<_> = channels.map(|(channel, _)| channel.name()).collect();
        assert_eq!(judgement.verdict == Verdict::Different, !names.is_empty());
        names
    }

    #[test]
    fn what_java_did_is_the_same() {
        assert!(differing(|_| {}).is_empty());
    }

    #[test]
    fn each_channel_convicts_alone() {
        fn connection(recording: &mut Recording) -> &mut Connection {
            &mut recording.wire.as_mut().unwrap()[0]
        }
        fn client(recording: &mut Recording) -> &mut Played {
            recording.client.as_mut().unwrap()
        }
        fn server(recording: &mut Recording) -> &mut Played {
            recording.server.as_mut().unwrap()
        }
        assert_eq!(
            differing(|r| r.missed = Some("the client did not exit".into())),
            ["script"]
        );
        assert_eq!(
            differing(|r| client(r).stdout[0].bytes.truncate(15)),
            ["client.stdout"]
        );
        assert_eq!(
            differing(|r| server(r).stdout[0].bytes[0] = b'='),
            ["server.stdout"]
        );
        assert_eq!(
            differing(|r| client(r).exit = Exit::Code(1)),
            ["client.exit"]
        );
        assert_eq!(
            differing(|r| server(r).exit = Exit::StillRunning),
            ["server.exit"]
        );
        assert_eq!(
            differing(|r| connection(r).to_server.bytes[1] = 3),
            ["client.bytes"]
        );
        assert_eq!(
            differing(|r| connection(r).to_client.bytes.clear()),
            ["server.bytes"]
        );
        assert_eq!(
            differing(|r| connection(r).to_server.ends = vec![End::Rst]),
            ["client.end"]
        );
        assert_eq!(
            differing(|r| connection(r).to_client.ends.clear()),
            ["server.end"]
        );
        let twice = |r: &mut Recording| {
            let first = connection(r).clone();
            r.wire.as_mut().unwrap().push(Connection {
                to_server: Stream::default(),
                to_client: Stream::default(),
                ..first
            });
        };
        assert_eq!(
            differing(twice),
            ["connections", "client.end", "server.end"]
        );
    }

    #[test]
    fn a_signal_is_not_an_exit_code() {
        let killed = |r: &mut Recording| r.client.as_mut().unwrap().exit = Exit::Signal(9);
        assert_eq!(differing(killed), ["client.exit"]);
        assert_ne!(Exit::Signal(1).to_string(), Exit::Code(1).to_string());
    }

    #[test]
    fn a_channel_that_varied_in_java_may_vary_within_what_was_seen() {
        let mut reset = recording();
        reset.wire.as_mut().unwrap()[0].to_client.ends = vec![End::Rst];
        let oracle = Oracle::of(&[Ok(recording()), Ok(reset.clone()), Ok(recording())]);
        assert_eq!(oracle.varied().collect::<Vec<_>>(), [Channel::ServerEnd]);
        assert_eq!(
            judge(SUBJECT, &Ok(reset.clone()), &oracle).verdict,
            Verdict::Same
        );
        reset.wire.as_mut().unwrap()[0].to_client.ends = vec![End::Fin, End::Rst];
        assert_eq!(
            judge(SUBJECT, &Ok(reset), &oracle).verdict,
            Verdict::Different
        );
    }

    #[test]
    fn without_an_oracle_there_is_no_verdict() {
        let hung = Recording {
            missed: Some("the server did not exit".into()),
            ..recording()
        };
        let oracle = Oracle::of(&[Ok(recording()), Ok(hung.clone())]);
        let judgement = judge(SUBJECT, &Ok(hung), &oracle);
        assert_eq!(judgement.verdict, Verdict::Error);
        assert!(judgement.error.unwrap().contains("the server did not exit"));
        assert_eq!(
            judge(SUBJECT, &Err("no".into()), &oracle).verdict,
            Verdict::Error
        );
    }

    #[test]
    fn a_channel_that_was_not_observed_has_no_verdict() {
        let blind = Recording {
            wire: Err("no right to capture".into()),
            ..recording()
        };
        let judgement = judge(SUBJECT, &Ok(blind), &oracle());
        assert_eq!(judgement.channels[&Channel::ClientBytes].verdict, None);
        assert_eq!(
            judgement.channels[&Channel::ClientStdout].verdict,
            Some(Verdict::Same)
        );
    }

    #[test]
    fn the_first_difference_is_where_bytes_part_or_one_ends() {
        assert_eq!(first_difference(b"abc", b"abd"), Some(2));
        assert_eq!(first_difference(b"abc", b"ab"), Some(2));
        assert_eq!(first_difference(b"", b"a"), Some(0));
        assert_eq!(first_difference(b"abc", b"abc"), None);
    }
}
