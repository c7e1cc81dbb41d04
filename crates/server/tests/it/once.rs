//! The server with `--once`, which does what `server.java` does.

use std::net::TcpStream;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::support::{Client, Server, frame, with_passed_socket};

/// Flags of the server, with the log level at which it logs its address.
const ONCE: &[&str] = &["--once", "--log", "info"];

const BANNER: &str = "---server---\n";
const ACCEPTED: &str = "---server---\n一个客户端连接建立\n";

#[test]
fn one_message_is_printed_and_echoed_as_java_does_and_the_server_ends() {
    for (sent, reply, printed) in [
        (&b"\0\x02hi"[..], &b"\0\x02hi"[..], "hi"),
        // The echo is a decode and an encode.
        (b"\0\x01\0", b"\0\x02\xC0\x80", "\0"),
        // A lone surrogate is printed as a question mark.
        (b"\0\x05a\xED\xA0\x80b", b"\0\x05a\xED\xA0\x80b", "a?b"),
    ] {
        let server = Server::start(ONCE);
        server.connect().send(sent).expect(reply).expect_end();
        let stdout = server.ends_with(0).stdout;
        assert_eq!(stdout, format!("{ACCEPTED}client say:{printed}\n"));
    }
}

#[test]
fn a_client_that_sends_half_a_frame_fails_it() {
    let server = Server::start(ONCE);
    server
        .connect()
        .send(b"\0\x02h")
        .finish_sending()
        .expect_end();
    let ended = server.ends_with(1);
    assert_eq!(ended.stdout, ACCEPTED);
    ended.logs("no message: closed after 1 of 2 bytes");
}

#[test]
fn bytes_after_a_malformed_frame_end_in_a_reset() {
    let server = Server::start(ONCE);
    server
        .connect()
        .send(b"\0\x02\xC0A and more")
        .expect_reset();
    server.ends_with(1).logs("malformed input around byte 2");
}

#[test]
fn a_message_that_grows_beyond_a_frame_is_printed_and_not_sent() {
    let mut server = Server::start(ONCE);
    let mut client = server.connect();
    client.send(&frame([0; 65535]));
    let printed = server.stdout();
    client.expect_end();
    assert!(printed.ends_with(&[&[0; 65535][..], b"\n"].concat()));
    server.ends_with(1);
}

#[test]
fn a_taken_port_is_an_error_after_the_banner() {
    let holder = Server::start(&[]);
    let output = assert_cmd::cargo::cargo_bin_cmd!("hellohi-server")
        .args(["--once", "--listen", &holder.addr.to_string()])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(String::from_utf8(output.stdout).unwrap(), BANNER);
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.contains("the port is taken"), "{error}");
}

#[test]
fn a_signal_ends_it_with_the_exit_status_of_a_jvm() {
    let server = Server::start(ONCE);
    server.stop();
    assert_eq!(server.ends_with(143).stdout, BANNER);
}

#[test]
fn a_signal_that_is_ignored_from_the_start_stays_ignored() {
    for signal in ["HUP", "INT", "TERM"] {
        let mut command = Command::new("sh");
        let script = format!("trap '' {signal}; exec \"$0\" --listen 127.0.0.1:0 \"$@\"");
        command.args(["-c", &script]).arg(Server::program());
        let server = Server::spawn(command.args(ONCE), Stdio::null());
        server.signal(signal);
        server.connect().echoes("hi");
        server.ends_with(0);
    }
}

#[test]
fn standard_error_stays_empty_unless_it_fails() {
    for (sent, exit) in [(&b"\0\x02hi"[..], 0), (b"\0\x01\xFF", 1)] {
        let (mut command, addr) = with_passed_socket();
        let mut client = Client::connect(addr);
        client.send(sent);
        let output = command.arg("--once").output().unwrap();
        assert_eq!(output.status.code(), Some(exit));
        assert_eq!(
            String::from_utf8_lossy(&output.stderr).lines().count(),
            exit as usize
        );
    }
}

#[test]
fn it_has_java_s_backlog() {
    let server = Server::start(ONCE);
    let served = server.connect();
    // Linux lets one more client wait than the backlog says.
    let waiting: Vec<_> = (0..51).map(|_| server.connect()).collect();
    let moment = Duration::from_millis(500);
    assert!(TcpStream::connect_timeout(&server.addr, moment).is_err());
    drop((served, waiting));
}

#[test]
fn the_port_can_be_used_again_at_once() {
    let server = Server::start(ONCE);
    let addr = server.addr.to_string();
    server.connect().echoes("hi").expect_end();
    server.ends_with(0);
    let mut command = Command::new(Server::program());
    let server = Server::spawn(command.args(["--listen", &addr]).args(ONCE), Stdio::null());
    server.connect().echoes("hi");
}
