//! The tap as a program, from its first line to Ctrl-C.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

#[test]
fn a_tap_saves_what_is_said_as_it_happens_and_ends_at_ctrl_c() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tapped.json");
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let mut tap = Command::new(env!("CARGO_BIN_EXE_xtask"))
        .args(["tap", "--listen", "127.0.0.1:0", "--to", &address, "--save"])
        .arg(&path)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(tap.stdout.take().unwrap()).lines();
    let mut line = || lines.next().unwrap().unwrap();
    assert!(line().ends_with("will hold all that is said, passwords too; only you may read it"));
    let listening = line();
    let at = listening.strip_prefix("listening on ").unwrap();
    let at = at.split(',').next().unwrap();

    let mut client = TcpStream::connect(at).unwrap();
    let (mut server, _) = listener.accept().unwrap();
    client.write_all(b"hi").unwrap();
    server.read_exact(&mut [0; 2]).unwrap();
    let saved = fs::read_to_string(&path).unwrap();
    assert!(
        saved.ends_with("\"from\":\"client\",\"bytes\":\"6869\"}\n"),
        "{saved}"
    );
    drop(server);
    assert_eq!(client.read(&mut [0]).unwrap(), 0);
    drop(client);
    assert!(line().contains(": 2 bytes FIN from the client, 0 bytes FIN from the server, "));

    let process = Pid::from_raw(tap.id().try_into().unwrap());
    kill(process, Signal::SIGINT).unwrap();
    assert!(line().ends_with("tapped.json: connections: 1, open at the end: 0"));
    assert!(tap.wait().unwrap().success());
}
