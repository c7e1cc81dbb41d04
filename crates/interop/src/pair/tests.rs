use super::*;
use recorder::{Await, Step};

const WHOLE: &str = r#"
    name = "echo"
    port = 7007
    dissect = "lines"
    [original]
    server = ["cargo", "{port}"]
    client = ["cargo", "localhost", "{port}"]
    serves-forever = true
    [candidate.rust]
    server = ["cargo", "{folder}/server"]
    environment = { MODE = "new", URL = "tcp://localhost:{port}" }
    [candidate.other]
    client = ["cargo"]
    server = ["cargo"]
    serves-forever = false
    [case.two-lines]
    stdin = ["a\n", "b\n"]
    client-arguments = ["--port={port}"]
    server-files = ["data.bin", { from = "data.bin", to = "D:/in.bin" }, { to = "out" }]
    [case.both-consoles]
    turns = [{ client = "a\n" }, { server = { hex = "620a" } }]
    keep-open = true
    clients = 2
    [probes]
    of = ["two-lines"]
    [[mask]]
    channel = "server.bytes"
    pattern = '\d+'
    reason = "a number"
    [[declared]]
    peer = "rust"
    side = "server"
    channel = "server.bytes"
    expected-hex = "00ff"
    reason = "better"
"#;

fn read_text(text: &str) -> Result<Suite> {
    let folder = tempfile::tempdir()?;
    fs::write(folder.path().join("data.bin"), "data")?;
    fs::write(folder.path().join("tapped.json"), TAPPED)?;
    let path = folder.path().join("pair.toml");
    fs::write(&path, text)?;
    read(&path)
}

const TAPPED: &str = r#"{"connection":1,"micros":1,"from":"client","bytes":"6869"}
{"connection":1,"micros":2,"from":"server","bytes":"686f"}
{"connection":1,"micros":3,"from":"server","end":"FIN"}
"#;

#[test]
fn a_build_that_two_candidates_name_runs_once() {
    let build = "build = ['cargo', 'new', '--quiet', '--vcs=none', '{folder}/made']\n";
    let both = WHOLE
        .replace("[candidate.rust]\n", &format!("[candidate.rust]\n{build}"))
        .replace(
            "[candidate.other]\n",
            &format!("[candidate.other]\n{build}"),
        );
    assert_eq!(both.matches("cargo', 'new'").count(), 2);
    // Cargo makes no package where there is one already.
    assert_eq!(read_text(&both).unwrap().candidates.len(), 2);
}

fn error(text: &str) -> String {
    let error = format!("{:#}", read_text(text).unwrap_err());
    assert!(!error.contains('\n'), "{error}");
    error.split_once("pair.toml: ").unwrap().1.to_owned()
}

#[test]
fn a_file_becomes_a_suite_without_java() {
    let suite = read_text(WHOLE).unwrap();
    assert!(!suite.originals.need_java());
    let peers = suite.originals.peers(&[], Path::new(""), &[]);
    let original = &peers[0];
    assert!(original.is_original && original.name == "original");
    let server = original.server.as_ref().unwrap();
    assert_eq!(
        (server.command[1].as_str(), server.serves_forever),
        ("7007", true)
    );
    let [other, rust] = &suite.candidates[..] else {
        panic!("{:?}", suite.candidates);
    };
    assert!(!other.server.as_ref().unwrap().serves_forever);
    let server = rust.server.as_ref().unwrap();
    assert!(server.serves_forever && server.command[1].ends_with("/server"));
    assert_eq!(server.environment["MODE"], "new");
    assert_eq!(server.environment["URL"], "tcp://localhost:7007");
    assert!(rust.client.is_none());
    let probes = suite.probes.unwrap();
    assert_eq!((probes.of, probes.most), (vec!["two-lines".to_owned()], 24));
    let expected = &suite.declared[0].observed;
    assert!(expected.is(&crate::channel::Observed::Bytes(vec![0, 255])));
}

#[test]
fn a_jar_is_found_in_the_folder_of_the_file_and_the_programs_own_words_stay() {
    let words = "['java', '-ea', '-jar', 'data.bin', '-cp', 'x']";
    let suite = read_text(&WHOLE.replacen("[\"cargo\", \"{port}\"]", words, 1)).unwrap();
    let server = &suite.originals.server;
    assert!(Path::new(&server[3]).is_absolute() && server[3].ends_with("/data.bin"));
    assert_eq!(server[4..], ["-cp", "x"]);
}

#[test]
fn each_element_is_fed_once_both_have_come_to_rest() {
    let suite = read_text(WHOLE).unwrap();
    let [both, two] = &suite.cases[..] else {
        panic!("{:?}", suite.cases);
    };
    let rest = || Step::Await(Await::BothSettled);
    let feed = |side, text: &str| Step::Feed(side, text.as_bytes().to_vec());
    let start = [Step::Start(Side::Server), Step::Await(Await::Listening)];
    let stop = [Step::Await(Await::Stopped(Side::Server))];
    let lines = [
        Step::Start(Side::Client),
        rest(),
        feed(Side::Client, "a\n"),
        rest(),
        feed(Side::Client, "b\n"),
        rest(),
        Step::EndInput(Side::Client),
        rest(),
    ];
    assert_eq!(two.steps, [&start[..], &lines, &stop].concat());
    assert_eq!(two.client.arguments, ["--port=7007"]);
    let files: Vec<&Path> = two.server.files.iter().map(|file| &*file.to).collect();
    assert_eq!(files, ["data.bin", "D:/in.bin", "out"].map(Path::new));
    let from = two.server.files[1].from.as_ref().unwrap();
    assert!(from.ends_with("data.bin") && two.server.files[2].from.is_none());
    let turns = [
        Step::Start(Side::Client),
        rest(),
        feed(Side::Client, "a\n"),
        rest(),
        feed(Side::Server, "b\n"),
        rest(),
    ];
    assert_eq!(both.steps, [&start[..], &turns, &turns, &stop].concat());
}

#[test]
fn the_turns_may_say_when_the_clients_start() {
    let turns = r#"turns = [{ server = "1\n" }, { start = "client" }, { client = "a\n" }, { start = "client" }]"#;
    let text = WHOLE.replace("stdin = [\"a\\n\", \"b\\n\"]", turns);
    let suite = read_text(&text).unwrap();
    let rest = || Step::Await(Await::BothSettled);
    let expected = [
        Step::Start(Side::Server),
        Step::Await(Await::Settled(Side::Server)),
        Step::Feed(Side::Server, b"1\n".to_vec()),
        Step::Await(Await::Listening),
        Step::Start(Side::Client),
        rest(),
        Step::Feed(Side::Client, b"a\n".to_vec()),
        rest(),
        Step::EndInput(Side::Client),
        rest(),
        Step::Start(Side::Client),
        rest(),
        Step::EndInput(Side::Client),
        rest(),
        Step::EndInput(Side::Server),
        rest(),
        Step::Await(Await::Stopped(Side::Server)),
    ];
    assert_eq!(suite.cases[1].steps, expected);
}

#[test]
fn clients_that_run_beside_each_other_are_fed_by_their_numbers() {
    let turns = r#"turns = [{ client = "Ada\n" }, { start = "client-2", arguments = ["--name", "Bob:{port}"] }, { client-2 = "Bob\n" }, { client = "hi\n" }]"#;
    let text = WHOLE.replace("stdin = [\"a\\n\", \"b\\n\"]", turns);
    let rest = || Step::Await(Await::BothSettled);
    let feed = |text: &str| Step::Feed(Side::Client, text.as_bytes().to_vec());
    let expected = [
        Step::Start(Side::Server),
        Step::Await(Await::Listening),
        Step::Start(Side::Client),
        rest(),
        feed("Ada\n"),
        rest(),
        Step::StartClient(2, vec!["--name".into(), "Bob:7007".into()]),
        rest(),
        feed("Bob\n"),
        rest(),
        Step::Client(1),
        feed("hi\n"),
        rest(),
        Step::EndInput(Side::Client),
        rest(),
        Step::Client(2),
        Step::EndInput(Side::Client),
        rest(),
        Step::Await(Await::Stopped(Side::Server)),
    ];
    assert_eq!(read_text(&text).unwrap().cases[1].steps, expected);
}

#[test]
fn a_tapped_conversation_is_played_from_either_side() {
    let replay = "[case.prod]\nreplay = 'tapped.json'\nstdin = ['hi\\n']\n";
    let text = WHOLE.replace("[probes]", &format!("{replay}[probes]"));
    let suite = read_text(&text).unwrap();
    let names: Vec<&str> = suite.cases.iter().map(|case| case.name.as_str()).collect();
    assert_eq!(
        names,
        ["both-consoles", "prod/client", "prod/server", "two-lines"]
    );
    let steps = format!("{:?}", suite.cases[2].steps);
    let order = [
        "Listen",
        "Start(Client)",
        "Accept",
        "Feed(Client",
        "Send([104, 111])",
        "HalfClose",
    ];
    let places: Vec<usize> = order.iter().map(|word| steps.find(word).unwrap()).collect();
    assert!(places.is_sorted(), "{steps}");
}

#[test]
fn a_mistake_is_one_line_that_names_the_key_and_the_line() {
    let with = |from: &str, to: &str| {
        assert!(WHOLE.contains(from), "{from}");
        error(&WHOLE.replacen(from, to, 1))
    };
    for (from, to, expected) in [
        (
            "port = 7007",
            "port = 0",
            "port: invalid value: integer `0`, expected a nonzero u16 (line 3)",
        ),
        ("port = 7007", "", "missing field `port` (line 1)"),
        (
            "\"lines\"",
            "\"line\"",
            "dissect: unknown variant `line`, expected one of `raw`, `lines`, `writeUTF` (line 4)",
        ),
        (
            "[\"cargo\", \"{port}\"]",
            "[\"no-such-program\"]",
            "original.server: no-such-program is in no folder of PATH (line 6)",
        ),
        (
            "serves-forever = true",
            "javac = ['X.java']",
            "original.javac: there is no HERE/X.java (all sources below a folder: name the folder) (line 8)",
        ),
        (
            "serves-forever = true",
            "class-path = ['*', 'lib/*']",
            "original.class-path: there is no HERE/* (line 8)",
        ),
        (
            "serves-forever = true",
            "javac = ['-d', 'classes']",
            "original.javac: -d has no place here: each JDK's classes get a folder of their own, which every program finds (line 8)",
        ),
        (
            "[\"cargo\", \"{port}\"]",
            "['java', '-ea', '-jar', 'gone.jar']",
            "original.server: there is no HERE/gone.jar (line 6)",
        ),
        (
            "[\"cargo\", \"{port}\"]",
            "['java', '-ea', '-cp', 'classes', 'Main']",
            "original.server: -cp has no place here: write original.class-path = [\"…\"], for both programs (line 6)",
        ),
        (
            "client = [\"cargo\"]",
            "build = ['cargo', 'no-such-command', '-q']",
            "candidate.other.build: the build failed (exit status: 101) (line 13)",
        ),
        (
            "[candidate.rust]",
            "[candidate.'a b']",
            "candidate.a b: \"a b\": a name consists of letters, digits, '-' and '.' (line 9)",
        ),
        (
            "\"data.bin\"",
            "\"gone.bin\"",
            "case.two-lines.server-files: there is no HERE/gone.bin (line 19)",
        ),
        (
            "\"D:/in.bin\"",
            "\"../in.bin\"",
            "case.two-lines.server-files: to = \"../in.bin\" is not below the program's working folder (line 19)",
        ),
        (
            "{ to = \"out\" }",
            "{ of = \"out\" }",
            "case.two-lines.server-files[2]: expected a path, or { from = \"PATH\", to = \"PATH\" } (line 19)",
        ),
        (
            "of = [\"two-lines\"]",
            "of = [\"one-line\"]",
            "probes.of[0]: \"one-line\" is no case with a client and a server (line 25)",
        ),
        (
            "keep-open = true",
            "stdin = ['x']",
            "case.both-consoles.turns: it takes the place of stdin and server-stdin (line 21)",
        ),
        (
            "turns = [",
            "turns = [{ start = \"client\" }, ",
            "case.both-consoles.turns: they say when a client starts, so clients and replay have no place beside them (line 21)",
        ),
        (
            "\"a\\n\" }, ",
            "\"a\\n\" }, { start = \"client\" }, ",
            "case.both-consoles.turns: they say when a client starts, so clients and replay have no place beside them (line 21)",
        ),
        (
            "turns = [{ client = \"a\\n\" }, { server = { hex = \"620a\" } }]\n    keep-open = true\n    clients = 2",
            "turns = [{ client = \"a\\n\" }, { start = \"client\" }]",
            "case.both-consoles.turns: nothing can be typed before the client starts (line 21)",
        ),
        (
            "turns = [",
            "turns = [{ client-2 = \"x\" }, ",
            "case.both-consoles.turns: nothing can be typed before the client starts: write { start = \"client-2\" } before it (line 21)",
        ),
        (
            "turns = [{ client = \"a\\n\" }, { server = { hex = \"620a\" } }]\n    keep-open = true\n    clients = 2",
            "turns = [{ start = \"client-3\" }]",
            "case.both-consoles.turns: client-3 starts before client-2 (line 21)",
        ),
        (
            "{ client = \"a\\n\" }, ",
            "{ clinet = \"a\\n\" }, ",
            "case.both-consoles.turns[0]: expected { client = \"…\" }, { client-2 = \"…\" }, { server = \"…\" } or { start = \"client-2\" } (line 21)",
        ),
        (
            "clients = 2",
            "clients = 0",
            "case.both-consoles.clients: invalid value: integer `0`, expected a nonzero usize (line 23)",
        ),
        (
            "'\\d+'",
            "'('",
            "mask[0]: pattern \"(\": unclosed group (line 26)",
        ),
        (
            "peer = \"rust\"",
            "peer = \"tust\"",
            "declared[0]: peer \"tust\" is no candidate (line 30)",
        ),
        (
            "stdin = [\"a\\n\", \"b\\n\"]",
            "stdin = [1]",
            "case.two-lines.stdin[0]: expected a text, or { hex = \"00ff\" } (line 17)",
        ),
        (
            "expected-hex = \"00ff\"",
            "",
            "declared[0]: one of expected and expected-hex says what the candidate does (line 30)",
        ),
    ] {
        let folder = |error: String| match error.split_once("there is no ") {
            Some((before, path)) => {
                let name = path.rsplit('/').next().unwrap_or_default();
                format!("{before}there is no HERE/{name}")
            }
            None => error,
        };
        assert_eq!(folder(with(from, to)), expected);
    }
    let none = "name = 'x'\nport = 1\n[original]\nclient = ['cargo']\nserver = ['cargo']";
    assert_eq!(
        error(none),
        "case: there is no case, so there is nothing to record"
    );
}
