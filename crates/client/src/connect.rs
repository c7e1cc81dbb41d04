//! The address of a server, and the connection to it.
//!
//! For example, `localhost` is parsed as host `localhost` and port 666, and resolved to 127.0.0.1
//! and ::1. `--once` tries the first address only, as Java does; otherwise both are tried in turn.

use std::fmt::{self, Display};
use std::io::{self, ErrorKind};
use std::net::{Ipv6Addr, SocketAddr, TcpStream, ToSocketAddrs};
use std::str::FromStr;
use std::time::Duration;

/// The lab's port.
pub const DEFAULT_PORT: u16 = 666;

/// A server's host and port, written `HOST:PORT`, or `HOST` for port 666. An IPv6 address stands in
/// brackets: `[::1]:666`. The port is 1 to 65535.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    host: String,
    port: u16,
}

/// The error of a text that is not an [`Address`]. Its message shows the right form.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// Digits only. The resolver would take them for an IPv4 address such as 0.0.2.154.
    #[error("that is a port without a host; write localhost:{0}")]
    OnlyPort(String),
    /// No host before the colon.
    #[error("no host before the colon; write localhost:{0}")]
    NoHost(String),
    /// A scheme, a path, or both.
    #[error("that looks like a URL; write only HOST:PORT")]
    Url,
    /// An IPv6 address without brackets.
    #[error("an IPv6 address needs brackets; write [{0}] or [{0}]:666")]
    NoBrackets(String),
    /// More than one colon, and no IPv6 address.
    #[error("there is more than one colon; write HOST:PORT")]
    Colons,
    /// Brackets that do not close, or that hold no IPv6 address.
    #[error("no IPv6 address in the brackets; write for example [::1]:666")]
    Brackets,
    /// Not a number from 1 to 65535.
    #[error("{0:?} is not a port; write a number from 1 to 65535 after the colon")]
    Port(String),
    /// A space, as between a host and a port.
    #[error("there is a space in it; write HOST:PORT")]
    Space,
    /// An empty text.
    #[error("that is empty; write HOST:PORT")]
    Empty,
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        if text.is_empty() {
            return Err(AddressError::Empty);
        }
        if text.contains('/') {
            return Err(AddressError::Url);
        }
        if text.contains(char::is_whitespace) {
            return Err(AddressError::Space);
        }
        if let Some(rest) = text.strip_prefix('[') {
            let (host, port) = rest.split_once(']').ok_or(AddressError::Brackets)?;
            let literal = host
                .split_once('%')
                .map_or(host, |(literal, _zone)| literal);
            literal
                .parse::<Ipv6Addr>()
                .map_err(|_| AddressError::Brackets)?;
            let port = match port.strip_prefix(':') {
                Some(port) => port,
                None if port.is_empty() => return Ok(Self::new(host, DEFAULT_PORT)),
                None => return Err(AddressError::Brackets),
            };
            return Ok(Self::new(host, parse_port(port)?));
        }
        match text.split_once(':') {
            None if text.bytes().all(|byte| byte.is_ascii_digit()) => {
                Err(AddressError::OnlyPort(text.into()))
            }
            None => Ok(Self::new(text, DEFAULT_PORT)),
            Some((_, port)) if port.contains(':') => Err(many_colons(text)),
            Some(("", port)) => Err(AddressError::NoHost(port.into())),
            Some((host, port)) => Ok(Self::new(host, parse_port(port)?)),
        }
    }
}

fn many_colons(text: &str) -> AddressError {
    let (literal, host) = match text.split_once('%') {
        // There may be a port behind the zone.
        Some((literal, zone)) => {
            let zone = zone.split(':').next().unwrap_or_default();
            (literal, format!("{literal}%{zone}"))
        }
        None => (text, text.into()),
    };
    match literal.parse::<Ipv6Addr>() {
        Ok(_) => AddressError::NoBrackets(host),
        Err(_) => AddressError::Colons,
    }
}

fn parse_port(text: &str) -> Result<u16, AddressError> {
    match text.parse() {
        Ok(port) if port != 0 => Ok(port),
        _ => Err(AddressError::Port(text.into())),
    }
}

impl Address {
    fn new(host: &str, port: u16) -> Self {
        Self {
            host: host.into(),
            port,
        }
    }
}

impl Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, port } = self;
        if host.contains(':') {
            write!(f, "[{host}]:{port}")
        } else {
            write!(f, "{host}:{port}")
        }
    }
}

/// The choice of a host's addresses to try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Candidates {
    /// The first one only, as `new Socket(host, port)` does.
    First,
    /// All of them, one after the other, until one accepts.
    All,
}

/// The error of [`connect`].
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The host has no address.
    #[error("cannot find the host of {address}: {source}; check the name, or give an IP address")]
    Resolve {
        /// The address as it was given.
        address: Address,
        /// The error of the resolver.
        source: io::Error,
    },
    /// Nothing listens there.
    #[error(
        "nobody listens on {tried}; start a server there (hellohi-server, or java server), \
         or name another HOST:PORT"
    )]
    Refused {
        /// The addresses that were tried.
        tried: String,
    },
    /// No answer within the timeout of the caller or of the system.
    #[error("no answer from {tried}; check the address and any firewall between")]
    TimedOut {
        /// The addresses that were tried.
        tried: String,
    },
    /// Any other error.
    #[error("cannot connect to {tried}: {source}")]
    Io {
        /// The addresses that were tried.
        tried: String,
        /// The error of the system for the last of them.
        source: io::Error,
    },
}

impl ConnectError {
    /// Returns the error in the words for a client that tries again, which needs no advice.
    pub(crate) fn without_advice(&self) -> String {
        match self {
            Self::Refused { tried } => format!("nobody listens on {tried}"),
            Self::TimedOut { tried } => format!("no answer from {tried}"),
            Self::Resolve { .. } | Self::Io { .. } => self.to_string(),
        }
    }
}

/// Connects to `address`. Returns the connection and the address that accepted it.
///
/// IPv4 addresses are tried before IPv6 addresses, as Java prefers by default. Each attempt may
/// take `timeout`; with `None` the system decides.
///
/// # Errors
///
/// [`ConnectError`] if the host is not found, or the error of the last address that was tried.
pub fn connect(
    address: &Address,
    which: Candidates,
    timeout: Option<Duration>,
) -> Result<(TcpStream, SocketAddr), ConnectError> {
    let mut candidates = resolve(address)?;
    if which == Candidates::First {
        candidates.truncate(1);
    }
    let attempt = |to: &SocketAddr| match timeout {
        Some(timeout) => TcpStream::connect_timeout(to, timeout),
        None => TcpStream::connect(to),
    };
    let mut failure = io::Error::from(ErrorKind::NotFound);
    for &candidate in &candidates {
        match attempt(&candidate) {
            Ok(stream) => return Ok((stream, candidate)),
            Err(error) => failure = error,
        }
    }
    let tried: Vec<_> = candidates.iter().map(ToString::to_string).collect();
    let tried = tried.join(" or ");
    Err(match failure.kind() {
        ErrorKind::ConnectionRefused => ConnectError::Refused { tried },
        ErrorKind::TimedOut => ConnectError::TimedOut { tried },
        _ => ConnectError::Io {
            tried,
            source: failure,
        },
    })
}

fn resolve(address: &Address) -> Result<Vec<SocketAddr>, ConnectError> {
    let found = (address.host.as_str(), address.port).to_socket_addrs();
    let mut candidates: Vec<_> = found
        .map_err(|source| ConnectError::Resolve {
            address: address.clone(),
            source,
        })?
        .collect();
    candidates.sort_by_key(SocketAddr::is_ipv6);
    Ok(candidates)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_tries_again_gets_no_advice() {
        let tried = || "127.0.0.1:666".to_owned();
        for (error, expected) in [
            (
                ConnectError::Refused { tried: tried() },
                "nobody listens on 127.0.0.1:666",
            ),
            (
                ConnectError::TimedOut { tried: tried() },
                "no answer from 127.0.0.1:666",
            ),
        ] {
            assert_eq!(error.without_advice(), expected);
        }
    }

    #[test]
    fn an_address_is_a_host_with_or_without_a_port() {
        for (text, expected) in [
            ("localhost", "localhost:666"),
            ("localhost:7000", "localhost:7000"),
            ("10.0.0.1", "10.0.0.1:666"),
            ("[::1]", "[::1]:666"),
            ("[fe80::1%eth0]:7000", "[fe80::1%eth0]:7000"),
        ] {
            assert_eq!(text.parse::<Address>().unwrap().to_string(), expected);
        }
    }

    #[test]
    fn a_wrong_address_is_answered_with_the_right_form() {
        for (text, expected) in [
            ("", "HOST:PORT"),
            ("7000", "localhost:7000"),
            (":7000", "localhost:7000"),
            ("localhost:", "number from 1 to 65535"),
            ("localhost:0", "number from 1 to 65535"),
            ("localhost:65536", "number from 1 to 65535"),
            ("localhost:http", "number from 1 to 65535"),
            ("http://localhost:7000/", "looks like a URL"),
            ("::1", "[::1]:666"),
            ("fe80::1%eth0", "[fe80::1%eth0]:666"),
            ("fe80::1%eth0:7000", "[fe80::1%eth0]:666"),
            ("localhost 7000", "a space"),
            (" localhost", "a space"),
            ("localhost:7000:7000", "more than one colon"),
            ("[::1", "[::1]:666"),
            ("[::1]7000", "[::1]:666"),
            ("[localhost]:7000", "[::1]:666"),
        ] {
            let error = text.parse::<Address>().unwrap_err().to_string();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }
}
