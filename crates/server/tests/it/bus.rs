//! One room on several servers, over a real `nats-server`.
#![expect(clippy::unwrap_used, reason = "a step that fails is a test that fails")]

pub(crate) mod broker;
mod loss;
mod reader;

use std::collections::BTreeSet;
use std::process::Command;
use std::sync::Barrier;
use std::thread;

use crate::support::{Client, Server, frame};
use broker::{Broker, spawn};
use reader::{Line, Reader};

/// The beginnings of what the members are told when the bus is lost, and when it is back.
const AWAY: &str = "* the other servers of the room cannot be reached";
const BACK: &str = "* the other servers of the room can be reached again";

fn join(server: &mut Server, name: &str) -> Client {
    server.log_line("connected to the bus");
    member(server, name)
}

/// Starts two servers with a member each, who know each other.
fn two_servers(broker: &Broker, other: &Broker) -> (Server, Server, Client, Client) {
    let (mut one, mut two) = (broker.server(), other.server());
    let mut alice = join(&mut one, "alice");
    two.log_line("connected to the bus");
    let mut bob = two.connect();
    say(&mut bob, "/join bob");
    // Bob may have come before his server heard of alice, or behind that.
    await_line_with(&mut bob, |line| {
        line == "* alice joined" || line.starts_with("* welcome, bob; here are alice;")
    });
    await_line(&mut alice, "* bob joined");
    (one, two, alice, bob)
}

fn member(server: &Server, name: &str) -> Client {
    let mut client = server.connect();
    client.send(&frame(format!("/join {name}")));
    await_line(&mut client, "* welcome, ");
    client
}

/// Reads lines until one begins with `start`, and returns it.
fn await_line(client: &mut Client, start: &str) -> String {
    await_line_with(client, |line| line.starts_with(start))
}

/// Reads lines until one is the wanted one, and returns it.
fn await_line_with(client: &mut Client, is_wanted: impl Fn(&str) -> bool) -> String {
    loop {
        let line = String::from_utf8(client.body()).unwrap();
        if is_wanted(&line) {
            return line;
        }
    }
}

fn say(client: &mut Client, text: &str) {
    client.send(&frame(text));
}

#[test]
fn members_of_two_servers_are_in_one_room() {
    let broker = Broker::start();
    let (_one, two, mut alice, mut bob) = two_servers(&broker, &broker);
    say(&mut alice, "hi");
    await_line(&mut bob, "alice: hi");
    say(&mut bob, "/who");
    await_line(&mut bob, "* you are bob; here are alice");
    say(&mut bob, "/msg ALICE psst");
    await_line(&mut bob, "bob -> ALICE: psst");
    await_line(&mut alice, "bob -> alice: psst");
    two.connect().echoes("plain");
    let line = await_line(&mut alice, "guest-2@");
    assert!(line.ends_with(": plain"), "{line}");
    let mut other = two.connect();
    say(&mut other, "/join Alice");
    await_line(&mut other, "* the name Alice is taken");
    say(&mut alice, "/nick carol");
    await_line(&mut bob, "* carol joined");
    drop(alice);
    await_line(&mut bob, "* carol left");
    two.stop();
    await_line(&mut bob, "* goodbye: the server stops");
}

#[test]
fn two_brokers_with_a_route_are_one_bus() {
    let cluster = ["--cluster", "nats://127.0.0.1:-1", "--cluster_name", "test"];
    let (broker, routes) = Broker::start_with(&cluster);
    let route = format!("nats://127.0.0.1:{}", routes.unwrap());
    let (other, _) = Broker::start_with(&[&cluster[..], &["--routes", &route]].concat());
    let (_one, _two, mut alice, mut bob) = two_servers(&broker, &other);
    say(&mut alice, "hi");
    await_line(&mut bob, "alice: hi");
}

#[test]
fn a_server_that_is_killed_leaves_with_its_members() {
    let broker = Broker::start();
    let (_one, two, mut alice, _bob) = two_servers(&broker, &broker);
    two.signal("KILL");
    await_line(&mut alice, "* bob left (its server is lost)");
}

#[test]
fn without_the_bus_the_room_goes_on_and_its_members_and_who_joins_are_told() {
    let broker = Broker::start();
    let (one, _two, mut alice, mut bob) = two_servers(&broker, &broker);
    let port = broker.port.to_string();
    drop(broker);
    for (name, member) in [("alice", &mut alice), ("bob", &mut bob)] {
        await_line(member, AWAY);
        say(member, "alone");
        await_line(member, &format!("{name}: alone"));
    }
    await_line(&mut member(&one, "carol"), AWAY);
    let _again = spawn(Command::new("nats-server").args(["-a", "127.0.0.1", "-p", &port]));
    for member in [&mut alice, &mut bob] {
        await_line(member, BACK);
    }
    say(&mut alice, "together");
    for said in ["alone", "together"] {
        let heard = await_line_with(&mut bob, |line| {
            !line.starts_with("bob: ") && !line.ends_with(" joined")
        });
        assert_eq!(heard, format!("alice: {said}"));
    }
    await_line(&mut alice, "bob: alone");
}

#[test]
fn a_bus_that_stands_still_is_noticed() {
    let broker = Broker::start();
    let (_one, _two, mut alice, mut bob) = two_servers(&broker, &broker);
    broker.stop();
    await_line(&mut alice, AWAY);
    broker.go_on();
    await_line(&mut alice, BACK);
    say(&mut bob, "hi");
    await_line(&mut bob, "bob: hi");
}

#[test]
fn a_server_starts_without_a_bus() {
    let flags = ["--reply", "room", "--bus", "nats://127.0.0.1:1"];
    let server = Server::start(&flags);
    let mut alice = member(&server, "alice");
    await_line(&mut alice, AWAY);
    say(&mut alice, "hi");
    await_line(&mut alice, "alice: hi");
    server.stop();
    let log = server.ends_with(0).log;
    let lines = log.matches("nats: IO error").count();
    assert_eq!(lines, 1, "it tries often and says so once: {log}");
    assert!(log.contains("cannot connect to the bus"), "{log}");
}

#[test]
fn two_who_take_one_name_at_the_same_moment_on_two_servers_are_shown_with_their_servers() {
    let broker = Broker::start();
    let (one, two, mut alice, mut bob) = two_servers(&broker, &broker);
    broker.stop();
    let (mut eve, mut other) = (member(&one, "eve"), member(&two, "Eve"));
    broker.go_on();
    let of_two = name_of_who_joins(&mut eve, "Eve@");
    let of_one = name_of_who_joins(&mut other, "eve@");
    say(&mut alice, "/who");
    let here = format!("* you are alice; here are eve, bob, {of_two}");
    await_line(&mut alice, &here);
    say(&mut eve, "hi");
    say(&mut other, "ho");
    for (member, lines) in [
        (&mut alice, ["eve: hi".to_owned(), format!("{of_two}: ho")]),
        (&mut bob, [format!("{of_one}: hi"), "Eve: ho".to_owned()]),
    ] {
        let heard = [(); 2].map(|()| await_line_with(member, |line| !line.starts_with('*')));
        assert_eq!(BTreeSet::from(heard), BTreeSet::from(lines));
    }
    say(&mut other, "/quit");
    await_line(&mut eve, &format!("* {of_two} left"));
}

/// Returns the name in the next announcement of somebody whose name begins so.
fn name_of_who_joins(member: &mut Client, start: &str) -> String {
    let line = await_line(member, &format!("* {start}"));
    let name = line[2..].strip_suffix(" joined").unwrap();
    name.to_owned()
}

#[test]
fn whatever_the_bus_brings_changes_nobody_s_screen() {
    let broker = Broker::start();
    let mut one = broker.server();
    let connected = one.log_line("connected to the bus");
    let (_, node) = connected.trim_end().split_once(" node=").unwrap();
    let node = node.trim_matches('"');
    let mut alice = member(&one, "alice");
    for payload in [
        &b"\0"[..],
        b"\0\x01\xFF",
        &frame("* bob left"),
        &frame("no name"),
        &frame(" alice: hi"),
        &frame("guest-x: hi"),
    ] {
        broker.publish(
            "hellohi.lobby.from.evil.said",
            "first: 1\r\ncount: 1\r\n",
            payload,
        );
        broker.publish(
            "hellohi.lobby.from.evil.said",
            "first: 18446744073709551615\r\ncount: 9\r\n",
            payload,
        );
        broker.publish("hellohi.lobby.from.evil.names", "", payload);
        let private = [frame("x y"), frame("alice"), payload.to_vec()].concat();
        broker.publish(&format!("hellohi.lobby.to.{node}"), "", &private);
    }
    broker.publish(
        "hellohi.lobby.from.a-b.said",
        "first: 1\r\ncount: 1\r\n",
        &frame("bob: hi"),
    );
    let lines = [frame("alice: I am not"), frame("bob: \x1B[2J")].concat();
    broker.publish(
        "hellohi.lobby.from.node7.said",
        "first: 7\r\ncount: 2\r\n",
        &lines,
    );
    alice
        .expect(&frame("alice@node7: I am not"))
        .expect(&frame(r"bob: \u{1b}[2J"));
    broker.publish(
        "hellohi.lobby.from.node7.said",
        "first: 11\r\ncount: 1\r\n",
        &frame("bob: hi"),
    );
    alice
        .expect(&frame("* 2 messages from other servers were lost"))
        .expect(&frame("bob: hi"));
}

/// Each of 100 members on three servers says 100 messages.
#[test]
fn every_member_receives_each_message_of_each_server_once_and_in_order_or_it_is_counted_as_lost() {
    const MEMBERS: usize = 100;
    const MESSAGES: usize = 100;
    let broker = Broker::start();
    let mut servers = [(); 3].map(|()| broker.server());
    for server in &mut servers {
        server.log_line("connected to the bus");
    }
    let mut members = Vec::new();
    for n in 0..MEMBERS {
        let mut client = servers[n % 3].connect();
        say(&mut client, &format!("/join m{n}"));
        members.push(Reader::new(client));
    }
    for member in &mut members {
        await_others(member, MEMBERS - 1);
    }
    let all_have_heard = Barrier::new(MEMBERS);
    thread::scope(|scope| {
        for (n, mut member) in members.into_iter().enumerate() {
            let all_have_heard = &all_have_heard;
            scope.spawn(move || {
                let said = (0..MESSAGES).flat_map(|k| frame(format!("{n} {k}")));
                member.send(&said.collect::<Vec<_>>());
                let mut next = vec![0; MEMBERS];
                let (mut heard, mut lost) = (0, 0);
                while heard + lost < MEMBERS * MESSAGES {
                    match Line::of(&member.line()) {
                        Line::Said(name, text) => {
                            let (from, k) = text.split_once(' ').unwrap();
                            assert_eq!(name, format!("m{from}"));
                            let next = &mut next[from.parse::<usize>().unwrap()];
                            let k: usize = k.parse().unwrap();
                            assert!(k == *next || k > *next && lost > 0, "{name}: {text}");
                            *next = k + 1;
                            heard += 1;
                        }
                        Line::Lost(count) => lost += count,
                        Line::Own => {}
                    }
                }
                for (from, next) in next.iter().enumerate().skip(n % 3).step_by(3) {
                    assert_eq!(*next, MESSAGES, "m{from} is on the same server as m{n}");
                }
                all_have_heard.wait();
                if n == 0 {
                    member.send(&frame("over"));
                }
                loop {
                    match Line::of(&member.line()) {
                        Line::Said(name, text) => {
                            break assert_eq!((name, text), ("m0", "over"), "twice");
                        }
                        Line::Lost(_) => break,
                        Line::Own => {}
                    }
                }
            });
        }
    });
}

/// Reads lines until the member knows so many others, from its welcome or because they have joined.
fn await_others(member: &mut Reader, count: usize) {
    let mut others = BTreeSet::new();
    while others.len() < count {
        let line = member.line();
        if let Some((_, list)) = line.split_once("; here are ") {
            let (names, _) = list.split_once(';').unwrap();
            others.extend(names.split(", ").map(str::to_owned));
        } else if let Some(name) = line.strip_suffix(" joined") {
            others.insert(name[2..].to_owned());
        }
    }
}
