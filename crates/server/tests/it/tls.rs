//! The recipe of `docs/room.md` for TLS, which puts stunnel around both ends.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};

use tempfile::TempDir;

use crate::namespace::in_own_network;
use crate::support::{Client, Killed, Server, frame};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

#[test]
fn client_java_and_members_reach_a_room_through_stunnel_as_the_page_says() {
    for program in ["openssl", "stunnel"] {
        if Command::new(program).arg("version").output().is_err() {
            return eprintln!("the recipe for TLS: skipped, because {program} is not installed");
        }
    }
    in_own_network(
        "tls::client_java_and_members_reach_a_room_through_stunnel_as_the_page_says",
        play_recipe,
    );
}

fn play_recipe() {
    let folder = TempDir::new().expect("a folder");
    let page = fs::read_to_string(format!("{ROOT}/docs/room.md")).expect("the page");
    let [commands, server_conf, client_conf] = recipe(&page);

    let (certificate, start) = commands
        .split_once("hellohi-server ")
        .expect("it starts the server");
    let mut shell = Command::new("sh");
    shell.current_dir(&folder).args(["-ec", certificate]);
    let output = shell.output().expect("there is sh");
    assert!(output.status.success(), "{output:?}");
    let flags = start.lines().next().expect("the flags").split(' ');
    let mut command = Command::new(Server::program());
    command.args(flags).args(["--log", "debug"]);
    let mut server = Server::spawn(&mut command, Stdio::null());
    let _server_end = stunnel(folder.path(), "server.conf", &server_conf);
    // This machine is the chat's. client.java connects to port 666.
    let client_conf = client_conf
        .replace("127.0.0.1:6666", "127.0.0.1:666")
        .replace("chat.example:7443", "127.0.0.1:7443\nlocal = 127.0.0.9");
    let _client_end = stunnel(folder.path(), "client.conf", &client_conf);

    let mut alice = Client::connect(([127, 0, 0, 1], 666).into());
    let welcome = "* welcome, alice; nobody else is here; /help lists the commands";
    alice.send(&frame("/join alice")).expect(&frame(welcome));
    match client_java(folder.path()) {
        Some(printed) => assert_eq!(printed, "---client---\n你好\n"),
        None => drop(Client::connect(([127, 0, 0, 1], 666).into()).echoes("你好")),
    }
    alice.expect(&frame("guest-2: 你好"));
    server.expect_log("disconnected", &["127.0.0.9:", "messages=1"]);
}

/// Returns the page's commands at the server, and its two configurations.
fn recipe(page: &str) -> [String; 3] {
    let (_, section) = page.split_once("\n## TLS\n").expect("a section");
    let (section, _) = section.split_once("\n## ").unwrap_or((section, ""));
    let blocks = section
        .split("\n\n")
        .filter(|part| part.starts_with("    "));
    let blocks = blocks.map(|block| block.replace("\n    ", "\n").trim().to_owned());
    let blocks: Vec<String> = blocks.collect();
    blocks.try_into().expect("three blocks")
}

/// Starts stunnel with this configuration, and returns once it listens.
fn stunnel(folder: &Path, name: &str, configuration: &str) -> Killed {
    let path = folder.join(name);
    let here = format!("{}/", folder.display());
    let configuration = configuration.replace("/path/to/", &here);
    fs::write(&path, &configuration).expect("a file");
    let mut command = Command::new("stunnel");
    let child = command.arg(&path).stderr(Stdio::piped()).spawn();
    let mut process = Killed(child.expect("stunnel starts"));
    let log = process.0.stderr.as_mut().expect("its log is piped");
    let mut seen = String::new();
    for line in BufReader::new(log).lines() {
        seen += &line.expect("UTF-8");
        if seen.contains("Configuration successful") {
            return process;
        }
    }
    panic!("{configuration}: {seen}");
}

/// Returns what client.java prints when it says `你好`, or `None` without a JDK.
fn client_java(folder: &Path) -> Option<String> {
    let mut compiler = Command::new("javac");
    compiler.args(["-encoding", "UTF-8", "-d"]).arg(folder);
    let compiled = compiler.arg(format!("{ROOT}/java/client.java")).status();
    assert!(compiled.ok()?.success(), "client.java does not compile");
    let mut java = Command::new("java");
    java.env("LC_ALL", "C.UTF-8").arg("-cp").arg(folder);
    java.arg("client").stdin(Stdio::piped());
    let child = java.stdout(Stdio::piped()).spawn();
    let mut child = child.expect("a JDK has java");
    let mut console = child.stdin.take().expect("it is piped");
    console.write_all("你好\n".as_bytes()).expect("it reads");
    drop(console);
    let output = child.wait_with_output().expect("it ends");
    assert!(output.status.success(), "{output:?}");
    Some(String::from_utf8(output.stdout).expect("UTF-8"))
}
