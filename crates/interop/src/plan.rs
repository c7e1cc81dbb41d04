//! Which recordings a run makes: cases × pairings, the oracle's own included.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use globset::{Glob, GlobSet, GlobSetBuilder};

use crate::case::{Case, Cast};
use crate::peer::Peer;
use recorder::{Isolation, Plan, Program, Side};

/// In place of a peer where a case has nobody on that side.
pub(crate) const NOBODY: &str = "none";

/// In place of a peer where the script plays that side.
pub(crate) const SCRIPT: &str = "script";

/// How often the original is recorded at least before it counts as the oracle.
const ORACLE_RECORDINGS: usize = 3;

/// Conditions that all recordings of a run have in common.
#[derive(Debug, Clone, Copy)]
pub struct Setting<'a> {
    /// TCP port of the pair's server.
    pub port: u16,
    pub isolation: Isolation,
    /// Time that a recording has, beside the pauses of its script.
    pub deadline: Duration,
    /// Folder below which the evidence is written.
    pub evidence: &'a Path,
}

/// One recording to make.
#[derive(Debug, Clone)]
pub struct Task<'a> {
    pub case: &'a Case,
    pub client: Option<&'a Peer>,
    pub server: Option<&'a Peer>,
    /// Counts from 1.
    pub run: usize,
    /// Where it stands in the report, whatever the order of recording.
    pub place: usize,
    /// Why a peer does not play it: then nothing is recorded.
    pub unsupported: Option<&'a str>,
}

impl Task<'_> {
    pub fn client_name(&self) -> &str {
        name(Side::Client, self.client, self.case.cast)
    }

    pub fn server_name(&self) -> &str {
        name(Side::Server, self.server, self.case.cast)
    }

    /// As `--pairing` knows it, and as the evidence's folder is called.
    pub fn pairing(&self) -> String {
        pairing_name(self.client_name(), self.server_name())
    }

    /// Whether its server serves until it is told to end.
    pub fn serves_forever(&self) -> bool {
        let server = self.server.and_then(|peer| peer.server.as_ref());
        server.is_some_and(|program| program.serves_forever)
    }

    /// Whether only originals play.
    pub fn is_oracle(&self) -> bool {
        [self.client, self.server]
            .into_iter()
            .flatten()
            .all(|peer| peer.is_oracle)
    }

    /// Returns the recorder's plan.
    pub fn plan(&self, setting: Setting<'_>) -> Plan {
        Plan {
            port: setting.port,
            client: program(self.client, Side::Client),
            server: program(self.server, Side::Server),
            steps: self.case.steps.clone(),
            deadline: setting.deadline + self.case.pauses(),
            isolation: setting.isolation,
            strace: None,
            folder: self.folder(setting.evidence),
        }
    }

    /// Where its evidence is below `evidence`.
    pub fn folder(&self, evidence: &Path) -> PathBuf {
        let mut folder = evidence.join(self.pairing()).join(&self.case.name);
        if self.run > 1 {
            folder.push(format!("run-{}", self.run));
        }
        folder
    }
}

fn program(peer: Option<&Peer>, side: Side) -> Option<Program> {
    peer.and_then(|peer| peer.program(side)).cloned()
}

/// The recordings of `cases` with `peers`: those whose pairing matches, and the oracle's, each `repeat` times.
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
        let casts = casts(case.cast, peers);
        let originals = casts.iter().filter(|pair| all_original(pair)).count();
        let mut recorded = 0..originals;
        for (client, server) in casts {
            let task = Task {
                case,
                client,
                server,
                run: 1,
                place: 0,
                unsupported: unplayable.or(unsupported(case, (client, server))),
            };
            let is_oracle = task.is_oracle();
            if is_oracle || pairings.matches(&task.pairing()) {
                let runs = match task.unsupported {
                    Some(_) => 1,
                    None if is_oracle => repeat.max(oracle_runs(recorded.next(), originals)),
                    None => repeat,
                };
                tasks.extend((1..=runs).map(|run| Task {
                    run,
                    ..task.clone()
                }));
            }
        }
    }
    for (place, task) in tasks.iter_mut().enumerate() {
        task.place = place;
    }
    tasks
}

/// Fails where the chosen pairings play none of the chosen cases: then `tasks` are the oracle's alone,
/// and nobody would be judged by it.
pub(crate) fn require_chosen(tasks: &[Task<'_>], pairings: &Filter) -> Result<()> {
    ensure!(
        tasks.iter().any(|task| pairings.matches(&task.pairing())),
        "no pairing that was chosen plays a case that was chosen; --list shows what there is"
    );
    Ok(())
}

/// How often the `n`th of so many pairs of originals is recorded, so that all have made enough: 0 where they have without it.
fn oracle_runs(n: Option<usize>, originals: usize) -> usize {
    let once_more = n.is_some_and(|n| n < ORACLE_RECORDINGS % originals);
    ORACLE_RECORDINGS / originals + usize::from(once_more)
}

type Pair<'a> = (Option<&'a Peer>, Option<&'a Peer>);

fn casts(cast: Cast, peers: &[Peer]) -> Vec<Pair<'_>> {
    let playing = |side| {
        peers
            .iter()
            .filter(move |peer| peer.program(side).is_some())
    };
    match cast {
        Cast::ClientAlone | Cast::Against(Side::Server) => playing(Side::Client)
            .map(|peer| (Some(peer), None))
            .collect(),
        Cast::ServerAlone | Cast::Against(Side::Client) => playing(Side::Server)
            .map(|peer| (None, Some(peer)))
            .collect(),
        Cast::Both => {
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

fn all_original((client, server): &Pair<'_>) -> bool {
    [client, server]
        .into_iter()
        .flatten()
        .all(|peer| peer.is_oracle)
}

/// Every pairing's name, for `--list` and for checking filters.
pub(crate) fn pairings(peers: &[Peer]) -> Vec<String> {
    let kinds = [
        Cast::Both,
        Cast::ClientAlone,
        Cast::ServerAlone,
        Cast::Against(Side::Server),
        Cast::Against(Side::Client),
    ];
    let of_kind = |cast| {
        let pairs = casts(cast, peers).into_iter();
        pairs.map(move |(client, server)| {
            pairing_name(
                name(Side::Client, client, cast),
                name(Side::Server, server, cast),
            )
        })
    };
    kinds.into_iter().flat_map(of_kind).collect()
}

fn name(side: Side, peer: Option<&Peer>, cast: Cast) -> &str {
    match peer {
        Some(peer) => &peer.name,
        None if cast == Cast::Against(side) => SCRIPT,
        None => NOBODY,
    }
}

fn pairing_name(client: &str, server: &str) -> String {
    format!("{client}__{server}")
}

/// Globs of which one must match; without any, everything does.
#[derive(Debug)]
pub(crate) struct Filter(Option<GlobSet>);

impl Filter {
    /// Fails where a pattern is malformed, or matches none of `names`.
    pub(crate) fn new(what: &str, patterns: &[String], names: &[String]) -> Result<Filter> {
        if patterns.is_empty() {
            return Ok(Filter(None));
        }
        let mut set = GlobSetBuilder::new();
        for pattern in patterns {
            let glob =
                Glob::new(pattern).with_context(|| format!("{what} {pattern:?} is no glob"))?;
            let matcher = glob.compile_matcher();
            ensure!(
                names.iter().any(|name| matcher.is_match(name)),
                "{what} {pattern:?} matches nothing; --list shows what there is"
            );
            set.add(glob);
        }
        Ok(Filter(Some(set.build()?)))
    }

    pub(crate) fn matches(&self, name: &str) -> bool {
        self.0.as_ref().is_none_or(|set| set.is_match(name))
    }
}

#[cfg(test)]
mod tests;
