//! The server program on a free port, and a client that sends and expects bytes.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// Time after which a test fails that waits for anything.
pub(crate) const DEADLINE: Duration = Duration::from_secs(60);

/// A running `hellohi-server`, killed when it is dropped.
pub(crate) struct Server {
    child: Killed,
    pub(crate) addr: SocketAddr,
    log: BufReader<std::process::ChildStderr>,
}

impl Server {
    /// Starts the server with these flags and waits until it logs its address.
    pub(crate) fn start(flags: &[&str]) -> Self {
        Self::start_with(flags, Stdio::piped())
    }

    pub(crate) fn start_with(flags: &[&str], stdout: Stdio) -> Self {
        let mut command = Command::new(Self::program());
        command.args(["--listen", "127.0.0.1:0"]).args(flags);
        Self::spawn(&mut command, stdout)
    }

    pub(crate) fn program() -> &'static Path {
        assert_cmd::cargo::cargo_bin!("hellohi-server")
    }

    /// Runs a command that becomes the server, and waits until it logs its address.
    pub(crate) fn spawn(command: &mut Command, stdout: Stdio) -> Self {
        let mut child = command
            .stdout(stdout)
            .stderr(Stdio::piped())
            .spawn()
            .expect("the server starts");
        let log = BufReader::new(child.stderr.take().expect("its log is piped"));
        let addr = (Ipv4Addr::UNSPECIFIED, 0).into();
        let child = Killed(child);
        let mut server = Self { child, addr, log };
        let line = server.log_line("listening on ");
        let (_, addr) = line
            .split_once("listening on ")
            .expect("what was looked for");
        let addr = addr.split(['"', '\n']).next().expect("an address");
        server.addr = addr.parse().expect("an address");
        server
    }

    /// Returns the next line of the log that contains `text`.
    pub(crate) fn log_line(&mut self, text: &str) -> String {
        loop {
            let mut line = String::new();
            let read = self.log.read_line(&mut line).expect("a log in UTF-8");
            assert_ne!(read, 0, "no log of {text:?}");
            if line.contains(text) {
                return line;
            }
        }
    }

    /// Expects these parts in the next line of the log that contains `text`.
    pub(crate) fn expect_log(&mut self, text: &str, parts: &[&str]) {
        let line = self.log_line(text);
        assert!(parts.iter().all(|part| line.contains(part)), "{line}");
    }

    pub(crate) fn connect(&self) -> Client {
        Client::connect(self.addr)
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.0.id()
    }

    /// Sends SIGTERM.
    pub(crate) fn stop(&self) {
        self.signal("TERM");
    }

    pub(crate) fn signal(&self, name: &str) {
        signal(self.id(), name);
    }

    /// Reads standard output to its end, if it is piped and not read yet.
    pub(crate) fn stdout(&mut self) -> Vec<u8> {
        let mut printed = Vec::new();
        if let Some(mut pipe) = self.child.0.stdout.take() {
            pipe.read_to_end(&mut printed).expect("its end");
        }
        printed
    }

    /// Waits until the server ends with this exit status.
    pub(crate) fn ends_with(mut self, status: i32) -> Ended {
        let stdout = String::from_utf8(self.stdout()).expect("UTF-8");
        let mut log = String::new();
        self.log.read_to_string(&mut log).expect("a log in UTF-8");
        let ended = self.child.0.wait().expect("it ends");
        assert_eq!(ended.code(), Some(status), "{log}");
        Ended { stdout, log }
    }
}

/// The standard output of a server that has ended, and the rest of its log.
pub(crate) struct Ended {
    pub(crate) stdout: String,
    pub(crate) log: String,
}

impl Ended {
    pub(crate) fn logs(&self, text: &str) {
        assert!(self.log.contains(text), "{}", self.log);
    }
}

/// Returns a command that starts the server with a socket that listens already, so that clients may
/// connect before the server runs.
pub(crate) fn with_passed_socket() -> (Command, SocketAddr) {
    let socket = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let addr = socket.local_addr().expect("its address");
    let script = "exec 3<&0; LISTEN_FDS=1 LISTEN_PID=$$ exec \"$0\" \"$@\"";
    let mut command = Command::new("sh");
    command.args(["-c", script]).arg(Server::program());
    command.stdin(OwnedFd::from(socket));
    (command, addr)
}

/// Sends a signal, whose name has no `SIG`, to a process.
pub(crate) fn signal(process: u32, name: &str) {
    let signal: Signal = format!("SIG{name}").parse().expect("a signal");
    kill(Pid::from_raw(process.cast_signed()), signal).expect("a process");
}

/// A program that is killed when its test ends.
pub(crate) struct Killed(pub(crate) Child);

impl Drop for Killed {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A connection that sends and expects bytes as they are.
pub(crate) struct Client(TcpStream);

impl Client {
    pub(crate) fn connect(addr: SocketAddr) -> Self {
        Self::of(TcpStream::connect(addr).expect("the server accepts"))
    }

    pub(crate) fn of(stream: TcpStream) -> Self {
        for set in [TcpStream::set_read_timeout, TcpStream::set_write_timeout] {
            set(&stream, Some(DEADLINE)).expect("an open socket");
        }
        Self(stream)
    }

    pub(crate) fn send(&mut self, bytes: &[u8]) -> &mut Self {
        self.0.write_all(bytes).expect("the server takes it");
        self
    }

    /// Sends bytes until the server has taken none for a second. Returns the number that it took.
    pub(crate) fn send_until_stuck(&mut self, bytes: &[u8]) -> usize {
        let moment = Some(Duration::from_secs(1));
        self.0.set_write_timeout(moment).expect("an open socket");
        let mut sent = 0;
        while let Ok(taken) = self.0.write(&bytes[sent..]) {
            sent += taken;
        }
        sent
    }

    pub(crate) fn expect(&mut self, bytes: &[u8]) -> &mut Self {
        let mut got = vec![0; bytes.len()];
        self.0.read_exact(&mut got).expect("a reply");
        assert!(
            got == bytes,
            "{} bytes differ from those expected",
            got.len()
        );
        self
    }

    /// Returns the body of the next frame.
    pub(crate) fn body(&mut self) -> Vec<u8> {
        let mut length = [0; 2];
        self.0.read_exact(&mut length).expect("a frame");
        let mut body = vec![0; u16::from_be_bytes(length).into()];
        self.0.read_exact(&mut body).expect("a frame");
        body
    }

    /// Expects a frame, perhaps behind one other with the body `other`.
    pub(crate) fn expect_line(&mut self, expected: &[u8], other: &[u8]) {
        let body = self.body();
        if body == other {
            self.expect(expected);
        } else {
            assert!(expected[2..] == body, "{} bytes differ", body.len());
        }
    }

    pub(crate) fn into_stream(self) -> TcpStream {
        self.0
    }

    /// Sends a message and expects it back.
    pub(crate) fn echoes(&mut self, body: impl AsRef<[u8]>) -> &mut Self {
        let frame = frame(body);
        self.send(&frame).expect(&frame)
    }

    /// Expects that nothing more comes and that the connection ends without a reset.
    pub(crate) fn expect_end(&mut self) {
        assert_eq!(self.0.read(&mut [0]).expect("an end without a reset"), 0);
    }

    /// Expects that nothing more comes and that the connection ends, with a reset or without.
    pub(crate) fn expect_nothing_more(&mut self) {
        match self.0.read(&mut [0]) {
            Ok(read) => assert_eq!(read, 0),
            Err(error) => assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset),
        }
    }

    /// Expects that nothing more comes and that the connection is reset.
    pub(crate) fn expect_reset(&mut self) {
        let error = self
            .0
            .read(&mut [0])
            .expect_err("no bytes and no orderly end");
        assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
    }

    /// Closes the sending half of the connection.
    pub(crate) fn finish_sending(&mut self) -> &mut Self {
        self.0.shutdown(Shutdown::Write).expect("an open socket");
        self
    }
}

/// Returns a frame with this body.
pub(crate) fn frame(body: impl AsRef<[u8]>) -> Vec<u8> {
    let body = body.as_ref();
    let length = u16::try_from(body.len()).expect("a body that fits");
    [&length.to_be_bytes(), body].concat()
}
