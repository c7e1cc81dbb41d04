//! `cargo xtask interop --pair` with programs that need no Java: the lab's mutants.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

/// Runs the pair whose originals are the mutants' control, with a wrong client, and these lines of TOML.
fn run(folder: &Path, more: &str) -> Output {
    let xtask = env!("CARGO_BIN_EXE_xtask");
    let program =
        |side: &str, defect: &str| format!("{side} = ['{xtask}', 'mutant', '{side}', '{defect}']");
    let (client, server) = (program("client", "control"), program("server", "control"));
    let wrong = program("client", "length-in-characters");
    let pair = format!(
        "name = 'mutants'\nport = 666\ndissect = 'writeUTF'\n[original]\n{client}\n{server}\n\
         [candidate.right]\n{client}\n{server}\n[candidate.wrong]\n{wrong}\n\
         [case.han]\nstdin = [\"你\\n\"]\n[case.ascii]\nstdin = [\"hi\\n\"]\n[probes]\nof = ['ascii']\nmost = 1\n{more}"
    );
    let file = folder.join("pair.toml");
    fs::write(&file, pair).expect("a file");
    Command::new(xtask)
        .args(["interop", "--pair"])
        .arg(file)
        .env("CARGO_TARGET_DIR", folder)
        .output()
        .expect("the program starts")
}

/// Returns the standard output of a run that ended with `status`; `None` if this machine allows no namespace.
fn stdout(output: Output, status: i32) -> Option<String> {
    let errors = String::from_utf8_lossy(&output.stderr);
    if errors.contains("no network namespace") {
        eprintln!("skipped: {errors}");
        return None;
    }
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    assert_eq!(output.status.code(), Some(status), "{text}\n{errors}");
    Some(text)
}

#[test]
fn a_wrong_port_is_convicted_and_a_right_one_is_not() {
    let folder = tempfile::tempdir().expect("a folder");
    let Some(text) = stdout(run(folder.path(), ""), 1) else {
        return;
    };
    let convicted: Vec<&str> = text
        .lines()
        .filter(|line| line.starts_with("different"))
        .collect();
    assert_eq!(convicted.len(), 2, "{text}");
    assert!(
        convicted
            .iter()
            .all(|line| line.contains("wrong__") && line.ends_with("han"))
    );
    assert!(
        text.contains("first difference at byte 1 (0x1) of 5 and 5"),
        "{text}"
    );
    assert!(text.contains("3 bytes \"你\""), "{text}");
    assert!(text.contains("probes derived from ascii; "), "{text}");
}

#[test]
fn a_mask_of_everything_is_refused_as_blind() {
    let folder = tempfile::tempdir().expect("a folder");
    let mask = "[[mask]]\nchannel = 'client.bytes'\npattern = '(?s-u).*'\nreason = 'lazy'\n";
    let Some(text) = stdout(run(folder.path(), mask), 1) else {
        return;
    };
    assert!(
        text.contains("\nblind: ascii: client.bytes: the mask"),
        "{text}"
    );
}
