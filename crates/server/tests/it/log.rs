//! The log: its warnings, its formats and its threads.

use std::process::Command;

use crate::support::{Server, frame};

#[test]
fn a_client_that_speaks_something_else_is_named_with_what_it_probably_speaks() {
    let mut server = Server::start(&["--frame-timeout", "50ms"]);
    for (bytes, cause) in [
        (&b"hello\n"[..], "plain text"),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", "HTTP"),
        (b"\x16\x03\x01\x02\0\x01\0\x01\xFC\x03\x03", "TLS"),
        (b"SSH-2.0-OpenSSH_9.6\r\n", "SSH"),
        (b"\xAC\xED\0\x05t\0\x05hello", "ObjectOutputStream"),
        (b"\0h\0e\0l\0l\0o", "writeChars"),
        (b"\x05\0hello", "byte-swapped"),
    ] {
        let mut client = server.connect();
        client.send(bytes);
        server.expect_log("does not seem", &[cause, "127.0.0.1:"]);
        client.expect_end();
    }
}

#[test]
fn a_four_byte_length_is_suspected_and_answered_as_java_would() {
    let mut server = Server::start(&[]);
    let bytes = b"\0\0\0\x05hello";
    server
        .connect()
        .send(bytes)
        .expect(bytes)
        .finish_sending()
        .expect_end();
    server.expect_log("does not seem", &["4-byte length"]);
}

#[test]
fn a_malformed_frame_ends_with_its_likely_cause() {
    let mut server = Server::start(&[]);
    server.connect().send(&frame("😀")).expect_end();
    let parts = ["malformed input around byte 0", "standard UTF-8"];
    server.expect_log("disconnected", &parts);
}

#[test]
fn a_frame_cut_short_ends_with_how_much_of_it_came() {
    let mut server = Server::start(&[]);
    for (bytes, reason) in [
        (&b"\0\x0Aabc"[..], "after 3 of a frame's 10 bytes"),
        (b"\0", "inside the length of a frame"),
    ] {
        let mut client = server.connect();
        client.send(bytes).finish_sending().expect_end();
        server.expect_log("disconnected", &[reason]);
    }
}

#[test]
fn a_peer_s_text_reaches_the_log_escaped() {
    let mut server = Server::start(&["--frame-timeout", "50ms"]);
    server.connect().send(b"\x1B[31mred\n").expect_end();
    let line = server.log_line("disconnected");
    assert!(!line.contains('\x1B'), "{line:?}");
}

#[test]
fn the_log_can_be_json() {
    let mut server = Server::start(&["--log-format", "json", "--log", "debug"]);
    server.connect().echoes("hi").finish_sending().expect_end();
    let line = server.log_line("disconnected");
    for part in [
        "\"peer\":\"127.0.0.1:",
        "\"bytes\":4",
        "\"messages\":1",
        "\"reason\":\"closed by the client\"",
    ] {
        assert!(line.starts_with('{') && line.contains(part), "{line}");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn the_threads_of_a_server_are_there_before_it_listens() {
    for (flags, expected) in [(&["--quiet"][..], 2), (&[], 3)] {
        let mut server = Server::start(flags);
        let threads = || {
            let tasks = format!("/proc/{}/task", server.id());
            std::fs::read_dir(tasks).unwrap().count()
        };
        assert_eq!(threads(), expected);
        server.connect().send(b"\0\x01\xFF").expect_end();
        assert_eq!(threads(), expected);
        server.log_line("disconnected");
    }
}

#[test]
fn without_a_thread_to_be_had_it_does_not_listen() {
    for flags in [&["--quiet"][..], &[]] {
        let output = Command::new(Server::program())
            .args(["--listen", "127.0.0.1:0"])
            .args(flags)
            // No system has memory for such a stack.
            .env("RUST_MIN_STACK", (1_u64 << 60).to_string())
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(1));
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(error.contains("cannot start a thread"), "{error}");
        assert_eq!(error.lines().count(), 1, "{error}");
    }
}

#[test]
fn what_a_flood_of_bad_clients_leaves_unlogged_is_counted() {
    let server = Server::start(&[]);
    for _ in 0..200 {
        server.connect().send(b"\0\x01\xFF").expect_end();
    }
    server.stop();
    let log = server.ends_with(0).log;
    let lines = log.matches("disconnected").count();
    let numbers = log.split(" withheld=").skip(1);
    let withheld =
        numbers.filter_map(|number| number.split([' ', '\n']).next()?.parse::<usize>().ok());
    assert_eq!(lines + withheld.sum::<usize>(), 200, "{log}");
}
