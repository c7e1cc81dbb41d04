//! Connections to a server on loopback, thousands at a time.

use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, TcpStream};
use std::os::fd::AsRawFd;
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::{Context, Result};
use nix::sys::socket::{
    AddressFamily, SockFlag, SockType, SockaddrStorage, bind, connect, setsockopt, socket, sockopt,
};

/// Connections made so far, which choose the next one's address.
static DIALLED: AtomicU32 = AtomicU32::new(0);

/// Connects to `address`, from one of many loopback addresses: no run ends for want of ports.
pub(crate) fn dial(address: SocketAddr) -> Result<TcpStream> {
    // A thousand ports of each, of the 28,000 it has: there is always a free one at hand.
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

/// The `n`th of 62,500 loopback addresses.
fn loopback(n: u32) -> Ipv4Addr {
    let (high, low) = (n / 250 % 250, n % 250);
    Ipv4Addr::new(127, 1, high as u8, low as u8 + 1)
}
