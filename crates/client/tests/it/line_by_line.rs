//! The client without `--once`, from a pipe.

#[cfg(target_os = "linux")]
use std::fs::File;
use std::io::{Read as _, Write as _};
use std::sync::mpsc;

#[cfg(target_os = "linux")]
use crate::support::command;
use crate::support::{Server, client, printed, spawned, unused_address};

#[test]
fn each_line_waits_for_its_reply() {
    Server::playing(|peer| {
        peer.expect(b"\0\x03one")
            .send(b"\0\x01a")
            .expect(b"\0\x03two")
            .send(b"\0\x01b")
            .expect_fin()
    })
    .run_client(&[], "one\ntwo")
    .success()
    .stdout(printed("---client---\na\nb\n"))
    .stderr("");
}

#[test]
fn after_the_last_line_it_half_closes_and_prints_what_still_comes() {
    Server::playing(|peer| {
        peer.expect(b"\0\x02hi")
            .send(b"\0\x02yo")
            .expect_fin()
            .send(b"\0\x04late\0\x05later")
            .finish()
    })
    .run_client(&[], "hi\n")
    .success()
    .stdout(printed("---client---\nyo\nlate\nlater\n"));
}

#[test]
fn without_a_line_it_only_receives() {
    Server::playing(|peer| peer.expect_fin().send(b"\0\x04news"))
        .run_client(&[], "")
        .success()
        .stdout(printed("---client---\nnews\n"));
}

#[test]
fn a_server_for_one_message_is_recognised() {
    Server::playing(|peer| peer.expect(b"\0\x03one").send(b"\0\x03one").finish())
        .run_failing_client(&[], "one\ntwo\n")
        .contains("after one reply")
        .contains("line 2 of the input has no reply, and nothing behind it was sent");
}

#[test]
fn a_line_too_long_is_not_sent_nor_is_any_after_it() {
    Server::playing(|peer| peer.expect(b"\0\x01a").send(b"\0\x01b").expect_fin())
    .run_client(&[], format!("a\n{}\nc\n", "x".repeat(65536)))
    .code(1)
    .stdout(printed("---client---\nb\n"))
    .stderr(
        "hellohi-client: encoded string (xxxxxxxx...xxxxxxxx) too long: 65536 bytes; a frame holds \
         65535, so nothing of it was sent\n",
    );
}

#[test]
fn a_server_that_is_killed_is_named_with_the_line_that_has_no_reply() {
    // A close with bytes unread sends a reset.
    Server::playing(|peer| peer.expect(b"\0\x01a").send(b"\0\0").expect(b"\0"))
        .run_failing_client(&[], "a\nb\nc\n")
        .contains("reset the connection; the server failed or was killed")
        .contains("line 2 of the input has no reply, and nothing behind it was sent");
}

#[test]
fn a_server_that_closes_instead_of_a_reply_failed_or_was_killed() {
    Server::playing(|peer| peer.expect(b"\0\x02hi").finish().expect_fin())
        .run_failing_client(&[], "hi\n")
        .contains("closed the connection without a reply; the server failed or was killed")
        .contains("line 1 of the input has no reply");
    Server::playing(|peer| {
        let peer = peer.expect(b"\0\x01a").send(b"\0\0");
        let peer = peer.expect(b"\0\x01b").send(b"\0\0");
        peer.expect(b"\0\x01c").finish().expect_fin()
    })
    .run_failing_client(&[], "a\nb\nc\n")
    .contains("closed the connection without a reply; the server failed or was killed")
    .contains("line 3 of the input has no reply");
}

#[test]
fn a_server_that_refuses_the_client_is_named_whether_a_line_was_sent_or_not() {
    Server::playing(|peer| peer.expect(b"\0"))
        .run_failing_client(&[], "hi\n")
        .contains("refuses this client")
        .contains("line 1 of the input has no reply");

    let server = Server::playing(|peer| peer);
    let mut client = spawned(&[&server.address.to_string()]);
    let input = client.stdin.take().unwrap();
    let mut said = vec![0; format!("hellohi-client: {} refuses this client", server.address).len()];
    let mut errors = client.stderr.take().unwrap();
    errors.read_exact(&mut said).unwrap();
    drop(input);
    assert!(said.ends_with(b" refuses this client"));
    assert_eq!(client.wait().unwrap().code(), Some(1));
}

#[test]
fn a_reply_must_come_in_time() {
    Server::playing(|peer| peer.expect(b"\0\x02hi").expect_fin())
        .run_failing_client(&["--timeout", "300ms"], "hi\n")
        .contains("took longer than 300ms for a reply");
}

#[test]
fn a_peer_that_speaks_something_else_is_recognised() {
    for (reply, expected) in [
        (&b"HTTP/1.1 400 Bad Request\r\n\r\n"[..], "an HTTP server"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "SSH"),
        (b"hello\n", "plain text"),
        (b"\0\x04\xF0\x9F\x98\x80", "surrogate pair"),
        (b"\0\x04\xC4\xE3\xBA\xC3", "GBK"),
    ] {
        Server::playing(move |peer| peer.expect(b"\0\x02hi").send(reply).finish().expect_fin())
            .run_failing_client(&[], "hi\n")
            .contains(expected);
    }
}

#[test]
fn while_a_foreign_message_stays_incomplete_there_is_a_hint() {
    Server::playing(|peer| peer.expect(b"\0\x02hi").send(b"SSH-2.0-x\r\n").expect_fin())
        .run_failing_client(&["--timeout", "1500ms"], "hi\n")
        .contains("an incomplete message from")
        .contains("SSH");
}

#[test]
fn an_empty_message_before_a_longer_one_draws_a_hint() {
    let assert = Server::playing(|peer| {
        peer.send(b"\0\0\0\x04abcd")
            .expect(b"\0\x01x")
            .send(b"\0\0\0\x01y")
            .expect_fin()
    })
    .run_client(&[], "x")
    .success()
    .stdout(printed("---client---\n\nabcd\n\ny\n"));
    let error = String::from_utf8_lossy(&assert.get_output().stderr);
    assert!(error.contains("4-byte length"), "{error}");
}

#[test]
fn json_has_every_event_and_loses_nothing() {
    let server = Server::playing(|peer| {
        peer.expect(b"\0\x06\xE4\xBD\xA0\xE5\xA5\xBD")
            .send(b"\0\x06\xE4\xBD\xA0\xE5\xA5\xBD")
            .expect_fin()
            .send(b"\0\x05\xED\xA0\xBD\x1B\"")
    });
    let peer = server.address;
    server
        .run_client(&["--json"], "你好\n")
        .success()
        .stdout(format!(
            "{{\"event\":\"connected\",\"peer\":\"{peer}\"}}\n\
         {{\"event\":\"sent\",\"text\":\"你好\"}}\n\
         {{\"event\":\"received\",\"text\":\"你好\"}}\n\
         {{\"event\":\"received\",\"text\":\"\\ud83d\\u001b\\u0022\"}}\n"
        ));
}

#[test]
fn a_reader_that_closes_the_output_is_no_error() {
    let (connected, is_connected) = mpsc::channel();
    let (stopped, has_stopped) = mpsc::channel();
    let server = Server::playing(move |peer| {
        connected.send(()).unwrap();
        has_stopped.recv().unwrap();
        peer.send(b"\0\x04news").expect_fin()
    });
    let mut client = spawned(&[&server.address.to_string()]);
    is_connected.recv().unwrap();
    drop(client.stdout.take());
    stopped.send(()).unwrap();
    let output = client.wait_with_output().unwrap();
    server.script.join().unwrap();
    assert!(output.status.success());
    assert_eq!(output.stderr, b"");
}

#[test]
fn a_server_that_leaves_while_the_next_line_is_awaited_is_noticed() {
    let server = Server::playing(|peer| peer.expect(b"\0\x02hi").send(b"\0\x02yo"));
    let mut client = spawned(&[&server.address.to_string()]);
    let mut input = client.stdin.take().unwrap();
    input.write_all(b"hi\n").unwrap();
    let output = client.wait_with_output().unwrap();
    drop(input);
    assert_eq!(output.status.code(), Some(1));
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(
        error.contains("closed the connection") && error.contains("after one reply"),
        "{error}"
    );
}

#[test]
fn a_line_without_a_reply_is_named() {
    Server::playing(|peer| {
        peer.expect(b"\0\x03one")
            .send(b"\0\x01a")
            .expect(b"\0\x03two")
    })
    .run_failing_client(&[], "one\ntwo\nthree\n")
    .contains("line 2 of the input has no reply, and nothing behind it was sent");
}

#[test]
fn messages_that_answer_no_line_are_printed_at_once_and_pair_with_none() {
    Server::playing(|peer| {
        peer.send(b"\0\x04news\0\x04more")
            .expect(b"\0\x02hi")
            .send(b"\0\x02yo")
            .expect_fin()
    })
    .run_client(&[], "hi\n")
    .success()
    .stdout(printed("---client---\nnews\nmore\nyo\n"));
}

#[test]
fn input_that_is_not_utf_8_is_sent_with_a_single_notice() {
    Server::playing(|peer| {
        peer.expect(b"\0\x06caf\xEF\xBF\xBD")
            .send(b"\0\0")
            .expect(b"\0\x03\xEF\xBF\xBD")
            .send(b"\0\0")
            .expect_fin()
    })
    .run_client(&[], b"caf\xE9\n\xFF\n")
    .success()
    .stderr("hellohi-client: the input is not UTF-8 everywhere; what is not is sent as U+FFFD\n");
}

#[test]
fn color_is_only_where_it_is_wanted() {
    let (_holder, address) = unused_address();
    let address = address.to_string();
    for (color, expected) in [
        ("always", "\x1B[1m"),
        ("auto", "hellohi"),
        ("never", "hellohi"),
    ] {
        let assert = client(&["--color", color, &address]).assert().code(1);
        let error = String::from_utf8_lossy(&assert.get_output().stderr);
        assert!(error.starts_with(expected), "{color}: {error}");
    }
}

#[test]
fn a_wrong_address_or_timeout_is_wrong_usage() {
    client(&["7000"]).assert().code(2).stdout("");
    client(&["--timeout", "0s"]).assert().code(2).stdout("");
}

#[test]
fn a_host_that_nobody_knows_is_named() {
    let assert = client(&["no-such-host.invalid:7000"]).assert().code(1);
    let error = String::from_utf8_lossy(&assert.get_output().stderr);
    assert!(
        error.starts_with("hellohi-client: cannot find the host of no-such-host.invalid:7000: ")
            && error.ends_with("; check the name, or give an IP address\n"),
        "{error}"
    );
}

#[test]
fn wrong_usage_is_answered_with_what_is_right() {
    for (args, expected) in [
        (
            &["localhost:1", "--wrong"][..],
            "Usage: hellohi-client [OPTIONS] [HOST:PORT]\n",
        ),
        (&["--timeout", "soon"], "write for example 5s"),
        (&["--timeout", "5"], "write for example 5s"),
        (&["localhost:1:2"], "write HOST:PORT"),
        (&["localhost", "7000"], "write for example localhost:7000"),
        (&["localhost", "7001"], "write for example localhost:7001"),
        (&["-p", "7000"], "write for example localhost:7000"),
        (&["--port", "7000"], "write for example localhost:7000"),
        (&["localhost 7000"], "write HOST:PORT"),
        (&["[::1"], "write for example [::1]:666"),
        (&["::1"], "write [::1] or [::1]:666"),
        (&["localhost:0"], "write a number from 1 to 65535"),
        (&["localhost:70000"], "write a number from 1 to 65535"),
        (&["--times"], "--name <NAME>"),
        (&["--once", "--name", "bob"], "cannot be used with"),
    ] {
        let assert = client(args).assert().code(2);
        let error = String::from_utf8_lossy(&assert.get_output().stderr);
        assert!(error.contains(expected), "{args:?}: {error}");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn help_that_cannot_be_printed_is_a_failure_that_is_named() {
    let full = File::options().write(true).open("/dev/full").unwrap();
    let output = command(&["--help"]).stdout(full).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.contains("cannot write standard output"), "{error}");
}

#[test]
#[cfg(target_os = "linux")]
fn help_whose_reader_has_left_is_no_failure_and_wrong_usage_stays_that() {
    let (reader, pipe) = std::io::pipe().unwrap();
    drop(reader);
    let output = command(&["--help"]).stdout(pipe).output().unwrap();
    assert_eq!((output.status.code(), output.stderr), (Some(0), Vec::new()));

    let full = File::options().write(true).open("/dev/full").unwrap();
    let status = command(&["--wrong"]).stderr(full).status();
    assert_eq!(status.unwrap().code(), Some(2));
}

#[test]
fn the_manual_and_the_completions_come_from_the_definition() {
    for what in ["man", "bash", "elvish", "fish", "powershell", "zsh"] {
        let assert = client(&["--generate", what]).assert().success().stderr("");
        let text = String::from_utf8_lossy(&assert.get_output().stdout);
        assert!(text.contains("timeout"), "{what}: {text}");
    }
}
