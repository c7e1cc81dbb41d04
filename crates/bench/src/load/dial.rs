//! Connections to a server on loopback, tens of thousands at a time.

use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, TcpStream};
use std::os::fd::AsRawFd;
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::{Context, Result};
use nix::sys::socket::{
    AddressFamily, SockFlag, SockType, SockaddrStorage, bind, connect, setsockopt, socket, sockopt,
};

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
    let try_it = || -> nix::Result<TcpStream> {
        let fd = socket(
            AddressFamily::Inet,
            SockType::Stream,
            SockFlag::SOCK_CLOEXEC,
            None,
        )?;
        setsockopt(&fd, sockopt::IpBindAddressNoPort, &true)?;
        setsockopt(&fd, sockopt::TcpNoDelay, &true)?;
        bind(
            fd.as_raw_fd(),
            &SockaddrStorage::from(SocketAddrV4::new(source, 0)),
        )?;
        connect(fd.as_raw_fd(), &SockaddrStorage::from(address))?;
        Ok(fd.into())
    };
    try_it().with_context(|| format!("cannot connect from {source} to {address}"))
}

/// Returns the `n`th of 62,500 loopback addresses.
fn loopback(n: u32) -> Ipv4Addr {
    let (high, low) = (n / 250 % 250, n % 250);
    Ipv4Addr::new(127, 1, high as u8, low as u8 + 1)
}
