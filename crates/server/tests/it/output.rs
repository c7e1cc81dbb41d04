//! A standard output that is slow, full or closed.

use std::fs::File;
use std::io::Write as _;
use std::net::Shutdown;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::Stdio;

use crate::support::{Client, Killed, Server, frame, signal, with_passed_socket};

#[test]
fn a_full_disk_does_not_stop_the_service() {
    let full = File::options().write(true).open("/dev/full").unwrap();
    let mut server = Server::start_with(&[], full.into());
    let mut client = server.connect();
    client.echoes("hi");
    server.expect_log("standard output", &["No space left"]);
    client.echoes("hi");
    server.stop();
    server.ends_with(0).logs("lost=4");
}

#[test]
fn a_closed_pipe_does_not_stop_the_service() {
    let (reader, writer) = UnixStream::pair().unwrap();
    let mut server = Server::start_with(&[], OwnedFd::from(writer).into());
    // Unlike a drop, this counts at once, even if another test's child holds a copy until its exec.
    reader.shutdown(Shutdown::Both).unwrap();
    let mut client = server.connect();
    client.echoes("hi");
    server.log_line("nothing more is printed there");
    client.echoes("hi");
    server.stop();
    let log = server.ends_with(0).log;
    // The banner may have been printed before.
    assert!(log.contains("lost=3") || log.contains("lost=4"), "{log}");
}

#[test]
fn a_reader_that_stops_delays_no_client_and_whole_lines_are_dropped() {
    let (mut reader, writer) = std::io::pipe().unwrap();
    let mut server = Server::start_with(&[], Stdio::from(writer));
    let mut client = server.connect();
    let message = frame(vec![b'a'; 60_000]);
    for _ in 0..400 {
        client.send(&message).expect(&message);
    }
    server.log_line("lines are dropped");
    server.stop();
    let mut printed = Vec::new();
    std::io::Read::read_to_end(&mut reader, &mut printed).unwrap();
    server.ends_with(0).logs("lines were dropped");
    let line = [&b"client say:"[..], &message[2..]].concat();
    let said: Vec<&[u8]> = printed.split(|&byte| byte == b'\n').skip(2).collect();
    let (end, said) = said.split_last().unwrap();
    assert!(end.is_empty() && said.iter().all(|said| *said == line));
}

#[test]
fn outputs_that_nobody_reads_delay_neither_the_service_nor_its_end() {
    for (signals, code) in [(&["TERM"][..], 0), (&["TERM", "INT"], 1)] {
        let (mut command, addr) = with_passed_socket();
        command.args(["--drain-timeout", "1h"]);
        let child = command.stdout(full_pipe()).stderr(full_pipe()).spawn();
        let mut child = Killed(child.unwrap());
        let mut client = Client::connect(addr);
        client.echoes("hi");
        if signals.len() > 1 {
            client.send_until_stuck(&frame(vec![b'a'; 60_000]).repeat(1000));
        }
        for name in signals {
            signal(child.0.id(), name);
        }
        assert_eq!(child.0.wait().unwrap().code(), Some(code), "{signals:?}");
    }
}

/// Returns the writing end of a full pipe that nobody reads.
fn full_pipe() -> Stdio {
    let (reader, mut writer) = UnixStream::pair().expect("a socket");
    writer.set_nonblocking(true).expect("a socket");
    while writer.write(&[b'x'; 4096]).is_ok() {}
    while writer.write(b"x").is_ok() {}
    writer.set_nonblocking(false).expect("a socket");
    std::mem::forget(reader);
    OwnedFd::from(writer).into()
}
