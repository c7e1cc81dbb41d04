use super::*;
use crate::assemble::from_recording;
use crate::ladder::Ladder;
use crate::lang::Lang;
use crate::player::{Player, Source};
use crate::saved;
use recorder::{
    Connection, Exit, Nanos, PerformedStep, Played, Recording, Segment, Step, SystemCall, Trace,
};

/// Both programs open a connection, and `accept` waits for it.
const OPEN: &str = "
s socket(AF_INET, SOCK_STREAM, IPPROTO_IP) = 3
s bind(3, SERVER, 16) = 0
s listen(3, 50) = 0
s> accept(3, CLIENT, [16]) = 4
c socket(AF_INET, SOCK_STREAM, IPPROTO_IP) = 3
c> connect(3, SERVER, 16) = 0
c: S
s: SA
c: A
s< accept
c< connect
";

/// The client sends `hi`, and the server reads it.
const HI: &str = r#"
c write(3, "\x00\x02\x68\x69", 4) = 4
c: PA 00026869
s read(4, "\x00\x02\x68\x69", 4096) = 4
"#;

/// Returns the captions of a ladder in which this happens, in order. Each line is a side (`c` or `s`), and a call
/// (`s> ` enters and `s< ` returns), a segment (`c: ` with its flags and bytes) or a signal (`c! `). The flag `a` is an
/// ACK that lacks the last number, and `2` makes the segment a retransmission.
fn told(script: &str) -> Vec<Caption> {
    let rows = ladder(script, Player::plain("a"));
    rows.iter().filter_map(|row| row.caption).collect()
}

fn ladder(script: &str, client: Player) -> Vec<Row> {
    ladder_of(script, client).rows
}

fn ladder_of(script: &str, client: Player) -> Ladder {
    let mut played = [Vec::<SystemCall>::new(), Vec::new()];
    let (mut segments, mut made) = (Vec::new(), Vec::new());
    let mut next = [1000_u32, 2000];
    let mut time: Nanos = 1;
    for line in script.lines().filter(|line| !line.is_empty()) {
        // So far apart that no return is moved.
        time += 5_000_000;
        let side = if line.starts_with('c') {
            Side::Client
        } else {
            Side::Server
        };
        let (own, what) = (side as usize, &line[3..]);
        match &line[1..3] {
            ": " => {
                let (flags, bytes) = what.split_once(' ').unwrap_or((what, ""));
                let has = |flag| flags.contains(flag);
                segments.push(Segment {
                    time,
                    from: side,
                    sequence: next[own]
                        - if has('2') {
                            bytes.len() as u32 / 2 + u32::from(has('S'))
                        } else {
                            0
                        },
                    acknowledgement: match (has('A'), has('a')) {
                        (true, _) => Some(next[1 - own]),
                        (_, true) => Some(next[1 - own] - 1),
                        _ => None,
                    },
                    syn: has('S'),
                    fin: has('F'),
                    rst: has('R'),
                    psh: has('P'),
                    window: 0,
                    options: Vec::new(),
                    payload: hex::decode(bytes).unwrap(),
                });
                if !has('2') {
                    let flags = u32::from(has('S')) + u32::from(has('F'));
                    next[own] += flags + bytes.len() as u32 / 2;
                }
            }
            "< " => {
                let mut calls = played[own].iter_mut().rev();
                calls.find(|call| call.name == what).unwrap().returned = Some(time);
            }
            "! " => {
                let signal = serde_json::from_value(what.into()).unwrap();
                made.push(PerformedStep {
                    time,
                    step: Step::Signal(side, signal),
                });
            }
            mark => {
                let line = if mark == "> " { what } else { &line[2..] };
                let returned = (mark != "> ").then_some(time + 1000);
                played[own].push(call(line, time, returned));
            }
        }
    }
    let example = saved::examples().remove(0).recording;
    let of = |calls| {
        Some(Played {
            stdout: Vec::new(),
            stderr: Vec::new(),
            exit: Exit::StillRunning,
            trace: Ok(Trace { calls, ended: None }),
            ..example.client.clone().expect("it has a client")
        })
    };
    let [client_calls, server_calls] = played;
    let recording = Recording {
        client: of(client_calls),
        server: of(server_calls),
        wire: Ok(vec![Connection {
            client: ([127, 0, 0, 1], 1024).into(),
            server: ([127, 0, 0, 1], 666).into(),
            segments,
            to_server: Default::default(),
            to_client: Default::default(),
        }]),
        made,
        ..example.clone()
    };
    from_recording(&recording, client, Player::plain("b"))
}

/// Reads `connect(3, SERVER, 16) = -1 EPIPE`.
fn call(line: &str, entered: Nanos, returned: Option<Nanos>) -> SystemCall {
    let address = |port| {
        let host = r#"inet_addr("\x31\x32\x37\x2e\x30\x2e\x30\x2e\x31")"#;
        format!("{{sa_family=AF_INET, sin_port=htons({port}), sin_addr={host}}}")
    };
    let (name, rest) = line.split_once('(').unwrap();
    let (arguments, outcome) = rest.rsplit_once(") = ").unwrap();
    let arguments = arguments
        .replace("SERVER", &address(666))
        .replace("CLIENT", &address(1024));
    let (result, errno) = outcome.split_once(' ').unwrap_or((outcome, ""));
    let json = serde_json::json!({
        "thread": 1,
        "entered": entered,
        "returned": returned,
        "name": name,
        "arguments": arguments,
        "result": result.parse::<i64>().ok(),
        "errno": (!errno.is_empty()).then_some(errno),
    });
    serde_json::from_value(json).unwrap()
}

/// What happens, the script before it, its script, and the captions that it adds.
type Case = (
    &'static str,
    &'static [&'static str],
    &'static str,
    &'static [Caption],
);

#[test]
fn each_caption_is_shown_where_it_is_true_and_nowhere_else() {
    use Caption::*;
    let cases: &[Case] = &[
        (
            "a request and its reply",
            &[OPEN],
            r#"
c> read(0, "\x68\x69\x0a", 100) = 3
c< read
c> write(3, "\x00\x02\x68\x69", 4) = 4
c: PA 00026869
c< write
s read(4, "\x00\x02\x68\x69", 4096) = 4

s: A
s write(4, "\x00\x02\x68\x6f", 4) = 4
s: PA 0002686f
c: A
c read(3, "\x00\x02", 2) = 2
c read(3, "\x68\x6f", 2) = 2
c> read(3, "", 2) = 0
s close(4) = 0
s: FA
c: A
c< read
c close(3) = 0
c: FA
s: A
s close(3) = 0
"#,
            &[
                ConsoleWaits,
                ConsoleRead,
                Write,
                Data,
                WriteReturns,
                OneRead,
                AckOfData,
                Reply,
                TwoReads,
                ReadWaits,
                Close,
                FinFirst,
                AckOfFin,
                ReadEnd,
                FinSecond,
                LastAck,
                CloseListener,
            ],
        ),
        (
            "a client that is not blocked, and a server that accepts later",
            &[],
            r#"
s socket(AF_INET6, SOCK_STREAM, IPPROTO_IP) = 3
s setsockopt(3, SOL_IPV6, IPV6_V6ONLY, [1], 4) = 0
s setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [0], 4) = 0
s bind(3, SERVER, 16) = 0
s listen(3, 50) = 0
s accept4(3, NULL, NULL, SOCK_NONBLOCK) = -1 EAGAIN
s> epoll_wait(5, [], 1024, -1) = 1
c socket(AF_INET, SOCK_STREAM, IPPROTO_IP) = 3
c connect(3, SERVER, 16) = -1 EINPROGRESS
c> poll([{fd=3, events=POLLOUT}], 1, -1) = 1
c: S
s: SA
c: A
c< poll
s< epoll_wait
c setsockopt(3, SOL_TCP, TCP_NODELAY, [0], 4) = 0
c setsockopt(3, SOL_SOCKET, SO_RCVTIMEO_OLD, "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00", 16) = 0
c read(3, "", 100) = -1 EAGAIN
c write(3, "\x00\x02", 2) = 2
c: PA 0002
s: A
c write(3, "\x68\x69", 2) = 2
c: PA 6869
s accept4(3, CLIENT, [16], SOCK_NONBLOCK) = 4
s read(4, "\x00\x02\x68", 3) = 3
s read(4, "\x69", 1) = 1
"#,
            &[
                Socket,
                Bind,
                Listen,
                AcceptAgain,
                Readiness,
                ConnectInProgress,
                PollOne,
                Syn,
                SynAck,
                HandshakeBeforeAccept,
                ReadAgain,
                WritePart,
                DataBeforeAccept,
                AckBeforeAccept,
                AcceptQueued,
                ManyReads,
            ],
        ),
        (
            "the last ACK is on its way when connect returns",
            &[],
            r#"
s socket(AF_INET, SOCK_STREAM, IPPROTO_IP) = 3
s bind(3, SERVER, 16) = 0
s listen(3, 50) = 0
c socket(AF_INET, SOCK_STREAM, IPPROTO_IP) = 3
c> connect(3, SERVER, 16) = 0
c: S
s: SA
c< connect
c: A
s accept(3, CLIENT, [16]) = 4
"#,
            &[
                Socket,
                Bind,
                Listen,
                ConnectWaits,
                Syn,
                SynAck,
                ConnectBeforeLastAck,
                HandshakeBeforeAccept,
                AcceptQueued,
            ],
        ),
        (
            "connect returns before accept",
            &[],
            r#"
s socket(AF_INET, SOCK_STREAM, IPPROTO_IP) = 3
s bind(3, SERVER, 16) = -1 EADDRINUSE
s bind(3, SERVER, 16) = 0
s listen(3, 50) = 0
c socket(AF_INET, SOCK_STREAM, IPPROTO_IP) = 3
c bind(3, CLIENT, 16) = 0
c> connect(3, SERVER, 16) = 0
c: S
s: SA
c: A
c< connect
c write(3, "\x00\x02\x68\x69\x00\x01\x21", 7) = 7
c: PA 00026869000121
s: A
s accept(3, CLIENT, [16]) = 4
s read(4, "\x00\x02\x68\x69\x00\x01\x21", 4096) = 7
"#,
            &[
                Socket,
                Bind,
                Listen,
                ConnectWaits,
                Syn,
                SynAck,
                HandshakeBeforeAccept,
                ConnectBeforeAccept,
                WriteMany,
                ManyFrames,
                AckBeforeAccept,
                AcceptQueued,
                OneReadManyFrames,
            ],
        ),
        (
            "nobody listens",
            &[],
            r#"
c socket(AF_INET, SOCK_STREAM, IPPROTO_IP) = 3
c> connect(3, SERVER, 16) = -1 ECONNREFUSED
c: S
s: RA
c< connect
c close(3) = 0
"#,
            &[
                Socket,
                ConnectWaits,
                Syn,
                Refused,
                ConnectRefused,
                CloseUnused,
            ],
        ),
        (
            "a client that closes before the reply",
            &[OPEN, HI],
            r#"
c close(3) = 0
c: FA
s: A
s write(4, "\x00\x02\x68\x69", 4) = 4
s: PA 00026869
c: R
s write(4, "\x00\x02\x68\x69", 4) = -1 EPIPE
s read(4, "", 10) = -1 ECONNRESET
s close(4) = 0
"#,
            &[
                Close,
                FinThenReset,
                DataAfterClose,
                ResetLateData,
                WriteBroken,
                ReadReset,
                CloseUnused,
            ],
        ),
        (
            "a server that closes with bytes unread",
            &[OPEN],
            r#"
c write(3, "\x00\x02\x68\x69\x00\x02\x68\x69", 8) = 8
c: PA 0002686900026869
s read(4, "\x00", 1) = 1
s read(4, "\x02", 1) = 1
s read(4, "\x68\x69", 2) = 2
s close(4) = 0
s: RA
c write(3, "\x00\x02\x68\x69", 4) = -1 ECONNRESET
c shutdown(3, SHUT_WR) = -1 ENOTCONN
"#,
            &[
                WriteMany,
                ManyFrames,
                ThreeReads,
                CloseUnread,
                ResetUnread,
                WriteReset,
                ShutdownTooLate,
            ],
        ),
        (
            "a half-closed connection",
            &[OPEN, HI],
            r#"
c shutdown(3, SHUT_WR) = 0
c: FA
s: A
s read(4, "", 0) = 0
s read(4, "", 10) = 0
s write(4, "\x00\x02\x68\x69", 4) = 4
s: PA 00026869
c read(3, "\x00", 1) = 1
c read(3, "\x02", 1) = 1
c read(3, "\x68\x69", 2) = 2
s shutdown(4, SHUT_RD) = 0
s shutdown(4, SHUT_RDWR) = 0
s: FA
c: A
c close(3) = 0
c! terminate
"#,
            &[
                HalfClose,
                FinFirst,
                AckOfFin,
                ReadEnd,
                DataHalfClosed,
                ThreeReads,
                Shutdown,
                FinSecond,
                LastAck,
                CloseLate,
            ],
        ),
        (
            "lines instead of frames, and calls that are not modelled",
            &[OPEN],
            r#"
c write(3, "\x68\x69\x0a", 3) = 3
c: PA 68690a
s read(4, "\x68\x69\x0a", 4096) = 3
s write(4, "\x79", 1) = 1
s: PA 79
c read(3, "\x79", 4096) = 1
c ioctl(3, FIONREAD, [0]) = 0
c dup(3) = 5
c close(3) = 0
"#,
            &[WriteBytes, Reply, Unknown],
        ),
        (
            "both close at once",
            &[OPEN],
            r#"
s close(4) = 0
s: FA
c close(3) = 0
c: Fa
s: A
c: A
"#,
            &[Close, FinFirstInRace, FinCrossing, BothTimeWait],
        ),
        (
            "the server speaks first, and closes by itself",
            &[OPEN],
            r#"
s write(4, "\x00\x02\x68\x69", 4) = 4
s: PA 00026869
c read(3, "\x00\x02\x68\x69", 4096) = 4
c> read(0, "", 100) = 0
c< read
s close(4) = 0
s: FA
c close(3) = 0
c: FA
s: A
"#,
            &[Write, OneRead, Close, FinFirstInRace, FinWithAck, LastAck],
        ),
        (
            "consoles and signals",
            &[
                r#"
s read(0, "\x0a", 100) = 1
s write(1, "\x0a", 1) = 1
"#,
                OPEN,
            ],
            r#"
s! stop
s> read(4, "", 100) = ? ERESTARTSYS
s! continue
s< read
c> read(0, "\x68", 100) = 1
c< read
c! kill
c: FA
s read(4, "", 100) = 0
s! terminate
"#,
            &[
                Stopped,
                Continued,
                Interrupted,
                Killed,
                FinOfKilled,
                ReadEnd,
                Terminated,
            ],
        ),
        (
            "an interrupted call of a program that is killed",
            &[OPEN],
            r#"
s> read(4, "", 100) = ? ERESTARTSYS
c> read(0, "\x68", 100) = 1
s! kill
s< read
"#,
            &[Killed],
        ),
        (
            "several descriptors, and options that are set",
            &[],
            r#"
s socket(AF_INET6, SOCK_STREAM, IPPROTO_IP) = 3
s setsockopt(3, SOL_IPV6, IPV6_V6ONLY, [0], 4) = 0
s setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0
s bind(3, SERVER, 16) = 0
s listen(3, 50) = 0
s> poll([{fd=3, events=POLLIN}, {fd=0, events=POLLIN}], 2, -1) = 1
c socket(AF_INET, SOCK_STREAM, IPPROTO_IP) = 3
c setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0
c setsockopt(3, SOL_TCP, TCP_NODELAY, [1], 4) = 0
c setsockopt(3, SOL_SOCKET, SO_RCVTIMEO_OLD, "\x05\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00", 16) = 0
c> connect(3, SERVER, 16) = 0
c: S
s: SA
c: A
s< poll
s accept(3, CLIENT, [16]) = 4
c< connect
s close(3) = 0
"#,
            &[
                Socket,
                BothFamilies,
                ReuseAddress,
                Bind,
                Listen,
                PollMany,
                NoDelay,
                Timeout,
                ConnectWaits,
                Syn,
                SynAck,
                HandshakeBeforeAccept,
                AcceptQueued,
                ConnectReturns,
                CloseListener,
            ],
        ),
        (
            "a SYN and data that are sent again",
            &[],
            r#"
s socket(AF_INET, SOCK_STREAM, IPPROTO_IP) = 3
s bind(3, SERVER, 16) = 0
s listen(3, 0) = 0
s! stop
c socket(AF_INET, SOCK_STREAM, IPPROTO_IP) = 3
c> connect(3, SERVER, 16) = 0
c: S
c: S2
s: SA
c: A
c< connect
c write(3, "\x00\x02\x68\x69", 4) = 4
c: PA 00026869
c: PA2 00026869
c! stop
"#,
            &[
                Socket,
                Bind,
                Listen,
                Stopped,
                ConnectWaits,
                Syn,
                SynAgain,
                SynAck,
                HandshakeBeforeAccept,
                ConnectBeforeAccept,
                Write,
                DataBeforeAccept,
                Again,
                StoppedClient,
            ],
        ),
        (
            "a frame in single bytes, and a reset",
            &[OPEN],
            r#"
c write(3, "\x00", 1) = 1
c: PA 00
s: A
c write(3, "\x01\x21", 2) = 2
c: PA 0121
s> read(4, "\x00\x01\x21", 4096) = 3
s< read
s: RA
"#,
            &[WritePart, SingleByte, AckOfData, ManyReads, Reset],
        ),
        (
            "a server whose calls are not known",
            &[],
            r#"
c socket(AF_INET, SOCK_STREAM, IPPROTO_IP) = 3
c> connect(3, SERVER, 16) = 0
c: S
s: SA
c: A
c< connect
c write(3, "\x00\x02\x68\x69", 4) = 4
c: A 00026869
s: A
"#,
            &[
                Socket,
                ConnectWaits,
                Syn,
                SynAck,
                HandshakeEnds,
                ConnectReturns,
                Write,
                AckOfData,
            ],
        ),
    ];
    let mut seen = HashSet::new();
    for (what, before, script, captions) in cases {
        let known = match before.is_empty() {
            true => 0,
            false => told(&before.concat()).len(),
        };
        let told = told(&(before.concat() + script));
        assert_eq!(told[known..], **captions, "{what}");
        seen.extend(told);
    }
    let recorded = saved::examples()
        .into_iter()
        .flat_map(|saved| saved.ladder().rows);
    seen.extend(recorded.filter_map(|row| row.caption));
    // The next test is about these.
    seen.extend([WriteUtf, ShutdownByClose]);
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
    let script = [OPEN, HI, "\nc shutdown(3, SHUT_WR) = 0\nc: FA\n"].concat();
    let told = |player| {
        let rows = ladder(&script, player);
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
    let sends = "\ns sendfile(4, 5, NULL, 3) = 3\ns: PA 68690a\ns splice(7, NULL, 4, NULL, 1, 0) = 1\ns: PA 68\n";
    let ladder = ladder_of(&[OPEN, sends].concat(), Player::plain("a"));
    assert_eq!(ladder.blind, [Side::Server]);
    assert!(
        ladder.missing[0].contains("sendfile"),
        "{:?}",
        ladder.missing
    );
    crate::order::check(&Ladder {
        time_wait: Side::BOTH.into(),
        ..ladder.clone()
    })
    .unwrap();
    let shown: Vec<&str> = ladder.calls().map(|call| call.name.as_str()).collect();
    assert!(shown.ends_with(&["sendfile", "splice"]), "{shown:?}");
    let captions: Vec<Caption> = ladder.rows.iter().filter_map(|row| row.caption).collect();
    assert!(captions.contains(&Caption::Unknown), "{captions:?}");
}

#[test]
fn a_socket_of_udp_is_not_drawn() {
    let udp = "\nc socket(AF_INET, SOCK_DGRAM, IPPROTO_UDP) = 9\nc connect(9, SERVER, 16) = 0\n";
    let calls = |script: &str| ladder_of(script, Player::plain("a")).calls().count();
    assert_eq!(calls(&[OPEN, udp].concat()), calls(OPEN));
}

#[test]
fn a_read_blocks_only_if_nothing_had_arrived() {
    let late = "\ns> read(4, \"\\x68\", 1) = 1\nc: FA\ns< read\n";
    let blocks = |script: &str| {
        let rows = ladder(script, Player::plain("a"));
        let returned = rows.iter().rev().find_map(|row| match &row.event {
            Event::Call(call) if call.phase == Phase::Returns => Some(call.blocked),
            _ => None,
        });
        returned.unwrap()
    };
    let sent = "\nc write(3, \"\\x68\", 1) = 1\nc: PA 68\n";
    assert!(!blocks(&[OPEN, sent, late].concat()));
    assert!(blocks(
        &[OPEN, "\ns> read(4, \"\", 1) = 0\nc: FA\ns< read\n"].concat()
    ));
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
