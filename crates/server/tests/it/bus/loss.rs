//! A bus that really loses messages: each is heard, or the members are told that it is lost.

use super::broker::Broker;
use super::reader::{Line, Reader};
use super::{AWAY, await_line, say, two_servers};
use crate::support::{Client, Server, frame};

/// Number of messages that are more than all buffers between two servers hold, and their length.
const FLOOD: usize = 40_000;
const LENGTH: usize = 1000;

/// Says the messages of a flood, and returns once all of them are said on the speaker's own server.
fn flood(speaker: &mut Reader) {
    let text = frame("x".repeat(LENGTH));
    for _ in 0..FLOOD / 100 {
        speaker.send(&text.repeat(100));
        let mut left = 100;
        while left > 0 {
            left -= usize::from(matches!(Line::of(&speaker.line()), Line::Said(..)));
        }
    }
}

/// Reads until so many messages are heard or lost. Returns the number of those that are lost.
fn lost_of(listener: &mut Reader, all: usize) -> usize {
    let (mut heard, mut lost) = (0, 0);
    while heard + lost < all {
        match Line::of(&listener.line()) {
            Line::Said(..) => heard += 1,
            Line::Lost(count) => lost += count,
            Line::Own => {}
        }
    }
    assert_eq!(heard + lost, all);
    lost
}

/// Expects that messages of the flood are lost, and that the listener's server logs their number.
fn expect_lost(listener: Client, server: Server) {
    let lost = lost_of(&mut Reader::new(listener), FLOOD);
    assert!(lost > 0, "the buffers hold everything");
    logs_lost(server, lost);
}

/// Expects that the log and the totals of a server name the number of messages that were lost.
fn logs_lost(server: Server, lost: usize) {
    server.stop();
    let log = server.ends_with(0).log;
    let counts = log.split("lost=").skip(1);
    let logged: usize = counts
        .filter_map(|text| text.split(' ').next()?.parse::<usize>().ok())
        .sum();
    assert_eq!(logged, lost, "{log}");
    let total = format!(", {lost} messages of other servers lost");
    assert!(log.contains(&total), "{log}");
}

#[test]
fn what_a_broker_that_stands_still_has_no_place_for_is_counted() {
    let broker = Broker::start();
    let (_one, two, alice, bob) = two_servers(&broker, &broker);
    broker.stop();
    flood(&mut Reader::new(alice));
    broker.go_on();
    expect_lost(bob, two);
}

#[test]
fn what_a_server_misses_that_the_broker_cuts_off_is_counted() {
    let broker = Broker::configured("max_payload: 65536, max_pending: 65536");
    let (_one, two, alice, bob) = two_servers(&broker, &broker);
    two.signal("STOP");
    flood(&mut Reader::new(alice));
    two.signal("CONT");
    expect_lost(bob, two);
}

#[test]
fn a_message_that_no_payload_holds_is_counted_and_the_next_is_heard() {
    let broker = Broker::configured("max_payload: 1024");
    let (_one, two, mut alice, mut bob) = two_servers(&broker, &broker);
    // Without its headers a payload could hold it.
    say(&mut alice, &"x".repeat(1024 - "00alice: ".len()));
    say(&mut alice, "hi");
    await_line(&mut bob, "* 1 message from other servers was lost");
    await_line(&mut bob, "alice: hi");
    logs_lost(two, 1);
}

#[test]
fn a_server_that_stops_publishes_what_its_clients_have_said() {
    let broker = Broker::start();
    let (one, _two, mut alice, bob) = two_servers(&broker, &broker);
    let said = (0..1000).flat_map(|n| frame(n.to_string()));
    alice.send(&said.collect::<Vec<_>>());
    one.stop();
    let mut bob = Reader::new(bob);
    assert_eq!(lost_of(&mut bob, 1000), 0);
    assert_eq!(bob.line(), "* alice left");
}

#[test]
fn a_server_stops_although_the_bus_is_away_and_much_waits_for_it() {
    let broker = Broker::start();
    let (one, _two, mut alice, _bob) = two_servers(&broker, &broker);
    drop(broker);
    await_line(&mut alice, AWAY);
    // More than the client of the bus takes, each in a payload of its own.
    for _ in 0..3000 {
        say(&mut alice, "hi");
        await_line(&mut alice, "alice: hi");
    }
    one.stop();
    one.ends_with(0);
}
