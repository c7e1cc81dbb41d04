//! `cargo xtask lab` says in Chinese what goes wrong, if it is asked to.

use std::fs;
use std::path::Path;
use std::process::Command;

/// Runs the lab under `--lang zh` in `folder`, and returns its exit status and everything that it printed.
fn run(folder: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_xtask"))
        .args(["lab", "--lang", "zh"])
        .args(arguments)
        .current_dir(folder)
        .env("CARGO_TARGET_DIR", folder)
        .output()
        .expect("the program starts");
    let text = [output.stdout, output.stderr].concat();
    (
        output.status.code(),
        String::from_utf8(text).expect("UTF-8"),
    )
}

/// Returns three words of English in a row, in a text without its commands.
fn english(text: &str) -> Option<String> {
    const COMMANDS: [&str; 5] = [
        "cargo xtask lab seed",
        "apt install librsvg2-bin",
        "apt install strace",
        "docker run --cap-add SYS_PTRACE",
        "docker run --security-opt seccomp=unconfined",
    ];
    let bare = COMMANDS
        .iter()
        .fold(text.to_owned(), |text, command| text.replace(command, ""));
    let words: Vec<&str> = bare.split(' ').collect();
    let is_word = |word: &&str| {
        word.len() > 1
            && word
                .chars()
                .all(|c| c.is_ascii_lowercase() || "'.,;:".contains(c))
    };
    words
        .windows(3)
        .find(|three| three.iter().all(is_word))
        .map(|three| three.join(" "))
}

#[test]
fn each_failure_is_told_in_chinese() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str, text: &str| fs::write(folder.path().join(name), text).expect("a file");
    let peer = |client: &str, server: &str| {
        format!(
            "name = 'peer'\nclient.command = ['sh', '-c', '{client}']\nserver.command = ['sh', '-c', '{server}']\n"
        )
    };
    file("silent.toml", &peer("exit 0", "exit 0"));
    file(
        "gone.toml",
        "name = 'peer'\nclient.command = ['no-such-program']\n",
    );
    file("wrong.toml", "name = 'peer'\nclients = 1\n");
    file(
        "client.toml",
        "name = 'peer'\nclient.command = ['sh', '-c', 'exit 0']\n",
    );
    let pair = "name = 'pair'\nport = 7007\n[original]\nclient = ['sh']\nserver = ['sh']\n[case.one]\nstdin = []\n";
    file("pair.toml", pair);
    let peers = ["--client", "peer", "--server", "peer"];
    let cases: [(&[&str], &[&str]); 16] = [
        (&["no-such-scenario"], &[]),
        (&["--client", "no-such-program"], &[]),
        (&["--jdk", "no/such/folder"], &[]),
        (
            &["--client", "rust", "--client", "rust", "--client", "rust"],
            &[],
        ),
        (&["chain", "--client", "rust"], &[]),
        (&["chain", "--part", "data"], &[]),
        (&["chain", "--format", "mermaid"], &[]),
        (&["chain/no-such-call"], &[]),
        (&["--peer", "none.toml"], &[]),
        (&["--peer", "gone.toml"], &[]),
        (&["--peer", "wrong.toml"], &[]),
        (&["--peer", "client.toml"], &peers),
        (&["two-in-one", "--peer", "silent.toml"], &peers),
        (&["--pair", "pair.toml", "--case", "two"], &[]),
        (
            &["refused", "--format", "png", "--peer", "silent.toml"],
            &peers,
        ),
        (
            &["refused", "--out", "no/such/file", "--peer", "silent.toml"],
            &peers,
        ),
    ];
    for (arguments, more) in cases {
        let (status, text) = run(folder.path(), &[arguments, more].concat());
        assert_eq!(status, Some(2), "{arguments:?}: {text}");
        assert_eq!(text.lines().count(), 1, "{arguments:?}: {text}");
        assert_eq!(english(&text), None, "{arguments:?}: {text}");
        assert!(text.chars().any(|c| c >= '一'), "{arguments:?}: {text}");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_conversation_that_does_not_come_about_is_told_and_drawn_in_chinese() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("peer.toml");
    let silent = "name = 'peer'\nclient.command = ['sh', '-c', 'exit 0']\nserver.command = ['sh', '-c', 'exit 0']\n";
    fs::write(path, silent).expect("a file");
    let peer = [
        "seed",
        "--peer",
        "peer.toml",
        "--client",
        "peer",
        "--server",
        "peer",
    ];
    for format in ["terminal", "html", "svg", "mermaid"] {
        let (_, text) = run(folder.path(), &[&peer[..], &["--format", format]].concat());
        let body = text.rsplit("</style>").next().unwrap_or_default();
        assert!(text.contains("服务器没有监听它的端口"), "{text}");
        assert_eq!(english(body), None, "{text}");
    }
}
