//! A system that has run out of resources.

use std::process::{Command, Stdio};

use crate::support::{Server, frame};

#[test]
fn clients_beyond_the_file_descriptors_wait_until_others_leave() {
    let mut server = start_with_open_files(40, "");
    let mut clients: Vec<_> = (0..60).map(|_| server.connect()).collect();
    server.expect_log("cannot accept", &["Too many open files"]);
    clients.drain(..40);
    for client in &mut clients {
        client.echoes("hi");
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
    server
        .ends_with(0)
        .logs("200 clients and 200 messages served");
}

#[test]
fn clients_that_could_not_be_accepted_in_time_are_counted_and_the_exit_status_says_so() {
    let mut server = start_with_open_files(40, "--drain-timeout 0s");
    let clients: Vec<_> = (0..60).map(|_| server.connect()).collect();
    server.log_line("cannot accept");
    server.stop();
    let log = server.ends_with(1).log;
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
