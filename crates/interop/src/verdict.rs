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
//! All channels are compared with one and the same recording of the originals, the nearest. If `client.exit` was
//! `exit 1` with FIN and `exit 0` with RST, then `exit 1` with RST is different.
//!
//! The verdict on the recording is the worst verdict on its channels. If a difference is declared and the
//! recording shows what the originals show, the verdict is different: the declaration is out of date.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::channel::{Channel, Observed};
use crate::declared::{Declarations, Declared, Subject};
use crate::mask::Observations;
use crate::oracle::Oracle;

/// The verdict on a channel, or on a whole recording: the worst verdict on its channels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Verdict {
    /// A recording of the originals showed exactly the same.
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

/// Judges the observations of a recording of `subject` by the recording of the originals that is nearest to them.
pub(crate) fn judge(
    subject: Subject<'_>,
    observations: &Observations,
    oracle: &Oracle,
    declarations: &Declarations,
) -> Judgement {
    if let Some(reason) = &oracle.broken {
        return Judgement::failed(format!("no oracle: the originals' recording: {reason}"));
    }
    // Where the originals were not recorded, everything differs from nothing.
    let nothing = Observations::new();
    let originals = match &oracle.recordings[..] {
        [] => std::slice::from_ref(&nothing),
        recordings => recordings,
    };
    let judgements = originals.iter().map(|original| {
        let channels = observations
            .iter()
            .filter(|(_, observed)| **observed != Observed::Absent);
        let channels: BTreeMap<Channel, Judged> = channels
            .map(|(&channel, observed)| {
                let judged = match observed.is_unobserved() || oracle.lacks(channel) {
                    true => Judged {
                        verdict: None,
                        observed: observed.clone(),
                        declared: None,
                    },
                    false => {
                        let declared = declarations.find(subject, channel);
                        judge_channel(observed, original.get(&channel), declared)
                    }
                };
                (channel, judged)
            })
            .collect();
        let verdict = channels.values().filter_map(|judged| judged.verdict).max();
        Judgement {
            verdict: verdict.expect("the channel script is always observed"),
            error: None,
            channels,
        }
    });
    let nearest = judgements.min_by_key(|judgement| {
        let channels = judgement.channels.values();
        let different = channels.filter(|judged| judged.verdict == Some(Verdict::Different));
        (judgement.verdict, different.count())
    });
    nearest.expect("there is an original, or nothing")
}

fn judge_channel(
    observed: &Observed,
    original: Option<&Observed>,
    declared: Option<&'static Declared>,
) -> Judged {
    let as_original = original == Some(observed);
    let verdict = match declared {
        None if as_original => Verdict::Same,
        Some(entry) if as_original && entry.observed.may_be_as_java() => Verdict::Same,
        Some(entry) if !as_original && entry.observed.is(observed) => Verdict::Declared,
        // A declared difference that no longer differs is out of date.
        _ => Verdict::Different,
    };
    Judged {
        verdict: Some(verdict),
        observed: observed.clone(),
        declared,
    }
}

#[cfg(test)]
mod tests;
