use super::*;
use crate::lang::Lang;
use crate::player::{Player, Source};
use crate::saved;
use crate::scene::{self, CASES};

/// Returns the captions of the ladder of `script`, in order.
fn told(script: &str) -> Vec<Caption> {
    let rows = scene::ladder(script, Player::plain("a")).rows;
    rows.iter().filter_map(|row| row.caption).collect()
}

#[test]
fn each_caption_is_shown_where_it_is_true_and_nowhere_else() {
    let mut seen = HashSet::new();
    for case in CASES.split("\n== ").skip(1) {
        let lines: Vec<&str> = case.lines().skip(1).collect();
        let expected = lines.iter().filter_map(|line| line.strip_prefix("-- "));
        let expected: Vec<&str> = expected
            .flat_map(|line| line.trim_end_matches(',').split(", "))
            .collect();
        let begins = lines.iter().rposition(|line| line.starts_with('@'));
        let known = begins.map_or(0, |last| told(&lines[..=last].join("\n")).len());
        let told = told(&lines.join("\n"));
        let names = told[known..]
            .iter()
            .map(|caption| serde_json::to_value(caption).unwrap());
        assert!(
            names.clone().eq(expected),
            "{}: {:?}",
            case.lines().next().unwrap(),
            names.collect::<Vec<_>>()
        );
        seen.extend(told);
    }
    let recorded = saved::examples()
        .into_iter()
        .flat_map(|saved| saved.ladder().rows);
    seen.extend(recorded.filter_map(|row| row.caption));
    // The next test is about these.
    seen.extend([Caption::WriteUtf, Caption::ShutdownByClose]);
    let never = Caption::ALL
        .iter()
        .filter(|caption| !seen.contains(caption));
    assert_eq!(never.collect::<Vec<_>>(), Vec::<&Caption>::new());
}

#[test]
fn what_is_javas_is_said_of_java() {
    let text = "dos.writeUTF(msg);\ndos.close();\n".into();
    let file = "client.java".into();
    let java = Player {
        source: Some(Source { file, text }),
        ..Player::plain("java-25")
    };
    let script = "@hi\nc shutdown(3, SHUT_WR) = 0\nc: FA\n";
    let told = |player| {
        let rows = scene::ladder(script, player).rows;
        let captions: Vec<Caption> = rows.iter().filter_map(|row| row.caption).collect();
        [
            Caption::WriteUtf,
            Caption::ShutdownByClose,
            Caption::Write,
            Caption::Shutdown,
        ]
        .map(|caption| captions.contains(&caption))
    };
    assert_eq!(told(java), [true, true, false, false]);
    assert_eq!(told(Player::plain("c")), [false, false, true, true]);
}

#[test]
fn a_side_that_sends_without_a_known_write_is_drawn_with_a_word_about_it() {
    let sends = "\ns sendfile(4, 5, NULL, 3) = 3\ns: PA 68690a\ns splice(7, NULL, 4, NULL, 1, 0) = 1\ns: PA 68\ns io_uring_enter(9, 1, 1, 1, NULL, 8) = 1\n";
    let ladder = scene::ladder(&["@open\n", sends].concat(), Player::plain("a"));
    assert_eq!(ladder.blind, [Side::Server]);
    assert!(
        ladder.missing[0].contains("sendfile"),
        "{:?}",
        ladder.missing
    );
    crate::order::check(&ladder).unwrap();
    let shown: Vec<&str> = ladder.calls().map(|call| call.name.as_str()).collect();
    assert!(
        shown.ends_with(&["sendfile", "splice", "io_uring_enter"]),
        "{shown:?}"
    );
    let captions: Vec<Caption> = ladder.rows.iter().filter_map(|row| row.caption).collect();
    assert!(captions.contains(&Caption::Unknown), "{captions:?}");
}

#[test]
fn a_socket_of_udp_is_not_drawn() {
    let udp = "\nc socket(AF_INET, SOCK_DGRAM, IPPROTO_UDP) = 9\nc connect(9, SERVER, 16) = 0\n";
    let calls = |script: &str| scene::ladder(script, Player::plain("a")).calls().count();
    assert_eq!(calls(&["@open\n", udp].concat()), calls("@open"));
}

#[test]
fn a_server_of_udp_is_told_of() {
    let missing = |kind: &str, close: &str| {
        let script = format!(
            "s socket(AF_INET, {kind}, IPPROTO_IP) = 9\n{close}s bind(9, SERVER, 16) = 0\nc: S\ns: RA\n"
        );
        scene::ladder(&script, Player::plain("a")).missing
    };
    let told = missing("SOCK_DGRAM", "");
    assert!(told[0].contains("UDP socket on port 666"), "{told:?}");
    let reused = "s close(9) = 0\ns socket(AF_INET, SOCK_STREAM, IPPROTO_IP) = 9\n";
    for told in [missing("SOCK_STREAM", ""), missing("SOCK_DGRAM", reused)] {
        assert_eq!(told, Vec::<String>::new());
    }
}

#[test]
fn a_read_blocks_only_if_nothing_had_arrived() {
    let late = "\ns> read(4, \"\\x68\", 1) = 1\nc: FA\ns< read\n";
    let blocks = |script: &str| {
        let rows = scene::ladder(script, Player::plain("a")).rows;
        let returned = rows.iter().rev().find_map(|row| match &row.event {
            Event::Call(call) if call.phase == Phase::Returns => Some(call.blocked),
            _ => None,
        });
        returned.unwrap()
    };
    let sent = "\nc write(3, \"\\x68\", 1) = 1\nc: PA 68\n";
    assert!(!blocks(&["@open\n", sent, late].concat()));
    assert!(blocks("@open\ns> read(4, \"\", 1) = 0\nc: FA\ns< read\n"));
}

/// Returns the kind of a row. At least one row of each kind must have a caption.
fn kind(event: &Event) -> String {
    match event {
        Event::Call(ShownCall {
            syscall: Syscall::SetOption { option, .. },
            ..
        }) => option.name().into(),
        Event::Call(call) if call.purpose() == Purpose::Aside => format!("{:?}", call.about),
        Event::Call(call) => format!("{:?}", call.purpose()),
        Event::Segment(segment) => segment.kind().into(),
        Event::Signal { signal, .. } => format!("{signal:?}"),
        Event::OtherClient { .. } => "another client".into(),
        Event::Console { .. } => "console".into(),
        Event::Exit { .. } => "exit".into(),
    }
}

#[test]
fn without_the_servers_calls_nothing_is_said_of_accept() {
    for mut saved in saved::examples() {
        for played in saved
            .recording
            .server
            .iter_mut()
            .chain(&mut saved.recording.client)
        {
            played.trace = recorder::not_asked_for();
        }
        let rows = saved.ladder().rows;
        let segments = rows
            .iter()
            .filter(|row| matches!(row.event, Event::Segment(_)));
        let captions = segments.filter_map(|row| row.caption);
        let words: String = captions.map(|caption| caption.text(Lang::En)).collect();
        assert!(!words.is_empty() && !words.contains("accept"), "{words}");
    }
}

#[test]
fn every_kind_of_row_is_explained_in_its_ladder() {
    for saved in saved::examples() {
        let ladder = saved.ladder();
        let explained = ladder.rows.iter().filter(|row| row.caption.is_some());
        let explained: HashSet<String> = explained.map(|row| kind(&row.event)).collect();
        for row in &ladder.rows {
            let kind = kind(&row.event);
            assert!(explained.contains(&kind), "{}: {row:?}", saved.scenario);
        }
    }
}
