//! The server without `--once`, which serves every client.

use std::process::{Command, Stdio};

use crate::support::{Server, frame};

#[test]
fn every_client_is_served_for_as_many_messages_as_it_sends() {
    let server = Server::start(&[]);
    let (mut one, mut two) = (server.connect(), server.connect());
    for message in ["hi", "", "你好"] {
        one.echoes(message);
        two.echoes(message);
    }
    server.stop();
    one.expect_end();
    two.expect_end();
    let printed = server.ends_with(0).stdout;
    for expected in ["一个客户端连接建立", "client say:你好"] {
        assert_eq!(printed.lines().filter(|line| *line == expected).count(), 2);
    }
}

#[test]
fn frames_that_come_together_or_in_single_bytes_are_all_answered() {
    let server = Server::start(&[]);
    let mut client = server.connect();
    let together = [frame("hi"), frame(""), frame("ho")].concat();
    client.send(&together).expect(&together);
    for byte in &together {
        client.send(&[*byte]);
    }
    client.expect(&together).finish_sending().expect_end();
}

#[test]
fn a_client_that_breaks_the_protocol_hurts_no_other_client() {
    let server = Server::start(&[]);
    let mut good = server.connect();
    server
        .connect()
        .send(b"\0\x02hi\0\x01\xFF")
        .expect(&frame("hi"))
        .expect_end();
    server.connect().send(b"\0\x01\xFF\0\x02hi").expect_reset();
    server
        .connect()
        .send(b"\0\x09half")
        .finish_sending()
        .expect_end();
    good.echoes("hi");
}

#[test]
fn a_client_that_does_not_read_is_not_read_from_and_gets_every_reply_later() {
    let server = Server::start(&["--quiet"]);
    let mut client = server.connect();
    let messages = frame(vec![b'a'; 60_000]).repeat(1000);
    let sent = client.send_until_stuck(&messages);
    assert!(sent < messages.len(), "the server read on");
    let whole = sent - sent % 60_002;
    client
        .finish_sending()
        .expect(&messages[..whole])
        .expect_end();
}

#[test]
fn every_message_that_has_arrived_is_answered_when_the_server_is_stopped() {
    let server = Server::start(&[]);
    let mut client = server.connect();
    client.echoes("hi");
    let many = frame("hi").repeat(10_000);
    client.send(&many);
    server.stop();
    client.expect(&many).expect_end();
    server.ends_with(0);
}

#[test]
fn a_frame_that_is_half_there_when_the_server_is_stopped_is_counted_as_cut() {
    let mut server = Server::start(&["--log", "debug"]);
    let mut client = server.connect();
    client.send(b"\0\x02hi\0\x05h").expect(&frame("hi"));
    server.stop();
    client.expect_end();
    server.expect_log("disconnected", &["rest of a frame"]);
    server.ends_with(0).logs("1 connections cut");
}

#[test]
fn a_hang_up_stops_the_server_unless_it_is_ignored() {
    let server = Server::start(&[]);
    let mut client = server.connect();
    client.echoes("hi");
    server.signal("HUP");
    client.expect_end();
    server.ends_with(0);

    let mut command = Command::new("sh");
    let script = "trap '' HUP; exec \"$0\" --listen 127.0.0.1:0";
    command.args(["-c", script]).arg(Server::program());
    let server = Server::spawn(&mut command, Stdio::null());
    server.signal("HUP");
    server.connect().echoes("hi");
}
