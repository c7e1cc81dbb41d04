//! Tests of tasks whose output nobody reads.

use std::io::pipe;
use std::process::{Command, Stdio};

#[test]
fn a_reader_that_has_enough_ends_a_task_without_a_word() {
    let (reader, writer) = pipe().unwrap();
    drop(reader);
    let task = Command::new(env!("CARGO_BIN_EXE_xtask"))
        .args(["lab", "--list"])
        .stdout(writer)
        .stderr(Stdio::piped())
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&task.stderr), "");
    assert_eq!(task.status.code(), Some(141));
}
