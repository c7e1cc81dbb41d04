//! Which recordings a run makes: cases × pairings, the oracle's own included.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use globset::{Glob, GlobSet, GlobSetBuilder};

use super::case::{Case, Cast};
use super::peer::Peer;
use crate::record::{Isolation, Plan, Program, Side};

/// In place of a peer where a case has nobody on that side.
pub(crate) const NOBODY: &str = "none";

/// In place of a peer where the script plays that side.
pub(crate) const SCRIPT: &str = "script";

/// How often the original is recorded at least before it counts as the oracle.
const ORACLE_RECORDINGS: usize = 3;

/// One recording to make.
#[derive(Debug, Clone)]
pub(crate) struct Task<'a> {
    pub(crate) case: &'a Case,
    pub(crate) client: Option<&'a Peer>,
    pub(crate) server: Option<&'a Peer>,
    /// Counts from 1.
    pub(crate) run: usize,
    /// Where it stands in the report, whatever the order of recording.
    pub(crate) place: usize,
    /// Why a peer does not play it: then nothing is recorded.
    pub(crate) unsupported: Option<&'a str>,
}

impl Task<'_> {
    pub(crate) fn client_name(&self) -> &str {
        name(Side::Client, self.client, self.case.cast)
    }

    pub(crate) fn server_name(&self) -> &str {
        name(Side::Server, self.server, self.case.cast)
    }

    /// As `--pairing` knows it, and as the evidence's folder is called.
    pub(crate) fn pairing(&self) -> String {
        pairing_name(self.client_name(), self.server_name())
    }

    /// Whether its server serves until it is told to end.
    pub(crate) fn serves_forever(&self) -> bool {
        let server = self.server.and_then(|peer| peer.server.as_ref());
        server.is_some_and(|program| program.serves_forever)
    }

    /// Whether only originals play.
    pub(crate) fn is_oracle(&self) -> bool {
        [self.client, self.server]
            .into_iter()
            .flatten()
            .all(|peer| peer.is_oracle)
    }

    /// The recorder's plan, with its evidence below `evidence`.
    pub(crate) fn plan(&self, isolation: Isolation, deadline: Duration, evidence: &Path) -> Plan {
        Plan {
            client: program(self.client, Side::Client),
            server: program(self.server, Side::Server),
            steps: self.case.steps.clone(),
            deadline: deadline + self.case.pauses(),
            isolation,
            strace: None,
            folder: self.folder(evidence),
        }
    }

    /// Where its evidence is below `evidence`.
    pub(crate) fn folder(&self, evidence: &Path) -> PathBuf {
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
) -> Vec<Task<'a>> {
    let mut tasks = Vec::new();
    for case in cases {
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
                unsupported: unsupported(case, (client, server)),
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
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::interop::example::peer;
    use crate::interop::{case, peer::Unsupported};

    fn every() -> Filter {
        Filter::new("--pairing", &[], &[]).unwrap()
    }

    #[test]
    fn every_side_meets_every_side() {
        let peers = [
            peer("java-17", true),
            peer("java-25", true),
            peer("rust", false),
        ];
        let cases = case::all();
        let hello = cases
            .iter()
            .find(|case| case.name == "exchange/ascii")
            .unwrap();
        let tasks = tasks(&[hello], &peers, &every(), 1);
        assert_eq!(tasks.len(), 9);
        assert_eq!(tasks.iter().filter(|task| task.is_oracle()).count(), 4);
    }

    #[test]
    fn a_peer_is_not_asked_for_what_it_does_not_play() {
        let half = Peer {
            client: None,
            unsupported: vec![Unsupported {
                case: Glob::new("exchange/*").unwrap().compile_matcher(),
                side: Some(Side::Server),
                reason: "too hard".into(),
            }],
            ..peer("half", false)
        };
        let peers = [peer("java-17", true), half];
        let cases = case::all();
        let cases: Vec<&Case> = cases.iter().collect();
        let tasks = tasks(&cases, &peers, &every(), 2);
        assert!(tasks.iter().all(|task| task.client_name() != "half"));
        let of = |name: &str| {
            let tasks = tasks
                .iter()
                .filter(move |task| task.case.name == name && task.server_name() == "half");
            tasks.map(|task| task.unsupported).collect::<Vec<_>>()
        };
        assert_eq!(of("exchange/ascii"), [Some("too hard")]);
        assert_eq!(of("length/1"), [None, None]);
    }

    #[test]
    fn the_oracle_is_recorded_three_times_whatever_was_chosen() {
        let peers = [peer("java-17", true), peer("rust", false)];
        let cases = case::all();
        let cases: Vec<&Case> = cases.iter().collect();
        let names = pairings(&peers);
        let chosen = Filter::new("--pairing", &["rust__rust".into()], &names).unwrap();
        let tasks = tasks(&cases, &peers, &chosen, 1);
        for case in cases {
            let of_case = || tasks.iter().filter(|task| task.case.name == case.name);
            assert_eq!(
                of_case().filter(|task| task.is_oracle()).count(),
                3,
                "{}",
                case.name
            );
            let rust = usize::from(case.cast == Cast::Both);
            assert_eq!(
                of_case()
                    .filter(|task| task.pairing() == "rust__rust")
                    .count(),
                rust
            );
        }
    }

    #[test]
    fn only_the_oracle_and_what_was_chosen_is_recorded() {
        let peers = [peer("java-17", true), peer("rust", false)];
        let cases = case::all();
        let cases: Vec<&Case> = cases.iter().collect();
        let chosen = Filter::new("--pairing", &["rust__rust".into()], &pairings(&peers)).unwrap();
        let made = tasks(&cases, &peers, &chosen, 1);
        let mut others = made.iter().filter(|task| !task.is_oracle());
        assert!(others.all(|task| task.pairing() == "rust__rust"));
    }

    #[test]
    fn every_run_of_a_recording_has_a_folder_and_a_place_of_its_own() {
        let peers = [peer("java-17", true), peer("rust", false)];
        let cases = case::all();
        let tasks = tasks(&[&cases[0]], &peers, &every(), 5);
        assert!(tasks.iter().filter(|task| task.is_oracle()).count() >= 5);
        let folders: BTreeSet<PathBuf> = tasks
            .iter()
            .map(|task| task.folder(Path::new("")))
            .collect();
        assert_eq!(folders.len(), tasks.len());
        let places: Vec<usize> = tasks.iter().map(|task| task.place).collect();
        assert_eq!(places, (0..tasks.len()).collect::<Vec<_>>());
    }

    #[test]
    fn two_jdks_share_the_oracles_three_recordings_of_one_side() {
        let peers = [peer("java-17", true), peer("java-25", true)];
        let cases = case::all();
        let one_side = cases.iter().filter(|case| case.cast != Cast::Both);
        for case in one_side {
            let tasks = tasks(&[case], &peers, &every(), 1);
            assert_eq!(tasks.len(), 3, "{}", case.name);
            let is_nobody = |name: &str| name == NOBODY;
            let (client, server) = (tasks[0].client_name(), tasks[0].server_name());
            let is_probe = matches!(case.cast, Cast::Against(_));
            assert_eq!(is_nobody(client) || is_nobody(server), !is_probe);
            assert_eq!(client == SCRIPT || server == SCRIPT, is_probe);
        }
    }

    #[test]
    fn what_a_peer_does_not_play_as_a_client_it_may_play_as_a_server() {
        let shy = Peer {
            unsupported: vec![Unsupported {
                case: Glob::new("*/*").unwrap().compile_matcher(),
                side: Some(Side::Client),
                reason: "too shy".into(),
            }],
            ..peer("shy", false)
        };
        let peers = [peer("java-17", true), shy];
        let cases = case::all();
        let ascii = cases.iter().find(|case| case.name == "exchange/ascii");
        for task in tasks(&[ascii.unwrap()], &peers, &every(), 2) {
            let expected = (task.client_name() == "shy").then_some("too shy");
            assert_eq!(task.unsupported, expected, "{}", task.pairing());
            assert!(expected.is_none() || task.run == 1);
        }
    }

    #[test]
    fn a_pattern_that_matches_nothing_is_refused() {
        let names = ["exchange/ascii".to_owned()];
        let error =
            Filter::new("--case", &["exchange/*".into(), "lenght/*".into()], &names).unwrap_err();
        assert!(
            error.to_string().contains("\"lenght/*\" matches nothing"),
            "{error}"
        );
    }

    #[test]
    fn no_two_cases_have_one_name() {
        let mut names: Vec<String> = case::all().into_iter().map(|case| case.name).collect();
        names.sort();
        let all = names.len();
        names.dedup();
        assert_eq!(names.len(), all);
    }
}
