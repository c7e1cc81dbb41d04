//! The listening sockets.

use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs as _};
use std::str::FromStr;

use listeners::Protocol;
use socket2::{Domain, SockRef, Socket, Type};
use tokio::net::TcpListener;

/// How many connections the kernel may finish before the server accepts them; the system's own
/// limit (`net.core.somaxconn` on Linux) can lower it.
pub(crate) const BACKLOG: i32 = 4096;

/// Where to listen: `HOST:PORT`. The host `localhost` means both loopback addresses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListenAddr {
    host: String,
    port: u16,
}

/// Port 666 on both loopback addresses.
impl Default for ListenAddr {
    fn default() -> Self {
        Self {
            host: "localhost".into(),
            port: 666,
        }
    }
}

/// Why a text is no [`ListenAddr`].
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseListenAddrError {
    /// No host, no colon or no port.
    #[error("expected HOST:PORT, such as localhost:666 or [::]:666")]
    Shape,
    /// The port is not a number from 0 to 65535.
    #[error("port {0:?} is not a number from 0 to 65535")]
    Port(String),
}

/// Why nothing listens; nothing is left open.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    /// The name has no address.
    #[error(
        "cannot listen on {addr}: name not found; an address, such as 127.0.0.1, needs no name"
    )]
    Resolve {
        /// The address as it was given.
        addr: ListenAddr,
        /// What the resolver said.
        source: io::Error,
    },
    /// The port is below the first that this user may listen on.
    #[error(
        "cannot listen on {0}: this user may not use port {port}; allow it with \
         `sudo sysctl net.ipv4.ip_unprivileged_port_start={port}` or choose another port with \
         --listen localhost:6666", port = .0.port()
    )]
    Privileged(SocketAddr),
    /// Another socket listens there.
    #[error(
        "cannot listen on {addr}: the port is taken{}; free it or choose another with --listen \
         localhost:6666", holder.as_deref().unwrap_or_default()
    )]
    Taken {
        /// Where.
        addr: SocketAddr,
        /// Whose it is, such as ` by java (process 4711)`, where that can be seen.
        holder: Option<String>,
    },
    /// No interface has the address.
    #[error("cannot listen on {0}: this machine has no such address; [::] means all it has")]
    NotHere(SocketAddr),
    /// Anything else.
    #[error("cannot listen on {addr}")]
    Io {
        /// Where.
        addr: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
}

/// Listens on every address of every name, or on none.
///
/// `[::]` takes IPv4 too, whatever the system's default, as `java.net.ServerSocket` does. Of the
/// two addresses of `localhost` one may be missing from the system. Must be called within a
/// tokio runtime.
pub fn bind(addrs: &[ListenAddr]) -> Result<Vec<TcpListener>, ListenError> {
    let mut listeners = Vec::new();
    for addr in addrs {
        let resolved = addr.resolve()?;
        let several = resolved.len() > 1;
        let before = listeners.len();
        let mut missing = None;
        for socket in resolved {
            match listen(socket) {
                Ok(listener) => listeners.push(listener),
                Err(source) if several && is_missing(&source) => missing = Some((socket, source)),
                Err(source) => return Err(ListenError::of(socket, source)),
            }
        }
        if let Some((socket, source)) = missing
            && listeners.len() == before
        {
            return Err(ListenError::of(socket, source));
        }
    }
    Ok(listeners)
}

impl ListenAddr {
    fn resolve(&self) -> Result<Vec<SocketAddr>, ListenError> {
        if self.host == "localhost" {
            let loopback: [IpAddr; 2] = [Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()];
            return Ok(loopback.map(|ip| (ip, self.port).into()).to_vec());
        }
        let resolved = (self.host.as_str(), self.port).to_socket_addrs();
        resolved
            .map(Iterator::collect)
            .map_err(|source| ListenError::Resolve {
                addr: self.clone(),
                source,
            })
    }
}

/// Makes a listener of a socket that listens already, such as one that systemd passed.
///
/// Must be called within a tokio runtime.
pub fn adopt(listener: std::net::TcpListener) -> io::Result<TcpListener> {
    listener.set_nonblocking(true)?;
    // Accepted sockets inherit it, which saves a system call for each.
    SockRef::from(&listener).set_tcp_nodelay(true)?;
    TcpListener::from_std(listener)
}

fn listen(addr: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(addr), Type::STREAM, None)?;
    if addr.ip() == IpAddr::V6(Ipv6Addr::UNSPECIFIED) {
        socket.set_only_v6(false)?;
    }
    // On Windows the option would let a second server take the port.
    if cfg!(not(windows)) {
        socket.set_reuse_address(true)?;
    }
    socket.bind(&addr.into())?;
    socket.listen(BACKLOG)?;
    adopt(socket.into())
}

fn is_missing(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::AddrNotAvailable | io::ErrorKind::Unsupported
    )
}

impl ListenError {
    fn of(addr: SocketAddr, source: io::Error) -> Self {
        match source.kind() {
            io::ErrorKind::PermissionDenied => Self::Privileged(addr),
            io::ErrorKind::AddrInUse => Self::Taken {
                addr,
                holder: holder(addr.port()),
            },
            io::ErrorKind::AddrNotAvailable => Self::NotHere(addr),
            _ => Self::Io { addr, source },
        }
    }
}

fn holder(port: u16) -> Option<String> {
    let process = listeners::get_process_by_port(port, Protocol::TCP).ok()?;
    if process.pid == std::process::id() {
        return Some(" by another --listen of this command".into());
    }
    Some(format!(" by {} (process {})", process.name, process.pid))
}

impl FromStr for ListenAddr {
    type Err = ParseListenAddrError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (host, port) = text.rsplit_once(':').ok_or(ParseListenAddrError::Shape)?;
        let bare = host
            .strip_prefix('[')
            .and_then(|host| host.strip_suffix(']'));
        if host.is_empty() || port.is_empty() || (bare.is_none() && host.contains(':')) {
            return Err(ParseListenAddrError::Shape);
        }
        Ok(Self {
            host: bare.unwrap_or(host).into(),
            port: port
                .parse()
                .map_err(|_| ParseListenAddrError::Port(port.into()))?,
        })
    }
}

impl fmt::Display for ListenAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, port } = self;
        if host.contains(':') {
            write!(f, "[{host}]:{port}")
        } else {
            write!(f, "{host}:{port}")
        }
    }
}
