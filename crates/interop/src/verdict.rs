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
    let shown: Vec<Shown<'_>> = observations
        .iter()
        .filter(|(_, observed)| **observed != Observed::Absent)
        .map(|(&channel, observed)| {
            let is_judged = !observed.is_unobserved() && !oracle.lacks(channel);
            let declared = is_judged.then(|| declarations.find(subject, channel));
            Shown {
                channel,
                observed,
                is_judged,
                declared: declared.flatten(),
            }
        })
        .collect();
    let verdicts = originals.iter().map(|original| {
        let of_channel = |shown: &Shown<'_>| shown.verdict(original.get(&shown.channel));
        shown.iter().map(of_channel).collect::<Vec<_>>()
    });
    let nearest = verdicts.min_by_key(|verdicts| {
        let different = |verdict: &&Option<Verdict>| **verdict == Some(Verdict::Different);
        (
            verdicts.iter().max().copied(),
            verdicts.iter().filter(different).count(),
        )
    });
    let nearest = nearest.expect("there is an original, or nothing");
    let worst = nearest.iter().flatten().max().copied();
    let channels = shown.iter().zip(nearest).map(|(shown, verdict)| {
        let judged = Judged {
            verdict,
            observed: shown.observed.clone(),
            declared: shown.declared,
        };
        (shown.channel, judged)
    });
    Judgement {
        verdict: worst.expect("the channel script is always observed"),
        error: None,
        channels: channels.collect(),
    }
}

/// A channel of a recording, and all that is the same whichever original it is compared with.
struct Shown<'a> {
    channel: Channel,
    observed: &'a Observed,
    /// False if it could not be observed in this recording or in one of the originals'.
    is_judged: bool,
    declared: Option<&'static Declared>,
}

impl Shown<'_> {
    /// Returns the verdict beside the observation of one original, or `None` if the channel is not judged.
    fn verdict(&self, original: Option<&Observed>) -> Option<Verdict> {
        let as_original = original == Some(self.observed);
        self.is_judged.then(|| match self.declared {
            None if as_original => Verdict::Same,
            Some(entry) if as_original && entry.observed.may_be_as_java() => Verdict::Same,
            Some(entry) if !as_original && entry.observed.is(self.observed) => Verdict::Declared,
            // A declared difference that no longer differs is out of date.
            _ => Verdict::Different,
        })
    }
}

#[cfg(test)]
mod tests;
