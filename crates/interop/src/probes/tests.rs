use recorder::{PerformedStep, Segment};

use super::*;
use crate::example;

/// Returns a recording in which the client is fed `x`, says `a`, hears `bcd` in two segments, of which the first is
/// sent twice, and says `e`.
fn recording() -> Recording {
    let mut recording = example::recording();
    let of = |time, from, sequence, syn, payload: &[u8]| Segment {
        time,
        from,
        sequence,
        acknowledgement: None,
        syn,
        fin: false,
        rst: false,
        psh: false,
        window: 0,
        options: Vec::new(),
        payload: payload.to_vec(),
    };
    let (client, server) = (Side::Client, Side::Server);
    let connection = &mut recording.wire.as_mut().unwrap()[0];
    connection.segments = vec![
        of(1, client, u32::MAX, true, b""),
        of(2, server, 70, true, b""),
        of(4, client, 0, false, b"a"),
        of(5, server, 71, false, b"bc"),
        of(6, server, 71, false, b"bc"),
        of(7, server, 73, false, b"d"),
        of(9, client, 1, false, b"e"),
    ];
    connection.to_server.bytes = b"ae".to_vec();
    connection.to_client.bytes = b"bcd".to_vec();
    let made = |time, step| PerformedStep { time, step };
    recording.made = vec![
        made(0, Step::Start(client)),
        made(3, Step::Feed(client, b"x".to_vec())),
        made(8, Step::EndInput(client)),
    ];
    recording
}

fn said(side: Side, bytes: &[u8]) -> Happened {
    Happened::Said(side, bytes.to_vec())
}

#[test]
fn what_happened_is_in_order_and_what_was_sent_twice_was_said_once() {
    let happened = [
        Happened::Connected,
        Happened::Fed(Side::Client, b"x".to_vec()),
        said(Side::Client, b"a"),
        said(Side::Server, b"bcd"),
        Happened::InputEnded(Side::Client),
        said(Side::Client, b"e"),
    ];
    assert_eq!(conversation(&recording()).unwrap(), happened);
    let mut silent = recording();
    silent.wire.as_mut().unwrap()[0].segments.clear();
    silent.made.clear();
    assert!(conversation(&silent).is_err());
    silent.wire.as_mut().unwrap().clear();
    assert!(conversation(&silent).is_err());
}

#[test]
fn a_script_says_its_part_once_the_program_has_said_its_own() {
    let happened = conversation(&recording()).unwrap();
    let server = scripted("joke", Side::Server, &happened);
    assert_eq!((server.length(), server.turns.len()), (3, 1));
    let feeds = |steps: &[Step]| {
        let fed = |step: &&Step| matches!(step, Step::Feed(..) | Step::EndInput(_));
        steps.iter().filter(fed).count()
    };
    assert_eq!(
        (feeds(&server.turns[0].before), feeds(&server.rest)),
        (1, 1)
    );
    assert_eq!(feeds(&server.opening), 0);
    let client = scripted("joke", Side::Client, &happened);
    let says: Vec<&[u8]> = client.turns.iter().map(|turn| &turn.says[..]).collect();
    assert_eq!(says, [b"a", b"e"]);
    assert_eq!(feeds(&client.after(2)), 0);
}

#[test]
fn a_console_is_fed_before_the_connection_if_it_was() {
    let happened = [
        Happened::Fed(Side::Client, b"connect\n".to_vec()),
        Happened::Fed(Side::Server, b"listen\n".to_vec()),
        Happened::Connected,
        said(Side::Client, b"a"),
    ];
    for (side, order) in [
        (
            Side::Client,
            ["Start(Server)", "Feed(Server", "Listening", "Connect"],
        ),
        (
            Side::Server,
            ["Listen", "Start(Client)", "Feed(Client", "Accept"],
        ),
    ] {
        let opening = format!("{:?}", scripted("joke", side, &happened).opening);
        let places = order.map(|word| opening.find(word).unwrap());
        assert!(places.is_sorted(), "{opening}");
    }
}

#[test]
fn every_byte_is_tried_in_each_way_or_counted_as_left_out() {
    let happened = conversation(&recording()).unwrap();
    let server = scripted("joke", Side::Server, &happened);
    let (all, left_out) = derive(&server, 24);
    let names: Vec<&str> = all.iter().map(|case| case.name.as_str()).collect();
    assert_eq!((names.len(), left_out), (4 * 4 + 2, 0));
    for name in [
        "cut/server/0",
        "reset/server/3",
        "split/server/2",
        "half-close/server/1",
    ] {
        assert!(
            names.contains(&format!("joke/{name}").as_str()),
            "{names:?}"
        );
    }
    // Between two turns nothing can be split.
    let client = scripted("joke", Side::Client, &happened);
    let (all, _) = derive(&client, 24);
    assert!(!all.iter().any(|case| case.name.contains("split")));
    let beside = all.iter().filter(|case| case.name.contains("beside"));
    let names: Vec<&str> = beside.clone().map(|case| case.name.as_str()).collect();
    assert_eq!(names, [0, 1, 2].map(|k| format!("joke/beside/client/{k}")));
    for (n, case) in beside.enumerate() {
        let of = |step: fn(&Step) -> bool| case.steps.iter().filter(|made| step(made)).count();
        let sends = of(|step| matches!(step, Step::Act(Act::Send(_))));
        let connects = of(|step| matches!(step, Step::Act(Act::Connect | Act::TryConnect)));
        let closes = of(|step| matches!(step, Step::Act(Act::Close)));
        assert_eq!((sends, connects, closes), (2 + n, 2, 1), "{}", case.name);
    }
    let (few, left_out) = derive(&server, 2);
    assert_eq!((few.len(), left_out), (4 * 2 + 2, 4 * 2));
    assert!(few.iter().any(|case| case.name == "joke/cut/server/3"));
}

#[test]
fn the_offsets_next_to_the_end_of_a_turn_come_first() {
    assert_eq!(
        sampled((0..100).collect(), &[10, 60], 4),
        (vec![9, 10, 11, 60], 96)
    );
}
