//! A recording against the oracle: same, as declared, different, or could not run.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::channel::{Channel, Observed};
use crate::declared::{Declarations, Declared, Subject};
use crate::oracle::Oracle;
use recorder::Recording;

/// The verdict on a channel, or on a whole case: the worst of its channels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
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
    pub const ALL: [Verdict; 5] = [
        Verdict::Same,
        Verdict::Declared,
        Verdict::Unsupported,
        Verdict::Different,
        Verdict::Error,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Verdict::Same => "same",
            Verdict::Declared => "declared",
            Verdict::Unsupported => "unsupported",
            Verdict::Different => "different",
            Verdict::Error => "error",
        }
    }

    /// A sign for it, so that colour never says it alone.
    pub fn mark(self) -> char {
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
pub struct Judgement {
    pub verdict: Verdict,
    /// Why there is no verdict, or nothing to judge.
    pub error: Option<String>,
    pub channels: BTreeMap<Channel, Judged>,
}

impl Judgement {
    /// Of what was not recorded, because a peer does not play it.
    pub fn unsupported(reason: &str) -> Judgement {
        Judgement {
            verdict: Verdict::Unsupported,
            error: Some(reason.to_owned()),
            channels: BTreeMap::new(),
        }
    }
}

/// One channel, judged.
#[derive(Debug, Clone)]
pub struct Judged {
    /// `None` where the channel could not be observed, here or in the oracle.
    pub verdict: Option<Verdict>,
    pub observed: Observed,
    /// The declared difference that applies here, whether or not it showed.
    pub declared: Option<&'static Declared>,
}

/// Judges what was recorded of `subject`.
pub fn judge(
    subject: Subject<'_>,
    recording: &Result<Recording, String>,
    oracle: &Oracle,
    declarations: &Declarations,
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
                judge_channel(
                    subject,
                    channel,
                    channel.observed(recording),
                    oracle,
                    declarations,
                ),
            )
        })
        .filter(|(_, judged)| judged.observed != Observed::Absent)
        .collect();
    let verdicts = channels.values().filter_map(|judged| judged.verdict);
    let verdict = verdicts
        .max()
        .expect("what a script did is always observed");
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
    declarations: &Declarations,
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
    let declared = declarations.find(subject, channel);
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
pub fn first_difference(a: &[u8], b: &[u8]) -> Option<usize> {
    let common = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    (common < a.len().max(b.len())).then_some(common)
}

#[cfg(test)]
mod tests;
