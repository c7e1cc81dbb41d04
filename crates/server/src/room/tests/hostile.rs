//! Random names, texts and payloads of the bus, made from pieces that could deceive.

use hellohi_proto::{JavaString, write_utf};
use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

/// Something that a client, or somebody on the bus, does.
#[derive(Debug, Clone)]
enum Action {
    /// One of two clients sends a message.
    Send(bool, JavaString),
    Names(u64, Vec<u8>),
    Messages(u64, u64, Vec<u8>),
    Private(Vec<u8>),
}

fn text() -> impl Strategy<Value = JavaString> {
    let piece = prop_oneof![
        6 => prop::sample::select(&[
            "/join ", "/nick ", "/msg bob ", "/msg ", "//", "/", "/who", "bob", "carol", "mallory", "guest-1", ": ",
            " -> ", "* ", " joined", " left", "@b", "@", " ", "\n", "\r", "\0", "\t", "\x1B[2J", "\u{9B}", "\x7F",
            "\u{202E}", "\u{2066}", "\u{200F}", "\u{2028}", "\u{2029}", "\u{85}", "ｃarol", "ＣＡＲＯＬ", "好", "😀",
        ][..]).prop_map(|piece| piece.encode_utf16().collect()),
        2 => any::<char>().prop_map(|char| char.encode_utf16(&mut [0; 2]).to_vec()),
        1 => vec(any::<u16>(), 1..3),
    ];
    vec(piece, 0..6).prop_map(|pieces| JavaString::from_utf16(&pieces.concat()))
}

fn payload() -> impl Strategy<Value = Vec<u8>> {
    let sender = prop::sample::select(&["carol: ", "bob: ", "dave: ", "guest-1: ", ""][..]);
    let message =
        (sender, text()).prop_map(|(sender, text)| format!("{sender}{}", text.to_string_lossy()));
    let name =
        prop::sample::select(&["carol", "bob", "dave", "erin", "BOB"][..]).prop_map(str::to_owned);
    let frames = vec(prop_oneof![message, name], 0..4).prop_map(|texts| {
        let mut frames = Vec::new();
        for text in texts {
            write_utf(&mut frames, &*text).unwrap();
        }
        frames
    });
    prop_oneof![8 => frames, 1 => vec(any::<u8>(), 0..40)]
}

fn action() -> impl Strategy<Value = Action> {
    prop_oneof![
        4 => (any::<bool>(), text()).prop_map(|(which, text)| Action::Send(which, text)),
        1 => (0..6_u64, payload()).prop_map(|(said, payload)| Action::Names(said, payload)),
        2 => (0..6_u64, any::<u64>(), payload()).prop_map(|(first, count, payload)| {
            Action::Messages(first, count % 4, payload)
        }),
        1 => payload().prop_map(Action::Private),
    ]
}

/// Panics unless the line is one that the room writes when neither bob nor carol does anything.
fn check(line: &str) {
    let moves = |char| matches!(char, '\u{61C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    let ends = |char| matches!(char, '\u{2028}' | '\u{2029}');
    let harmless = |char: char| !(char.is_control() || moves(char) || ends(char));
    assert!(line.chars().all(harmless), "{line:?}");
    // A name that a member here has too comes with the node behind it.
    let is_other = |name: &str| match name.split_once('@') {
        Some((name, node)) => node == "b" && Name::of_sender(name).is_some(),
        None => {
            Name::of_sender(name).is_some_and(|name| !["bob", "carol"].contains(&name.folded()))
        }
    };
    if let Some(own) = line.strip_prefix("* ") {
        let lost = own
            .strip_suffix(" messages from other servers were lost")
            .or_else(|| own.strip_suffix(" message from other servers was lost"));
        let came = own
            .strip_suffix(" joined")
            .or_else(|| own.strip_suffix(" left"));
        let renamed = own.split_once(" is now ");
        assert!(
            lost.is_some_and(|count| count.parse::<u64>().is_ok())
                || came.is_some_and(is_other)
                || renamed.is_some_and(|(one, other)| is_other(one) && is_other(other)),
            "{line:?}"
        );
    } else {
        let (sender, _) = line.split_once(": ").expect("the sender's name");
        let sender = sender.strip_suffix(" -> bob").unwrap_or(sender);
        assert!(is_other(sender), "{line:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_others_send_a_member_s_screen_shows_who_said_it(actions in vec(action(), 1..12)) {
        let room = room();
        let (mut bob, mut carol) = (member(&room, "bob"), member(&room, "carol"));
        let mut clients = [Some(room.enter()), Some(room.enter())];
        heard(&mut bob);
        for action in actions {
            match action {
                Action::Send(which, text) => {
                    let client = &mut clients[usize::from(which)];
                    if client.as_mut().is_some_and(|client| client.take(&text) == Answer::Quit) {
                        *client = None;
                    }
                }
                Action::Names(said, payload) => room.hear_names("b", said, &payload),
                Action::Messages(first, count, payload) => room.hear_messages("b", first, count, &payload),
                Action::Private(payload) => room.hear_private(&payload),
            }
            heard(&mut bob).iter().for_each(|line| check(line));
            send(&mut carol, "it is me");
            prop_assert_eq!(heard(&mut bob), ["carol: it is me"]);
        }
    }
}
