//! The answers to a monitor: `/metrics` and `/healthz`.
#![expect(clippy::unwrap_used, reason = "a step that fails is a test that fails")]

#[cfg(feature = "nats")]
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::Stdio;
use std::time::Instant;

use crate::support::{Client, DEADLINE, Server, frame};

/// A server with a monitor's address.
struct Monitored {
    server: Server,
    monitor: SocketAddr,
}

impl Monitored {
    fn start(flags: &[&str]) -> Self {
        Self::start_with(flags, Stdio::null())
    }

    fn start_with(flags: &[&str], stdout: Stdio) -> Self {
        let flags = [flags, &["--metrics", "127.0.0.1:0"]].concat();
        let mut server = Server::start_with(&flags, stdout);
        let line = server.log_line("metrics at ");
        let (_, url) = line.split_once("http://").unwrap();
        let monitor = url.split_once('/').unwrap().0.parse().unwrap();
        Self { server, monitor }
    }

    fn ask(&self, request: &str) -> String {
        let mut stream = self.connect();
        stream.write_all(request.as_bytes()).unwrap();
        answer(&mut stream)
    }

    fn get(&self, path: &str) -> String {
        self.ask(&format!("GET {path} HTTP/1.1\r\nHost: monitor\r\n\r\n"))
    }

    fn connect(&self) -> TcpStream {
        Client::connect(self.monitor).into_stream()
    }

    /// Returns the value of a number.
    fn number(&self, name: &str) -> u64 {
        let answer = self.get("/metrics");
        let value = answer
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        value
            .unwrap_or_else(|| panic!("no {name} in {answer}"))
            .parse()
            .unwrap()
    }

    /// Asks for a number until it has this value.
    fn expect(&self, name: &str, expected: u64) {
        self.wait_until(name, |found| found == expected);
    }

    fn wait_until(&self, name: &str, is_met: impl Fn(u64) -> bool) {
        let begun = Instant::now();
        loop {
            let found = self.number(name);
            if is_met(found) {
                return;
            }
            assert!(begun.elapsed() < DEADLINE, "{name} is {found}");
        }
    }
}

fn answer(stream: &mut TcpStream) -> String {
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn clients_messages_and_bytes_are_counted_while_they_are_served() {
    let monitored = Monitored::start(&[]);
    let mut client = monitored.server.connect();
    client.echoes("hi").echoes("hello");
    // One byte is longer as Java writes it.
    client.send(b"\0\x01\0").expect(b"\0\x02\xC0\x80");
    for (name, value) in [
        ("hellohi_clients", 1),
        ("hellohi_clients_admitted_total", 1),
        ("hellohi_messages_total", 3),
        ("hellohi_received_bytes_total", 4 + 7 + 3),
        ("hellohi_sent_bytes_total", 4 + 7 + 4),
        ("hellohi_connections_cut_total", 0),
        ("hellohi_transcript_lines_dropped_total", 0),
    ] {
        assert_eq!(monitored.number(name), value, "{name}");
    }
    client.finish_sending().expect_end();
    monitored.expect("hellohi_clients", 0);
    monitored.expect("hellohi_clients_admitted_total", 1);
    monitored.server.stop();
    let log = monitored.server.ends_with(0).log;
    assert!(log.contains("1 clients and 3 messages served"), "{log}");
}

#[test]
fn each_number_has_its_help_and_its_type_in_prometheus_format() {
    let answer = Monitored::start(&["--reply", "room"]).get("/metrics");
    let (head, text) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 200 OK"), "{head}");
    let kind = "content-type: text/plain; version=0.0.4; charset=utf-8";
    assert!(head.contains(kind), "{head}");
    let mut described = "";
    for line in text.lines() {
        if let Some(help) = line.strip_prefix("# HELP ") {
            described = help.split(' ').next().unwrap();
            assert!(
                described.starts_with("hellohi_") && help.ends_with('.'),
                "{line}"
            );
        } else if let Some(kind) = line.strip_prefix("# TYPE ") {
            let is_counter = described.ends_with("_total");
            let kind_of_name = if is_counter { "counter" } else { "gauge" };
            assert_eq!(kind, format!("{described} {kind_of_name}"));
        } else {
            let (name, value) = line.rsplit_once(' ').unwrap();
            assert_eq!(name.split('{').next(), Some(described));
            value.parse::<u64>().unwrap();
        }
    }
    assert!(text.ends_with('\n') && !described.is_empty(), "{text}");
}

#[test]
#[cfg(feature = "nats")]
fn each_number_is_in_the_manual_for_operators_and_no_other() {
    let bus = ["--reply", "room", "--bus", "nats://127.0.0.1:1"];
    let answer = Monitored::start(&bus).get("/metrics");
    let types = answer
        .lines()
        .filter_map(|line| line.strip_prefix("# TYPE "));
    let told: BTreeSet<&str> = types.filter_map(|text| text.split(' ').next()).collect();
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/operations.md");
    let manual = std::fs::read_to_string(page).unwrap();
    let is_end = |c: char| !(c.is_ascii_lowercase() || c == '_');
    let documented = manual.match_indices("`hellohi_").map(|(at, _)| {
        let name = &manual[at + 1..];
        &name[..name.find(is_end).unwrap()]
    });
    assert_eq!(told, documented.collect());
}

#[test]
fn refused_clients_are_counted_by_the_option_that_refuses_them() {
    for (flags, reason) in [
        (&["--max-clients", "1"][..], "max-clients"),
        (
            &["--max-clients-per-address", "1"],
            "max-clients-per-address",
        ),
    ] {
        let monitored = Monitored::start(flags);
        monitored.server.connect().echoes("hi");
        let mut first = monitored.server.connect();
        first.echoes("hi");
        monitored.server.connect().expect_end();
        let name = format!("hellohi_clients_refused_total{{reason=\"{reason}\"}}");
        assert_eq!(monitored.number(&name), 1, "{name}");
    }
    let monitored = Monitored::start(&["--proxy-protocol"]);
    monitored.server.connect().send(b"X").expect_end();
    monitored.expect(
        "hellohi_clients_refused_total{reason=\"proxy-protocol\"}",
        1,
    );
    monitored.expect("hellohi_clients_admitted_total", 0);
}

#[test]
fn lines_that_are_not_printed_are_counted() {
    let (reader, writer) = UnixStream::pair().unwrap();
    let mut monitored = Monitored::start_with(&[], OwnedFd::from(writer).into());
    // Unlike a drop, this counts at once, even if another test's child holds a copy until its exec.
    reader.shutdown(Shutdown::Both).unwrap();
    monitored.server.connect().echoes("hi");
    monitored.server.log_line("nothing more is printed there");
    monitored.server.connect().echoes("hi");
    let name = "hellohi_transcript_lines_dropped_total";
    // The banner may have been printed before.
    monitored.wait_until(name, |dropped| dropped >= 4);
    let quiet = Monitored::start(&["--quiet"]).get("/metrics");
    assert!(!quiet.contains(name), "{quiet}");
}

#[test]
fn a_room_tells_its_members_and_what_they_have_not_read() {
    let monitored = Monitored::start(&["--reply", "room", "--quiet", "--rate", "100000"]);
    let mut alice = monitored.server.connect();
    alice.send(&frame("/join alice"));
    alice.body();
    monitored.expect("hellohi_room_members", 1);
    monitored.expect("hellohi_room_lag_bytes", 0);
    let sent = monitored.number("hellohi_sent_bytes_total");
    let hi = frame("alice: hi");
    alice.send(&frame("hi")).expect(&hi);
    monitored.expect("hellohi_sent_bytes_total", sent + hi.len() as u64);
    // Another member, who reads nothing, is waited for and then ignored.
    let mut bob = monitored.server.connect();
    bob.send(&frame("/join bob"));
    monitored.expect("hellohi_room_members", 2);
    let text = frame(vec![b'a'; 60_000]);
    let mut stream = alice.into_stream();
    let mut reader = stream.try_clone().unwrap();
    let reading = std::thread::spawn(move || reader.read_to_end(&mut Vec::new()));
    while monitored.number("hellohi_room_lag_bytes") == 0 {
        stream.write_all(&text).unwrap();
    }
    let unsent = monitored.number("hellohi_room_unsent_bytes");
    assert!(unsent > 0, "{unsent}");
    drop(monitored);
    let _ = reading.join().unwrap();
    drop(bob);
}

#[test]
#[cfg(feature = "nats")]
fn a_bus_tells_if_it_can_be_reached_and_who_is_behind_it() {
    let room = |bus: &str| Monitored::start(&["--reply", "room", "--quiet", "--bus", bus]);
    assert_eq!(
        room("nats://127.0.0.1:1").number("hellohi_bus_connected"),
        0
    );
    let broker = crate::bus::broker::Broker::start();
    let (here, there) = (room(&broker.url()), room(&broker.url()));
    let mut alice = there.server.connect();
    alice.send(&frame("/join alice"));
    here.expect("hellohi_bus_connected", 1);
    here.expect("hellohi_bus_servers", 1);
    here.expect("hellohi_bus_members", 1);
    assert_eq!(here.number("hellohi_room_members"), 0);
    drop(broker);
    here.expect("hellohi_bus_connected", 0);
    let without = Monitored::start(&["--reply", "room"]).get("/metrics");
    assert!(!without.contains("hellohi_bus"), "{without}");
}

#[test]
fn a_server_is_healthy_until_it_stops_and_then_drains() {
    let mut monitored = Monitored::start(&["--quiet", "--drain-timeout", "1h"]);
    let health = |monitored: &Monitored, begin: &str, end: &str| {
        let answer = monitored.get("/healthz");
        assert!(
            answer.starts_with(begin) && answer.ends_with(end),
            "{answer}"
        );
    };
    health(&monitored, "HTTP/1.1 200 OK\r\n", "\r\n\r\nok\n");
    let mut client = monitored.server.connect();
    client.send_until_stuck(&frame(vec![b'a'; 60_000]).repeat(1000));
    monitored.server.stop();
    monitored.server.log_line("stopping");
    health(
        &monitored,
        "HTTP/1.1 503 Service Unavailable\r\n",
        "\r\n\r\ndraining\n",
    );
    drop(client);
    monitored.server.ends_with(0);
    assert!(TcpStream::connect(monitored.monitor).is_err());
}

#[test]
fn other_requests_are_answered_with_what_there_is() {
    let monitored = Monitored::start(&[]);
    for (request, status, text) in [
        (
            "GET / HTTP/1.1",
            "404 Not Found",
            "there are /metrics and /healthz\n",
        ),
        ("GET /metrics/ HTTP/1.0", "404 Not Found", "/healthz\n"),
        (
            "POST /healthz HTTP/1.1\r\nContent-Length: 999999999",
            "405 Method Not Allowed",
            "use GET\n",
        ),
        ("GET /healthz?verbose HTTP/1.0", "200 OK", "\r\n\r\nok\n"),
        ("HEAD /healthz HTTP/1.1", "200 OK", "\r\n\r\n"),
    ] {
        let answer = monitored.ask(&format!("{request}\r\nHost: monitor\r\n\r\n"));
        let line = answer.lines().next().unwrap();
        assert!(
            line.ends_with(status) && answer.ends_with(text),
            "{request}: {answer}"
        );
    }
}

#[test]
fn requests_that_are_none_are_refused_and_the_server_serves_on() {
    let monitored = Monitored::start(&[]);
    let mut long = "GET /metrics HTTP/1.1\r\n".to_owned();
    for number in 0..2000 {
        write!(long, "X-{number}: {number}\r\n").unwrap();
    }
    let endless = format!("GET /{} HTTP/1.1\r\n\r\n", "a".repeat(100_000));
    for request in [
        &long,
        &endless,
        "\0\x02hi",
        "\r\n\r\n \r\n\r\n",
        "\x16\x03\x01\x02\0",
    ] {
        let mut stream = monitored.connect();
        // The connection may be closed before it has taken all.
        let _ = stream.write_all(request.as_bytes());
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        let answer = String::from_utf8_lossy(&answer);
        assert!(
            answer.is_empty() || answer.starts_with("HTTP/1.1 4"),
            "{request:?}: {answer}"
        );
        monitored.server.connect().echoes("hi");
    }
    assert!(monitored.get("/healthz").ends_with("ok\n"));
}

#[test]
fn monitors_that_send_and_read_nothing_hold_neither_the_clients_nor_other_monitors() {
    let monitored = Monitored::start(&[]);
    let mut silent: Vec<TcpStream> = (0..20).map(|_| monitored.connect()).collect();
    for stream in &mut silent[..10] {
        stream.write_all(b"GET /metrics HTTP/1.1\r\nX: ").unwrap();
    }
    let mut last = monitored.connect();
    last.write_all(b"GET /healthz HTTP/1.0\r\n\r\n").unwrap();
    monitored.server.connect().echoes("hi");
    assert!(answer(&mut last).ends_with("ok\n"));
    monitored.server.stop();
    monitored.server.ends_with(0);
}

#[test]
fn an_address_that_is_taken_is_one_line_that_names_the_option() {
    let first = Monitored::start(&[]);
    let mut command = assert_cmd::cargo::cargo_bin_cmd!("hellohi-server");
    command.args([
        "--listen",
        "127.0.0.1:0",
        "--metrics",
        &first.monitor.to_string(),
    ]);
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.contains("choose another with --metrics"), "{error}");
    assert_eq!(error.lines().count(), 1, "{error}");
}
