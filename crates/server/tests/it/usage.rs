//! The command line.

use std::process::Output;

use crate::support::Server;

fn output(flags: &[&str]) -> Output {
    let mut command = assert_cmd::cargo::cargo_bin_cmd!("hellohi-server");
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
    server.ends_with(0).logs("listening on 127.0.0.1:");
}
