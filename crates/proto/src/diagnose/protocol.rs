//! Protocols that are recognised by their first bytes.

use alloc::string::String;

use super::cause::Cause;
use super::text::is_text;

/// First bytes that no other protocol sends, nor a Java peer but for a chance of one in a million.
const OPENERS: [(&[u8], &str); 28] = [
    (b"JRMI\0", "Java RMI (JRMP)"),
    (b"JDWP-Handshake", "a Java debugger (JDWP)"),
    (b"\x1F\x8B\x08", "gzip data"),
    (b"PK\x03\x04", "a ZIP or JAR file"),
    (b"\xCA\xFE\xBA\xBE\0", "a Java class file"),
    (b"PRI * HTTP/2.0\r\n", "an HTTP/2 client"),
    (b"SIP/2.0 ", "SIP"),
    (b"RTSP/1.0 ", "RTSP"),
    (b"AMQP\0", "AMQP"),
    (b"AMQP\x01", "AMQP"),
    (b"AMQP\x02", "AMQP"),
    (b"AMQP\x03", "AMQP"),
    (b"INFO {", "a NATS server"),
    (b"CONNECT {", "a NATS client"),
    (b"CONNECT\n", "STOMP"),
    (b"STOMP\n", "STOMP"),
    (b"EHLO ", "an SMTP client"),
    (b"HELO ", "an SMTP client"),
    (b"* OK ", "an IMAP server"),
    (b"+OK ", "a POP3 server"),
    (b"+OK\r\n", "a Redis server"),
    (b"+PONG\r\n", "a Redis server"),
    (b"RFB 003.", "a VNC server"),
    (b"\x13BitTorrent protocol", "BitTorrent"),
    (b"PROXY TCP", "a proxy with its PROXY protocol"),
    (b"PROXY UNKNOWN", "a proxy with its PROXY protocol"),
    (b"\r\n\r\n\0\r\nQUIT\n", "a proxy with its PROXY protocol"),
    (b"\0\0\0\x08\x04\xD2\x16\x2F", "a PostgreSQL client"),
];

/// Recognises a protocol by its first bytes.
pub(super) fn protocol(seen: &[u8]) -> Option<Cause> {
    let opener = OPENERS.iter().find(|(start, _)| seen.starts_with(start));
    let name = opener.map(|(_, name)| *name);
    name.or_else(|| binary(seen))
        .or_else(|| text(seen))
        .map(Cause::Protocol)
        .or_else(|| match seen {
            [0xAC, 0xED, 0x00, 0x05, ..] => Some(Cause::ObjectStream),
            // A TLS record: a handshake, version 3.x, and inside it a ClientHello or ServerHello.
            [0x16, 0x03, 0..=4] | [0x16, 0x03, 0..=4, 0..=0x40] => Some(Cause::Tls),
            [0x16, 0x03, 0..=4, 0..=0x40, _] => Some(Cause::Tls),
            [0x16, 0x03, 0..=4, 0..=0x40, _, 1 | 2, ..] => Some(Cause::Tls),
            _ if seen.starts_with(b"SSH-") => Some(Cause::Ssh),
            _ if is_http(seen) => Some(Cause::Http),
            _ => None,
        })
}

/// Recognises a binary protocol with a length or flags among its first bytes.
fn binary(seen: &[u8]) -> Option<&'static str> {
    match seen {
        [0x10, _, 0, 4, b'M', b'Q', b'T', b'T', ..]
        | [0x10, _, _, 0, 4, b'M', b'Q', b'T', b'T', ..]
        | [0x10, _, 0, 6, b'M', b'Q', b'I', b's', b'd', b'p', ..] => Some("an MQTT client"),
        [0, 0, _, _, 0, 3, 0, 0, rest @ ..] if rest.starts_with(b"user\0") => {
            Some("a PostgreSQL client")
        }
        [0, _, _, _, 0xFE | 0xFF, b'S', b'M', b'B', ..] => Some("SMB"),
        [_, _, 0, 0, 10, b'5'..=b'9', b'.', ..] => Some("a MySQL server"),
        [_, _, _, 0, _, _, _, _, 0, 0, 0, 0, 0xD4 | 0xDD, 7, 0, 0, ..] => Some("a MongoDB client"),
        [3, 0, 0, _, _, 0xE0, 0, 0, ..] => Some("a remote desktop client (RDP)"),
        [0x80, 1, 0, 1..=4, 0, 0, ..] => Some("Thrift"),
        _ if is_websocket_text(seen) => Some("WebSocket frames"),
        _ => None,
    }
}

/// Returns whether these are whole WebSocket frames of text, from a client (masked) or a server.
fn is_websocket_text(mut seen: &[u8]) -> bool {
    while let &[0x81, length, ref rest @ ..] = seen {
        let (mask, rest) = match rest.split_first_chunk() {
            Some((mask, rest)) if length >= 0x80 => (*mask, rest),
            _ => ([0; 4], rest),
        };
        let Some((payload, behind)) = rest.split_at_checked((length & 0x7F).into()) else {
            return false;
        };
        let bytes = payload.iter().zip(mask.into_iter().cycle());
        let text = bytes.map(|(byte, mask)| byte ^ mask).collect();
        let is_payload =
            String::from_utf8(text).is_ok_and(|text| text.len() > 3 && text.chars().all(is_text));
        if !is_payload || length & 0x7F > 125 {
            return false;
        }
        if behind.is_empty() {
            return true;
        }
        seen = behind;
    }
    false
}

/// Recognises a protocol of lines of text.
fn text(seen: &[u8]) -> Option<&'static str> {
    let line = first_line(seen);
    let has = |word: &str| {
        let mut windows = seen.windows(word.len());
        windows.any(|window| window.eq_ignore_ascii_case(word.as_bytes()))
    };
    if is_http(seen) && has("upgrade: websocket") {
        return Some("a WebSocket handshake");
    }
    match line {
        [b'*', b'1'..=b'9', ..] if is_redis_array(seen) => Some("a Redis client"),
        [b'2', b'2', b'0', b' ' | b'-', ..] if has("SMTP") => Some("an SMTP server"),
        [b'2', b'2', b'0', b' ' | b'-', ..] if has("FTP") => Some("an FTP server"),
        [b'2', b'2', b'0', b' ' | b'-', ..] if seen.ends_with(b"\n") => {
            Some("an SMTP or FTP server")
        }
        _ if line.ends_with(b" SIP/2.0") => Some("SIP"),
        _ if line.ends_with(b" RTSP/1.0") => Some("RTSP"),
        _ => None,
    }
}

/// Returns the first line without its end. It may be incomplete.
fn first_line(seen: &[u8]) -> &[u8] {
    let line = seen.split(|&byte| byte == b'\n').next();
    line.unwrap_or_default().trim_ascii_end()
}

fn is_redis_array(seen: &[u8]) -> bool {
    let mut lines = seen.split(|&byte| byte == b'\n');
    let is_count = |line: &[u8], mark: u8| match line {
        [first, digits @ .., b'\r'] => {
            *first == mark && !digits.is_empty() && digits.iter().all(u8::is_ascii_digit)
        }
        _ => false,
    };
    lines.next().is_some_and(|line| is_count(line, b'*'))
        && lines.next().is_some_and(|line| is_count(line, b'$'))
}

fn is_http(seen: &[u8]) -> bool {
    let line = first_line(seen);
    let is_whole = line.len() < seen.len();
    let mut words = line.splitn(3, |&byte| byte == b' ');
    let (method, target, version) = (words.next(), words.next(), words.next());
    let is_method = method.is_some_and(|method| {
        method.len() >= 3
            && method
                .iter()
                .all(|&byte| byte.is_ascii_uppercase() || byte == b'-')
    });
    let is_path =
        target.is_some_and(|target| target.starts_with(b"/") || target.starts_with(b"http://"));
    match version {
        _ if line.starts_with(b"HTTP/1.") => true,
        Some(version) if is_whole => is_method && version.starts_with(b"HTTP/"),
        Some(version) => {
            is_method && (version.starts_with(b"HTTP") || is_path && version.is_empty())
        }
        None => is_path && [&b"GET"[..], b"HEAD", b"POST"].contains(&method.unwrap_or_default()),
    }
}
