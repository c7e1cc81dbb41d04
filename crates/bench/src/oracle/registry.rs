//! A conversation with the JDK's own `rmiregistry`, a server whose protocol uses `writeUTF`.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use hellohi_proto::{DataInput as _, DataOutput as _, JavaStr, JavaString};

use crate::java::programs::ChildProcess;
use crate::oracle::comparison::Comparison;
use interop::programs::jdk::Jdk;

/// Time within which a JVM starts, or answers, on a busy machine.
const DEADLINE: Duration = Duration::from_secs(30);

/// Connects with host names of every kind, and calls a method after each to see that nothing was misread.
pub(crate) fn converse(jdk: &Jdk) -> Result<Comparison> {
    let mut registry = start(jdk)?;
    let port = port(&mut registry)?;
    let names = [
        JavaString::from("localhost"),
        JavaString::from(""),
        JavaString::from("你好\0😀"),
        JavaString::from_utf16(&[0xD83D, 0x41, 0xDE00]),
        JavaString::from("x".repeat(65_535)),
        JavaString::from("好".repeat(21_845)),
    ];
    let mut comparison = Comparison::default();
    for name in &names {
        comparison.asked += 1;
        introduce(port, name)
            .with_context(|| format!("{}: rmiregistry on port {port}", jdk.name))?;
        comparison.accepted += 1;
    }
    Ok(comparison)
}

fn start(jdk: &Jdk) -> Result<ChildProcess> {
    let program = jdk
        .home
        .join("bin/rmiregistry")
        .with_extension(std::env::consts::EXE_EXTENSION);
    let child = Command::new(&program)
        // At this level it logs the port that it listens on.
        .args(["-J-Dsun.rmi.transport.tcp.logLevel=BRIEF", "0"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot run {}", program.display()))?;
    Ok(ChildProcess::new(child))
}

fn port(registry: &mut ChildProcess) -> Result<u16> {
    let log = BufReader::new(registry.child().stderr.take().context("no log")?);
    let (sender, port) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        // This reads to the end, because a full pipe would block the registry.
        for line in log.lines().map_while(Result::ok) {
            if let Some((_, port)) = line.split_once("listening on port ") {
                let _ = sender.send(port.trim().parse::<u16>());
            }
        }
    });
    let said = port.recv_timeout(DEADLINE);
    Ok(said.context("rmiregistry does not say what port it listens on")??)
}

/// Plays the handshake of JRMP's stream protocol, a ping, and a call of `Registry.list()`.
fn introduce(port: u16, name: &JavaStr) -> Result<()> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(DEADLINE))?;
    stream.write_all(b"JRMI")?;
    stream.write_short(2)?;
    stream.write_byte(0x4B)?;
    expect(&mut stream, b"\x4E").context("no acknowledgement")?;
    let seen_as = stream.read_utf()?;
    ensure!(
        seen_as == "127.0.0.1",
        "the registry sees us as {seen_as:?}"
    );
    let own_port = stream.read_int()?;
    ensure!(own_port == i32::from(stream.local_addr()?.port()));

    stream.write_utf(name)?;
    stream.write_int(0)?;
    stream.write_byte(0x52)?;
    expect(&mut stream, b"\x53").context("no answer to a ping")?;

    stream.write_all(&list_call()?)?;
    expect(&mut stream, b"\x51\xAC\xED\x00\x05\x77\x0F\x01").context("no return from a call")?;
    // The call's identity: a number, a time and a count.
    stream.read_int()?;
    stream.read_long()?;
    stream.read_short()?;
    // An array's class description begins with the class's name, in a frame.
    expect(&mut stream, b"\x75\x72")?;
    let class = stream.read_utf()?;
    ensure!(class == "[Ljava.lang.String;", "list() returns a {class:?}");
    Ok(())
}

/// Returns a call of operation 1 of `sun.rmi.registry.RegistryImpl_Skel`, with its interface hash, on the
/// well-known object 0.
fn list_call() -> io::Result<Vec<u8>> {
    let mut call = b"\x50\xAC\xED\x00\x05\x77\x22".to_vec();
    call.extend([0; 22]);
    call.write_int(1)?;
    call.write_long(4_905_912_898_345_647_071)?;
    Ok(call)
}

fn expect(stream: &mut TcpStream, expected: &[u8]) -> Result<()> {
    let mut got = vec![0; expected.len()];
    stream.read_exact(&mut got)?;
    ensure!(got == expected, "{got:X?} instead of {expected:X?}");
    Ok(())
}
