//! Plans the recordings of a run: every chosen case with every chosen pairing, and the originals' own.
//!
//! With the peers `java-17` (an original) and `rust`, the case `exchange/ascii` needs a client and a server.
//! The plan has these recordings, in the order of the report:
//!
//! 1. `java-17__java-17` three times, because the verdicts rest on at least three recordings of the originals.
//! 2. `java-17__rust`, `rust__java-17` and `rust__rust`, once each, or as often as `--repeat` says.
//!
//! With `--pairing 'rust__*'` the pairing `java-17__rust` is left out; the recordings of the originals stay.
//! With two JDKs there are four pairings of originals, and one recording of each is enough.
//!
//! A recording that a peer does not support, or that cannot be observed on this machine, is in the plan once,
//! with its reason, and is skipped.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use globset::{Glob, GlobSet, GlobSetBuilder};

use crate::attempt::Attempt;
use crate::case::{Case, Participants};
use crate::peer::Peer;
use recorder::{Isolation, Plan, Program, Side};

/// Stands for a peer on the side that a case leaves empty.
pub(crate) const NOBODY: &str = "none";

/// Stands for a peer on the side that the script plays.
pub(crate) const SCRIPT: &str = "script";

/// Least number of recordings of the originals in each case.
const ORIGINAL_RECORDINGS: usize = 3;

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
            client: program(self.client, Side::Client),
            server: program(self.server, Side::Server),
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

fn program(peer: Option<&Peer>, side: Side) -> Option<Program> {
    peer.and_then(|peer| peer.program(side)).cloned()
}

/// Returns the recordings of `cases` with `peers`: `repeat` of each pairing that matches, and those of the originals.
pub(crate) fn tasks<'a>(
    cases: &[&'a Case],
    peers: &'a [Peer],
    pairings: &Filter,
    repeat: usize,
    isolation: Isolation,
) -> Vec<Task<'a>> {
    let mut tasks = Vec::new();
    for case in cases {
        let unplayable = case
            .steps
            .iter()
            .find_map(|step| step.unplayable(isolation));
        let pairs = pairs(case.participants, peers);
        let originals = pairs.iter().filter(|pair| are_originals(pair)).count();
        let mut recorded = 0..originals;
        for (client, server) in pairs {
            let task = Task {
                case,
                client,
                server,
                repetition: 1,
                unsupported: unplayable.or(unsupported(case, (client, server))),
            };
            let is_original = task.is_original();
            if is_original || pairings.matches(&task.pairing()) {
                let repetitions = match task.unsupported {
                    Some(_) => 1,
                    None if is_original => {
                        repeat.max(original_repetitions(recorded.next(), originals))
                    }
                    None => repeat,
                };
                tasks.extend((1..=repetitions).map(|repetition| Task {
                    repetition,
                    ..task.clone()
                }));
            }
        }
    }
    tasks
}

/// Returns the indices of so many tasks in a random order that depends on `seed` alone.
///
/// Each run records in another order, so that a recording that depends on its neighbours is found.
pub(crate) fn random_order(tasks: usize, seed: u32) -> Vec<usize> {
    let mut order: Vec<usize> = (0..tasks).collect();
    fastrand::Rng::with_seed(seed.into()).shuffle(&mut order);
    order
}

/// Fails if no chosen pairing plays a chosen case. Then all `tasks` are the originals', and nothing is judged.
pub(crate) fn require_chosen(tasks: &[Task<'_>], pairings: &Filter) -> Result<()> {
    ensure!(
        tasks.iter().any(|task| pairings.matches(&task.pairing())),
        "no pairing that was chosen plays a case that was chosen; --list shows all of them"
    );
    Ok(())
}

/// Returns the number of recordings of the `n`th of so many pairings of originals, so that together they
/// make [`ORIGINAL_RECORDINGS`]. It is 0 if the pairings before it make enough.
fn original_repetitions(n: Option<usize>, originals: usize) -> usize {
    let once_more = n.is_some_and(|n| n < ORIGINAL_RECORDINGS % originals);
    ORIGINAL_RECORDINGS / originals + usize::from(once_more)
}

type Pair<'a> = (Option<&'a Peer>, Option<&'a Peer>);

fn pairs(participants: Participants, peers: &[Peer]) -> Vec<Pair<'_>> {
    let playing = |side| {
        peers
            .iter()
            .filter(move |peer| peer.program(side).is_some())
    };
    match participants {
        Participants::ClientAlone | Participants::Scripted(Side::Server) => playing(Side::Client)
            .map(|peer| (Some(peer), None))
            .collect(),
        Participants::ServerAlone | Participants::Scripted(Side::Client) => playing(Side::Server)
            .map(|peer| (None, Some(peer)))
            .collect(),
        Participants::Both => {
            let servers =
                |client| playing(Side::Server).map(move |server| (Some(client), Some(server)));
            playing(Side::Client).flat_map(servers).collect()
        }
    }
}

fn unsupported<'a>(case: &Case, (client, server): Pair<'a>) -> Option<&'a str> {
    let of = |peer: Option<&'a Peer>, side| peer?.unsupported(&case.name, side);
    of(client, Side::Client).or_else(|| of(server, Side::Server))
}

fn are_originals((client, server): &Pair<'_>) -> bool {
    [client, server]
        .into_iter()
        .flatten()
        .all(|peer| peer.is_original)
}

/// Returns the name of every pairing, for `--list` and to check filters.
pub(crate) fn pairings(peers: &[Peer]) -> Vec<String> {
    let kinds = [
        Participants::Both,
        Participants::ClientAlone,
        Participants::ServerAlone,
        Participants::Scripted(Side::Server),
        Participants::Scripted(Side::Client),
    ];
    let of_kind = |participants| {
        let pairs = pairs(participants, peers).into_iter();
        pairs.map(move |(client, server)| {
            pairing_name(
                name(Side::Client, client, participants),
                name(Side::Server, server, participants),
            )
        })
    };
    kinds.into_iter().flat_map(of_kind).collect()
}

fn name(side: Side, peer: Option<&Peer>, participants: Participants) -> &str {
    match peer {
        Some(peer) => &peer.name,
        None if participants == Participants::Scripted(side) => SCRIPT,
        None => NOBODY,
    }
}

fn pairing_name(client: &str, server: &str) -> String {
    format!("{client}__{server}")
}

/// A list of globs of which one must match. An empty list matches every name.
#[derive(Debug)]
pub(crate) struct Filter(Option<GlobSet>);

impl Filter {
    /// Compiles `patterns`. Fails if one is malformed or matches none of `names`.
    pub(crate) fn new(what: &str, patterns: &[String], names: &[String]) -> Result<Filter> {
        if patterns.is_empty() {
            return Ok(Filter(None));
        }
        let mut set = GlobSetBuilder::new();
        for pattern in patterns {
            let glob =
                Glob::new(pattern).with_context(|| format!("{what} {pattern:?} is not a glob"))?;
            let matcher = glob.compile_matcher();
            ensure!(
                names.iter().any(|name| matcher.is_match(name)),
                "{what} {pattern:?} matches nothing; --list shows all names"
            );
            set.add(glob);
        }
        Ok(Filter(Some(set.build()?)))
    }

    /// Returns whether `name` matches one of the globs.
    pub(crate) fn matches(&self, name: &str) -> bool {
        self.0.as_ref().is_none_or(|set| set.is_match(name))
    }
}

#[cfg(test)]
mod tests;
