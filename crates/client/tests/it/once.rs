//! The client with `--once`, which does what client.java does.

use crate::support::{Connection, Server, client, printed, unused_address};

const ONCE: &[&str] = &["--once"];

#[test]
fn a_line_goes_out_and_its_reply_is_printed() {
    Server::playing(|peer| peer.expect(b"\0\x02hi").send(b"\0\x02yo").expect_fin())
        .run_client(ONCE, "hi\n")
        .success()
        .stdout(printed("---client---\nyo\n"))
        .stderr("");
}

#[test]
fn it_connects_before_it_reads_the_console() {
    Server::playing(|peer| peer.send(b"\0\x05early").expect(b"\0\x02hi").expect_fin())
        .run_client(ONCE, "hi\n")
        .success()
        .stdout(printed("---client---\nearly\n"));
}

#[test]
fn only_the_first_line_is_sent_whatever_ends_it() {
    for input in ["hi\nmore\n", "hi\r\nmore", "hi\rmore", "hi"] {
        Server::playing(|peer| peer.expect(b"\0\x02hi").send(b"\0\0").expect_fin())
            .run_client(ONCE, input)
            .success()
            .stdout(printed("---client---\n\n"));
    }
}

#[test]
fn without_a_line_nothing_is_sent() {
    Server::playing(Connection::expect_fin)
        .run_client(ONCE, "")
        .code(1)
        .stdout(printed("---client---\n"))
        .stderr("hellohi-client: standard input ended before there was a line to send\n");
}

#[test]
fn a_line_of_65535_bytes_is_sent_and_a_longer_one_is_not() {
    let longest = "x".repeat(65535);
    let frame = [b"\xFF\xFF", longest.as_bytes()].concat();
    Server::playing(move |peer| peer.expect(&frame).send(&frame).expect_fin())
        .run_client(ONCE, format!("{longest}\n"))
        .success()
        .stdout(printed(&format!("---client---\n{longest}\n")));

    Server::playing(Connection::expect_fin)
    .run_client(ONCE, "好".repeat(21846))
    .code(1)
    .stdout(printed("---client---\n"))
    .stderr(
        "hellohi-client: encoded string (好好好好好好好好...好好好好好好好好) too long: 65538 bytes; \
         a frame holds 65535, so nothing of it was sent\n",
    );
}

#[test]
fn malformed_input_is_sent_as_replacement_characters() {
    Server::playing(|peer| {
        peer.expect(b"\0\x07\xEF\xBF\xBD\xEF\xBF\xBDy")
            .send(b"\0\0")
    })
    .run_client(ONCE, b"\xED\xA0\x80\xE4\xB8y\n")
    .success();
}

#[test]
fn a_lone_surrogate_is_printed_as_a_question_mark_and_controls_as_they_are() {
    Server::playing(|peer| {
        peer.expect(b"\0\x01x")
            .send(b"\0\x07\xED\xA0\xBD\x1B[m\x07")
    })
    .run_client(ONCE, "x\n")
    .success()
    .stdout(printed("---client---\n?\x1B[m\x07\n"));
}

#[test]
fn bytes_after_the_reply_are_left_unread_and_draw_a_reset() {
    Server::playing(|peer| {
        peer.expect(b"\0\x01x")
            .send(b"\0\x01\xFFmore")
            .expect_reset()
    })
    .run_client(ONCE, "x\n")
    .code(1)
    .stdout(printed("---client---\n"));
}

#[test]
fn a_server_that_closes_early_is_named_with_how_far_it_came() {
    for (reply, expected) in [
        (&b""[..], "closed the connection without a reply"),
        (
            b"\0",
            "closed the connection inside a message, after 1 of 2 bytes",
        ),
        (
            b"\0\x0Aabc",
            "closed the connection inside a message, after 3 of 10 bytes",
        ),
    ] {
        Server::playing(move |peer| peer.expect(b"\0\x02hi").send(reply).finish().expect_fin())
            .run_failing_client(ONCE, "hi\n")
            .contains(expected);
    }
}

#[test]
fn if_nothing_listens_the_banner_comes_first() {
    let (_holder, address) = unused_address();
    let address = address.to_string();
    client(&["--once", &address])
        .write_stdin("hi\n")
        .assert()
        .code(1)
        .stdout(printed("---client---\n"))
        .stderr(format!(
            "hellohi-client: nobody listens on {address}; start a server there \
             (hellohi-server, or java server), or name another HOST:PORT\n"
        ));
}

#[test]
#[cfg(unix)]
fn a_signal_that_is_ignored_from_the_start_stays_ignored() {
    use std::io::Write as _;
    use std::process::{Command, Stdio};
    use std::sync::mpsc;

    use nix::sys::signal::{Signal, kill};
    use nix::unistd::Pid;

    use crate::support::DEADLINE;

    for signal in [Signal::SIGHUP, Signal::SIGINT, Signal::SIGTERM] {
        let (connected, is_connected) = mpsc::channel();
        let server = Server::playing(move |peer| {
            connected.send(()).unwrap();
            peer.expect(b"\0\x02hi").send(b"\0\x02yo").expect_fin()
        });
        let number = signal as i32;
        let script = format!("trap '' {number}; exec \"$0\" --once \"$1\"");
        let program = env!("CARGO_BIN_EXE_hellohi-client");
        let mut client = Command::new("sh")
            .args(["-c", &script, program, &server.address.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        is_connected.recv_timeout(DEADLINE).unwrap();
        kill(Pid::from_raw(client.id().cast_signed()), signal).unwrap();
        client.stdin.take().unwrap().write_all(b"hi\n").unwrap();
        assert_eq!(client.wait().unwrap().code(), Some(0), "{signal}");
        server.script.join().unwrap();
    }
}
