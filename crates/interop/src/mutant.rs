//! Mutants: peers with one thing wrong, and what caught them.

use std::collections::BTreeMap;

use recorder::Side;

use crate::channel::Channel;
use crate::peer::Peer;
use crate::verdict::Verdict;

/// A peer with one thing wrong, which the cases must find out.
#[derive(Debug)]
pub struct Defective {
    pub peer: Peer,
    /// The defect, in a sentence.
    pub about: String,
    /// The sides that can have it.
    pub sides: &'static [Side],
    /// The channel that it breaks where the client has it, and where the server has it.
    pub breaks: [Channel; 2],
    /// The cases in which it can show, as globs.
    pub tried_in: &'static [&'static str],
}

/// A peer or a wire with one thing wrong, and what caught it.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Mutant {
    /// The side that has the defect, and the name of the defect.
    pub name: String,
    /// What is wrong with it.
    pub about: String,
    /// The channel that must catch it.
    pub breaks: Channel,
    /// The cases in which that channel did.
    pub caught_by: Vec<String>,
    /// Number of its recordings, and of those that differ.
    #[serde(skip)]
    pub played: usize,
    #[serde(skip)]
    pub differing: usize,
    /// Every channel that differs, and in how many recordings.
    #[serde(skip)]
    pub channels: BTreeMap<Channel, usize>,
    /// Why a recording of it has no verdict, where one has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

impl Mutant {
    /// Whether it was caught, or survived, or could not run where it would have been caught.
    pub fn verdict(&self) -> Verdict {
        match (self.caught_by.as_slice(), &self.error) {
            ([_, ..], _) => Verdict::Same,
            ([], None) => Verdict::Different,
            ([], Some(_)) => Verdict::Error,
        }
    }
}

/// All that the harness's own test found.
#[derive(Debug, Default)]
pub struct Findings {
    pub mutants: Vec<Mutant>,
    /// Names of the cases that catch nobody.
    pub useless: Vec<String>,
    /// Recordings of the control that are not as Java's, each a line.
    pub unsound: Vec<String>,
    /// Recordings without a verdict, each a line.
    pub errors: Vec<String>,
    /// Number of cases that were played.
    pub cases: usize,
}

impl Findings {
    /// Returns the number of mutants with this verdict.
    pub fn count(&self, verdict: Verdict) -> usize {
        let mutants = self.mutants.iter();
        mutants.filter(|mutant| mutant.verdict() == verdict).count()
    }

    /// Returns the number of survivors, useless cases and unsound recordings of the control.
    pub fn failures(&self) -> usize {
        self.count(Verdict::Different) + self.useless.len() + self.unsound.len()
    }
}
