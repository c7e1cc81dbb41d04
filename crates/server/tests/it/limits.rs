//! The limits on clients, and what happens at each.

use std::process::Stdio;

use crate::support::{Client, Server, frame, with_passed_socket};

#[test]
fn one_client_more_than_allowed_is_refused_until_another_leaves() {
    for flag in ["--max-clients", "--max-clients-per-address"] {
        let mut server = Server::start(&[flag, "1"]);
        let mut first = server.connect();
        first.echoes("hi");
        server.connect().expect_end();
        server.expect_log("refused", &["127.0.0.1:", &format!("{flag})")]);
        first.echoes("hi");
        first.finish_sending().expect_end();
        server.connect().echoes("hi");
    }
}

#[test]
fn a_silent_client_is_disconnected() {
    // The client counts as silent only once its message is answered, however slow the machine is.
    let (mut command, addr) = with_passed_socket();
    let mut client = Client::connect(addr);
    client.send(&frame("hi"));
    command.args(["--idle-timeout", "50ms"]);
    let mut server = Server::spawn(&mut command, Stdio::null());
    client.expect(&frame("hi")).expect_end();
    server.expect_log("disconnected", &["--idle-timeout", "messages=1"]);
}

#[test]
fn a_client_that_takes_too_long_for_a_frame_is_disconnected() {
    let mut server = Server::start(&["--frame-timeout", "50ms"]);
    server.connect().send(b"\0\x0Ahal").expect_end();
    server.expect_log("disconnected", &["--frame-timeout"]);
}

#[test]
fn a_client_that_never_reads_is_disconnected_when_it_counts_as_idle() {
    let mut server = Server::start(&["--quiet", "--idle-timeout", "500ms"]);
    let mut client = server.connect();
    client.send_until_stuck(&frame(vec![b'a'; 60_000]).repeat(1000));
    server.expect_log("disconnected", &["--idle-timeout"]);
}

#[test]
fn a_connection_that_cannot_be_drained_is_cut_in_time() {
    let server = Server::start(&["--quiet", "--drain-timeout", "100ms"]);
    let mut client = server.connect();
    client.send_until_stuck(&frame(vec![b'a'; 60_000]).repeat(1000));
    server.stop();
    server.ends_with(0).logs("1 connections cut");
}

#[test]
fn who_is_refused_in_a_room_gets_no_byte() {
    for (flag, reason) in [
        ("--max-clients", "all 1 places are taken (--max-clients)"),
        (
            "--max-clients-per-address",
            "127.0.0.1 has all 1 places it may have",
        ),
    ] {
        let mut server = Server::start(&["--reply", "room", flag, "1"]);
        let mut first = server.connect();
        first.echoes("hi");
        server.connect().expect_end();
        server.expect_log("refused", &[reason]);
        first.echoes("hi");
        server.stop();
        first.expect_end();
        server.ends_with(0).logs("1 clients refused");
    }
}

#[test]
fn a_connection_without_the_line_of_a_proxy_is_refused_without_a_byte() {
    let longest = [b"PROXY UNKNOWN ", &[b'x'; 93][..]].concat();
    let not_one = "does not begin with a line of a proxy";
    for (timeout, cases) in [
        (
            "1h",
            &[
                (&frame("hi")[..], not_one),
                (b"\r\n\r\n\0\r\nQUIT\n", "version 2"),
                (&longest, not_one),
            ][..],
        ),
        (
            "50ms",
            &[
                (b"", "no line of a proxy"),
                (b"PROXY TCP4 1.2.3.4", "no line of a proxy"),
            ],
        ),
    ] {
        let mut server = Server::start(&["--proxy-protocol", "--frame-timeout", timeout]);
        for (bytes, reason) in cases {
            let mut client = server.connect();
            client.send(bytes).expect_nothing_more();
            server.expect_log("refused", &["127.0.0.1:", reason]);
        }
        server.stop();
        let refused = format!("served, {} clients refused", cases.len());
        server.ends_with(0).logs(&refused);
    }
    let mut server = Server::start(&["--proxy-protocol"]);
    let mut cut = server.connect();
    cut.send(b"PROXY ").finish_sending().expect_end();
    server.expect_log("refused", &["127.0.0.1:", not_one]);
}

#[test]
fn behind_a_proxy_limits_and_logs_see_the_client_s_address() {
    let mut server = Server::start(&["--proxy-protocol", "--max-clients-per-address", "1"]);
    let behind = |address: &str| {
        let mut client = server.connect();
        client.send(format!("PROXY TCP4 {address} 192.0.2.1 51234 6666\r\n").as_bytes());
        client
    };
    let (mut one, mut other) = (behind("203.0.113.7"), behind("203.0.113.8"));
    one.echoes("hi");
    other.echoes("hi");
    behind("203.0.113.7").expect_end();
    server.expect_log(
        "refused",
        &["203.0.113.7:51234", "--max-clients-per-address"],
    );
    let mut client = server.connect();
    client.send(b"\0");
    client.expect_end();
    server.expect_log("refused", &["127.0.0.1:", "--proxy-protocol"]);
    server.stop();
    server.ends_with(0);
}
