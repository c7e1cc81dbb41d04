//! Tests with real sockets on both sides of a relay.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{self, Ipv6Addr, SocketAddr};
use std::sync::mpsc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use socket2::{Domain, Socket, Type};
use tempfile::TempDir;
use tokio::sync::oneshot;

use super::*;
use ::interop::tapped;

/// A tap on a thread of its own.
struct Tap {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    thread: JoinHandle<Relayed>,
    folder: TempDir,
}

/// Events of a connection: who said what.
type Events = Vec<(Side, Said)>;

impl Tap {
    fn new(listen: &'static str, to: SocketAddr) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = TappedFile::create(&folder.path().join("tapped.json")).unwrap();
        let (stop, stopped) = oneshot::channel();
        let (sender, address) = mpsc::channel();
        let thread = thread::spawn(move || {
            let runtime = runtime().unwrap();
            runtime.block_on(LocalSet::new().run_until(async {
                let listener = TcpListener::bind(listen).await.unwrap();
                sender.send(listener.local_addr().unwrap()).unwrap();
                let stop = async { stopped.await.map_err(io::Error::other) };
                let relayed = relay_all(&listener, &to.to_string(), file, stop).await;
                relayed.unwrap()
            }))
        });
        Self {
            address: address.recv().unwrap(),
            stop,
            thread,
            folder,
        }
    }

    fn connect(&self) -> net::TcpStream {
        patient(net::TcpStream::connect(self.address).unwrap())
    }

    /// Ends the tap as Ctrl-C does. Returns its counts and what it saved.
    fn end(self) -> (Relayed, Vec<Events>) {
        self.stop.send(()).unwrap();
        let relayed = self.thread.join().unwrap();
        let saved = tapped::read(&self.folder.path().join("tapped.json"));
        let connections = saved.map_or(Vec::new(), |saved| saved.connections);
        let events = connections.into_iter().map(|connection| {
            let events = connection.events.into_iter();
            events.map(|event| (event.from, event.what)).collect()
        });
        (relayed, events.collect())
    }
}

/// Returns a server's socket and a tap in front of it.
fn tapped_server() -> (net::TcpListener, Tap) {
    let server = net::TcpListener::bind("127.0.0.1:0").unwrap();
    let tap = Tap::new("127.0.0.1:0", server.local_addr().unwrap());
    (server, tap)
}

fn accept(server: &net::TcpListener) -> net::TcpStream {
    patient(server.accept().unwrap().0)
}

/// Lets a read fail that nothing ends.
fn patient(stream: net::TcpStream) -> net::TcpStream {
    let deadline = Some(Duration::from_secs(30));
    stream.set_read_timeout(deadline).unwrap();
    stream
}

/// Sends `text` and waits until it has come out at the other side.
fn say(mut from: &net::TcpStream, mut to: &net::TcpStream, text: &str) {
    from.write_all(text.as_bytes()).unwrap();
    let mut heard = vec![0; text.len()];
    to.read_exact(&mut heard).unwrap();
    assert_eq!(heard, text.as_bytes());
}

fn assert_fin(mut stream: &net::TcpStream) {
    assert_eq!(stream.read(&mut [0]).unwrap(), 0);
}

fn assert_rst(mut stream: &net::TcpStream) {
    let error = stream.read(&mut [0]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
}

fn reset(stream: net::TcpStream) {
    let no_time = Some(Duration::ZERO);
    SockRef::from(&stream).set_linger(no_time).unwrap();
}

fn bytes(from: Side, text: &str) -> (Side, Said) {
    (from, Said::Bytes(text.into()))
}

fn end(from: Side, end: End) -> (Side, Said) {
    (from, Said::End(end))
}

#[test]
fn both_sides_are_passed_on_and_saved_in_order() {
    let (listener, tap) = tapped_server();
    let client = tap.connect();
    let server = accept(&listener);
    say(&server, &client, "hello");
    say(&client, &server, "a");
    say(&client, &server, "b");
    say(&server, &client, "\u{1B}[2J");
    drop(server);
    assert_fin(&client);
    drop(client);

    // The tap is done with the first connection before it has passed on a second.
    let client = tap.connect();
    let server = accept(&listener);
    say(&client, &server, "again");

    let (relayed, connections) = tap.end();
    assert_eq!((relayed.ended, relayed.open, relayed.refused), (1, 1, 0));
    let first = vec![
        bytes(Side::Server, "hello"),
        bytes(Side::Client, "a"),
        bytes(Side::Client, "b"),
        bytes(Side::Server, "\u{1B}[2J"),
        end(Side::Server, End::Fin),
        end(Side::Client, End::Fin),
    ];
    assert_eq!(connections, [first, vec![bytes(Side::Client, "again")]]);
}

#[test]
fn a_fin_ends_one_direction_alone() {
    for side in Side::BOTH {
        let (listener, tap) = tapped_server();
        let client = tap.connect();
        let server = accept(&listener);
        let (first, second) = match side {
            Side::Client => (&client, &server),
            Side::Server => (&server, &client),
        };
        first.shutdown(Shutdown::Write).unwrap();
        assert_fin(second);
        say(second, first, "still here");
        second.shutdown(Shutdown::Write).unwrap();
        assert_fin(first);
        let events = vec![
            end(side, End::Fin),
            bytes(side.other(), "still here"),
            end(side.other(), End::Fin),
        ];
        assert_eq!(tap.end().1, [events]);
    }
}

#[test]
fn a_rst_becomes_a_rst() {
    for side in Side::BOTH {
        let (listener, tap) = tapped_server();
        let client = tap.connect();
        let server = accept(&listener);
        say(&client, &server, "hi");
        let (first, second) = match side {
            Side::Client => (client, server),
            Side::Server => (server, client),
        };
        reset(first);
        assert_rst(&second);
        let events = vec![bytes(Side::Client, "hi"), end(side, End::Rst)];
        assert_eq!(tap.end().1, [events]);
    }
}

#[test]
fn a_rst_behind_a_fin_is_passed_on_though_nobody_writes() {
    for side in Side::BOTH {
        let (listener, tap) = tapped_server();
        let client = tap.connect();
        let server = accept(&listener);
        let (first, second) = match side {
            Side::Client => (client, server),
            Side::Server => (server, client),
        };
        first.shutdown(Shutdown::Write).unwrap();
        assert_fin(&second);
        reset(first);
        // The next write fails once the RST is there; a read would only return the FIN again.
        while (&second).write(b"x").is_ok() {
            thread::yield_now();
        }
        let events = tap.end().1.remove(0);
        assert_eq!(events[0], end(side, End::Fin));
        assert_eq!(events.last(), Some(&end(side, End::Rst)));
    }
}

#[test]
fn a_client_is_reset_when_the_server_refuses_it() {
    // A socket that is bound and does not listen keeps its port and refuses.
    let bound = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    let nobody = SocketAddr::from(([127, 0, 0, 1], 0));
    bound.bind(&nobody.into()).unwrap();
    let address = bound.local_addr().unwrap().as_socket().unwrap();
    let tap = Tap::new("127.0.0.1:0", address);
    assert_rst(&tap.connect());
    let (relayed, connections) = tap.end();
    assert_eq!((relayed.ended, relayed.open, relayed.refused), (0, 0, 1));
    assert!(connections.is_empty());
    let line = relayed.to_string();
    assert!(line.ends_with("not accepted by the server: 1"), "{line}");
}

#[test]
fn two_connections_are_passed_on_at_a_time() {
    let (listener, tap) = tapped_server();
    let client = tap.connect();
    let server = accept(&listener);
    say(&client, &server, "one");
    let other_client = tap.connect();
    let other_server = accept(&listener);
    say(&other_client, &other_server, "two");
    say(&server, &client, "1");
    say(&other_server, &other_client, "2");

    let (relayed, connections) = tap.end();
    assert_eq!((relayed.ended, relayed.open), (0, 2));
    let one = vec![bytes(Side::Client, "one"), bytes(Side::Server, "1")];
    let two = vec![bytes(Side::Client, "two"), bytes(Side::Server, "2")];
    assert_eq!(connections, [one, two]);
}

#[test]
fn every_address_is_ipv4_and_ipv6() {
    let Ok(listener) = net::TcpListener::bind((Ipv6Addr::LOCALHOST, 0)) else {
        return; // A machine without IPv6.
    };
    let tap = Tap::new("[::]:0", listener.local_addr().unwrap());
    for host in ["127.0.0.1", "::1"] {
        let client = net::TcpStream::connect((host, tap.address.port())).unwrap();
        let client = patient(client);
        say(&client, &accept(&listener), host);
    }
    let [four, six] = &tap.end().1[..] else {
        panic!("two connections")
    };
    assert_eq!(four[0], bytes(Side::Client, "127.0.0.1"));
    assert_eq!(six[0], bytes(Side::Client, "::1"));
}
