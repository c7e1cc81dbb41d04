//! Probes of where the client connects to: `localhost` is two addresses.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::super::case::{Case, Cast};
use super::{FRAME, feed, goodbye, probe, send, settled};
use crate::record::{Act, Await, Side, Step};

const V4: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const V6: IpAddr = IpAddr::V6(Ipv6Addr::LOCALHOST);

/// A scripted server that listens on one loopback address or on both.
pub(super) fn all() -> Vec<Case> {
    let side = Side::Server;
    let start = vec![
        Step::Start(Side::Client),
        Step::Await(Await::Lines(Side::Client, 1)),
    ];
    let only_v6 = [listen(&[V6]), start, settled(side)].concat();
    vec![
        taken(
            "address/server/ipv4-alone",
            "listens on 127.0.0.1 alone",
            &[V4],
        ),
        Case::new(
            "address/server/ipv6-alone",
            "listens on ::1 alone",
            Cast::Against(side),
            only_v6,
        ),
        taken(
            "address/server/another-on-ipv6",
            "listens on 127.0.0.1, and somebody who never accepts on ::1",
            &[V4, V6],
        ),
    ]
}

/// The script takes the connection to the first of `addresses`, and answers.
fn taken(name: &str, about: &'static str, addresses: &[IpAddr]) -> Case {
    let side = Side::Server;
    let met = vec![Step::Start(Side::Client), Step::Act(Act::Accept)];
    let heard = vec![Step::Act(Act::Receive(FRAME.len()))];
    let steps = [
        listen(addresses),
        met,
        feed(side),
        heard,
        send(FRAME),
        goodbye(),
    ];
    probe(name, about, side, steps.concat())
}

fn listen(addresses: &[IpAddr]) -> Vec<Step> {
    let on = |address| Step::Act(Act::ListenOn(address));
    addresses.iter().copied().map(on).collect()
}
