//! A real `nats-server`.
#![expect(clippy::unwrap_used, reason = "a step that fails is a test that fails")]

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Instant;

use tempfile::TempDir;

use crate::support::{DEADLINE, Killed, Server, signal};

/// A NATS server on a loopback port.
pub(crate) struct Broker {
    process: Killed,
    pub(super) port: u16,
}

impl Broker {
    /// Starts one on a free port.
    pub(crate) fn start() -> Self {
        Self::start_with(&[]).0
    }

    /// Starts one with these lines of configuration.
    pub(super) fn configured(lines: &str) -> Self {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(lines.as_bytes()).unwrap();
        Self::start_with(&["-c", file.path().to_str().unwrap()]).0
    }

    /// Starts one, and returns the port for its routes too if `flags` give it a cluster.
    pub(super) fn start_with(flags: &[&str]) -> (Self, Option<u16>) {
        let folder = TempDir::new().unwrap();
        let mut command = Command::new("nats-server");
        command
            .args(["-a", "127.0.0.1", "-p", "-1", "--ports_file_dir"])
            .arg(folder.path());
        let mut process = spawn(command.args(flags));
        let begun = Instant::now();
        let text = loop {
            match ports_file(folder.path()) {
                Some(text) if text.ends_with('}') => break text,
                _ => thread::yield_now(),
            }
            let has_ended = process.0.try_wait().unwrap().is_some();
            let is_late = has_ended || begun.elapsed() > DEADLINE;
            assert!(!is_late, "nats-server names no port");
        };
        let port = port_of(&text, "nats").unwrap();
        (Self { process, port }, port_of(&text, "cluster"))
    }

    pub(crate) fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    pub(super) fn server(&self) -> Server {
        Server::start(&[
            "--reply",
            "room",
            "--quiet",
            "--rate",
            "100000",
            "--bus",
            &self.url(),
        ])
    }

    /// Stops it, and returns once all its threads stand still.
    pub(super) fn stop(&self) {
        let id = self.process.0.id();
        signal(id, "STOP");
        // The state stands behind the name: `42 (nats-server) T 1 …`.
        while !fs::read_to_string(format!("/proc/{id}/stat"))
            .unwrap()
            .contains(") T ")
        {
            thread::yield_now();
        }
    }

    pub(super) fn go_on(&self) {
        signal(self.process.0.id(), "CONT");
    }

    /// Publishes a payload as any client of the broker may, once somebody has subscribed to it.
    pub(super) fn publish(&self, subject: &str, headers: &str, payload: &[u8]) {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        let options = r#"{"verbose":false,"headers":true,"no_responders":true}"#;
        write!(stream, "CONNECT {options}\r\nSUB answer 1\r\n").unwrap();
        let head = format!("NATS/1.0\r\n{headers}\r\n");
        let sizes = format!("{} {}", head.len(), head.len() + payload.len());
        let command = format!("HPUB {subject} answer {sizes}\r\n{head}");
        let command = [command.as_bytes(), payload, b"\r\nPING\r\n"].concat();
        let begun = Instant::now();
        loop {
            stream.write_all(&command).unwrap();
            let mut answer = Vec::new();
            while !answer.ends_with(b"PONG\r\n") {
                let mut byte = [0];
                stream.read_exact(&mut byte).unwrap();
                answer.extend(byte);
            }
            // The broker answers so if there is nobody.
            if !String::from_utf8_lossy(&answer).contains("NATS/1.0 503") {
                return;
            }
            assert!(begun.elapsed() < DEADLINE, "nobody subscribes to {subject}");
        }
    }
}

pub(super) fn spawn(command: &mut Command) -> Killed {
    let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    Killed(child.expect("nats-server is installed: apt-get install nats-server"))
}

fn ports_file(folder: &Path) -> Option<String> {
    let file = fs::read_dir(folder).ok()?.next()?.ok()?;
    fs::read_to_string(file.path()).ok()
}

/// Returns the port of a service in the file that nats-server writes: `{"nats":["nats://127.0.0.1:PORT"],…}`.
fn port_of(text: &str, service: &str) -> Option<u16> {
    let (_, behind) = text.split_once(&format!("\"{service}\":["))?;
    let address = behind.split('"').nth(1)?;
    address.rsplit(':').next()?.parse().ok()
}
