use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use globset::Glob;

use super::*;
use crate::attempt::Attempt;
use crate::example::{self, peer};
use crate::peer::{NOBODY, SCRIPT, Unsupported};
use crate::task::RecordingSettings;
use recorder::{Isolation, Step};

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
    let cases = example::cases();
    let hello = cases
        .iter()
        .find(|case| case.name == "exchange/ascii")
        .unwrap();
    let tasks = tasks(&[hello], &peers, &every(), 1, Isolation::Namespace);
    assert_eq!(tasks.len(), 9);
    assert_eq!(tasks.iter().filter(|task| task.is_original()).count(), 4);
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
    let cases = example::cases();
    let cases: Vec<&Case> = cases.iter().collect();
    let tasks = tasks(&cases, &peers, &every(), 2, Isolation::Namespace);
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
fn the_oracle_is_recorded_three_times_and_of_the_rest_only_what_was_chosen() {
    let peers = [peer("java-17", true), peer("rust", false)];
    let cases = example::cases();
    let cases: Vec<&Case> = cases.iter().collect();
    let names = pairings(&peers);
    let chosen = Filter::new("--pairing", &["rust__rust".into()], &names).unwrap();
    let tasks = tasks(&cases, &peers, &chosen, 1, Isolation::Namespace);
    for case in cases {
        let of_case = || tasks.iter().filter(|task| task.case.name == case.name);
        assert_eq!(
            of_case().filter(|task| task.is_original()).count(),
            3,
            "{}",
            case.name
        );
        let rust = usize::from(case.participants == Participants::Both);
        assert_eq!(
            of_case()
                .filter(|task| task.pairing() == "rust__rust")
                .count(),
            rust
        );
    }
    let mut others = tasks.iter().filter(|task| !task.is_original());
    assert!(others.all(|task| task.pairing() == "rust__rust"));
}

#[test]
fn every_run_of_a_recording_has_a_folder_of_its_own() {
    let peers = [peer("java-17", true), peer("rust", false)];
    let cases = example::cases();
    let tasks = tasks(&[&cases[0]], &peers, &every(), 5, Isolation::Namespace);
    assert!(tasks.iter().filter(|task| task.is_original()).count() >= 5);
    let folders: BTreeSet<PathBuf> = tasks
        .iter()
        .map(|task| task.folder(Path::new("")))
        .collect();
    assert_eq!(folders.len(), tasks.len());
}

#[test]
fn two_jdks_share_the_oracles_three_recordings_of_one_side() {
    let peers = [peer("java-17", true), peer("java-25", true)];
    let cases = example::cases();
    let one_side = cases
        .iter()
        .filter(|case| case.participants != Participants::Both);
    for case in one_side {
        let tasks = tasks(&[case], &peers, &every(), 1, Isolation::Namespace);
        assert_eq!(tasks.len(), 3, "{}", case.name);
        let is_nobody = |name: &str| name == NOBODY;
        let (client, server) = (tasks[0].client_name(), tasks[0].server_name());
        let is_probe = matches!(case.participants, Participants::Scripted(_));
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
    let cases = example::cases();
    let ascii = cases.iter().find(|case| case.name == "exchange/ascii");
    for task in tasks(&[ascii.unwrap()], &peers, &every(), 2, Isolation::Namespace) {
        let expected = (task.client_name() == "shy").then_some("too shy");
        assert_eq!(task.unsupported, expected, "{}", task.pairing());
        assert!(expected.is_none() || task.repetition == 1);
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
fn cases_that_no_chosen_pairing_plays_are_refused() {
    let peers = [peer("java-17", true), peer("rust", false)];
    let cases = example::cases();
    let ascii: Vec<&Case> = cases
        .iter()
        .filter(|case| case.name == "exchange/ascii")
        .collect();
    let chosen = |pairing: &str| {
        let names = pairings(&peers);
        let filter = Filter::new("--pairing", &[pairing.to_owned()], &names).unwrap();
        require_chosen(
            &tasks(&ascii, &peers, &filter, 1, Isolation::Namespace),
            &filter,
        )
    };
    for pairing in ["rust__rust", "java-17__java-17", "rust__*"] {
        chosen(pairing).unwrap();
    }
    let error = chosen("none__rust").unwrap_err();
    assert!(error.to_string().contains("no pairing that was chosen"));
}

#[test]
fn a_case_that_cannot_be_observed_here_is_played_by_nobody_and_says_why() {
    let peers = [peer("java-17", true), peer("rust", false)];
    let cases = example::cases();
    let limits = |case: &&Case| case.steps.contains(&Step::LimitBuffers);
    let limited: Vec<&Case> = cases.iter().filter(limits).collect();
    let made = |isolation| tasks(&limited, &peers, &every(), 1, isolation);
    assert!(
        made(Isolation::Namespace)
            .iter()
            .all(|task| task.unsupported.is_none())
    );
    let reason = Some("not observed: it needs a network namespace");
    assert!(
        made(Isolation::None)
            .iter()
            .all(|task| task.unsupported == reason)
    );
}

#[test]
fn a_random_order_has_each_task_once_and_depends_on_its_seed() {
    let order = random_order((0..9).collect(), 7);
    let mut sorted = order.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, (0..9).collect::<Vec<_>>());
    assert_eq!(order, random_order((0..9).collect(), 7));
    assert_ne!(order, random_order((0..9).collect(), 8));
}

#[test]
fn an_unsupported_recording_is_skipped_with_its_reason() {
    let java = peer("java-17", true);
    let task = Task {
        case: &example::cases()[0],
        client: Some(&java),
        server: Some(&java),
        repetition: 1,
        unsupported: Some("too shy"),
    };
    let settings = RecordingSettings {
        port: 666,
        isolation: Isolation::None,
        deadline: Duration::ZERO,
        evidence: Path::new(""),
        check_unsupported: false,
    };
    assert!(matches!(task.record(settings), Attempt::Skipped(reason) if reason == "too shy"));
}

#[test]
fn the_originals_are_recorded_in_rounds_of_one_recording_of_each_case() {
    let peers = [
        peer("java-17", true),
        peer("java-25", true),
        peer("rust", false),
    ];
    let cases = example::cases();
    let cases: Vec<&Case> = cases.iter().collect();
    let tasks = tasks(&cases, &peers, &every(), 1, Isolation::Namespace);
    let rounds = rounds(&tasks);
    assert_eq!(rounds.iter().map(Vec::len).max(), Some(cases.len()));
    for round in &rounds {
        let names: BTreeSet<&str> = round.iter().map(|&n| tasks[n].case.name.as_str()).collect();
        assert_eq!(names.len(), round.len());
    }
    let originals = tasks.iter().filter(|task| task.is_original()).count();
    assert_eq!(rounds.concat().len(), originals);
}
