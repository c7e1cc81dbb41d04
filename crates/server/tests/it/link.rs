//! A link to a member whose packets vanish.

use socket2::{Domain, Socket, Type};

use crate::namespace::{in_own_network, ip};
use crate::support::{Client, Server, frame};

#[test]
fn a_dead_link_is_noticed_whether_something_is_said_or_not_and_the_others_are_told() {
    in_own_network(
        "link::a_dead_link_is_noticed_whether_something_is_said_or_not_and_the_others_are_told",
        || {
            let flags = ["--reply", "room", "--link-timeout", "4s"];
            let mut server = Server::start(&flags);
            let mut alice = join(&server, "alice", [127, 0, 0, 1]);
            for (last_byte, name) in [(2, "bob"), (3, "carol")] {
                let address = [127, 0, 0, last_byte];
                let _member = join(&server, name, address);
                alice.expect(&frame(format!("* {name} joined")));
                let route = format!("127.0.0.{last_byte}/32");
                ip(&["route", "add", "blackhole", &route, "table", "local"]);
                // Bob's system is asked. What is said to Carol is not acknowledged.
                if name == "carol" {
                    alice.send(&frame("hi")).expect(&frame("alice: hi"));
                }
                alice.expect(&frame(format!("* {name} left (timed out)")));
                server.expect_log("disconnected", &[&route[..9], "timed out"]);
            }
        },
    );
}

/// Connects from this address, and joins.
fn join(server: &Server, name: &str, address: [u8; 4]) -> Client {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
    let bound = socket.bind(&std::net::SocketAddr::from((address, 0)).into());
    bound.expect("any address of the loopback network");
    socket.connect(&server.addr.into()).expect("a server");
    let mut client = Client::of(socket.into());
    client.send(&frame(format!("/join {name}")));
    let welcome = String::from_utf8(client.body()).expect("UTF-8");
    assert!(welcome.starts_with("* welcome, "), "{welcome}");
    client
}
