//! A scripted server, and the client that talks to it.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::process::{self, Stdio};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use assert_cmd::Command;
use assert_cmd::assert::Assert;
use socket2::{Domain, Socket, Type};

/// Time after which a test fails that waits for anything.
pub(crate) const DEADLINE: Duration = Duration::from_secs(20);

/// A server for one connection, on a free port.
pub(crate) struct Server {
    /// Kept open, so that no other test gets the port while a client may still connect to it.
    _listener: TcpListener,
    pub(crate) address: SocketAddr,
    pub(crate) script: JoinHandle<()>,
}

impl Server {
    /// Accepts one connection, plays `script` with it and closes it.
    pub(crate) fn playing(script: impl FnOnce(Connection) -> Connection + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let accepting = listener.try_clone().unwrap();
        Self::at(listener, move || {
            drop(script(Connection::accept(&accepting)));
        })
    }

    /// Runs a script beside a listening socket.
    pub(crate) fn at(listener: TcpListener, script: impl FnOnce() + Send + 'static) -> Self {
        Self {
            address: listener.local_addr().unwrap(),
            script: thread::spawn(script),
            _listener: listener,
        }
    }

    /// Runs the client with this input and waits for both sides to end. Fails if the script fails.
    pub(crate) fn run_client(self, args: &[&str], input: impl Into<Vec<u8>>) -> Assert {
        let assert = client(args)
            .arg(self.address.to_string())
            .write_stdin(input)
            .assert();
        // Ends the script's wait if the client never connected.
        let _ = TcpStream::connect(self.address);
        self.script.join().unwrap();
        assert
    }

    /// Does the same with a client that must fail and name this server on standard error.
    pub(crate) fn run_failing_client(self, args: &[&str], input: &str) -> Failure {
        let name = format!("hellohi-client: {}", self.address);
        let assert = self.run_client(args, input).code(1);
        let error = String::from_utf8_lossy(&assert.get_output().stderr);
        Failure(error.into_owned()).contains(&name)
    }
}

/// The text that a failed client wrote to standard error.
pub(crate) struct Failure(String);

impl Failure {
    pub(crate) fn contains(self, text: &str) -> Self {
        assert!(self.0.contains(text), "{:?} says no {text:?}", self.0);
        self
    }
}

/// A connection to the client, as the server's script sees it. Each step waits for the one before.
pub(crate) struct Connection(TcpStream);

impl Connection {
    pub(crate) fn accept(listener: &TcpListener) -> Self {
        let (stream, _) = listener.accept().unwrap();
        stream.set_read_timeout(Some(DEADLINE)).unwrap();
        Self(stream)
    }

    pub(crate) fn send(mut self, bytes: &[u8]) -> Self {
        self.0.write_all(bytes).unwrap();
        self
    }

    /// Reads exactly these bytes.
    pub(crate) fn expect(mut self, bytes: &[u8]) -> Self {
        let mut read = vec![0; bytes.len()];
        self.0.read_exact(&mut read).unwrap();
        assert_eq!(read, bytes);
        self
    }

    /// Reads the FIN of the client.
    pub(crate) fn expect_fin(mut self) -> Self {
        let mut more = Vec::new();
        // Unlike one read, this is not interrupted by the SIGCHLD of another test's client.
        self.0.read_to_end(&mut more).unwrap();
        assert_eq!(more, b"");
        self
    }

    /// Reads until the client's system resets the connection.
    pub(crate) fn expect_reset(mut self) -> Self {
        let error = self.0.read_to_end(&mut Vec::new()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionReset);
        self
    }

    pub(crate) fn finish(self) -> Self {
        self.0.shutdown(Shutdown::Write).unwrap();
        self
    }
}

/// Returns the program, which must end in time.
pub(crate) fn client(args: &[&str]) -> Command {
    let mut client = Command::from_std(command(args));
    client.timeout(DEADLINE);
    client
}

pub(crate) fn command(args: &[&str]) -> process::Command {
    let mut command = process::Command::new(env!("CARGO_BIN_EXE_hellohi-client"));
    command.args(args);
    command
}

/// Returns the program as it runs, with pipes for its standard streams.
pub(crate) fn spawned(args: &[&str]) -> process::Child {
    command(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Returns `text` with the line ends of Java's `println`: CR LF on Windows.
pub(crate) fn printed(text: &str) -> String {
    if cfg!(windows) {
        text.replace('\n', "\r\n")
    } else {
        text.into()
    }
}

/// Returns an address where nothing listens while its socket is held.
pub(crate) fn unused_address() -> (Socket, SocketAddr) {
    let holder = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    let any = SocketAddr::from(([127, 0, 0, 1], 0));
    holder.bind(&any.into()).unwrap();
    let address = holder.local_addr().unwrap().as_socket().unwrap();
    (holder, address)
}

/// Returns a frame with this text, which has only characters that UTF-8 and `writeUTF` write alike.
pub(crate) fn frame(text: &str) -> Vec<u8> {
    let length = u16::try_from(text.len()).unwrap();
    [&length.to_be_bytes(), text.as_bytes()].concat()
}
