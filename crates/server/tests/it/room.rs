//! `--reply room` and `--reply hi`.

use crate::support::{Server, frame};

#[test]
fn what_one_says_in_a_room_everyone_hears_in_the_same_order() {
    let server = Server::start(&["--reply", "room"]);
    let mut one = server.connect();
    one.send(&frame("one")).expect(&frame("one"));
    let mut two = server.connect();
    two.send(&frame("two")).expect(&frame("two"));
    one.expect(&frame("two"));
    one.send(&frame("hi"));
    for client in [&mut one, &mut two] {
        client.expect(&frame("hi"));
    }
    two.send(b"\0\x01\0");
    for client in [&mut one, &mut two] {
        client.expect(b"\0\x02\xC0\x80");
    }
}

#[test]
fn a_member_that_does_not_listen_is_disconnected_and_the_others_go_on() {
    let mut server = Server::start(&["--reply", "room", "--quiet"]);
    let mut deaf = server.connect();
    deaf.send(&frame("here")).expect(&frame("here"));
    let mut talker = server.connect();
    let message = frame(vec![b'a'; 60_000]);
    let is_log_of = |line: &str| line.contains("--max-unsent");
    for _ in 0..300 {
        talker.send(&message).expect(&message);
    }
    assert!(is_log_of(&server.log_line("disconnected")));
    talker.send(&frame("hi")).expect(&frame("hi"));
}

#[test]
fn hi_is_answered_to_anything() {
    let server = Server::start(&["--reply", "hi"]);
    server.connect().send(&frame("hello")).expect(&frame("hi"));
}
