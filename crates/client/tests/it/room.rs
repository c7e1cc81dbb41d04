//! The client in a room, from a pipe.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::process::{Child, ChildStderr, ChildStdin};

use crate::support::{Connection, Server, frame, printed, spawned};

const WELCOME: &str = "* welcome, bob; here are alice; /help lists the commands";

/// Welcomes a client that joins as bob.
fn welcome(peer: Connection) -> Connection {
    peer.expect(&frame("/join bob")).send(&frame(WELCOME))
}

#[test]
fn a_member_hears_while_it_speaks_and_leaves_when_its_input_ends() {
    Server::playing(|peer| {
        welcome(peer)
            .send(&frame("alice: hi"))
            .expect(&[frame("one"), frame("two"), frame("//three")].concat())
            .expect_fin()
            .send(&[frame("bob: one"), frame("alice: ho"), frame("bob: two")].concat())
            .send(&frame("bob: /three"))
    })
    .run_client(&["--name", "bob"], "one\ntwo\n//three\n")
    .success()
    .stdout(printed(&format!(
        "---client---\n{WELCOME}\nalice: hi\nbob: one\nalice: ho\nbob: two\nbob: /three\n"
    )))
    .stderr("");
}

#[test]
fn a_member_without_input_listens_until_the_server_ends() {
    let server = Server::playing(|peer| {
        welcome(peer)
            .send(&[frame("alice: hi"), frame("* goodbye: the server stops")].concat())
            .finish()
            .expect_fin()
    });
    let peer = server.address;
    server
        .run_client(&["--name", "bob"], "")
        .code(1)
        .stdout(printed(&format!(
            "---client---\n{WELCOME}\nalice: hi\n* goodbye: the server stops\n"
        )))
        .stderr(format!(
            "hellohi-client: {peer} closed the connection: the server stops\n"
        ));
}

#[test]
fn a_member_is_told_that_the_server_left_without_a_goodbye_and_what_did_not_come_back() {
    Server::playing(|peer| {
        let peer = welcome(peer).send(&frame("* goodbye: said too early"));
        let peer = peer.send(&frame("alice: hi"));
        peer.expect(&[frame("one"), frame("/who"), frame("two")].concat())
            .send(&frame("bob: one"))
    })
    .run_failing_client(&["--name", "bob"], "one\n/who\ntwo\n")
    .contains("closed the connection without a goodbye")
    .contains("what was said from line 3 of the input on has not come back");
}

#[test]
fn who_quits_is_not_connected_again() {
    Server::playing(|peer| welcome(peer).expect(&frame("/quit")).finish().expect_fin())
        .run_client(&["--name", "bob", "--reconnect"], "/quit\n")
        .success()
        .stderr("");
}

#[test]
fn a_name_that_the_room_refuses_is_an_error_with_the_room_s_reason() {
    Server::playing(|peer| {
        peer.expect(&frame("/join bob"))
            .send(&frame("* the name bob is taken; choose another"))
            .expect_fin()
    })
    .run_failing_client(&["--name", "bob"], "")
    .contains("refuses the name \"bob\": the name bob is taken; choose another");
}

#[test]
fn an_error_about_a_name_is_one_line_whatever_the_name_is() {
    let assert = Server::playing(|peer| {
        peer.expect(&frame("/join a\nb\x1B[2J"))
            .send(&frame("* no"))
            .expect_fin()
    })
    .run_client(&["--color", "always", "--name", "a\nb\x1B[2J"], "");
    let error = String::from_utf8(assert.code(1).get_output().stderr.clone()).unwrap();
    assert!(
        error.ends_with(" refuses the name \"a\\nb\\u{1b}[2J\": no\n"),
        "{error:?}"
    );
}

#[test]
fn a_server_without_a_room_is_recognised_by_its_echo() {
    Server::playing(|peer| {
        let line = frame("/join bob");
        peer.expect(&line).send(&line).expect_fin()
    })
    .run_failing_client(&["--name", "bob"], "hi\n")
    .contains("has no room to join");
}

#[test]
fn json_has_the_kind_the_sender_and_the_time_of_each_line() {
    let assert = Server::playing(|peer| {
        welcome(peer)
            .send(&frame("* 2026-11-26T09:30:00Z alice: before"))
            .send(&[frame("alice: hi"), frame("alice -> bob: 你好")].concat())
            .finish()
            .expect_fin()
    })
    .run_client(&["--json", "--name", "bob"], "");
    let text = String::from_utf8(assert.get_output().stdout.clone()).unwrap();
    let events: Vec<serde_json::Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let parts = |event: &serde_json::Value| {
        ["event", "kind", "from", "text"].map(|key| event[key].as_str().unwrap_or("-").to_owned())
    };
    assert_eq!(parts(&events[0]), ["connected", "-", "-", "-"]);
    assert_eq!(
        parts(&events[1]),
        ["received", "notice", "-", &WELCOME[2..]]
    );
    assert_eq!(
        parts(&events[2]),
        ["received", "history", "alice", "before"]
    );
    assert_eq!(events[2]["time"], "2026-11-26T09:30:00Z");
    assert_eq!(parts(&events[3]), ["received", "message", "alice", "hi"]);
    assert!(events[3]["time"].as_str().unwrap().ends_with('Z'));
    assert_eq!(parts(&events[4]), ["received", "private", "alice", "你好"]);
}

#[test]
fn a_lost_link_is_made_again_and_what_was_entered_meanwhile_is_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let mut client = spawned(&["--name", "bob", "--reconnect", &address]);
    let mut keyboard = client.stdin.take().unwrap();
    let mut errors = client.stderr.take().unwrap();
    drop(welcome(Connection::accept(&listener)).finish());
    let mut said = vec![0; format!("hellohi-client: {address} closed the connection").len()];
    errors.read_exact(&mut said).unwrap();
    assert!(said.ends_with(b" closed the connection"));
    keyboard.write_all(b"meanwhile\n").unwrap();
    // The first attempt finds a room that still has the old bob.
    let refused = Connection::accept(&listener).expect(&frame("/join bob"));
    drop(refused.send(&frame("* the name bob is taken; choose another")));
    let peer = welcome(Connection::accept(&listener)).expect(&frame("meanwhile"));
    drop(keyboard);
    drop(peer.expect_fin().send(&frame("bob: meanwhile")));
    let output = client.wait_with_output().unwrap();
    assert!(output.status.success());
    let printed = String::from_utf8(output.stdout).unwrap();
    assert_eq!(printed.matches(WELCOME).count(), 2, "{printed}");
}

/// A client that joins as bob from a pipe, connects again, and has lost its first connection.
fn lost(listener: &TcpListener) -> (Child, ChildStdin, BufReader<ChildStderr>) {
    let address = listener.local_addr().unwrap().to_string();
    let mut client = spawned(&["--name", "bob", "--reconnect", &address]);
    let keyboard = client.stdin.take().unwrap();
    let mut errors = BufReader::new(client.stderr.take().unwrap());
    drop(welcome(Connection::accept(listener)).send(&frame("* goodbye: the server stops")));
    let mut why = String::new();
    errors.read_line(&mut why).unwrap();
    assert_eq!(
        why,
        format!(
            "hellohi-client: {address} closed the connection: the server stops; trying again in 1 s\n"
        )
    );
    (client, keyboard, errors)
}

#[test]
fn what_was_entered_before_the_input_ended_is_sent_once_there_is_a_link_again() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (mut client, mut keyboard, mut errors) = lost(&listener);
    keyboard.write_all(b"one\ntwo\n").unwrap();
    drop(keyboard);
    let mut said = String::new();
    errors.read_line(&mut said).unwrap();
    assert!(said.contains("the line is sent later"), "{said}");
    drop(
        welcome(Connection::accept(&listener))
            .expect(&[frame("one"), frame("two")].concat())
            .expect_fin()
            .send(&[frame("bob: one"), frame("bob: two")].concat()),
    );
    assert!(client.wait().unwrap().success());
}

#[test]
fn who_has_nothing_to_send_gives_up_when_the_input_ends() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (mut client, mut keyboard, _errors) = lost(&listener);
    keyboard.write_all(b"/quit\n").unwrap();
    drop(keyboard);
    assert_eq!(client.wait().unwrap().code(), Some(1));
}

#[test]
fn only_a_thousand_lines_are_kept_and_the_next_is_said_to_be_lost() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (mut client, mut keyboard, errors) = lost(&listener);
    keyboard.write_all("x\n".repeat(1001).as_bytes()).unwrap();
    let lost = errors
        .lines()
        .map(Result::unwrap)
        .position(|line| line.contains("too many lines wait; the line is lost"));
    assert_eq!(lost, Some(1000));
    drop(
        welcome(Connection::accept(&listener))
            .expect(&frame("x").repeat(1000))
            .finish(),
    );
    drop(listener);
    client.kill().unwrap();
    client.wait().unwrap();
}
