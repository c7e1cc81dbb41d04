//! Everything that a run found.

use std::path::PathBuf;
use std::time::Duration;

use recorder::Isolation;

use crate::case::Case;
use crate::case_result::CaseResult;
use crate::certificate::Certificate;
use crate::declared::Declared;
use crate::environment::Environment;
use crate::interrupted::Interrupted;
use crate::left_out::LeftOut;
use crate::mutant::Findings;
use crate::oracle::Oracle;
use crate::peer::Peer;
use crate::programs::jdk::Jdk;
use ladder::Dissector;

/// Everything that a run found.
#[derive(Debug)]
pub(crate) struct FinishedRun<'a> {
    pub jdks: &'a [Jdk],
    pub peers: &'a [Peer],
    pub environment: Environment,
    pub isolation: Isolation,
    pub oracles: Vec<(&'a Case, Oracle)>,
    pub results: Vec<CaseResult<'a>>,
    /// Every declared difference.
    pub declarations: &'static [Declared],
    /// Declared differences that never occurred in a whole run.
    pub stale: Vec<&'static Declared>,
    /// The results of judging altered recordings, if the suite has no mutants.
    pub certificate: Option<Certificate>,
    /// The way in which bytes are shown.
    pub dissector: Dissector,
    pub evidence: PathBuf,
    /// Time that each recording was given.
    pub deadline: Duration,
    pub took: Duration,
    /// The part of the suite that was not recorded, if `--quick` was given.
    pub left_out: Option<LeftOut>,
    /// Numbers of recordings, if a signal ended the run early.
    pub interrupted: Option<Interrupted>,
    /// The results of the test of the harness itself, if it ran.
    pub mutants: Option<Findings>,
}
