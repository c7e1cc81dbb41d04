//! One recording to make, and the settings of all recordings.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::attempt::Attempt;
use crate::case::{Additions, Case, Participants};
use crate::peer::{NOBODY, Peer, SCRIPT};
use recorder::{Isolation, Plan, Program, Side};

/// The settings that all recordings of a run share.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RecordingSettings<'a> {
    /// TCP port of the pair's server.
    pub port: u16,
    pub isolation: Isolation,
    /// Time after which a recording fails, not counting the pauses of its script.
    pub deadline: Duration,
    /// Folder below which the evidence is written.
    pub evidence: &'a Path,
    /// True if unsupported recordings are made and not skipped.
    pub check_unsupported: bool,
}

/// One recording to make.
#[derive(Debug, Clone)]
pub(crate) struct Task<'a> {
    pub case: &'a Case,
    pub client: Option<&'a Peer>,
    pub server: Option<&'a Peer>,
    /// Number of this repetition, from 1.
    pub repetition: usize,
    /// Reason why a peer does not support the case, or why it cannot be observed here. The recording is skipped,
    /// unless [`RecordingSettings::check_unsupported`] is set.
    pub unsupported: Option<&'a str>,
}

impl Task<'_> {
    pub(crate) fn client_name(&self) -> &str {
        name(Side::Client, self.client, self.case.participants)
    }

    pub(crate) fn server_name(&self) -> &str {
        name(Side::Server, self.server, self.case.participants)
    }

    /// Returns the name of the pairing in `--pairing` and in the folder of the evidence: `java-17__rust`.
    pub(crate) fn pairing(&self) -> String {
        pairing_name(self.client_name(), self.server_name())
    }

    /// Returns whether its server serves until it receives SIGTERM.
    pub(crate) fn serves_forever(&self) -> bool {
        let server = self.server.and_then(|peer| peer.server.as_ref());
        server.is_some_and(|program| program.serves_forever)
    }

    /// Returns whether every program of the recording is an original.
    pub(crate) fn is_original(&self) -> bool {
        [self.client, self.server]
            .into_iter()
            .flatten()
            .all(|peer| peer.is_original)
    }

    /// Makes the recording, unless the plan skips it.
    pub(crate) fn record(&self, settings: RecordingSettings<'_>) -> Attempt {
        match self.unsupported {
            Some(reason) if !settings.check_unsupported => Attempt::Skipped(reason.to_owned()),
            _ => match recorder::record(&self.plan(settings)) {
                Ok(recording) => Attempt::Recorded(recording),
                Err(error) => Attempt::Failed(format!("{error:#}")),
            },
        }
    }

    /// Returns the recorder's plan.
    fn plan(&self, settings: RecordingSettings<'_>) -> Plan {
        Plan {
            port: settings.port,
            client: program(self.client, Side::Client, &self.case.client),
            server: program(self.server, Side::Server, &self.case.server),
            steps: self.case.steps.clone(),
            deadline: settings.deadline + self.case.pauses(),
            isolation: settings.isolation,
            strace: None,
            folder: self.folder(settings.evidence),
        }
    }

    /// Returns the folder of the recording's evidence below `evidence`.
    pub(crate) fn folder(&self, evidence: &Path) -> PathBuf {
        let mut folder = evidence.join(self.pairing()).join(&self.case.name);
        if self.repetition > 1 {
            folder.push(format!("run-{}", self.repetition));
        }
        folder
    }
}

fn program(peer: Option<&Peer>, side: Side, additions: &Additions) -> Option<Program> {
    let mut program = peer?.program(side)?.clone();
    additions.add_to(&mut program);
    Some(program)
}

/// Returns the name of the peer on `side`, or the word that stands for none.
pub(crate) fn name(side: Side, peer: Option<&Peer>, participants: Participants) -> &str {
    match peer {
        Some(peer) => &peer.name,
        None if participants == Participants::Scripted(side) => SCRIPT,
        None => NOBODY,
    }
}

/// Returns the name of a pairing: `java-17__rust`.
pub(crate) fn pairing_name(client: &str, server: &str) -> String {
    format!("{client}__{server}")
}
