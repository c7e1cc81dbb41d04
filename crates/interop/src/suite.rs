//! A suite: everything that depends on the programs that are tested.

use anyhow::Result;

use crate::case::Case;
use crate::declared::Declared;
use crate::mutant::MutantSuite;
use crate::peer::Peer;
use crate::programs::java::Originals;

/// A pair of original programs, the cases to record, and the candidates to compare with the originals.
#[derive(Debug)]
pub struct Suite {
    /// TCP port of the server, which the programs have in their source.
    pub port: u16,
    /// The client and the server by which the others are judged.
    pub originals: Originals,
    /// Every case, in the order of the report.
    pub cases: Vec<Case>,
    /// The differences that are declared, with their reasons.
    pub declared: &'static [Declared],
    /// Builds the candidates.
    pub candidates: fn() -> Result<Vec<Peer>>,
    /// Returns the peers with which the harness itself is tested.
    pub mutants: fn() -> Result<MutantSuite>,
}
