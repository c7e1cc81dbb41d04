//! An example of a run for tests, which need no Java: one recording of Java, and altered copies of it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use crate::attempt::Attempt;
use crate::case::{Case, Participants};
use crate::case_result::CaseResult;
use crate::channel::Channel;
use crate::declared::{Against, Declarations, Declared, Expected};
use crate::environment::Environment;
use crate::finished_run::FinishedRun;
use crate::interrupted::Interrupted;
use crate::judge;
use crate::mutant::Findings;
use crate::mutant::MutantResult;
use crate::oracle::Oracle;
use crate::peer::Peer;
use crate::programs::jdk::Jdk;
use crate::task::Task;
use crate::verdict::{Judgement, Verdict};
use ladder::Dissector;
use recorder::{Isolation, Program, Recording, Side, Step};

/// `exchange/emoji`, as OpenJDK 17 played both sides of it.
const EMOJI: &str = include_str!("../tests/recordings/emoji.json");

/// Declared differences: one of `rust`, and some of the default programs.
pub(crate) static DECLARED: &[Declared] = &[
    Declared {
        cases: &["exchange/never"],
        peer: "rust",
        side: Side::Server,
        against: Against::Anyone,
        channel: Channel::ServerStdout,
        observed: Expected::Text("-"),
        reason: "better on <purpose>",
    },
    of_clients(
        &["console/end-at-once"],
        Against::Anyone,
        Channel::ClientExit,
        Expected::Text("exit 0"),
    ),
    of_clients(
        &["console/two-lines"],
        Against::OneClient,
        Channel::ClientExit,
        Expected::Text("exit 1"),
    ),
    of_clients(
        &["console/two-lines"],
        Against::OneClient,
        Channel::ClientEnd,
        Expected::OneOf(&["FIN", "not ended"]),
    ),
    of_clients(
        &["console/two-lines"],
        Against::EveryClient,
        Channel::ClientStdout,
        Expected::Text("-"),
    ),
];

const fn of_clients(
    cases: &'static [&'static str],
    against: Against,
    channel: Channel,
    observed: Expected,
) -> Declared {
    Declared {
        cases,
        peer: "rust-default",
        side: Side::Client,
        against,
        channel,
        observed,
        reason: "better",
    }
}

/// A run that Ctrl-C ended.
pub(crate) const INTERRUPTED: Interrupted = Interrupted {
    signal: 2,
    planned: 20,
    made: 9,
    unjudged: 1,
};

/// Returns a run of one case with every verdict: same, declared, unsupported, different and error.
pub(crate) fn run() -> FinishedRun<'static> {
    // A run borrows its peers and cases. Leaking them is fine in a test.
    let peers: &[Peer] = vec![
        peer("java-17", true),
        peer("rust", false),
        peer("python", false),
    ]
    .leak();
    let case = &*Box::leak(Box::new(case("exchange/emoji")));
    let task = |client: usize, server: usize, repetition| Task {
        case,
        client: Some(&peers[client]),
        server: Some(&peers[server]),
        repetition,
        unsupported: None,
    };
    let unsupported = Task {
        unsupported: Some("no <emoji>"),
        ..task(2, 0, 1)
    };
    let recorded = || Attempt::Recorded(recording());
    let made = vec![
        (task(0, 0, 1), recorded()),
        (task(0, 0, 2), recorded()),
        (task(0, 0, 3), recorded()),
        (task(0, 1, 1), recorded()),
        (task(1, 0, 1), Attempt::Recorded(standard_utf8())),
        (task(1, 1, 1), recorded()),
        (unsupported, Attempt::Skipped("no <emoji>".into())),
        (
            task(1, 2, 1),
            Attempt::Failed("no such \u{1b}[31mprogram".into()),
        ),
    ];
    let (tasks, attempts): (Vec<_>, Vec<_>) = made.into_iter().unzip();
    let oracles: Vec<(&Case, Oracle)> = judge::oracles(&[case], &tasks, &attempts, &[]);
    let mut results: Vec<CaseResult<'_>> =
        judge::judge(tasks, attempts, &oracles, &declarations(), &[]);
    declare(&mut results[3].judgement);
    FinishedRun {
        jdks: vec![jdk()].leak(),
        peers,
        environment: Environment::here(SystemTime::now(), 7, &["-Xint"]),
        isolation: Isolation::Namespace,
        oracles,
        results,
        declarations: DECLARED,
        stale: vec![&DECLARED[0]],
        certificate: None,
        dissector: Dissector::WriteUtf,
        evidence: PathBuf::from("target/interop"),
        deadline: Duration::from_secs(10),
        took: Duration::from_millis(1234),
        left_out: None,
        interrupted: None,
        mutants: Some(Findings {
            mutants: mutants(),
            ..Findings::default()
        }),
    }
}

pub(crate) fn declarations() -> Declarations {
    Declarations::new(DECLARED)
}

/// Returns cases of each kind of [`Participants`]. The scripts are empty, except for some that need a network namespace.
pub(crate) fn cases() -> Vec<Case> {
    let names = [
        "exchange/ascii",
        "exchange/emoji",
        "length/1",
        "console/two-lines",
        "console/end-at-once",
    ];
    let both = names.map(case).into_iter();
    let alone = [Participants::ClientAlone, Participants::ServerAlone].map(|participants| {
        let name = format!("life/{participants:?}");
        Case::new(name, "one program", participants, Vec::new())
    });
    let probes = Side::BOTH.map(|side| {
        let name = format!("deaf/{}", side.name());
        let steps = vec![Step::LimitBuffers];
        Case::new(name, "a scripted peer", Participants::Scripted(side), steps)
    });
    both.chain(alone).chain(probes).collect()
}

fn case(name: &str) -> Case {
    Case::new(name, "two programs", Participants::Both, Vec::new())
}

/// Returns the recording of OpenJDK 17.
pub(crate) fn recording() -> Recording {
    serde_json::from_str(EMOJI).expect("a recording")
}

/// Returns the recording of `result`.
pub(crate) fn recording_of<'a>(result: &'a mut CaseResult<'_>) -> &'a mut Recording {
    match &mut result.attempt {
        Attempt::Recorded(recording) => recording,
        attempt => panic!("{attempt:?}"),
    }
}

/// Returns the tasks and the attempts of `results`, to judge them again.
pub(crate) fn taken_apart(results: Vec<CaseResult<'_>>) -> (Vec<Task<'_>>, Vec<Attempt>) {
    let pairs = results.into_iter();
    pairs.map(|result| (result.task, result.attempt)).unzip()
}

/// Returns the same recording with standard UTF-8 on the wire and markup on the client's console.
fn standard_utf8() -> Recording {
    let mut recording = recording();
    let client = recording.client.as_mut().expect("a client");
    client.stdout[1].bytes = b"<script>alert(1)</script>\x1b[31m\0\xff\n".to_vec();
    client.stderr.push(client.stdout[1].clone());
    let connection = &mut recording.wire.as_mut().expect("a capture")[0];
    connection.to_server.bytes = b"\x00\x04\xf0\x9f\x98\x80".to_vec();
    connection.to_client.bytes.clear();
    recording
}

/// Makes `judgement` one of a declared difference.
fn declare(judgement: &mut Judgement) {
    judgement.verdict = Verdict::Declared;
    let judged = judgement
        .channels
        .get_mut(&Channel::ServerStdout)
        .expect("a server");
    judged.verdict = Some(Verdict::Declared);
    judged.declared = Some(&DECLARED[0]);
}

fn mutants() -> Vec<MutantResult> {
    let mutant = |name: &str, caught_by: &[&str], error: Option<&str>| MutantResult {
        name: name.into(),
        about: "its length counts characters".into(),
        breaks: Channel::ClientBytes,
        caught_by: caught_by.iter().map(|&case| case.into()).collect(),
        error: error.map(Into::into),
        played: 3,
        differing: caught_by.len(),
        channels: BTreeMap::new(),
    };
    vec![
        mutant("length-in-characters", &["exchange/emoji"], None),
        mutant("survivor", &[], None),
        mutant("missing", &[], Some("no <program>")),
    ]
}

/// Returns a peer that plays both sides.
pub(crate) fn peer(name: &str, is_original: bool) -> Peer {
    let program = Program {
        command: vec![name.into()],
        environment: Default::default(),
        serves_forever: false,
        files: Vec::new(),
    };
    Peer {
        name: name.into(),
        client: Some(program.clone()),
        server: Some(program),
        is_original,
        unsupported: Vec::new(),
    }
}

fn jdk() -> Jdk {
    Jdk {
        name: "java-17".into(),
        feature: 17,
        version: "17.0.15".into(),
        vendor: "Debian".into(),
        home: "/usr/lib/jvm/java-17".into(),
    }
}
