//! A suite: everything that depends on the programs that are tested.

use anyhow::Result;

use crate::case::Case;
use crate::declared::Declared;
use crate::mask::Mask;
use crate::mutant::MutantSuite;
use crate::peer::Peer;
use crate::probes::Probes;
use crate::programs::originals::Originals;
use ladder::Dissector;

/// A pair of original programs, the cases to record, and the candidates to compare with the originals.
#[derive(Debug)]
pub struct Suite {
    /// TCP port of the server, on which the script connects and listens.
    pub port: u16,
    /// The client and the server by which the others are judged.
    pub originals: Originals,
    /// Every case that is known before anything is recorded, in the order of the report.
    pub cases: Vec<Case>,
    /// Names of the cases of `--quick`.
    pub quick: &'static [&'static str],
    /// The conversations from which more cases are derived, once the originals have been recorded in them.
    pub probes: Option<Probes>,
    /// The differences that are declared, with their reasons.
    pub declared: &'static [Declared],
    /// Everything that is not compared, with the reasons.
    pub masks: Vec<Mask>,
    /// The way in which reports show bytes.
    pub dissector: Dissector,
    pub candidates: Vec<Peer>,
    /// Returns the peers with which the harness itself is tested. Without them it is tested with altered recordings.
    pub mutants: Option<fn() -> Result<MutantSuite>>,
}

impl Suite {
    /// Returns whether a run is certified by altered recordings, because there are no mutants.
    pub(crate) fn certifies(&self) -> bool {
        self.mutants.is_none()
    }
}
