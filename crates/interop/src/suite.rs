//! A suite: everything that is particular to one pair of programs.

use anyhow::Result;

use crate::case::Case;
use crate::declared::Declared;
use crate::mutants::Mutants;
use crate::peer::Peer;
use crate::programs::java::Originals;

/// A pair of original programs, the cases that they are recorded in, and who is compared with them.
#[derive(Debug)]
pub struct Suite {
    /// TCP port that the programs have in their source.
    pub port: u16,
    /// The oracle.
    pub originals: Originals,
    /// Every case, in the order of the report.
    pub cases: Vec<Case>,
    pub declared: &'static [Declared],
    /// Builds the peers that are judged.
    pub candidates: fn() -> Result<Vec<Peer>>,
    /// Returns the peers that the harness itself is tested on.
    pub mutants: fn() -> Result<Mutants>,
}
