//! Judges a recording, channel by channel, by the recordings of the originals.
//!
//! An example: in three recordings of the originals, the client's exit was `exit 1`, and the server's end of
//! the connection was FIN twice and RST once. A recording of `rust` shows:
//!
//! | channel | `rust` | verdict |
//! |---|---|---|
//! | `client.exit` | `exit 1` | same |
//! | `client.exit` | `exit 0` | different, or declared if a declared difference says `exit 0` |
//! | `server.end` | RST | same, because the originals showed it once |
//! | `server.end` | not ended | different |
//!
//! The verdict on the recording is the worst verdict on its channels. If a difference is declared and the
//! recording shows what the originals show, the verdict is different: the declaration is out of date.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::channel::{Channel, Observed};
use crate::declared::{Declarations, Declared, Subject};
use crate::oracle::Oracle;
use recorder::Recording;

/// The verdict on a channel, or on a whole recording: the worst verdict on its channels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Verdict {
    /// The originals showed exactly the same at least once.
    Same,
    /// It differs exactly as a declared difference says.
    Declared,
    /// A peer's file says that the peer does not support the case, or it cannot be observed on this machine.
    Unsupported,
    Different,
    /// There is no verdict because this recording or one of the originals' failed.
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

    /// Returns a sign for the verdict, for readers who do not see its colour.
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

/// The verdict on one recording, with the verdicts on its channels.
#[derive(Debug, Clone)]
pub(crate) struct Judgement {
    pub verdict: Verdict,
    /// Reason why there is no verdict, or why the case is unsupported.
    pub error: Option<String>,
    pub channels: BTreeMap<Channel, Judged>,
}

impl Judgement {
    /// Returns the judgement without a verdict, for this reason.
    pub(crate) fn failed(reason: String) -> Judgement {
        Judgement {
            verdict: Verdict::Error,
            error: Some(reason),
            channels: BTreeMap::new(),
        }
    }
}

/// The verdict on one channel of a recording.
#[derive(Debug, Clone)]
pub(crate) struct Judged {
    /// `None` if the channel could not be observed in this recording or in one of the originals'.
    pub verdict: Option<Verdict>,
    pub observed: Observed,
    /// The declared difference that applies to the channel, even if it did not occur.
    pub declared: Option<&'static Declared>,
}

/// Judges a recording of `subject`.
pub(crate) fn judge(
    subject: Subject<'_>,
    recording: &Recording,
    oracle: &Oracle,
    declarations: &Declarations,
) -> Judgement {
    if let Some(reason) = &oracle.broken {
        return Judgement::failed(format!("Java's own recording failed: {reason}"));
    }
    let channels: BTreeMap<Channel, Judged> = Channel::ALL
        .iter()
        .map(|&channel| {
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
        .expect("the channel script is always observed");
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

/// Returns the first offset at which two byte strings differ, which may be the end of the shorter one.
pub(crate) fn first_difference(a: &[u8], b: &[u8]) -> Option<usize> {
    let common = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    (common < a.len().max(b.len())).then_some(common)
}

#[cfg(test)]
mod tests;
