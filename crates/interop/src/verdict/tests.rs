use std::time::Duration;

use super::*;
use crate::attempt::Attempt;
use crate::channel::first_difference;
use crate::example::declarations;
use crate::mask;
use recorder::{
    Chunk, Connection, End, Exit, Left, LeftFile, Listener, ListenerKind, Played, Recording, Side,
    Stream, not_asked_for,
};

const SUBJECT: Subject<'_> = Subject {
    case: "exchange/ascii",
    client: "rust",
    server: "java-17",
    serves_forever: false,
};

fn played(stdout: &[u8], exit: Exit) -> Option<Played> {
    let stdout = vec![Chunk {
        time: 0,
        bytes: stdout.to_vec(),
    }];
    Some(Played {
        stdout,
        stderr: Vec::new(),
        exit,
        earlier: Vec::new(),
        stopped: false,
        left: Left::default(),
        trace: not_asked_for(),
    })
}

fn stream(bytes: &[u8]) -> Stream {
    Stream {
        bytes: bytes.to_vec(),
        ends: vec![End::Fin],
    }
}

fn recording() -> Recording {
    let connection = Connection {
        client: ([127, 0, 0, 1], 50_000).into(),
        server: ([127, 0, 0, 1], 666).into(),
        segments: Vec::new(),
        to_server: stream(b"\0\x02hi"),
        to_client: stream(b"\0\x02hi"),
    };
    Recording {
        port: 666,
        client: played(b"---client---\nhi\n", Exit::Code(0)),
        server: played(b"---server---\nclient say:hi\n", Exit::Code(0)),
        wire: Ok(vec![connection]),
        ephemeral_ports: Some([32_768, 60_999]),
        datagrams: Vec::new(),
        listening: Ok(Vec::new()),
        missed: None,
        notes: Vec::new(),
        made: Vec::new(),
        beside: Vec::new(),
        time_wait: Vec::new(),
        started: 0,
        took: Duration::ZERO,
    }
}

/// Judges `recording` without masks.
fn judge(
    subject: Subject<'_>,
    recording: &Recording,
    oracle: &Oracle,
    declarations: &Declarations,
) -> Judgement {
    let observations = mask::observe(&[], subject.case, recording);
    super::judge(subject, &observations, oracle, declarations)
}

fn oracle_of<const N: usize>(recordings: [Recording; N]) -> Oracle {
    Oracle::of("", &[], &recordings.map(Attempt::Recorded))
}

fn oracle() -> Oracle {
    oracle_of([recording(), recording(), recording()])
}

/// The channels that differ once `change` was made to a recording that was the oracle's own.
fn differing(change: impl FnOnce(&mut Recording)) -> Vec<&'static str> {
    let mut changed = recording();
    change(&mut changed);
    let judgement = judge(SUBJECT, &changed, &oracle(), &declarations());
    let different = |judged: &Judged| judged.verdict == Some(Verdict::Different);
    let channels = judgement
        .channels
        .iter()
        .filter(|(_, judged)| different(judged));
    let names: Vec<_> = channels.map(|(channel, _)| channel.name()).collect();
    assert_eq!(judgement.verdict == Verdict::Different, !names.is_empty());
    names
}

/// Asserts that `change` makes this channel differ and no other.
fn only(channel: &str, change: impl FnOnce(&mut Recording)) {
    assert_eq!(differing(change), [channel]);
}

#[test]
fn what_java_did_is_the_same() {
    assert!(differing(|_| {}).is_empty());
}

#[test]
fn each_channel_convicts_alone() {
    fn connection(recording: &mut Recording) -> &mut Connection {
        &mut recording.wire.as_mut().unwrap()[0]
    }
    fn client(recording: &mut Recording) -> &mut Played {
        recording.client.as_mut().unwrap()
    }
    fn server(recording: &mut Recording) -> &mut Played {
        recording.server.as_mut().unwrap()
    }
    only("script", |r| {
        r.missed = Some("the client did not exit".into());
    });
    only("client.stdout", |r| client(r).stdout[0].bytes.truncate(15));
    only("server.stdout", |r| server(r).stdout[0].bytes[0] = b'=');
    only("client.exit", |r| client(r).exit = Exit::Code(1));
    only("server.exit", |r| server(r).exit = Exit::StillRunning);
    only("client.bytes", |r| connection(r).to_server.bytes[1] = 3);
    only("server.bytes", |r| connection(r).to_client.bytes.clear());
    only("client.end", |r| {
        connection(r).to_server.ends = vec![End::Rst];
    });
    only("server.end", |r| connection(r).to_client.ends.clear());
    let twice = |r: &mut Recording| {
        let first = connection(r).clone();
        r.wire.as_mut().unwrap().push(Connection {
            to_server: Stream::default(),
            to_client: Stream::default(),
            ..first
        });
    };
    let all = [
        "connections",
        "client.bytes",
        "server.bytes",
        "client.end",
        "server.end",
    ];
    assert_eq!(differing(twice), all);
    only("connections", |r| connection(r).server.set_port(667));
    only("connections", |r| connection(r).client.set_port(6667));
    only("connections", |r| {
        r.datagrams.push(([127, 0, 0, 53], 53).into());
    });
    only("client.stderr", |r| {
        let stdout = client(r).stdout.clone();
        client(r).stderr = stdout;
    });
    only("server.left", |r| {
        server(r).left.files.push(LeftFile {
            name: "server.log".into(),
            content: "0 bytes".into(),
        });
    });
    only("client.left", |r| {
        client(r).left.processes.push("sleep".into());
    });
    let listener = Listener {
        side: Side::Server,
        address: "127.0.0.1:666".into(),
        kind: ListenerKind::Udp,
    };
    only("listening", |r| r.listening = Ok(vec![listener]));
}

#[test]
fn the_bytes_of_each_connection_are_compared_by_themselves() {
    let sent = |each: [&[u8]; 2]| {
        let mut recording = recording();
        let connections = recording.wire.as_mut().unwrap();
        connections.push(connections[0].clone());
        for (connection, bytes) in connections.iter_mut().zip(each) {
            connection.to_server.bytes = bytes.to_vec();
        }
        recording
    };
    let oracle = oracle_of([sent([b"ab", b""])]);
    let verdict = |each| judge(SUBJECT, &sent(each), &oracle, &declarations()).verdict;
    assert_eq!(verdict([b"ab", b""]), Verdict::Same);
    assert_eq!(verdict([b"a", b"b"]), Verdict::Different);
}

#[test]
fn a_signal_is_not_an_exit_code() {
    let killed = |r: &mut Recording| r.client.as_mut().unwrap().exit = Exit::Signal(9);
    assert_eq!(differing(killed), ["client.exit"]);
    assert_ne!(Exit::Signal(1).to_string(), Exit::Code(1).to_string());
}

#[test]
fn a_channel_that_varied_in_java_may_vary_within_what_was_seen() {
    let mut reset = recording();
    reset.wire.as_mut().unwrap()[0].to_client.ends = vec![End::Rst];
    let oracle = oracle_of([recording(), reset.clone(), recording()]);
    assert_eq!(oracle.varied().collect::<Vec<_>>(), [Channel::ServerEnd]);
    assert_eq!(
        judge(SUBJECT, &reset.clone(), &oracle, &declarations()).verdict,
        Verdict::Same
    );
    reset.wire.as_mut().unwrap()[0].to_client.ends = vec![End::Fin, End::Rst];
    assert_eq!(
        judge(SUBJECT, &reset, &oracle, &declarations()).verdict,
        Verdict::Different
    );
}

#[test]
fn a_mixture_of_two_recordings_of_the_originals_is_neither() {
    let with = |exit, end| {
        let mut recording = recording();
        recording.client.as_mut().unwrap().exit = Exit::Code(exit);
        recording.wire.as_mut().unwrap()[0].to_client.ends = vec![end];
        recording
    };
    let (one, other) = (with(0, End::Fin), with(1, End::Rst));
    let oracle = oracle_of([one.clone(), one.clone(), other.clone()]);
    let verdict =
        |recording: &Recording| judge(SUBJECT, recording, &oracle, &declarations()).verdict;
    assert_eq!([&one, &other].map(verdict), [Verdict::Same; 2]);
    assert_eq!(verdict(&with(1, End::Fin)), Verdict::Different);
}

#[test]
fn a_channel_that_is_never_twice_the_same_is_no_oracle_until_it_is_masked() {
    let at = |time: &[u8]| {
        let mut recording = recording();
        recording.wire.as_mut().unwrap()[0].to_client.bytes = time.to_vec();
        Attempt::Recorded(recording)
    };
    let attempts = [at(b"09:41"), at(b"09:42"), at(b"09:43")];
    let broken = Oracle::of("date", &[], &attempts).broken.unwrap();
    for part in [
        "server.bytes",
        "such as \"09:41\" and \"09:42\"",
        "[[mask]]",
        r"(perhaps '\d+:\d+')",
    ] {
        assert!(broken.contains(part), "{broken}");
    }
    assert_eq!(Oracle::of("date", &[], &attempts[..2]).broken, None);
    let masks = [mask::tests::mask(Channel::ServerBytes, "*", r"\d\d:\d\d")];
    let oracle = Oracle::of("date", &masks, &attempts);
    assert_eq!((oracle.broken.as_ref(), oracle.varied().count()), (None, 0));
}

#[test]
fn without_an_oracle_there_is_no_verdict() {
    let hung = Recording {
        missed: Some("the server did not exit".into()),
        ..recording()
    };
    let oracle = oracle_of([recording(), hung.clone()]);
    let judgement = judge(SUBJECT, &hung, &oracle, &declarations());
    assert_eq!(judgement.verdict, Verdict::Error);
    assert!(judgement.error.unwrap().contains("the server did not exit"));
}

#[test]
fn a_channel_that_was_not_observed_has_no_verdict() {
    let blind = Recording {
        wire: Err("no right to capture".into()),
        ..recording()
    };
    let judgement = judge(SUBJECT, &blind, &oracle(), &declarations());
    assert_eq!(judgement.channels[&Channel::ClientBytes].verdict, None);
    assert_eq!(
        judgement.channels[&Channel::ClientStdout].verdict,
        Some(Verdict::Same)
    );
}

/// The verdict on the default client at the end of its input, for which a declared difference says 0.
fn of_exits(java: i32, here: i32) -> Verdict {
    let exits = |code| {
        let mut recording = recording();
        recording.client.as_mut().unwrap().exit = Exit::Code(code);
        recording
    };
    let subject = Subject {
        case: "console/end-at-once",
        client: "rust-default",
        ..SUBJECT
    };
    let oracle = oracle_of([exits(java), exits(java), exits(java)]);
    let judgement = judge(subject, &exits(here), &oracle, &declarations());
    judgement.channels[&Channel::ClientExit].verdict.unwrap()
}

#[test]
fn a_declared_difference_must_be_what_was_declared_and_must_differ() {
    assert_eq!(of_exits(1, 0), Verdict::Declared);
    assert_eq!(of_exits(1, 2), Verdict::Different);
    assert_eq!(of_exits(1, 1), Verdict::Different);
    assert_eq!(of_exits(0, 0), Verdict::Different);
}

#[test]
fn a_side_that_nobody_plays_has_no_channels() {
    let alone = Recording {
        server: None,
        ..recording()
    };
    let judgement = judge(
        SUBJECT,
        &alone,
        &oracle_of([alone.clone()]),
        &declarations(),
    );
    assert!(!judgement.channels.contains_key(&Channel::ServerExit));
    assert!(!judgement.channels.contains_key(&Channel::ServerStdout));
    assert_eq!(judgement.verdict, Verdict::Same);
}

#[test]
fn where_a_race_is_declared_javas_own_outcome_is_the_same() {
    let ends = |ends: &[End]| {
        let mut recording = recording();
        recording.wire.as_mut().unwrap()[0].to_server.ends = ends.to_vec();
        recording
    };
    let subject = Subject {
        case: "console/two-lines",
        client: "rust-default",
        ..SUBJECT
    };
    let end = |observed: &[End]| {
        let judgement = judge(subject, &ends(observed), &oracle(), &declarations());
        judgement.channels[&Channel::ClientEnd].verdict
    };
    assert_eq!(end(&[End::Fin]), Some(Verdict::Same));
    assert_eq!(end(&[]), Some(Verdict::Declared));
    assert_eq!(end(&[End::Rst]), Some(Verdict::Different));
}

#[test]
fn what_the_oracle_could_not_observe_has_no_verdict_either() {
    let blind = Recording {
        wire: Err("no right to capture".into()),
        ..recording()
    };
    let oracle = oracle_of([recording(), blind, recording()]);
    let judgement = judge(SUBJECT, &recording(), &oracle, &declarations());
    assert_eq!(judgement.channels[&Channel::ClientBytes].verdict, None);
}

#[test]
fn an_original_that_could_not_be_recorded_is_no_oracle() {
    let attempts = [
        Attempt::Recorded(recording()),
        Attempt::Failed("no such program".into()),
    ];
    let oracle = Oracle::of("", &[], &attempts);
    let judgement = judge(SUBJECT, &recording(), &oracle, &declarations());
    assert_eq!(judgement.verdict, Verdict::Error);
}

#[test]
fn what_the_steps_found_is_part_of_the_script() {
    let waits = |r: &mut Recording| r.notes = vec!["the client waits".into()];
    assert_eq!(differing(waits), ["script"]);
}

#[test]
fn the_first_difference_is_where_bytes_part_or_one_ends() {
    assert_eq!(first_difference(b"abc", b"abd"), Some(2));
    assert_eq!(first_difference(b"abc", b"ab"), Some(2));
    assert_eq!(first_difference(b"", b"a"), Some(0));
    assert_eq!(first_difference(b"abc", b"abc"), None);
}
