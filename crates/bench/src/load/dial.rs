//! Connections to a server on loopback, tens of thousands at a time.

use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, TcpStream};
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::{Context, Result};
use nix::sys::socket::{setsockopt, sockopt};
use socket2::{Domain, Socket, Type};

/// Number of connections so far, which determines the source address of the next.
static DIALLED: AtomicU32 = AtomicU32::new(0);

/// Connects to `address` from one of many loopback addresses, because one has too few ports.
pub(crate) fn dial(address: SocketAddr) -> Result<TcpStream> {
    // An address has 28,000 ports; after a thousand connections the next address is used.
    let source = DIALLED.fetch_add(1, Ordering::Relaxed) / 1000;
    dial_from(loopback(source), address)
}

/// Connects to `address` from `source`.
pub(crate) fn dial_from(source: Ipv4Addr, address: SocketAddr) -> Result<TcpStream> {
    let try_it = || -> std::io::Result<TcpStream> {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
        setsockopt(&socket, sockopt::IpBindAddressNoPort, &true)?;
        socket.set_tcp_nodelay(true)?;
        socket.bind(&SocketAddrV4::new(source, 0).into())?;
        socket.connect(&address.into())?;
        Ok(socket.into())
    };
    try_it().with_context(|| format!("cannot connect from {source} to {address}"))
}

/// Returns the `n`th of 62,500 loopback addresses.
fn loopback(n: u32) -> Ipv4Addr {
    let (high, low) = (n / 250 % 250, n % 250);
    Ipv4Addr::new(127, 1, high as u8, low as u8 + 1)
}
