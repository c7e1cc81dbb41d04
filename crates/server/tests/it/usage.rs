//! The command line.

#[cfg(target_os = "linux")]
use std::fs::File;
use std::process::{Command, Output};

use crate::support::{DEADLINE, Server};

fn output(flags: &[&str]) -> Output {
    let mut command = assert_cmd::cargo::cargo_bin_cmd!("hellohi-server");
    command.timeout(DEADLINE);
    command.args(flags).output().expect("it runs")
}

#[test]
fn wrong_usage_is_exit_status_2_and_prints_nothing() {
    for flags in [
        &["--nonsense"][..],
        &["--listen", "666"],
        &["--listen", "localhost:port"],
        &["--max-clients", "0"],
        &["--max-unsent", "1"],
        &["--frame-timeout", "0s"],
        &["--idle-timeout", "soon"],
        &["--link-timeout", "3s"],
    ] {
        let output = output(flags);
        assert_eq!(output.status.code(), Some(2), "{flags:?}");
        assert!(output.stdout.is_empty(), "{flags:?}");
    }
}

#[test]
fn the_manual_and_the_completions_know_every_flag() {
    for what in ["man", "bash", "elvish", "fish", "powershell", "zsh"] {
        let text = String::from_utf8(output(&["--generate", what]).stdout).unwrap();
        for flag in ["listen", "once", "frame", "drain"] {
            assert!(text.contains(flag), "{what}: {flag}");
        }
    }
}

#[test]
fn wrong_usage_is_answered_with_what_is_right() {
    for (flags, expected) in [
        (&["--listen", "7100"][..], "write localhost:7100"),
        (&["7100"], "write --listen localhost:7100"),
        (&["-p", "7100"], "write --listen HOST:PORT"),
        (&["localhost:7100"], "write --listen localhost:7100"),
        (
            &["--histroy", "5"],
            "a similar argument exists: '--history'",
        ),
        (&["--history", "many"], "expected a number such as 20"),
        (&["--rate", "0"], "expected a number from 1 to 4294967295"),
    ] {
        let error = String::from_utf8(output(flags).stderr).unwrap();
        assert!(error.contains(expected), "{flags:?}: {error}");
    }
}

#[test]
#[cfg(feature = "nats")]
fn a_bus_that_cannot_be_is_wrong_usage() {
    for (flags, expected) in [
        (&["--bus", "localhost"][..], "add --reply room"),
        (&["--once", "--bus", "localhost"], "cannot be used with"),
        (&["--reply", "room", "--bus", ""], "there is no host in it"),
        (
            &["--reply", "room", "--bus", "localhost,http://localhost"],
            "write for example nats://localhost:4222",
        ),
        (
            &["--reply", "room", "--bus", "nats://localhost:port"],
            "write for example nats://localhost:4222",
        ),
    ] {
        let output = output(flags);
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{flags:?}: {error}");
        assert!(error.contains(expected), "{flags:?}: {error}");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn help_that_cannot_be_printed_is_a_failure_that_is_named() {
    let full = File::options().write(true).open("/dev/full").unwrap();
    let mut help = Command::new(Server::program());
    let output = help.arg("--help").stdout(full).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(
        error.starts_with("hellohi-server: cannot print on standard output: "),
        "{error}"
    );
}

#[test]
#[cfg(target_os = "linux")]
fn help_whose_reader_has_left_is_no_failure_and_wrong_usage_stays_that() {
    let (reader, pipe) = std::io::pipe().unwrap();
    drop(reader);
    let mut help = Command::new(Server::program());
    let output = help.arg("--help").stdout(pipe).output().unwrap();
    assert_eq!((output.status.code(), output.stderr), (Some(0), Vec::new()));

    let full = File::options().write(true).open("/dev/full").unwrap();
    let mut wrong = Command::new(Server::program());
    let status = wrong.arg("--nonsense").stderr(full).status();
    assert_eq!(status.unwrap().code(), Some(2));
}

#[test]
fn a_name_that_is_not_found_is_one_line_that_says_so() {
    let output = output(&["--listen", "no-such-host.invalid:7000"]);
    assert_eq!(output.status.code(), Some(1));
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(
        error.contains("no-such-host.invalid:7000: name not found"),
        "{error}"
    );
    assert_eq!(error.lines().count(), 1, "{error}");
}

#[test]
fn an_address_of_another_machine_is_one_line_that_says_so() {
    // From the block for documentation (RFC 5737): no machine has it.
    let output = output(&["--listen", "192.0.2.1:7000"]);
    assert_eq!(output.status.code(), Some(1));
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.contains("no such address"), "{error}");
}

#[test]
fn the_process_that_holds_the_port_is_named() {
    let holder = Server::start(&[]);
    let output = output(&["--listen", &holder.addr.to_string()]);
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(
        error.contains("is taken by hellohi-server (process "),
        "{error}"
    );
}

#[test]
fn localhost_is_both_loopback_addresses() {
    let server = Server::start(&["--listen", "localhost:0"]);
    server.connect().echoes("hi");
    server.stop();
    // The address that `start` listens on is logged first and read already.
    let log = server.ends_with(0).log;
    let addresses = log.split("listening on ").skip(1);
    let addresses = addresses.map(|text| text.lines().next().unwrap());
    let addresses: Vec<_> = addresses
        .map(|addr| addr.rsplit_once(':').unwrap())
        .collect();
    assert_eq!(addresses[0].0, "127.0.0.1", "{log}");
    assert!(
        addresses.iter().all(|(_, port)| *port == addresses[0].1),
        "{log}"
    );
}
