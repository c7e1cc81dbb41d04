//! The listening sockets.

use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs as _};
use std::str::FromStr;

use listeners::Protocol;
use socket2::{Domain, SockRef, Socket, Type};
use tokio::net::TcpListener;

/// Number of connections that the kernel may complete before the server accepts them. The system's
/// own limit (`net.core.somaxconn` on Linux) may lower it.
pub(crate) const BACKLOG: i32 = 4096;

/// Number of attempts to find a port that is free at all addresses of a host.
const ATTEMPTS: u32 = 20;

/// The backlog of `server.java`: the default of `java.net.ServerSocket`.
const JAVA_BACKLOG: i32 = 50;

/// An address to listen on, written `HOST:PORT`.
///
/// An IPv6 address stands in brackets: `[::1]:666`. The host `localhost` means both loopback
/// addresses, 127.0.0.1 and ::1. Port 0 is any free port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListenAddr {
    host: String,
    port: u16,
}

/// The lab's port.
const PORT: u16 = 666;

/// Port 666 on both loopback addresses.
impl Default for ListenAddr {
    fn default() -> Self {
        Self {
            host: "localhost".into(),
            port: PORT,
        }
    }
}

/// The error of a text that is not a [`ListenAddr`].
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseListenAddrError {
    /// No host, no colon or no port.
    #[error("expected HOST:PORT, such as localhost:666 or [::]:666")]
    Shape,
    /// Digits only.
    #[error("that is a port without a host; write localhost:{0}, or [::]:{0} for all addresses")]
    OnlyPort(String),
    /// The port is not a number from 0 to 65535.
    #[error("port {0:?} is not a number from 0 to 65535")]
    Port(String),
}

/// The error of [`bind`] and [`bind_as_java`], which leave no socket open when they fail.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    /// The name has no address.
    #[error(
        "cannot listen on {addr}: name not found; check it, or give an IP address such as 127.0.0.1"
    )]
    Resolve {
        /// The address as it was given.
        addr: ListenAddr,
        /// The error of the resolver.
        source: io::Error,
    },
    /// This user may not listen on a port so low.
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
        /// The address and port.
        addr: SocketAddr,
        /// The holder of the port, such as ` by java (process 4711)`, where the system tells.
        holder: Option<String>,
    },
    /// No interface has the address.
    #[error("cannot listen on {0}: this machine has no such address; [::] means all that it has")]
    NotHere(SocketAddr),
    /// Any other error.
    #[error("cannot listen on {addr}")]
    Io {
        /// The address and port.
        addr: SocketAddr,
        /// The error of the system.
        source: io::Error,
    },
}

/// Opens a listening socket for every address of every host in `addrs`, with a backlog of 4096.
///
/// - `[::]` accepts IPv4 too, whatever the system's default is, as `java.net.ServerSocket` does.
/// - If the system lacks one of the two addresses of `localhost`, the other one suffices.
/// - For no address at all, no socket is opened.
///
/// Must be called within a tokio runtime.
///
/// # Errors
///
/// [`ListenError`] of the first address that cannot be listened on. Then no socket stays open.
pub fn bind(addrs: &[ListenAddr]) -> Result<Vec<TcpListener>, ListenError> {
    let listeners = listen_on_all(addrs, BACKLOG)?.into_iter();
    let adopted = listeners.map(|(addr, socket)| {
        adopt(socket.into()).map_err(|source| ListenError::Io { addr, source })
    });
    adopted.collect()
}

/// Opens listening sockets as `server.java` does: with a backlog of 50 and Java's socket options.
/// If `addrs` is empty, opens one socket on port 666 of every address of the machine.
///
/// Must be called within a tokio runtime.
///
/// # Errors
///
/// [`ListenError`] of the first address that cannot be listened on. Then no socket stays open.
pub fn bind_as_java(addrs: &[ListenAddr]) -> Result<Vec<TcpListener>, ListenError> {
    let sockets = if addrs.is_empty() {
        vec![listen_everywhere(PORT, has_ipv6())?]
    } else {
        listen_on_all(addrs, JAVA_BACKLOG)?
    };
    let listeners = sockets.into_iter().map(|(addr, socket)| {
        let listener = socket.set_nonblocking(true);
        let listener = listener.and_then(|()| TcpListener::from_std(socket.into()));
        listener.map_err(|source| ListenError::Io { addr, source })
    });
    listeners.collect()
}

fn listen_everywhere(port: u16, ipv6: bool) -> Result<(SocketAddr, Socket), ListenError> {
    let ip: IpAddr = if ipv6 {
        Ipv6Addr::UNSPECIFIED.into()
    } else {
        Ipv4Addr::UNSPECIFIED.into()
    };
    let addr = SocketAddr::new(ip, port);
    match listen(addr, JAVA_BACKLOG) {
        Ok(socket) => Ok((addr, socket)),
        Err(source) if ipv6 && is_missing(&source) => listen_everywhere(port, false),
        Err(source) => Err(ListenError::of(addr, source)),
    }
}

/// Returns whether the JDK would use IPv6: on Linux, if any interface has an IPv6 address.
fn has_ipv6() -> bool {
    std::fs::read("/proc/net/if_inet6").map_or(true, |addrs| !addrs.is_empty())
}

fn listen_on_all(
    addrs: &[ListenAddr],
    backlog: i32,
) -> Result<Vec<(SocketAddr, Socket)>, ListenError> {
    let mut listeners = Vec::new();
    for addr in addrs {
        let resolved = addr.resolve()?;
        let mut attempts = 1..ATTEMPTS;
        listeners.extend(loop {
            match listen_on_each(&resolved, backlog) {
                // Another program has the port that was free at the first address.
                Err(ListenError::Taken { .. }) if addr.port == 0 && attempts.next().is_some() => {}
                listening => break listening?,
            }
        });
    }
    Ok(listeners)
}

/// Listens on all addresses of one host. If they have port 0, they get the same free port.
fn listen_on_each(
    addrs: &[SocketAddr],
    backlog: i32,
) -> Result<Vec<(SocketAddr, Socket)>, ListenError> {
    let mut listeners = Vec::new();
    let mut missing = None;
    let mut free_port = None;
    for &(mut addr) in addrs {
        addr.set_port(free_port.unwrap_or(addr.port()));
        match listen(addr, backlog) {
            Ok(listener) => {
                let local = listener
                    .local_addr()
                    .ok()
                    .and_then(|local| local.as_socket());
                free_port = local.map(|local| local.port());
                listeners.push((addr, listener));
            }
            Err(source) if addrs.len() > 1 && is_missing(&source) => {
                missing = Some(ListenError::of(addr, source));
            }
            Err(source) => return Err(ListenError::of(addr, source)),
        }
    }
    match missing {
        Some(error) if listeners.is_empty() => Err(error),
        _ => Ok(listeners),
    }
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

/// Makes a listener of a socket that listens already, such as one that systemd passed. Its backlog
/// becomes 4096.
///
/// Must be called within a tokio runtime.
///
/// # Errors
///
/// The system refuses an option of the socket.
pub fn adopt(listener: std::net::TcpListener) -> io::Result<TcpListener> {
    listener.set_nonblocking(true)?;
    let socket = SockRef::from(&listener);
    // A server that had the socket before may have set the backlog to 0 when it stopped.
    socket.listen(BACKLOG)?;
    // Accepted sockets inherit the option, which saves a system call for each.
    socket.set_tcp_nodelay(true)?;
    TcpListener::from_std(listener)
}

fn listen(addr: SocketAddr, backlog: i32) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(addr), Type::STREAM, None)?;
    if addr.ip() == IpAddr::V6(Ipv6Addr::UNSPECIFIED) {
        socket.set_only_v6(false)?;
    }
    // On Windows the option would let a second server take the port.
    if cfg!(not(windows)) {
        socket.set_reuse_address(true)?;
    }
    socket.bind(&addr.into())?;
    socket.listen(backlog)?;
    Ok(socket)
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
        if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(ParseListenAddrError::OnlyPort(text.into()));
        }
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

#[cfg(test)]
mod tests {
    use std::net::TcpStream;

    use super::*;

    #[test]
    fn as_java_one_socket_takes_ipv4_and_ipv6() {
        let (_, socket) = listen_everywhere(0, true).unwrap();
        let addr = socket.local_addr().unwrap().as_socket().unwrap();
        if addr.is_ipv6() {
            assert!(!socket.only_v6().unwrap());
            TcpStream::connect((Ipv6Addr::LOCALHOST, addr.port())).unwrap();
        }
        TcpStream::connect((Ipv4Addr::LOCALHOST, addr.port())).unwrap();
        assert_eq!(socket.reuse_address().unwrap(), cfg!(not(windows)));
    }

    #[test]
    fn as_java_a_machine_without_ipv6_is_listened_on_with_ipv4() {
        let (addr, socket) = listen_everywhere(0, false).unwrap();
        assert_eq!(addr.ip(), Ipv4Addr::UNSPECIFIED);
        let addr = socket.local_addr().unwrap().as_socket().unwrap();
        TcpStream::connect((Ipv4Addr::LOCALHOST, addr.port())).unwrap();
    }
}
