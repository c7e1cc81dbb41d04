//! Tests with programs that are hard to record, such as those that print without end or leave children behind.

use std::fs;
use std::io::Write;
use std::net::UdpSocket;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// Records the shell command `script` as a client through `steps`, without a network namespace.
fn record(script: &str, steps: &[Value]) -> Value {
    let recorder = &mut Command::new(env!("CARGO_BIN_EXE_xtask"));
    record_by(recorder, script, steps, "none")
}

fn record_by(recorder: &mut Command, script: &str, steps: &[Value], isolation: &str) -> Value {
    record_plan(
        recorder,
        shell(script, false),
        Value::Null,
        steps,
        isolation,
    )
}

fn shell(script: &str, serves_forever: bool) -> Value {
    json!({ "command": ["sh", "-c", script], "environment": {}, "serves_forever": serves_forever })
}

fn record_plan(
    recorder: &mut Command,
    client: Value,
    server: Value,
    steps: &[Value],
    isolation: &str,
) -> Value {
    let folder = tempfile::tempdir().expect("a folder");
    let plan = json!({
        "client": client,
        "server": server,
        "port": 666,
        "steps": steps,
        "deadline": { "secs": 20, "nanos": 0 },
        "isolation": isolation,
        "folder": folder.path()
    });
    let mut recorder = recorder
        .arg("record-one")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the recorder starts");
    let mut stdin = recorder.stdin.take().expect("it was piped");
    writeln!(stdin, "{plan}").expect("the recorder reads");
    drop(stdin);
    let output = recorder.wait_with_output().expect("the recorder ends");
    let answer: Value = serde_json::from_slice(&output.stdout).expect("a recording");
    answer["recorded"].clone()
}

fn runs_to_its_end() -> Vec<Value> {
    vec![
        json!({ "start": "client" }),
        json!({ "await": { "exited": "client" } }),
    ]
}

fn stdout(recording: &Value) -> String {
    let chunks = recording["client"]["stdout"].as_array().expect("chunks");
    let bytes = chunks
        .iter()
        .flat_map(|chunk| hex::decode(chunk["bytes"].as_str().expect("bytes")).expect("hex"));
    String::from_utf8(bytes.collect()).expect("UTF-8")
}

/// Waits until no process has exactly this command line: a process that was killed takes a moment to go.
fn until_gone(command: &[&str]) {
    let begun = Instant::now();
    while runs(command) {
        assert!(
            begun.elapsed() < Duration::from_secs(20),
            "{command:?} still runs"
        );
        thread::sleep(Duration::from_millis(10));
    }
}

/// Returns whether any process has exactly this command line.
fn runs(command: &[&str]) -> bool {
    let words: Vec<u8> = command
        .iter()
        .flat_map(|word| [word.as_bytes(), b"\0"].concat())
        .collect();
    fs::read_dir("/proc")
        .expect("Linux")
        .filter_map(|entry| fs::read(entry.ok()?.path().join("cmdline")).ok())
        .any(|cmdline| cmdline == words)
}

#[test]
fn a_program_that_prints_for_ever_is_cut_and_the_recording_says_so() {
    let recording = record("yes", &runs_to_its_end());
    let missed = recording["missed"].as_str().unwrap();
    assert_eq!(
        missed,
        "the client's standard output was cut at 1048576 bytes"
    );
    assert_eq!(stdout(&recording).len(), 1 << 20);
}

#[test]
fn a_child_that_outlives_its_program_is_named_and_killed_and_keeps_nobody_waiting() {
    let recording = record("sleep 4711 & echo done", &runs_to_its_end());
    assert_eq!(recording["missed"], Value::Null);
    assert_eq!(stdout(&recording), "done\n");
    assert_eq!(recording["client"]["exit"], json!({ "code": 0 }));
    assert_eq!(recording["client"]["left"]["processes"], json!(["sleep"]));
    until_gone(&["sleep", "4711"]);
}

#[test]
fn the_children_of_a_program_that_does_not_end_are_killed_with_it() {
    let steps = [
        json!({ "start": "client" }),
        json!({ "await": { "lines": ["client", 1] } }),
    ];
    let recording = record("sleep 4712 & echo done; wait", &steps);
    assert_eq!(recording["client"]["exit"], "still-running");
    until_gone(&["sleep", "4712"]);
}

#[test]
fn a_file_that_a_program_leaves_in_its_own_empty_directory_is_seen() {
    let recording = record("ls; echo hi > log.txt", &runs_to_its_end());
    assert_eq!(stdout(&recording), "");
    assert_eq!(
        recording["client"]["left"]["files"],
        json!([{ "name": "log.txt", "content": "3 bytes \"hi\\n\"" }])
    );
}

#[test]
fn a_program_that_keeps_waking_up_comes_to_rest_all_the_same() {
    let steps = [
        json!({ "start": "client" }),
        json!({ "await": { "settled": "client" } }),
    ];
    let recording = record("while :; do sleep 0.02; done", &steps);
    assert_eq!(recording["missed"], Value::Null);
    assert_eq!(recording["notes"], json!(["the client waits"]));
}

#[test]
fn a_program_is_not_at_rest_while_a_child_of_its_works() {
    let steps = [
        json!({ "start": "client" }),
        json!({ "await": { "settled": "client" } }),
    ];
    let count = "i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done; echo counted";
    let recording = record(&format!("sh -c '{count}'; echo done"), &steps);
    assert_eq!(recording["notes"], json!(["the client ended"]));
    assert_eq!(stdout(&recording), "counted\ndone\n");
}

#[test]
fn signals_that_whoever_started_the_harness_ignores_reach_the_program() {
    let recorder = format!("trap '' INT; exec {} \"$@\"", env!("CARGO_BIN_EXE_xtask"));
    let mut recorder_of = Command::new("sh");
    recorder_of.args(["-c", &recorder, "sh"]);
    let recording = record_by(
        &mut recorder_of,
        "kill -INT $$; exit 7",
        &runs_to_its_end(),
        "none",
    );
    assert_eq!(recording["client"]["exit"], json!({ "signal": 2 }));
}

#[test]
fn a_console_is_what_the_script_says() {
    let of = |console: &str, script: &str| {
        let mut steps = runs_to_its_end();
        steps[0] = json!({ "start-with": ["client", console] });
        record(script, &steps)
    };
    let exit = |recording: &Value| recording["client"]["exit"]["code"].clone();
    let is_terminal = "test -t 0 && test -t 1 && exec 3</dev/tty && echo yes";
    assert_eq!(stdout(&of("terminal", is_terminal)), "yes\r\n");
    assert_eq!(stdout(&of("pipes", "test -t 0 || echo no")), "no\n");
    let output_fails = "echo hi 2>/dev/null || exit 3";
    assert_eq!(exit(&of("output-closed", output_fails)), 3);
    assert_eq!(
        exit(&of(
            "output-broken",
            &format!("trap '' PIPE; {output_fails}")
        )),
        3
    );
    let errors_fail = "trap '' PIPE; (echo hi >&2) || exit 5";
    let recording = of("error-broken", errors_fail);
    assert_eq!(exit(&recording), 5);
    assert_eq!(recording["client"]["stderr"], json!([]));
    assert_eq!(
        exit(&of("input-closed", "read line 2>/dev/null <&0 || exit 4")),
        4
    );
}

#[test]
fn a_full_output_holds_its_program_up_until_it_is_read() {
    let steps = [
        json!({ "start-with": ["client", "output-full"] }),
        json!({ "await": { "settled": "client" } }),
        json!({ "read-output": "client" }),
        json!({ "await": { "exited": "client" } }),
    ];
    let recording = record("echo hi", &steps);
    assert_eq!(recording["notes"], json!(["the client waits"]));
    assert_eq!(stdout(&recording), "hi\n");
}

#[test]
fn packets_of_other_ports_are_not_recorded_on_an_interface_that_others_share() {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let port = socket.local_addr().unwrap().port();
    let send = format!("exec 3<>/dev/udp/127.0.0.1/{port}; echo hi >&3; echo hi >&3");
    let recording = record(&format!("bash -c '{send}'"), &runs_to_its_end());
    assert_eq!(recording["client"]["exit"], json!({ "code": 0 }));
    assert_eq!(socket.recv(&mut [0; 9]).unwrap(), 3);
    assert_eq!(recording["datagrams"], json!([]));
}

#[test]
fn an_output_that_nobody_reads_holds_its_program_up() {
    let settled = json!({ "await": { "settled": "client" } });
    let steps = [
        json!({ "start-with": ["client", "output-unread"] }),
        settled.clone(),
        json!({ "signal": ["client", "stop"] }),
        json!({ "signal": ["client", "continue"] }),
        settled,
    ];
    let recording = record("printf hi; exec yes", &steps);
    assert_eq!(
        recording["notes"],
        json!(["the client waits", "the client waits"])
    );
    assert_eq!(stdout(&recording), "");
}

#[test]
fn localhost_is_known_where_the_machine_has_no_hosts_file() {
    let folder = tempfile::tempdir().unwrap();
    let etc = folder.path().join("etc");
    // The script is root in a user namespace, and its /etc is a copy without the files that it may not read.
    let script = format!(
        "cp -r /etc {etc} 2>/dev/null; rm -f {etc}/hosts; mount --bind {etc} /etc || exit 77; \
         test ! -e /etc/hosts || exit 78; exec {xtask} try-namespace",
        etc = etc.display(),
        xtask = env!("CARGO_BIN_EXE_xtask")
    );
    let tried = Command::new("unshare")
        .args(["--user", "--map-root-user", "--mount", "sh", "-c", &script])
        .output();
    let Ok(tried) = tried else {
        eprintln!("skipped: no program unshare here");
        return;
    };
    let error = String::from_utf8_lossy(&tried.stderr);
    if error.starts_with("unshare:") || tried.status.code() == Some(77) {
        eprintln!("skipped: {error}");
        return;
    }
    assert!(tried.status.success(), "{error}");
}

#[test]
fn the_machines_own_name_is_known_in_a_network_of_its_own() {
    let xtask = || Command::new(env!("CARGO_BIN_EXE_xtask"));
    let tried = xtask().arg("try-namespace").output().unwrap();
    if !tried.status.success() {
        eprintln!("skipped: {}", String::from_utf8_lossy(&tried.stderr));
        return;
    }
    let script = r#"getent hosts "$(cat /proc/sys/kernel/hostname)" | head -n 1 | cut -d ' ' -f 1"#;
    let recording = record_by(&mut xtask(), script, &runs_to_its_end(), "namespace");
    assert_eq!(stdout(&recording), "127.0.0.1\n");
}

#[test]
fn a_client_that_waits_reacts_to_the_end_of_a_server_that_is_told_to_end() {
    let folder = tempfile::tempdir().unwrap();
    let fifo = folder.path().join("fifo");
    let made = Command::new("mkfifo").arg(&fifo).status().unwrap();
    assert!(made.success());
    let fifo = fifo.display();
    // It works for a moment before it ends. A program that works is not at rest, however busy the machine is.
    let work = "n=0; while [ $n -lt 20000 ]; do n=$((n + 1)); done";
    let client = shell(&format!("read line < {fifo}; {work}; echo gone"), false);
    let server = shell(&format!("exec 3> {fifo}; exec cat"), true);
    let steps = [
        json!({ "start": "server" }),
        json!({ "start": "client" }),
        json!({ "await": "both-settled" }),
        json!({ "await": { "stopped": "server" } }),
    ];
    let xtask = &mut Command::new(env!("CARGO_BIN_EXE_xtask"));
    let recording = record_plan(xtask, client, server, &steps, "none");
    assert_eq!(recording["client"]["exit"], json!({ "code": 0 }));
    assert_eq!(stdout(&recording), "gone\n");
}

#[test]
fn clients_that_run_beside_each_other_are_fed_and_recorded_one_by_one() {
    let steps = [
        json!({ "start": "client" }),
        json!({ "start-client": [2, ["more"]] }),
        json!({ "feed": ["client", hex::encode("two\n")] }),
        json!({ "client": 1 }),
        json!({ "feed": ["client", hex::encode("one\n")] }),
        json!({ "await": { "exited": "client" } }),
        json!({ "client": 2 }),
        json!({ "await": { "exited": "client" } }),
    ];
    let recording = record("read line; echo got $line $0; echo $line > file", &steps);
    assert_eq!(stdout(&recording), "got one sh\n");
    let second = json!({ "client": recording["beside"][0] });
    assert_eq!(stdout(&second), "got two more\n");
    let files = |played: &Value| played["left"]["files"][0]["content"].clone();
    assert_eq!(files(&recording["client"]), "4 bytes \"one\\n\"");
    assert_eq!(files(&second["client"]), "4 bytes \"two\\n\"");
}
