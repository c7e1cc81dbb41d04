//! Tests that wrong usage prints one line and exits with status 2.

use std::process::Command;

#[cfg(unix)]
use crate::support::root;

fn refused(command: &mut Command) -> String {
    let output = command.output().expect("the program starts");
    assert_eq!(output.status.code(), Some(2), "{command:?}");
    let error = String::from_utf8(output.stderr).expect("UTF-8");
    assert_eq!(error.lines().count(), 1, "{error}");
    error
}

#[test]
fn a_jdk_that_is_none_is_refused_with_its_path() {
    for task in [&["jdks"][..], &["interop", "--list"]] {
        let mut xtask = Command::new(env!("CARGO_BIN_EXE_xtask"));
        let error = refused(xtask.args(task).args(["--jdk", "no/such/folder"]));
        assert_eq!(
            error,
            "xtask: no/such/folder is not a JDK: there is no such folder\n"
        );
    }
}

#[test]
fn a_tap_overwrites_no_file() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let mut xtask = Command::new(env!("CARGO_BIN_EXE_xtask"));
    let addresses = ["--listen", "127.0.0.1:0", "--to", "127.0.0.1:1"];
    let tap = xtask.arg("tap").args(addresses).arg("--save");
    let error = refused(tap.arg(file.path()));
    assert!(error.contains("exists and is not overwritten"), "{error}");
}

#[test]
#[cfg(unix)]
fn a_step_that_there_is_not_is_refused() {
    let error = refused(Command::new(root().join(".ci/run")).arg("no-such-step"));
    assert!(error.starts_with("ci: no step is called no-such-step"));
}
