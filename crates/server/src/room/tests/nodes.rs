//! A room with members on other servers.

use std::time::Duration;

use super::outbox::Outgoing;
use super::remote::frames_of;
use super::*;

/// Returns what the bus brings: a frame for each text.
fn payload(texts: &[&str]) -> Vec<u8> {
    frames_of(texts.iter().copied())
}

#[test]
fn what_another_server_says_and_does_not_bring_is_counted_also_when_nothing_comes_behind_it() {
    let room = room();
    let mut alice = member(&room, "alice");
    heard(&mut alice);
    // What it said before it was heard was not for this server.
    room.hear_names("b", 7, &payload(&["carol"]));
    room.hear_messages("b", 8, 1, &payload(&["carol: eight"]));
    room.hear_names("b", 8, &payload(&["carol"]));
    room.hear_messages("b", 11, 2, &payload(&["carol: eleven", "carol: twelve"]));
    room.hear_names("b", 12, &payload(&["carol"]));
    room.hear_names("b", 15, &payload(&[]));
    room.hear_messages("b", 14, 1, &payload(&["carol: counted already"]));
    assert_eq!(
        heard(&mut alice),
        [
            "* carol joined",
            "carol: eight",
            "* 2 messages from other servers were lost",
            "carol: eleven",
            "carol: twelve",
            "* 3 messages from other servers were lost",
            "* carol left",
        ]
    );
    assert_eq!(room.lost(), 5);
}

#[tokio::test(start_paused = true)]
async fn a_silent_server_leaves_with_its_members_and_what_it_said_meanwhile_is_counted() {
    let room = room();
    let mut alice = member(&room, "alice");
    heard(&mut alice);
    room.hear_names("b", 1, &payload(&["carol"]));
    tokio::time::advance(Duration::from_secs(9)).await;
    room.forget_silent_nodes();
    assert_eq!(heard(&mut alice), ["* carol joined"]);
    tokio::time::advance(Duration::from_secs(2)).await;
    room.forget_silent_nodes();
    room.forget_silent_nodes();
    assert_eq!(heard(&mut alice), ["* carol left (its server is lost)"]);
    room.hear_names("b", 4, &payload(&["carol"]));
    assert_eq!(
        heard(&mut alice),
        [
            "* 3 messages from other servers were lost",
            "* carol joined"
        ]
    );
}

#[test]
fn a_server_with_members_is_awaited_when_the_bus_is_back_until_it_tells_its_names_again() {
    let room = room();
    room.hear_names("b", 0, &payload(&["carol"]));
    room.hear_names("c", 0, &payload(&[]));
    assert!(!room.awaits_nodes());
    room.link_changed(false);
    assert!(room.awaits_nodes());
    // These have come before the bus was lost.
    room.hear_names("b", 0, &payload(&["carol"]));
    room.link_changed(true);
    room.hear_names("c", 0, &payload(&[]));
    assert!(room.awaits_nodes());
    room.hear_names("b", 0, &payload(&[]));
    assert!(!room.awaits_nodes());

    room.hear_names("b", 0, &payload(&["carol"]));
    room.link_changed(false);
    room.await_no_node();
    assert!(!room.awaits_nodes());
}

#[test]
fn a_room_has_a_thousand_other_servers_at_most_and_forgets_those_without_members_first() {
    let room = room();
    let mut alice = member(&room, "alice");
    for n in 0..1000 {
        let names = if n == 500 {
            Vec::new()
        } else {
            payload(&[&format!("m{n}")])
        };
        room.hear_names(&format!("n{n}"), 0, &names);
    }
    heard(&mut alice);
    room.hear_names("new", 0, &payload(&["carol"]));
    room.hear_names("newer", 0, &payload(&["dave"]));
    assert_eq!(heard(&mut alice), ["* carol joined"]);
    assert_eq!(room.people().nodes.len(), 1000);
    send(&mut alice, "/who");
    let line = last(&mut alice);
    assert!(line.ends_with(" and 900 more"), "{line}");
}

#[test]
fn names_that_two_servers_have_are_listed_with_the_servers() {
    let room = room();
    let mut alice = member(&room, "alice");
    for node in ["b", "c"] {
        room.hear_names(node, 0, &payload(&["carol"]));
    }
    send(&mut alice, "/who");
    assert_eq!(
        last(&mut alice),
        "* you are alice; here are carol@b, carol@c"
    );
}

#[test]
fn other_servers_are_told_as_many_names_as_a_payload_holds() {
    let room = room();
    let _members = ["anna", "berta", "李雷"].map(|name| member(&room, name));
    for (most, names) in [
        (100, &["anna", "berta", "李雷"][..]),
        (21, &["anna", "berta", "李雷"]),
        (20, &["anna", "berta"]),
        (12, &["anna"]),
        (0, &[]),
    ] {
        assert_eq!(room.names(most), payload(names), "{most}");
    }
}

#[test]
fn a_private_message_to_another_server_is_sent_unless_that_cannot_be_reached() {
    let room = room();
    let (outbox, mut waiting) = Outbox::new();
    room.attach(outbox);
    let mut alice = member(&room, "alice");
    room.hear_names("b", 0, &payload(&["carol"]));
    send(&mut alice, "/msg Carol psst");
    assert_eq!(
        last(&mut alice),
        "* nothing was sent: the server of Carol cannot be reached now"
    );
    room.link_changed(true);
    send(&mut alice, "/msg Carol psst");
    assert_eq!(last(&mut alice), "alice -> Carol: psst");
    room.detach();
    let sent = std::iter::from_fn(|| waiting.try_recv().ok());
    let private: Vec<_> = sent
        .filter_map(|next| match next.item {
            Outgoing::Private { node, frames } => Some((node, frames)),
            _ => None,
        })
        .collect();
    assert_eq!(
        private,
        [("b".to_owned(), payload(&["alice", "Carol", "psst"]))]
    );
}

#[test]
fn what_happens_is_told_to_the_others_in_its_order() {
    let room = room();
    let (outbox, mut waiting) = Outbox::new();
    room.attach(outbox);
    let mut alice = member(&room, "alice");
    assert_eq!(
        heard(&mut alice)[1],
        "* the other servers of the room cannot be reached; here it goes on"
    );
    room.link_changed(true);
    send(&mut alice, "hi");
    send(&mut alice, "/nick carol");
    drop(alice);
    room.detach();
    let mut told = Vec::new();
    while let Ok(next) = waiting.try_recv() {
        told.push(match next.item {
            Outgoing::Said { number, .. } => format!("message {number}"),
            Outgoing::Names { said } => format!("names behind {said}"),
            Outgoing::Private { .. } => "private".into(),
        });
    }
    assert_eq!(
        told,
        [
            "names behind 0",
            "message 1",
            "names behind 1",
            "names behind 1"
        ]
    );
}
