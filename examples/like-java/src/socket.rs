//! Sockets as `java.net` opens and closes them.

use std::io;
use std::net::{
    Ipv4Addr, Ipv6Addr, Shutdown, SocketAddr, TcpListener, TcpStream, ToSocketAddrs as _,
};
use std::ops::Deref;

use socket2::{Domain, Type};

/// A connection that ends as with `java.net.Socket.close`: first the FIN, then the close. If bytes are unread by
/// then, the kernel sends a RST behind the FIN.
pub struct Socket(TcpStream);

impl From<TcpStream> for Socket {
    fn from(stream: TcpStream) -> Self {
        Self(stream)
    }
}

impl Deref for Socket {
    type Target = TcpStream;

    fn deref(&self) -> &TcpStream {
        &self.0
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        let _ = self.0.shutdown(Shutdown::Write);
    }
}

/// Connects to the first address of `host`, IPv4 before IPv6, as `new Socket(host, port)` does.
///
/// # Errors
///
/// The host has no address ([`io::ErrorKind::NotFound`] or the resolver's error), or the first one refuses.
pub fn connect(host: &str, port: u16) -> io::Result<Socket> {
    let addresses = (host, port).to_socket_addrs()?;
    let first = addresses.min_by_key(SocketAddr::is_ipv6);
    Ok(TcpStream::connect(first.ok_or(io::ErrorKind::NotFound)?)?.into())
}

/// Listens on `port` of every address, IPv6 and IPv4, with a backlog of 50, as `new ServerSocket(port)` does.
/// Without IPv6 on this machine, on IPv4 alone.
///
/// # Errors
///
/// The port is taken or not allowed.
pub fn listen(port: u16) -> io::Result<TcpListener> {
    let everywhere = (Ipv6Addr::UNSPECIFIED, port).into();
    listen_on(everywhere).or_else(|error| match error.kind() {
        io::ErrorKind::AddrNotAvailable | io::ErrorKind::Unsupported => {
            listen_on((Ipv4Addr::UNSPECIFIED, port).into())
        }
        _ => Err(error),
    })
}

fn listen_on(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = socket2::Socket::new(Domain::for_address(address), Type::STREAM, None)?;
    if address.is_ipv6() {
        socket.set_only_v6(false)?;
    }
    socket.set_reuse_address(true)?;
    socket.bind(&address.into())?;
    socket.listen(50)?;
    Ok(socket.into())
}
