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
pub(super) struct Broker {
    process: Killed,
    pub(super) port: u16,
}

impl Broker {
    /// Starts one on a free port.
    pub(super) fn start() -> Self {
        Self::start_with(&[]).0
    }

    /// Starts one, and returns the port for its routes too if `flags` give it a cluster.
    pub(super) fn start_with(flags: &[&str]) -> (Self, Option<u16>) {
        let folder = TempDir::new().unwrap();
        let mut command = Command::new("nats-server");
        command
            .args(["-a", "127.0.0.1", "-p", "-1", "--ports_file_dir"])
            .arg(folder.path());
        let process = spawn(command.args(flags));
        let begun = Instant::now();
        let text = loop {
            match ports_file(folder.path()) {
                Some(text) if text.ends_with('}') => break text,
                _ => thread::yield_now(),
            }
            assert!(begun.elapsed() < DEADLINE, "nats-server names no port");
        };
        let port = port_of(&text, "nats").unwrap();
        (Self { process, port }, port_of(&text, "cluster"))
    }

    fn url(&self) -> String {
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

    pub(super) fn stop(&self) {
        signal(self.process.0.id(), "STOP");
    }

    pub(super) fn go_on(&self) {
        signal(self.process.0.id(), "CONT");
    }

    /// Publishes a payload as any client of the broker may.
    pub(super) fn publish(&self, subject: &str, headers: &str, payload: &[u8]) {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        let head = format!("NATS/1.0\r\n{headers}\r\n");
        let sizes = format!("{} {}", head.len(), head.len() + payload.len());
        stream
            .write_all(b"CONNECT {\"verbose\":false,\"headers\":true}\r\n")
            .unwrap();
        let command = format!("HPUB {subject} {sizes}\r\n{head}");
        stream
            .write_all(&[command.as_bytes(), payload, b"\r\nPING\r\n"].concat())
            .unwrap();
        let mut answer = Vec::new();
        while !answer.ends_with(b"PONG\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte).unwrap();
            answer.extend(byte);
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
