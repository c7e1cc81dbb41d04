//! The line in which a proxy tells the address of its client: version 1 of the PROXY protocol.
//!
//! For example, stunnel begins a connection for a client at 203.0.113.7 with
//!
//! ```text
//! PROXY TCP4 203.0.113.7 192.0.2.1 51234 6666
//! ```
//!
//! and sends the client's bytes behind it.

use std::io;
use std::net::{IpAddr, SocketAddr};

use tokio::io::{AsyncRead, AsyncReadExt as _};

/// Number of bytes of the longest line, its end included.
const MAX_LINE: usize = 107;

/// The first bytes of a connection through a proxy that speaks version 2.
const VERSION_2: &[u8] = b"\r\n\r\n\0\r\nQUIT\n";

/// The error of a connection that does not begin with such a line.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ProxyError {
    #[error("no line of a proxy (--proxy-protocol) came in time")]
    Late,
    #[error("it does not begin with a line of a proxy (--proxy-protocol)")]
    NoLine,
    #[error("the proxy speaks version 2 of its protocol; configure version 1 (--proxy-protocol)")]
    Version2,
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// Reads the line and no byte behind it. Returns the client's address, or `None` if the proxy does not know it.
pub(crate) async fn client_address(
    stream: &mut (impl AsyncRead + Unpin),
) -> Result<Option<SocketAddr>, ProxyError> {
    let mut line = Vec::new();
    while !line.starts_with(b"PROXY ") || !line.ends_with(b"\r\n") {
        let may_be_version_1 = b"PROXY ".starts_with(&line[..line.len().min(6)]);
        if line.len() == MAX_LINE || !may_be_version_1 && !VERSION_2.starts_with(&line) {
            return Err(ProxyError::NoLine);
        }
        if line == VERSION_2 {
            return Err(ProxyError::Version2);
        }
        match stream.read_u8().await {
            Ok(byte) => line.push(byte),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                return Err(ProxyError::NoLine);
            }
            Err(error) => return Err(error.into()),
        }
    }
    let line = str::from_utf8(&line).map_err(|_| ProxyError::NoLine)?;
    let words: Vec<&str> = line.trim_end().split(' ').collect();
    match words[..] {
        ["PROXY", "UNKNOWN", ..] => Ok(None),
        ["PROXY", "TCP4" | "TCP6", source, _, port, _] => match (source.parse(), port.parse()) {
            (Ok(ip), Ok(port)) => Ok(Some(SocketAddr::new(IpAddr::to_canonical(&ip), port))),
            _ => Err(ProxyError::NoLine),
        },
        _ => Err(ProxyError::NoLine),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_client_s_address_is_read_and_no_byte_behind_it() {
        for (line, address) in [
            (
                "PROXY TCP4 203.0.113.7 192.0.2.1 51234 6666\r\n",
                Some("203.0.113.7:51234"),
            ),
            (
                "PROXY TCP6 2001:db8::7 ::1 51234 6666\r\n",
                Some("[2001:db8::7]:51234"),
            ),
            (
                "PROXY TCP6 ::ffff:203.0.113.7 ::1 1 2\r\n",
                Some("203.0.113.7:1"),
            ),
            ("PROXY UNKNOWN\r\n", None),
            ("PROXY UNKNOWN a b c\r\n", None),
        ] {
            let text = format!("{line}\0\x02hi");
            let mut stream = text.as_bytes();
            let found = client_address(&mut stream).await.unwrap();
            assert_eq!(found.map(|address| address.to_string()).as_deref(), address);
            assert_eq!(stream, b"\0\x02hi");
        }
    }

    #[tokio::test]
    async fn anything_else_is_refused_at_its_first_wrong_byte() {
        for bytes in [
            &b"\0\x02hi"[..],
            b"",
            b"PROXY TCP4 1.2",
            b"PROXX",
            b"\r\n\r\n\0\r\nQUIX",
            b"\r\nPROXY UNKNOWN\r\n",
            b"PROXY\r\n",
            b"PROXY \r\n",
            b"PROXY TCP4 1.2.3.4 5.6.7.8 1 2 3\r\n",
            b"PROXY TCP4 \xFF 5.6.7.8 1 2\r\n",
            b"PROXY TCP4 1.2.3.4 5.6.7.8 1\r\n",
            b"PROXY TCP4 1.2.3 5.6.7.8 1 2\r\n",
            b"PROXY TCP4 1.2.3.4 5.6.7.8 70000 2\r\n",
            b"PROXY UDP4 1.2.3.4 5.6.7.8 1 2\r\n",
            &[b"PROXY UNKNOWN", &[b'x'; 200][..]].concat(),
        ] {
            let refused = client_address(&mut &bytes[..]).await;
            assert!(matches!(refused, Err(ProxyError::NoLine)), "{refused:?}");
        }
    }
}
