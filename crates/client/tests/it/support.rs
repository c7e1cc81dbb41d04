//! A scripted server, and the client that talks to it.
#![expect(clippy::unwrap_used, reason = "a step that fails is a test that fails")]

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use assert_cmd::Command;
use assert_cmd::assert::Assert;

/// How long anything may take before a test fails rather than hangs.
const PATIENCE: Duration = Duration::from_secs(20);

/// A server for one connection, on a port of its own.
pub(crate) struct Server {
    address: SocketAddr,
    script: JoinHandle<()>,
}

impl Server {
    /// Accepts one connection and plays `script` with it.
    pub(crate) fn playing(script: impl FnOnce(Peer) + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let script = thread::spawn(move || script(Peer(listener.accept().unwrap().0)));
        Self { address, script }
    }

    /// Feeds the client and waits for both sides to end; the script's failures are the test's.
    pub(crate) fn hears(self, args: &[&str], input: impl Into<Vec<u8>>) -> Assert {
        let assert = client(args)
            .arg(self.address.to_string())
            .write_stdin(input)
            .assert();
        self.script.join().unwrap();
        assert
    }
}

/// The client's end of the connection, as the server's script sees it.
pub(crate) struct Peer(pub(crate) TcpStream);

impl Peer {
    pub(crate) fn send(&mut self, bytes: &[u8]) -> &mut Self {
        self.0.write_all(bytes).unwrap();
        self
    }

    /// Reads exactly these bytes.
    pub(crate) fn expect(&mut self, bytes: &[u8]) -> &mut Self {
        self.0.set_read_timeout(Some(PATIENCE)).unwrap();
        let mut read = vec![0; bytes.len()];
        self.0.read_exact(&mut read).unwrap();
        assert_eq!(read, bytes);
        self
    }

    /// Reads the end of the client's direction.
    pub(crate) fn expect_fin(&mut self) -> &mut Self {
        self.0.set_read_timeout(Some(PATIENCE)).unwrap();
        assert_eq!(self.0.read(&mut [0]).unwrap(), 0);
        self
    }

    /// Reads on until the client's system resets the connection.
    pub(crate) fn expect_reset(&mut self) {
        self.0.set_read_timeout(Some(PATIENCE)).unwrap();
        let error = self.0.read_to_end(&mut Vec::new()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    }

    pub(crate) fn finish(&mut self) -> &mut Self {
        self.0.shutdown(Shutdown::Write).unwrap();
        self
    }
}

/// The program, which must end in time.
pub(crate) fn client(args: &[&str]) -> Command {
    let mut client = Command::new(env!("CARGO_BIN_EXE_hellohi-client"));
    client.args(args).timeout(PATIENCE);
    client
}

/// An address where nobody listens.
pub(crate) fn vacant_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
}
