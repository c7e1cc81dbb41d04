//! Openers of real protocols and texts in real encodings, each with the right answer or none.

use hellohi_proto::{
    Cause, DataOutput as _, JavaStr, Reading, StreamState, diagnose, split_frame, write_utf,
};

/// Texts with the encodings that they are read in, encoded by a JVM.
const ENCODINGS: &str = include_str!("../vectors/encodings.tsv");

/// The first bytes of a peer, and what its diagnosis says.
const OPENERS: [(&[u8], &str); 76] = [
    // Java.
    (b"\xAC\xED\0\x05t\0\x05hello", "a Java ObjectOutputStream"),
    (b"JRMI\0\x02K", "Java RMI"),
    (b"JDWP-Handshake", "a Java debugger"),
    (b"\0h\0e\0l\0l\0o", "writeChars"),
    (b"\0H\0i\0\n", "writeChars"),
    (b"\0\0\0\x05hello", "a 4-byte length prefix (writeInt 5)?"),
    (
        b"\0\0\0\x05hello\0\0\0\x02hi",
        "a 4-byte length prefix (writeInt 5)?",
    ),
    (
        b"\0\0\0\x02\0h\0i",
        "a 4-byte count of characters (writeInt 2)",
    ),
    (
        b"\0\0\0\x02\x4F\x60\x59\x7D",
        "a 4-byte count of characters (writeInt 2)",
    ),
    (b"\0\0\0\x01\0\0\0\x02\0\0\0\x03", "integers of 4 bytes"),
    (b"\x05\0hello", "byte-swapped length? 1280 would be 5"),
    (b"\0\x04\xF0\x9F\x98\x80", "standard UTF-8 (U+1F600"),
    (
        b"\0\x02\xE4\xBD\xA0\xE5\xA5\xBD",
        "the length 2 counts characters",
    ),
    (
        b"\0\x02\xE4\xBD\xA0a\0\x02hi",
        "the length 2 counts characters",
    ),
    (b"\0\x04\xC4\xE3\xBA\xC3", "the bytes read as GBK: 你好"),
    (b"\0\x06M\xFCller", "the bytes read as Latin-1: Müller"),
    (b"\0\x06\xFE\xFF\0h\0i", "the bytes read as UTF-16BE: hi"),
    (b"\0\x09\xCC\xED\xD9\xD2\xD2\xC7\xBD\xD7\xCE", ""),
    // Other protocols.
    (
        b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "an HTTP client",
    ),
    (b"GET /", "an HTTP client"),
    (b"OPTIONS * HTTP/1.1\r\n", "an HTTP client"),
    (b"CONNECT example.org:443 HTTP/1.1\r\n", "an HTTP client"),
    (b"PROPFIND /dav/ HTTP/1.1\r\n", "an HTTP client"),
    (b"HTTP/1.1 400 Bad Request\r\n\r\n", "an HTTP"),
    (
        b"GET /chat HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
        "a WebSocket handshake",
    ),
    (
        b"\x81\x85\x37\xFA\x21\x3D\x7F\x9F\x4D\x51\x58",
        "WebSocket frames",
    ),
    (b"\x81\x05Hello", "WebSocket frames"),
    (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "an HTTP/2 client"),
    (b"OPTIONS sip:carol@example.org SIP/2.0\r\n", "SIP"),
    (b"SIP/2.0 200 OK\r\n", "SIP"),
    (
        b"OPTIONS rtsp://example.org/media RTSP/1.0\r\nCSeq: 1\r\n",
        "RTSP",
    ),
    (b"CONNECT {\"verbose\":false}\r\n", "a NATS client"),
    (b"INFO {\"server_id\":\"A\"}\r\n", "a NATS server"),
    (b"*1\r\n$4\r\nPING\r\n", "a Redis client"),
    (b"+PONG\r\n", "a Redis server"),
    (b"220 mail.example.org ESMTP Postfix\r\n", "an SMTP server"),
    (b"220 (vsFTPd 3.0.5)\r\n", "an FTP server"),
    (b"220 welcome\r\n", "an SMTP or FTP server"),
    (b"EHLO localhost\r\n", "an SMTP client"),
    (b"* OK [CAPABILITY IMAP4rev1] ready\r\n", "an IMAP server"),
    (b"+OK POP3 ready\r\n", "a POP3 server"),
    (b"\x10\x0C\0\x04MQTT\x04\x02\0\x3C\0\0", "an MQTT client"),
    (b"AMQP\0\0\x09\x01", "AMQP"),
    (b"AMQP\0\x01\0\0", "AMQP"),
    (b"\0\0\0\x08\x04\xD2\x16\x2F", "a PostgreSQL client"),
    (b"\0\0\0\x13\0\x03\0\0user\0root\0\0", "a PostgreSQL client"),
    (b"\x4A\0\0\0\x0A8.0.36\0\x08\0\0\0", "a MySQL server"),
    (
        b"\x3A\0\0\0\x01\0\0\0\0\0\0\0\xD4\x07\0\0\0\0\0\0admin.$cmd\0",
        "a MongoDB client",
    ),
    (
        b"\x03\0\0\x13\x0E\xE0\0\0\0\0\0\x01\0\x08\0\x03\0\0\0",
        "RDP",
    ),
    (b"\0\0\0\x45\xFFSMB\x72", "SMB"),
    (b"\x80\x01\0\x01\0\0\0\x04ping\0\0\0\x01\0", "Thrift"),
    (b"\x13BitTorrent protocol\0\0\0\0\0\0\0\0", "BitTorrent"),
    (b"PROXY TCP4 127.0.0.1 127.0.0.1 4000 80\r\n", "PROXY"),
    (b"RFB 003.008\n", "VNC"),
    (b"SSH-2.0-OpenSSH_9.6\r\n", "an SSH peer"),
    (
        b"\x16\x03\x01\x02\0\x01\0\x01\xFC\x03\x03",
        "a TLS handshake",
    ),
    (b"\x16\x03\x03\0\x7A\x02\0\0\x76\x03\x03", "a TLS handshake"),
    (b"\x1F\x8B\x08\0\0\0\0\0\0\xFF", "gzip"),
    (b"PK\x03\x04\x14\0\x08\0", "a ZIP or JAR file"),
    (b"\xCA\xFE\xBA\xBE\0\0\0\x45", "a Java class file"),
    // Text.
    (b"hello\n", "the length 26725 is the ASCII text \"he\""),
    (b"hi\n", "the length 26729 is the ASCII text \"hi\""),
    (b"{\"id\":1}\n", "ASCII text \"{\\\""),
    (
        "你好\n".as_bytes(),
        "the length 58557 is the UTF-8 text \"你\"",
    ),
    ("你好".as_bytes(), "UTF-8 text"),
    ("\u{FEFF}hello\n".as_bytes(), "UTF-8 text \"h\""),
    (
        b"\xC4\xE3\xBA\xC3\n",
        "the length 50403 is the GBK text \"你\"",
    ),
    (b"h\0e\0l\0l\0o\0\n\0", "UTF-16LE text"),
    (b"\xFF\xFEh\0i\0", "UTF-16LE text"),
    // Nothing fits.
    (b"\x05\x01\0", ""),
    (b"\x30\x0C\x02\x01\x01\x60\x07\x02\x01\x03\x04\0\x80\0", ""),
    (b"\0\0\0\0", ""),
    (b"\x89PNG\r\n\x1A\n", ""),
    (b"\xFF\xFD\x18\xFF\xFD\x20\xFF\xFD\x23", ""),
    (b"\0\x01\0\0\x21\x12\xA4\x42", ""),
    (b"\x12\x01\0\x2F\0\0\x01\0", ""),
];

#[test]
fn every_opener_is_named_or_unknown() {
    for (seen, expected) in OPENERS {
        let cause = diagnose(seen, StreamState::Open).map(|cause| cause.to_string());
        let shown = cause.unwrap_or_default();
        let fits = shown.contains(&expected.replace('\\', ""));
        let is_right = fits && shown.is_empty() == expected.is_empty();
        assert!(is_right, "{:?}: {shown}", seen.escape_ascii().to_string());
    }
}

#[test]
fn every_text_is_read_in_its_encoding_or_unknown() {
    for line in ENCODINGS.lines().filter(|line| !line.starts_with('#')) {
        let [_, read_as, hex, text] = line.split('\t').collect::<Vec<_>>()[..] else {
            panic!("not four columns: {line}");
        };
        let body: Vec<u8> = (0..hex.len() / 2)
            .map(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).unwrap())
            .collect();
        let length = u16::try_from(body.len()).unwrap();
        let frame = [&length.to_be_bytes()[..], &body].concat();
        check_readings(&frame, read_as, text, line);
        if !read_as.starts_with("UTF-16") {
            let end = &b"\n"[usize::from(line.starts_with("UTF-16"))..];
            check_readings(&[&body, end].concat(), read_as, text, line);
        }
    }
}

#[track_caller]
fn check_readings(seen: &[u8], read_as: &str, text: &str, line: &str) {
    let readings: Vec<Reading> = match diagnose(seen, StreamState::Open) {
        None => vec![],
        Some(Cause::OtherEncoding { readings, .. } | Cause::PlainText { readings, .. }) => readings,
        Some(cause) => panic!("{cause}: {line}"),
    };
    let names: Vec<&str> = readings.iter().map(|reading| reading.encoding).collect();
    let expected = if read_as == "?" { "" } else { read_as };
    assert_eq!(names.join(" or "), expected, "{line}");
    let is_right = |reading: &Reading| reading.text.trim_end() == text;
    assert!(
        readings.is_empty() || readings.iter().any(is_right),
        "{line}"
    );
}

#[test]
fn two_encodings_are_offered_where_two_fit() {
    // 市扒白旦正件 in Big5.
    let body = b"\xA5\xAB\xA5\xB6\xA5\xD5\xA5\xB9\xA5\xBF\xA5\xF3";
    let cause = diagnose(&[b"\0\x0C", &body[..]].concat(), StreamState::Open).unwrap();
    let shown = cause.to_string();
    assert_eq!(
        shown,
        "the bytes read as Big5: 市扒白旦正件, or as EUC-JP: カザフスタン"
    );
}

#[test]
fn frames_of_java_are_not_diagnosed_wherever_they_are_cut() {
    let mut long = Vec::new();
    for words in [
        "a long line of words and spaces ",
        "行 of words ",
        "Grüße, ",
    ] {
        write_utf(&mut long, words.repeat(65_000 / words.len())).unwrap();
    }
    // 26,725 bytes: its length is the text "he".
    write_utf(&mut long, "hello ".repeat(5000).get(..26_725).unwrap()).unwrap();
    let mut rest = &long[..];
    while let Some((_, behind)) = split_frame(rest) {
        for end in (0..600).chain([1460, 4096, 16_384]) {
            assert_eq!(diagnose(&rest[..end], StreamState::Open), None, "{end}");
        }
        rest = behind;
    }
    let mut stream = Vec::new();
    stream.write_utf("").unwrap();
    stream.write_utf(JavaStr::from_static("hello")).unwrap();
    stream.write_utf("").unwrap();
    for end in 0..stream.len() {
        if end != b"\0\0\0\x05hello".len() {
            assert_eq!(diagnose(&stream[..end], StreamState::Open), None, "{end}");
        }
    }
}

#[test]
fn a_stream_that_ends_inside_a_frame_says_so() {
    for (seen, expected) in [
        (&b"\0\x0Aabc"[..], "closed after 3 of 10 bytes"),
        (
            b"hello",
            "closed after 3 of 26725 bytes, or plain text: \"hello\"",
        ),
    ] {
        assert_eq!(diagnose(seen, StreamState::Open), None);
        let cause = diagnose(seen, StreamState::Ended).unwrap();
        assert_eq!(cause.to_string(), expected);
    }
}
