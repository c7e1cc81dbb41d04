//! A room whose members write to memory.

mod hostile;
mod nodes;

use std::task::{Context, Waker};

use hellohi_proto::{JavaStr, read_utf};
use tokio::time::Instant;

use super::*;

fn room() -> Arc<Room> {
    Arc::new(Room::new(&Limits::default()))
}

/// Sends a line, which must not be answered beside the room.
fn send(visitor: &mut Visitor, line: &str) {
    assert_eq!(visitor.take(&JavaStr::from_text(line)), Answer::Taken);
}

fn member(room: &Arc<Room>, name: &str) -> Visitor {
    let mut visitor = room.enter();
    send(&mut visitor, &format!("/join {name}"));
    visitor
}

/// Returns what the member is sent, a line each.
fn heard(visitor: &mut Visitor) -> Vec<String> {
    let mut output = Vec::new();
    let mut cx = Context::from_waker(Waker::noop());
    assert!(visitor.poll_deliver(&mut output, &mut cx).is_ready());
    let (mut rest, mut lines) = (&output[..], Vec::new());
    while !rest.is_empty() {
        lines.push(read_utf(&mut rest).unwrap().into_string().unwrap());
    }
    lines
}

/// Returns the last line that the member is sent.
fn last(visitor: &mut Visitor) -> String {
    heard(visitor).pop().expect("a line")
}

#[test]
fn members_hear_each_other_and_who_comes_and_goes() {
    let room = room();
    let mut alice = member(&room, "alice");
    assert_eq!(
        heard(&mut alice),
        ["* welcome, alice; nobody else is here; /help lists the commands"]
    );
    let mut bob = member(&room, "Bob");
    assert_eq!(
        heard(&mut bob),
        ["* welcome, Bob; here are alice; /help lists the commands"]
    );
    send(&mut alice, "hi");
    send(&mut bob, "//ho");
    for member in [&mut alice, &mut bob] {
        let lines = heard(member);
        assert!(
            lines.ends_with(&["alice: hi".into(), "Bob: /ho".into()]),
            "{lines:?}"
        );
    }
    bob.leaves_because(Some("timed out"));
    drop(bob);
    assert_eq!(heard(&mut alice), ["* Bob left (timed out)"]);
    drop(member(&room, "bob"));
    assert_eq!(heard(&mut alice), ["* bob joined", "* bob left"]);
}

#[test]
fn a_guest_has_its_message_back_and_the_room_hears_it_under_a_guest_s_name() {
    let room = room();
    let mut alice = member(&room, "alice");
    heard(&mut alice);
    let mut guest = room.enter();
    for line in ["hi", "/who", "* alice left"] {
        assert_eq!(guest.take(&JavaStr::from_text(line)), Answer::Echo);
    }
    send(&mut alice, "hello");
    assert_eq!(
        heard(&mut alice),
        [
            "guest-2: hi",
            "guest-2: /who",
            "guest-2: * alice left",
            "alice: hello"
        ]
    );
    assert!(heard(&mut guest).is_empty());
    assert_eq!(guest.sent(), 0);
}

#[test]
fn each_command_is_answered_and_not_said() {
    let room = room();
    let (mut alice, mut bob) = (member(&room, "alice"), member(&room, "bob"));
    heard(&mut alice);
    heard(&mut bob);
    for (line, answer) in [
        ("/who", "* you are alice; here are bob"),
        (
            "/join carol",
            "* you have joined already; /nick NAME takes another name",
        ),
        (
            "/dance",
            "* no command is called /dance; /help lists them, and //dance says the line",
        ),
        ("/nick BOB", "* the name bob is taken; choose another"),
        ("/nick", "* a name is missing; write it behind the command"),
        ("/nick alice", "* you are alice already"),
        (
            "/nick *",
            "* a name begins with a letter or a digit; behind it may come - and _ too",
        ),
        ("/msg bob psst", "alice -> bob: psst"),
        ("/msg alice me", "alice -> alice: me"),
        (
            "/msg",
            "* nothing was sent; write /msg NAME TEXT, and /who lists the names",
        ),
        (
            "/msg bob ",
            "* nothing was sent; write /msg NAME TEXT, and /who lists the names",
        ),
        (
            "/msg guest-1 hi",
            "* nobody is called \"guest-1\", so nothing was sent; write /msg NAME TEXT, and /who lists the names",
        ),
        ("/help", "* anything else is said to everybody"),
    ] {
        send(&mut alice, line);
        assert_eq!(last(&mut alice), answer, "{line}");
    }
    send(&mut alice, "/msg carol hi");
    assert!(last(&mut alice).starts_with("* nobody is called \"carol\""));
    assert_eq!(heard(&mut bob), ["alice -> bob: psst"]);
    assert_eq!(alice.take(&JavaStr::from_text("/quit")), Answer::Quit);
}

#[test]
fn another_name_is_announced_and_the_old_one_is_free() {
    let room = room();
    let (mut alice, mut bob) = (member(&room, "alice"), member(&room, "bob"));
    heard(&mut bob);
    send(&mut alice, "/nick Alice");
    send(&mut alice, "/nick carol");
    send(&mut bob, "/nick ALICE");
    send(&mut alice, "hi");
    assert_eq!(
        heard(&mut bob),
        [
            "* alice is now Alice",
            "* Alice is now carol",
            "* bob is now ALICE",
            "carol: hi"
        ]
    );
}

#[test]
fn a_name_that_cannot_be_had_is_refused_to_the_guest_alone() {
    let room = room();
    let _alice = member(&room, "alice");
    let mut guest = room.enter();
    for (line, reason) in [
        ("/join ALICE", "* the name alice is taken; choose another"),
        (
            "/join guest-1",
            "* names that begin with guest- are for guests",
        ),
        ("/join", "* a name is missing; write it behind the command"),
    ] {
        let frames = line::frames("", reason);
        assert_eq!(
            guest.take(&JavaStr::from_text(line)),
            Answer::Frames(frames)
        );
    }
    assert!(!guest.is_member());
}

#[test]
fn a_message_to_oneself_comes_once() {
    let room = room();
    let mut alice = member(&room, "alice");
    heard(&mut alice);
    send(&mut alice, "/msg Alice me");
    assert_eq!(heard(&mut alice), ["alice -> alice: me"]);
}

#[test]
fn with_a_history_of_none_who_joins_is_shown_nothing_else_than_the_welcome() {
    let limits = Limits {
        history: 0,
        ..Limits::default()
    };
    let room = Arc::new(Room::new(&limits));
    send(&mut member(&room, "alice"), "one");
    assert_eq!(heard(&mut member(&room, "bob")).len(), 1);
}

#[test]
fn who_joins_is_shown_the_last_messages_with_their_times() {
    let limits = Limits {
        history: 2,
        ..Limits::default()
    };
    let room = Arc::new(Room::new(&limits));
    let mut alice = member(&room, "alice");
    for line in ["one", "two", "/msg alice secret", "three"] {
        send(&mut alice, line);
    }
    let lines = heard(&mut member(&room, "bob"));
    let texts: Vec<&str> = lines[1..]
        .iter()
        .map(|line| &line["* 2026-11-26T09:30:00Z ".len()..])
        .collect();
    assert_eq!(texts, ["alice: two", "alice: three"]);
}

#[test]
fn no_text_can_look_like_another_line() {
    let room = room();
    let (mut alice, mut bob) = (member(&room, "alice"), member(&room, "bob"));
    heard(&mut bob);
    for text in [
        "a\nbob: b",
        "a\r* bob left",
        "\u{2028}* x",
        "\x1B[2J",
        "\u{202E}",
        "\0",
    ] {
        send(&mut alice, text);
        let line = last(&mut bob);
        let safe = |char: char| !char.is_control() && !matches!(char, '\u{2028}' | '\u{202E}');
        assert!(
            line.starts_with("alice: ") && line.chars().all(safe),
            "{line:?}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_flood_is_slowed_down_and_a_paste_is_not() {
    let room = room();
    let mut alice = member(&room, "alice");
    let begun = Instant::now();
    let mut hear = room.enter();
    send(&mut hear, "/join bob");
    for count in 0..500 {
        std::future::poll_fn(|cx| alice.poll_may_speak(false, cx)).await;
        send(&mut alice, "hi");
        heard(&mut hear);
        if count == 200 {
            assert_eq!(begun.elapsed(), Duration::ZERO);
        }
    }
    assert!(
        begun.elapsed() >= Duration::from_millis(4900),
        "{:?}",
        begun.elapsed()
    );
    let mut cx = Context::from_waker(Waker::noop());
    assert!(alice.poll_may_speak(false, &mut cx).is_pending());
    assert!(
        alice.poll_may_speak(true, &mut cx).is_ready(),
        "it is in a hurry"
    );
}
