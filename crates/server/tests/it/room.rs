//! The server with `--reply room` and `--reply hi`.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::thread;
use std::time::Duration;

use crate::support::{Server, frame};

#[test]
fn every_member_of_a_room_receives_every_message_in_the_same_order() {
    let server = Server::start(&["--reply", "room"]);
    let mut one = server.connect();
    one.echoes("one");
    let mut two = server.connect();
    two.echoes("two");
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
    let mut stalled = server.connect();
    stalled.echoes("here");
    let mut sender = server.connect();
    let message = frame(vec![b'a'; 60_000]);
    for _ in 0..300 {
        sender.send(&message).expect(&message);
    }
    server.expect_log("disconnected", &["--max-unsent"]);
    sender.echoes("hi");
}

/// 26 MB are more than the kernel stores for a client that reads 20 MB/s.
#[test]
fn a_member_that_sends_too_much_waits_for_those_that_read() {
    const FRAMES: usize = 400;
    let server = Server::start(&["--reply", "room", "--quiet"]);
    let message = frame(vec![b'a'; 65_535]);
    let join = || {
        let mut client = TcpStream::connect(server.addr).unwrap();
        client.write_all(&frame("")).unwrap();
        client.read_exact(&mut [0; 2]).unwrap();
        client
    };
    let (mut slow, mut sender) = (join(), join());
    slow.read_exact(&mut [0; 2]).unwrap();
    let mut receiver = sender.try_clone().unwrap();
    let (sender_read, slow_read) = thread::scope(|scope| {
        let sending = scope.spawn(|| (0..FRAMES).try_for_each(|_| sender.write_all(&message)));
        let reading =
            scope.spawn(|| read_slowly(&mut receiver, FRAMES * message.len(), Duration::ZERO));
        let slow_read = read_slowly(&mut slow, FRAMES * message.len(), Duration::from_millis(3));
        sending.join().unwrap().unwrap();
        (reading.join().unwrap(), slow_read)
    });
    assert_eq!(
        (sender_read, slow_read),
        (FRAMES * message.len(), FRAMES * message.len())
    );
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
fn hi_is_answered_to_anything() {
    let server = Server::start(&["--reply", "hi"]);
    server.connect().send(&frame("hello")).expect(&frame("hi"));
}
