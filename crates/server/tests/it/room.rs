//! The server with `--reply room` and `--reply hi`.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::thread;
use std::time::Duration;

use crate::support::{Client, Server, frame};

/// Flags of a room that limits no rate.
const FAST: &[&str] = &["--reply", "room", "--quiet", "--rate", "100000"];

/// Connects and joins; `others` is what the welcome says of those who are here.
fn join(server: &Server, name: &str, others: &str) -> Client {
    let mut client = server.connect();
    let welcome = format!("* welcome, {name}; {others}; /help lists the commands");
    client
        .send(&frame(format!("/join {name}")))
        .expect(&frame(welcome));
    client
}

#[test]
fn who_never_joins_is_served_as_by_server_java_and_the_members_hear_it() {
    let server = Server::start(&["--reply", "room"]);
    let mut alice = join(&server, "alice", "nobody else is here");
    let mut plain = server.connect();
    plain.echoes("hi").echoes("/who");
    plain.send(b"\0\x01\0").expect(b"\0\x02\xC0\x80");
    for line in ["guest-2: hi", "guest-2: /who", r"guest-2: \0"] {
        alice.expect(&frame(line));
    }
    alice.send(&frame("hello")).expect(&frame("alice: hello"));
    plain.echoes("").finish_sending().expect_end();
    alice.expect(&frame("guest-2: "));
    server.stop();
    let printed = server.ends_with(0).stdout;
    assert!(printed.contains("client say:guest-2: hi\n"), "{printed}");
    assert!(printed.contains("client say:alice: hello\n"), "{printed}");
}

#[test]
fn a_guest_that_joins_has_its_messages_before_back_and_hears_those_behind() {
    let server = Server::start(&["--reply", "room", "--history", "0"]);
    let mut alice = join(&server, "alice", "nobody else is here");
    let lines = [
        "one",
        "/join alice",
        "two",
        "/join bob",
        "three",
        "/join carol",
    ];
    let mut bob = server.connect();
    bob.send(&lines.map(frame).concat());
    for line in [
        "one",
        "* the name alice is taken; choose another",
        "two",
        "* welcome, bob; here are alice; /help lists the commands",
        "bob: three",
        "* you have joined already; /nick NAME takes another name",
    ] {
        bob.expect(&frame(line));
    }
    for line in ["guest-2: one", "guest-2: two", "* bob joined", "bob: three"] {
        alice.expect(&frame(line));
    }
}

#[test]
fn who_says_something_and_leaves_at_once_hears_it_and_the_last_line() {
    let server = Server::start(&["--reply", "room"]);
    let mut alice = join(&server, "alice", "nobody else is here");
    alice.send(&[frame("hi"), frame("/quit"), frame("ho")].concat());
    alice
        .expect(&frame("alice: hi"))
        .expect(&frame("* goodbye: left with /quit"))
        .expect_end();
}

#[test]
fn a_member_that_is_cut_inside_a_frame_is_told_and_a_guest_is_not() {
    let server = Server::start(&["--reply", "room"]);
    let mut alice = join(&server, "alice", "nobody else is here");
    let mut guest = server.connect();
    for client in [&mut alice, &mut guest] {
        client.send(&[frame("hi"), b"\0\x05hal".to_vec()].concat());
    }
    guest.expect(&frame("hi"));
    let mut lines = [alice.body(), alice.body()];
    lines.sort_unstable();
    assert_eq!(lines, [&b"alice: hi"[..], b"guest-2: hi"]);
    server.stop();
    let reason = "cut: the server stops and the rest of a frame has not come";
    alice
        .expect(&frame(format!("* goodbye: {reason}")))
        .expect_end();
    guest.expect_end();
    server.ends_with(0).logs("2 connections cut");
}

#[test]
fn every_member_receives_every_message_in_the_same_order() {
    let server = Server::start(&["--reply", "room"]);
    let mut one = join(&server, "one", "nobody else is here");
    let mut two = join(&server, "two", "here are one");
    one.expect(&frame("* two joined"));
    one.send(&[frame("hi"), frame("ho")].concat());
    two.expect(&frame("one: hi")).expect(&frame("one: ho"));
    two.send(&frame("/msg one psst"))
        .expect(&frame("two -> one: psst"));
    for client in [&mut one, &mut two] {
        client.send(&frame("//")).send(&frame("/help"));
    }
    one.expect(
        &[
            frame("one: hi"),
            frame("one: ho"),
            frame("two -> one: psst"),
        ]
        .concat(),
    );
}

#[test]
fn a_member_whose_connection_ends_is_told_why_and_so_are_the_others() {
    let mut server = Server::start(&["--reply", "room", "--frame-timeout", "300ms"]);
    let mut alice = join(&server, "alice", "nobody else is here");
    for (last, goodbye, left) in [
        (frame("/quit"), Some("left with /quit"), "* bob left"),
        (
            b"\0\x05hal".to_vec(),
            Some("a frame took too long (--frame-timeout)"),
            "* bob left (timed out)",
        ),
        (
            b"\0\x01\xFF".to_vec(),
            Some("malformed input around byte 0"),
            "* bob left (sent what is no message)",
        ),
        (
            // Java would leave the second frame unread, and so reset the connection.
            b"\0\x01\xFF\0\x02hi".to_vec(),
            Some("malformed input around byte 0"),
            "* bob left (sent what is no message)",
        ),
    ] {
        let mut bob = join(&server, "bob", "here are alice");
        alice.expect(&frame("* bob joined"));
        bob.send(&last);
        if let Some(goodbye) = goodbye {
            bob.expect(&frame(format!("* goodbye: {goodbye}")));
        }
        bob.expect_end();
        alice.expect(&frame(left));
    }
    server.stop();
    alice
        .expect(&frame("* goodbye: the server stops"))
        .expect_end();
    server.expect_log("disconnected", &["--frame-timeout"]);
    server.ends_with(0).logs("5 clients and");
}

#[test]
fn a_member_that_closes_its_connection_leaves_and_inside_a_frame_its_connection_is_lost() {
    let server = Server::start(&["--reply", "room"]);
    let mut alice = join(&server, "alice", "nobody else is here");
    for (last, left) in [
        (&b""[..], "* bob left"),
        (b"\0\x05hal", "* bob left (connection lost)"),
    ] {
        let mut bob = join(&server, "bob", "here are alice");
        bob.send(last).finish_sending().expect_end();
        alice.expect(&frame("* bob joined")).expect(&frame(left));
    }
}

#[test]
fn a_silent_member_stays_however_long_and_a_silent_guest_does_not() {
    let mut server = Server::start(&["--reply", "room", "--idle-timeout", "200ms"]);
    let mut alice = join(&server, "alice", "nobody else is here");
    for _ in 0..3 {
        // Each waits for longer than the time after which alice would be disconnected.
        server.connect().expect_end();
        server.expect_log("disconnected", &["--idle-timeout"]);
    }
    alice.send(&frame("hi")).expect(&frame("alice: hi"));
}

#[test]
fn a_member_that_does_not_listen_is_disconnected_and_the_others_go_on() {
    let mut server = Server::start(FAST);
    let mut sender = join(&server, "alice", "nobody else is here");
    let stalled = join(&server, "bob", "here are alice");
    sender.expect(&frame("* bob joined"));
    let text = vec![b'a'; 60_000];
    let heard = frame([b"alice: ", &text[..]].concat());
    for _ in 0..300 {
        sender
            .send(&frame(&text))
            .expect_line(&heard, b"* bob left (read too slowly)");
    }
    server.expect_log("disconnected", &["--max-unsent"]);
    // It gets what its socket has taken, and then the end.
    let read = stalled.into_stream().read_to_end(&mut Vec::new()).unwrap();
    assert!(read > 0);
    sender
        .send(&frame("hi"))
        .expect_line(&frame("alice: hi"), b"* bob left (read too slowly)");
}

/// 26 MB are more than the kernel stores for a client that reads 20 MB/s.
#[test]
fn a_member_that_sends_too_much_waits_for_those_that_read() {
    const FRAMES: usize = 400;
    let server = Server::start(FAST);
    let text = vec![b'a'; 65_000];
    let heard = FRAMES * frame([b"alice: ", &text[..]].concat()).len();
    let mut sender = join(&server, "alice", "nobody else is here");
    let mut slow = join(&server, "bob", "here are alice").into_stream();
    sender.expect(&frame("* bob joined"));
    let mut sender = sender.into_stream();
    let mut receiver = sender.try_clone().unwrap();
    let message = frame(text);
    let (sender_read, slow_read) = thread::scope(|scope| {
        let sending = scope.spawn(|| (0..FRAMES).try_for_each(|_| sender.write_all(&message)));
        let reading = scope.spawn(|| read_slowly(&mut receiver, heard, Duration::ZERO));
        let slow_read = read_slowly(&mut slow, heard, Duration::from_millis(3));
        sending.join().unwrap().unwrap();
        (reading.join().unwrap(), slow_read)
    });
    assert_eq!((sender_read, slow_read), (heard, heard));
}

/// Reads up to `most` bytes, with a pause after every 64 KiB. Returns their number.
fn read_slowly(client: &mut TcpStream, most: usize, pause: Duration) -> usize {
    let mut buffer = [0; 65_536];
    let mut read_bytes = 0;
    while read_bytes < most {
        match client.read(&mut buffer) {
            Ok(read) if read > 0 => read_bytes += read,
            _ => break,
        }
        thread::sleep(pause);
    }
    read_bytes
}

#[test]
fn a_flood_of_one_read_is_taken_whole_and_none_of_it_is_lost() {
    let server = Server::start(&["--reply", "room", "--quiet", "--rate", "1000"]);
    let mut alice = join(&server, "alice", "nobody else is here");
    let heard: Vec<u8> = (0..2000)
        .flat_map(|n| frame(format!("alice: {n}")))
        .collect();
    let flood: Vec<u8> = (0..2000).flat_map(|n| frame(n.to_string())).collect();
    alice.send(&flood).expect(&heard);
    alice.send(&flood[..flood.len() - 1]);
    server.stop();
    let all_but_the_last = heard.len() - frame("alice: 1999").len();
    alice.expect(&heard[..all_but_the_last]);
}

#[test]
fn hi_is_answered_to_anything() {
    let server = Server::start(&["--reply", "hi"]);
    server.connect().send(&frame("hello")).expect(&frame("hi"));
}
