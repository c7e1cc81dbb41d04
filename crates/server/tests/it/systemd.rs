//! Sockets from systemd and notifications to it, without a systemd.

use std::os::unix::net::UnixDatagram;
use std::process::Stdio;

use crate::support::{Client, Killed, Server, with_passed_socket};

#[test]
fn a_passed_socket_is_served_and_readiness_and_the_end_are_notified() {
    let folder = tempfile::tempdir().unwrap();
    let notified = folder.path().join("notify");
    let manager = UnixDatagram::bind(&notified).unwrap();
    let (mut command, addr) = with_passed_socket();
    command.env("NOTIFY_SOCKET", &notified);
    let server = Server::spawn(&mut command, Stdio::null());
    assert_eq!(server.addr, addr);
    assert_eq!(word_to(&manager), "READY=1");
    server.connect().echoes("hi");
    server.stop();
    assert_eq!(word_to(&manager), "STOPPING=1");
    server.ends_with(0);
}

#[test]
fn the_server_serves_whatever_its_log_level_is() {
    for level in ["off", "error", "trace"] {
        let (mut command, addr) = with_passed_socket();
        command.args(["--log", level]).stdout(Stdio::null());
        let _server = Killed(command.stderr(Stdio::null()).spawn().unwrap());
        let mut client = Client::connect(addr);
        client.echoes("hi");
    }
}

fn word_to(manager: &UnixDatagram) -> String {
    let mut word = [0; 100];
    let length = manager.recv(&mut word).expect("word");
    String::from_utf8_lossy(&word[..length])
        .trim_end()
        .to_owned()
}
