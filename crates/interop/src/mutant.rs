//! Mutants: deliberately broken peers, and the results of recording them.

use std::collections::BTreeMap;

use globset::Glob;
use recorder::Side;

use crate::case::Case;
use crate::channel::Channel;
use crate::peer::Peer;
use crate::verdict::Verdict;

/// The peers with which the harness is tested.
#[derive(Debug)]
pub struct MutantSuite {
    /// A peer without a defect.
    pub control: Peer,
    /// Peers with one defect each.
    pub mutants: Vec<Mutant>,
}

/// A peer with one defect, which a case must catch.
#[derive(Debug)]
pub struct Mutant {
    pub peer: Peer,
    /// The defect, in a sentence.
    pub about: String,
    /// The sides that can have the defect.
    pub sides: &'static [Side],
    /// The channel that differs if the client has the defect, and the one if the server has it.
    pub breaks: [Channel; 2],
    /// Globs of the cases in which the defect can show.
    pub tried_in: &'static [&'static str],
}

impl Mutant {
    /// Returns whether the mutant is tried on `side` of `case`.
    pub fn is_tried_in(&self, case: &Case, side: Side) -> bool {
        let matches = |glob: &&str| {
            Glob::new(glob).is_ok_and(|glob| glob.compile_matcher().is_match(&case.name))
        };
        self.sides.contains(&side)
            && case.participants.has_program(side)
            && self.tried_in.iter().any(matches)
    }
}

/// The result of recording one mutant on one side.
#[derive(Debug, Clone, serde::Serialize)]
pub(crate) struct MutantResult {
    /// Side and name of the defect: `client byte-dropped`.
    pub name: String,
    /// The defect, in a sentence.
    pub about: String,
    /// The channel that must differ.
    pub breaks: Channel,
    /// Names of the cases in which that channel differs.
    pub caught_by: Vec<String>,
    /// Number of its recordings.
    #[serde(skip)]
    pub played: usize,
    /// Number of its recordings that differ.
    #[serde(skip)]
    pub differing: usize,
    /// Number of recordings in which each channel differs.
    #[serde(skip)]
    pub channels: BTreeMap<Channel, usize>,
    /// Reason why one of its recordings has no verdict.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

impl MutantResult {
    /// Returns `Same` if the mutant was caught, `Different` if it survived, and `Error` if it was not caught but
    /// could not run everywhere.
    pub(crate) fn verdict(&self) -> Verdict {
        match (self.caught_by.as_slice(), &self.error) {
            ([_, ..], _) => Verdict::Same,
            ([], None) => Verdict::Different,
            ([], Some(_)) => Verdict::Error,
        }
    }
}

/// The results of the test of the harness itself.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    pub mutants: Vec<MutantResult>,
    /// Names of the cases that catch no mutant.
    pub useless: Vec<String>,
    /// Recordings of the control that differ from the originals', one line each.
    pub control_differences: Vec<String>,
    /// Recordings without a verdict, one line each.
    pub errors: Vec<String>,
    /// Number of cases that were played.
    pub cases: usize,
}

impl Findings {
    /// Returns the number of mutants with this verdict.
    pub(crate) fn count(&self, verdict: Verdict) -> usize {
        let mutants = self.mutants.iter();
        mutants.filter(|mutant| mutant.verdict() == verdict).count()
    }

    /// Returns the number of survivors, of useless cases and of different recordings of the control.
    pub(crate) fn failures(&self) -> usize {
        self.count(Verdict::Different) + self.useless.len() + self.control_differences.len()
    }
}
