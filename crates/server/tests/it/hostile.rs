//! Hostile clients, and a system that has run out of resources.

use std::io::Write as _;
use std::iter;
use std::net::{SocketAddr, TcpStream};
use std::process::{Command, Stdio};
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use socket2::SockRef;

use crate::support::{Server, frame};

#[test]
fn clients_beyond_the_file_descriptors_wait_without_a_busy_loop_until_others_leave() {
    let mut server = start_with_open_files(40, "");
    let started = Instant::now();
    let mut clients: Vec<_> = (0..60).map(|_| server.connect()).collect();
    let line = server.log_line("cannot accept");
    assert!(line.contains("Too many open files"), "{line}");
    server.log_line("cannot accept");
    assert!(
        started.elapsed() > Duration::from_millis(500),
        "a busy loop"
    );
    clients.drain(..40);
    for client in &mut clients {
        client.send(&frame("hi")).expect(&frame("hi"));
    }
}

#[test]
fn told_to_stop_it_answers_all_waiting_clients_with_too_few_file_descriptors() {
    let mut server = start_with_open_files(60, "");
    let mut clients: Vec<_> = (0..200).map(|_| server.connect()).collect();
    for client in &mut clients {
        client.send(&frame("hi"));
    }
    server.log_line("cannot accept");
    server.stop();
    for client in &mut clients {
        client.expect(&frame("hi")).expect_end();
    }
    let output = server.finish();
    assert_eq!(output.status.code(), Some(0));
    let log = String::from_utf8(output.stderr).unwrap();
    assert!(log.contains("200 clients and 200 messages served"), "{log}");
}

#[test]
fn clients_that_could_not_be_accepted_in_time_are_counted_and_the_exit_status_says_so() {
    let mut server = start_with_open_files(40, "--drain-timeout 0s");
    let clients: Vec<_> = (0..60).map(|_| server.connect()).collect();
    server.log_line("cannot accept");
    server.stop();
    let output = server.finish();
    assert_eq!(output.status.code(), Some(1));
    let log = String::from_utf8(output.stderr).unwrap();
    let number_before = |text: &str| -> usize {
        let before = log.split(text).next().unwrap();
        let digits = before.rsplit(|char: char| !char.is_ascii_digit()).next();
        digits.unwrap().parse().unwrap()
    };
    let served = number_before(" clients and ");
    let given_up = number_before(" clients given up");
    assert_eq!(served + given_up, clients.len(), "{log}");
    assert!(given_up > 0, "{log}");
}

/// Starts the server with a limit on its open files.
fn start_with_open_files(limit: u32, flags: &str) -> Server {
    let script = format!("ulimit -n {limit}; exec \"$0\" --listen 127.0.0.1:0 {flags}");
    let mut command = Command::new("sh");
    command.args(["-c", &script]).arg(Server::program());
    Server::spawn(&mut command, Stdio::null())
}

#[test]
fn noise_at_full_speed_hurts_no_other_client() {
    let server = Server::start(&["--quiet"]);
    let mut good = server.connect();
    let attackers: Vec<_> = (0..4_u8)
        .map(|seed| {
            let addr = server.addr;
            thread::spawn(move || (0..100).for_each(|turn| send_noise(addr, seed, turn)))
        })
        .collect();
    while !attackers.iter().all(thread::JoinHandle::is_finished) {
        good.send(&frame("hi")).expect(&frame("hi"));
    }
    for attacker in attackers {
        attacker.join().unwrap();
    }
    server.connect().send(&frame("hi")).expect(&frame("hi"));
}

/// Sends random bytes until the server closes the connection. In every second turn it resets the
/// connection instead.
fn send_noise(addr: SocketAddr, seed: u8, turn: u32) {
    let mut state = u64::from(seed) << 32 | u64::from(turn) | 1;
    let noise: Vec<u8> = iter::repeat_with(|| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 56) as u8
    })
    .take(10_000)
    .collect();
    let mut stream = TcpStream::connect(addr).expect("the server accepts");
    let _ = stream.write_all(&noise);
    if turn.is_multiple_of(2) {
        let reset = SockRef::from(&stream).set_linger(Some(Duration::ZERO));
        reset.expect("an open socket");
    }
}

#[test]
fn told_to_stop_under_load_it_answers_every_message_that_was_sent() {
    let server = Server::start(&["--quiet"]);
    let message = frame("a message of some length");
    let many = message.repeat(1000);
    let all_sent = Barrier::new(9);
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let mut client = server.connect();
                for _ in 0..100 {
                    client.send(&message).expect(&message);
                }
                client.send(&many);
                all_sent.wait();
                client.expect(&many).expect_end();
            });
        }
        all_sent.wait();
        server.stop();
    });
    let output = server.finish();
    assert_eq!(output.status.code(), Some(0));
    let log = String::from_utf8(output.stderr).unwrap();
    assert!(log.contains("8 clients and 8800 messages served"), "{log}");
}
