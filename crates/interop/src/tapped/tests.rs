//! Tests of the file of tapped conversations.

use std::fs;

use super::*;

fn bytes(bytes: &[u8]) -> Said {
    Said::Bytes(bytes.into())
}

fn refused(text: &str) -> String {
    format!("{:#}", parse(text.as_bytes()).unwrap_err())
}

#[test]
fn what_is_saved_is_read_connection_by_connection() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tapped.json");
    let file = TappedFile::create(&path).unwrap();
    let (mut one, mut two) = (file.connection(1), file.connection(2));
    two.save(Side::Server, &bytes(b"b")).unwrap();
    one.save(Side::Client, &bytes(b"a\xFF\n")).unwrap();
    one.save(Side::Client, &Said::End(End::Fin)).unwrap();
    two.save(Side::Client, &Said::End(End::Rst)).unwrap();
    one.save(Side::Client, &Said::End(End::Rst)).unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap().lines().count(), 5);

    let said: Vec<_> = read(&path)
        .unwrap()
        .connections
        .into_iter()
        .map(|connection| {
            let events = connection.events.into_iter();
            let events = events.map(|event| (event.from, event.what));
            (connection.number, events.collect::<Vec<_>>())
        })
        .collect();
    let from_one = vec![
        (Side::Client, bytes(b"a\xFF\n")),
        (Side::Client, Said::End(End::Fin)),
        (Side::Client, Said::End(End::Rst)),
    ];
    let from_two = vec![
        (Side::Server, bytes(b"b")),
        (Side::Client, Said::End(End::Rst)),
    ];
    assert_eq!(said, [(1, from_one), (2, from_two)]);
}

#[test]
#[cfg(unix)]
fn the_file_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tapped.json");
    TappedFile::create(&path).unwrap();
    let mode = fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn an_existing_file_is_not_overwritten() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let error = TappedFile::create(file.path()).unwrap_err().to_string();
    assert!(error.contains("exists and is not overwritten"), "{error}");
}

#[test]
fn a_connection_is_saved_up_to_the_limits() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tapped.json");
    let file = TappedFile::create(&path).unwrap();

    let mut long = file.connection(1);
    let half = bytes(&vec![b'x'; MAX_BYTES / 2]);
    for is_cut in [false, false, true] {
        long.save(Side::Client, &half).unwrap();
        assert_eq!(long.is_cut(), is_cut);
    }
    // Without what came before it, an end would be a lie.
    long.save(Side::Client, &Said::End(End::Fin)).unwrap();

    let mut restless = file.connection(2);
    for _ in 0..=MAX_EVENTS {
        restless.save(Side::Server, &bytes(b"x")).unwrap();
    }
    let mut late = file.connection(MAX_CONNECTIONS + 1);
    late.save(Side::Server, &bytes(b"x")).unwrap();
    assert!(restless.is_cut() && late.is_cut());

    let connections = read(&path).unwrap().connections;
    let events: Vec<_> = connections.iter().map(|one| one.events.len()).collect();
    assert_eq!(events, [2, MAX_EVENTS]);
}

#[test]
fn a_file_that_no_tap_wrote_is_refused_in_one_line() {
    let hi = r#"{"connection":1,"micros":5,"from":"client","bytes":"6869"}"#;
    let event = |rest: &str| format!(r#"{{"connection":1,"micros":5,"from":{rest}}}"#);
    let fin = event(r#""client","end":"FIN""#);
    let rst = event(r#""server","end":"RST""#);
    for (text, expected) in [
        (String::new(), "it holds no conversation"),
        ("\n".into(), "line 1: no event of a tapped conversation"),
        (format!("{hi}\nhi\n"), "line 2: no event"),
        (hi[..30].into(), "line 1: no event"),
        (hi.replace('5', "-5"), "line 1: no event"),
        (hi.replace(":1", ":0"), "connection 0 is not one of 1 to"),
        (hi.replace(":1", ":101"), "connection 101 is not one of"),
        (hi.replace("6869", "686"), "bytes: not hexadecimal"),
        (hi.replace("6869", ""), "either bytes"),
        (event(r#""client""#), "either bytes"),
        (
            event(r#""client","bytes":"68","end":"FIN""#),
            "either bytes",
        ),
        (event(r#""nobody","end":"FIN""#), "unknown variant `nobody`"),
        (
            format!("{hi}\n{}", hi.replace('5', "4")),
            "line 2: connection 1: this happened before",
        ),
        (format!("{fin}\n{hi}"), "nothing but a RST follows the FIN"),
        (format!("{fin}\n{fin}"), "nothing but a RST follows the FIN"),
        (format!("{rst}\n{hi}"), "nothing follows a RST"),
        (
            hi.replace("from", "\\u001b[2J"),
            "unknown field `\u{FFFD}[2J`",
        ),
        ("x".repeat(3 * MAX_BYTES), "it is longer than"),
    ] {
        let error = refused(&text);
        let start: String = text.chars().take(200).collect();
        assert!(error.contains(expected), "{start}: {error}");
        assert!(!error.contains(char::is_control), "{start}: {error}");
    }
}

#[test]
fn more_than_is_kept_is_refused() {
    let event = |length: usize| {
        let hex = "00".repeat(length);
        format!(r#"{{"connection":1,"micros":5,"from":"client","bytes":"{hex}"}}"#)
    };
    let error = refused(&format!("{}\n{}", event(MAX_BYTES), event(1)));
    assert!(error.starts_with("line 2: connection 1 has more than"));
    let error = refused(&format!("{}\n", event(1)).repeat(MAX_EVENTS + 1));
    assert!(error.starts_with("line 10001: connection 1 has more than"));
}
