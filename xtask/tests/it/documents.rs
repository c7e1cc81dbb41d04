//! Tests of the pages: each command prints what its page says, and each page is in the index and says what it is for.
//!
//! A block of code whose first line begins with `$ ` is a session with bash. For example, this one is run as two
//! commands in an empty folder, of which the second has to print `hi`:
//!
//! ```text
//! $ echo hi >file
//! $ cat file
//! hi
//! ```
//!
//! Times and process numbers may be others. Port 6666 stands for one that is free. A program in the background (`&`)
//! logs into `server.log`, and the next command waits until it says there that it listens.

use std::fs;
use std::io::Read as _;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::LazyLock;

use regex::Regex;

use crate::support::{read, root};

/// Number of seconds after which the commands of a session are ended.
const DEADLINE: &str = "60";

/// The port that stands in the pages.
const PORT: &str = "6666";

/// A session of a page.
#[derive(Debug, Default)]
struct Session {
    page: String,
    /// Number of its first line.
    line: usize,
    /// The commands, each with what it prints.
    commands: Vec<(String, String)>,
}

#[test]
fn commands_print_what_the_pages_say() {
    let sessions: Vec<Session> = pages().iter().flat_map(|page| sessions(page)).collect();
    assert!(sessions.len() > 3, "{} sessions", sessions.len());
    build_programs();
    for session in sessions {
        let printed = session.play();
        for ((command, expected), printed) in session.commands.iter().zip(printed) {
            let Session { page, line, .. } = &session;
            assert_eq!(
                mask(&printed),
                mask(expected),
                "{page}:{line}: `{command}` prints (left) other than the page says (right)"
            );
        }
    }
}

#[test]
fn the_index_links_to_every_page_of_its_folder() {
    let folder = root().join("docs");
    let index = read(&folder.join("README.md"));
    for page in pages().iter().filter(|page| page.starts_with(&folder)) {
        let name = page.file_name().expect("a file").to_string_lossy();
        let is_linked = index.contains(&format!("]({name})"));
        assert!(
            is_linked || name == "README.md",
            "docs/README.md lacks {name}"
        );
    }
}

#[test]
fn each_page_says_what_it_is_for_below_its_title() {
    let is_clear = |page: &PathBuf| {
        let text = read(page);
        let mut paragraphs = text.split("\n\n");
        let (title, purpose) = (paragraphs.next(), paragraphs.next());
        let is_title = title.is_some_and(|title| title.starts_with("# "));
        let is_sentence = purpose.is_some_and(|purpose| {
            !purpose.starts_with(['#', '-', '|', '!', ' ']) && purpose.contains(['.', '。'])
        });
        is_title && is_sentence
    };
    let unclear: Vec<PathBuf> = pages().into_iter().filter(|page| !is_clear(page)).collect();
    assert!(unclear.is_empty(), "{unclear:?}");
}

/// Returns all pages for people.
fn pages() -> Vec<PathBuf> {
    let root = root();
    let mut pages = Vec::new();
    for folder in ["", "docs", "java"] {
        pages.extend(pages_in(&root.join(folder)));
    }
    for folder in ["crates", "examples"] {
        let below = fs::read_dir(root.join(folder)).expect("a folder");
        pages.extend(below.flat_map(|entry| pages_in(&entry.expect("an entry").path())));
    }
    pages.sort();
    pages
}

fn pages_in(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let paths = entries.map(|entry| entry.expect("an entry").path());
    paths
        .filter(|path| path.extension().is_some_and(|end| end == "md"))
        .collect()
}

/// Returns the sessions of a page: blocks that are fenced or indented, and begin with `$ `.
fn sessions(page: &Path) -> Vec<Session> {
    let text = read(page);
    let mut sessions = Vec::new();
    let mut session: Option<Session> = None;
    let mut indent = "";
    let mut before = "";
    for (index, line) in text.lines().enumerate() {
        let trimmed = line.trim_start();
        let is_fenced = before.trim_start().starts_with("```");
        let may_begin = is_fenced || before.trim().is_empty() && line.starts_with("    ");
        if session.is_none() && may_begin && trimmed.starts_with("$ ") {
            indent = &line[..line.len() - trimmed.len()];
            session = Some(Session {
                page: page.display().to_string(),
                line: index + 1,
                commands: Vec::new(),
            });
        }
        let inside = line
            .strip_prefix(indent)
            .filter(|line| !line.starts_with("```"));
        match (&mut session, inside) {
            (Some(session), Some(line)) => session.add(line),
            (Some(_), None) => sessions.extend(session.take()),
            (None, _) => {}
        }
        before = line;
    }
    sessions.extend(session);
    sessions
}

impl Session {
    fn add(&mut self, line: &str) {
        match (line.strip_prefix("$ "), self.commands.last_mut()) {
            (Some(command), _) => self.commands.push((command.to_owned(), String::new())),
            (None, Some((_, printed))) => {
                printed.push_str(line);
                printed.push('\n');
            }
            (None, None) => unreachable!("a session begins with a command"),
        }
    }

    /// Runs the commands, and returns what each prints.
    fn play(&self) -> Vec<String> {
        let port = free_port();
        let mut script = "trap 'kill $(jobs -p) 2>/dev/null' EXIT\n".to_owned();
        for (command, _) in &self.commands {
            script.push_str(&command.replace(PORT, &port));
            script.push('\n');
            if command.ends_with('&') {
                script.push_str("until grep -qs 'listening on' server.log; do :; done\n");
            }
            script.push_str("printf '\\0'\n");
        }
        let folder = tempfile::tempdir().expect("a folder");
        let programs = Path::new(env!("CARGO_BIN_EXE_xtask"))
            .parent()
            .expect("a folder");
        let path = std::env::var("PATH").expect("a search path");
        let mut bash = Command::new("timeout");
        bash.args([DEADLINE, "bash", "-c", &script])
            .current_dir(folder.path())
            .env("PATH", format!("{}:{path}", programs.display()))
            .env("LC_ALL", "C.UTF-8")
            .stdin(Stdio::null());
        let (mut reader, writer) = std::io::pipe().expect("a pipe");
        bash.stdout(writer.try_clone().expect("a pipe"))
            .stderr(writer);
        let mut child = bash.spawn().expect("there are timeout and bash");
        drop(bash);
        let mut printed = Vec::new();
        reader.read_to_end(&mut printed).expect("its end");
        child.wait().expect("it ends");
        let printed = String::from_utf8(printed).expect("UTF-8");
        let printed: Vec<String> = printed
            .replace(&port, PORT)
            .split('\0')
            .map(str::to_owned)
            .collect();
        assert_eq!(
            printed.len(),
            self.commands.len() + 1,
            "{self:?} ended early: {printed:?}"
        );
        printed
    }
}

/// Returns a port that nobody listens on, below those that the system gives to tests.
fn free_port() -> String {
    let first = 20_000 + std::process::id() % 5_000;
    let mut ports = (first..32_000).map(|port| port as u16);
    let is_free = |port: &u16| TcpListener::bind(("localhost", *port)).is_ok();
    ports.find(is_free).expect("a free port").to_string()
}

fn build_programs() {
    let status = Command::new(env!("CARGO"))
        .args([
            "build",
            "--quiet",
            "--locked",
            "--package",
            "hellohi-server",
        ])
        .args(["--features", "metrics", "--package", "hellohi-client"])
        .current_dir(root())
        .status();
    assert!(status.expect("there is cargo").success());
}

/// Blanks out what differs from run to run.
fn mask(text: &str) -> String {
    static MASKS: LazyLock<[(Regex, &str); 2]> = LazyLock::new(|| {
        let mask = |pattern| Regex::new(pattern).expect("a pattern");
        [
            (mask(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z"), "TIME"),
            (mask(r"process \d+"), "process N"),
        ]
    });
    let masked = MASKS.iter().fold(text.to_owned(), |text, (pattern, with)| {
        pattern.replace_all(&text, *with).into_owned()
    });
    masked.trim_end().to_owned()
}
