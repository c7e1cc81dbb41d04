//! Probes with addresses: those that the client tries for `localhost`, and those that the server listens on.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::super::steps::{
    FRAME, feed, finish, probe, receive_frame, send, server_listens, settled,
};
use ::interop::case::{Case, Participants};
use recorder::{Act, Await, Side, Step};

const V4: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const V6: IpAddr = IpAddr::V6(Ipv6Addr::LOCALHOST);

/// Returns the cases about addresses.
pub(super) fn all() -> Vec<Case> {
    let side = Side::Server;
    let start = vec![
        Step::Start(Side::Client),
        Step::Await(Await::Lines(Side::Client, 1)),
    ];
    let only_v6 = [listen(&[V6]), start, settled(side)].concat();
    let reached = [
        ("127.0.0.2", "connects to another loopback address"),
        ("::1", "connects to the IPv6 loopback address"),
        ("192.0.2.1", "connects to an address of another interface"),
        (
            "2001:db8::1",
            "connects to an IPv6 address of another interface",
        ),
    ]
    .map(|(address, about)| reached(address, about));
    let mut cases = vec![
        taken(
            "address/server/ipv4-alone",
            "listens on 127.0.0.1 alone",
            &[V4],
        ),
        Case::new(
            "address/server/ipv6-alone",
            "listens on ::1 alone",
            Participants::Scripted(side),
            only_v6,
        ),
        taken(
            "address/server/another-on-ipv6",
            "listens on 127.0.0.1, and somebody who never accepts on ::1",
            &[V4, V6],
        ),
    ];
    cases.extend(reached);
    cases
}

/// Returns the case in which a scripted client connects to `address`.
///
/// The addresses of other interfaces are from networks reserved for documentation (RFC 5737, RFC 3849).
fn reached(address: &str, about: &'static str) -> Case {
    let ip = address.parse().expect("an address");
    let start = [server_listens(), vec![Step::Act(Act::ConnectTo(ip))]].concat();
    let steps = [start, send(FRAME), receive_frame(), finish()].concat();
    let name = format!("address/client/{}", address.replace(':', "-"));
    probe(name, about, Side::Client, steps)
}

/// Returns the case in which a scripted server listens on `addresses` and serves a connection to the first.
fn taken(name: &str, about: &'static str, addresses: &[IpAddr]) -> Case {
    let side = Side::Server;
    let met = vec![Step::Start(Side::Client), Step::Act(Act::Accept)];
    let steps = [
        listen(addresses),
        met,
        feed(side),
        receive_frame(),
        send(FRAME),
        finish(),
    ];
    probe(name, about, side, steps.concat())
}

fn listen(addresses: &[IpAddr]) -> Vec<Step> {
    let on = |address| Step::Act(Act::ListenOn(address));
    addresses.iter().copied().map(on).collect()
}
