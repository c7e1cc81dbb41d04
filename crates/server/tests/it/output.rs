//! Standard output that is slow, full or closed.

use std::fs::File;
use std::net::Shutdown;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::Stdio;

use crate::support::{Server, frame};

#[test]
fn a_full_disk_does_not_stop_the_service() {
    let full = File::options().write(true).open("/dev/full").unwrap();
    let mut server = Server::start_with(&[], full.into());
    let mut client = server.connect();
    client.send(&frame("hi")).expect(&frame("hi"));
    let line = server.log_line("standard output");
    assert!(line.contains("No space left"), "{line}");
    client.send(&frame("hi")).expect(&frame("hi"));
    server.stop();
    assert_eq!(server.finish().status.code(), Some(0));
}

#[test]
fn a_closed_pipe_does_not_stop_the_service() {
    let (reader, writer) = UnixStream::pair().unwrap();
    let mut server = Server::start_with(&[], OwnedFd::from(writer).into());
    // Unlike a drop it counts at once, also where another test's child holds a copy until its exec.
    reader.shutdown(Shutdown::Both).unwrap();
    let mut client = server.connect();
    client.send(&frame("hi")).expect(&frame("hi"));
    server.log_line("nothing more is printed there");
    client.send(&frame("hi")).expect(&frame("hi"));
    server.stop();
    assert_eq!(server.finish().status.code(), Some(0));
}

#[test]
fn a_reader_that_stands_still_stalls_nobody_and_whole_lines_are_dropped() {
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
    let log = String::from_utf8(server.finish().stderr).unwrap();
    assert!(log.contains("lines were dropped"), "{log}");
    let line = [&b"client say:"[..], &message[2..]].concat();
    let said: Vec<&[u8]> = printed.split(|&byte| byte == b'\n').skip(2).collect();
    let (end, said) = said.split_last().unwrap();
    assert!(end.is_empty() && said.iter().all(|said| *said == line));
}
