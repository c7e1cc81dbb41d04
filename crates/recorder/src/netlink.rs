//! Requests to the kernel over netlink (netlink(7)): a list of its listening sockets, and a route.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::os::fd::AsRawFd;

use anyhow::{Context, Result, bail};
use nix::sys::socket::{
    AddressFamily, MsgFlags, NetlinkAddr, SockFlag, SockProtocol, SockType, recv, sendto, socket,
};

/// Number of bytes of `struct nlmsghdr`: length, type, flags, sequence number, port.
const HEADER: usize = 16;
/// Number of bytes of `struct inet_diag_msg`, which stands in front of its attributes.
const DIAG: usize = 72;

// linux/netlink.h
const REQUEST: u16 = 0x1;
const ACK: u16 = 0x4;
const DUMP: u16 = 0x300;
const CREATE: u16 = 0x400;
const ERROR: u16 = 2;
const DONE: u16 = 3;

/// A socket that connections or datagrams can be sent to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Bound {
    pub(super) tcp: bool,
    pub(super) address: IpAddr,
    pub(super) port: u16,
    /// `true` if an IPv6 socket refuses IPv4.
    pub(super) v6_only: bool,
    /// Number of connections that may wait in a listener's queue.
    pub(super) backlog: u32,
    /// Inode of the socket, which `/proc/PID/fd` shows, too.
    pub(super) inode: u32,
}

/// Returns every listening TCP socket of this network namespace, and every UDP socket that is bound and not
/// connected (sock_diag(7)).
pub(super) fn bound() -> Result<Vec<Bound>> {
    const TCP: u8 = 6;
    const UDP: u8 = 17;
    // include/net/tcp_states.h; a UDP socket without a peer is in TCP_CLOSE.
    const LISTEN: u32 = 1 << 10;
    const CLOSE: u32 = 1 << 7;
    let mut sockets = Vec::new();
    for (protocol, states) in [(TCP, LISTEN), (UDP, CLOSE)] {
        for family in [AddressFamily::Inet, AddressFamily::Inet6] {
            // struct inet_diag_req_v2: family, protocol, extensions, padding, states, socket id.
            let mut body = vec![family as u8, protocol, 0, 0];
            body.extend(states.to_ne_bytes());
            body.extend([0; 48]);
            const SOCK_DIAG_BY_FAMILY: u16 = 20;
            let answers = ask(
                SockProtocol::NetlinkSockDiag,
                SOCK_DIAG_BY_FAMILY,
                DUMP,
                &body,
            )?;
            let read = answers.iter().map(|answer| diag(answer, protocol == TCP));
            sockets.extend(read.collect::<Option<Vec<_>>>().context("sock_diag")?);
        }
    }
    sockets.retain(|socket| socket.port != 0);
    Ok(sockets)
}

/// Reads a `struct inet_diag_msg` (linux/inet_diag.h) and the attributes behind it.
fn diag(message: &[u8], tcp: bool) -> Option<Bound> {
    let number = |at: usize| {
        Some(u32::from_ne_bytes(
            message.get(at..at + 4)?.try_into().ok()?,
        ))
    };
    let address: [u8; 16] = message.get(8..24)?.try_into().ok()?;
    let v6 = i32::from(*message.first()?) == AddressFamily::Inet6 as i32;
    let address = match v6 {
        true => Ipv6Addr::from(address).into(),
        false => Ipv4Addr::new(address[0], address[1], address[2], address[3]).into(),
    };
    const SKV6ONLY: u16 = 11;
    let v6_only = attributes(message.get(DIAG..)?)
        .find(|(kind, _)| *kind == SKV6ONLY)
        .is_some_and(|(_, value)| value.first() == Some(&1));
    Some(Bound {
        tcp,
        address,
        port: u16::from_be_bytes(message.get(4..6)?.try_into().ok()?),
        v6_only,
        // For a listener, idiag_wqueue is the most that its queue takes.
        backlog: number(60)?,
        inode: number(68)?,
    })
}

/// Reads one `struct rtattr` after another: a length that includes its own four bytes, a type, a value,
/// padding.
fn attributes(mut bytes: &[u8]) -> impl Iterator<Item = (u16, &[u8])> {
    std::iter::from_fn(move || {
        let number = |at: usize| Some(u16::from_ne_bytes(bytes.get(at..at + 2)?.try_into().ok()?));
        let (length, kind) = (usize::from(number(0)?), number(2)?);
        let value = bytes.get(4..length)?;
        bytes = bytes.get(length.next_multiple_of(4)..).unwrap_or_default();
        Some((kind, value))
    })
}

/// Makes every address an address of this namespace's loopback interface, number 1, as
/// `ip route add local default dev lo` does. A connection to anywhere is then made or refused here.
pub(super) fn make_every_address_local() -> Result<()> {
    for family in [AddressFamily::Inet, AddressFamily::Inet6] {
        // struct rtmsg: family, lengths of both prefixes, TOS, RT_TABLE_LOCAL, RTPROT_BOOT, RT_SCOPE_HOST,
        // RTN_LOCAL, flags; then the attribute RTA_OIF.
        let mut body = vec![family as u8, 0, 0, 0, 255, 3, 254, 2, 0, 0, 0, 0];
        body.extend(8_u16.to_ne_bytes());
        body.extend(4_u16.to_ne_bytes());
        body.extend(1_u32.to_ne_bytes());
        const RTM_NEWROUTE: u16 = 24;
        ask(
            SockProtocol::NetlinkRoute,
            RTM_NEWROUTE,
            CREATE | ACK,
            &body,
        )?;
    }
    Ok(())
}

/// Sends one request, and returns the bodies of the answers.
fn ask(protocol: SockProtocol, kind: u16, flags: u16, body: &[u8]) -> Result<Vec<Vec<u8>>> {
    let netlink = socket(
        AddressFamily::Netlink,
        SockType::Raw,
        SockFlag::SOCK_CLOEXEC,
        protocol,
    )?;
    let netlink = netlink.as_raw_fd();
    let mut request = Vec::new();
    request.extend(((HEADER + body.len()) as u32).to_ne_bytes());
    request.extend(kind.to_ne_bytes());
    request.extend((REQUEST | flags).to_ne_bytes());
    request.extend([0; 8]);
    request.extend(body);
    let kernel = NetlinkAddr::new(0, 0);
    sendto(netlink, &request, &kernel, MsgFlags::empty())?;
    let mut answers = Vec::new();
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let length = recv(netlink, &mut buffer, MsgFlags::empty())?;
        let mut rest = &buffer[..length];
        while let Some(header) = rest.first_chunk::<HEADER>() {
            let length = u32::from_ne_bytes([header[0], header[1], header[2], header[3]]) as usize;
            let kind = u16::from_ne_bytes([header[4], header[5]]);
            let body = rest.get(HEADER..length).context("a cut netlink message")?;
            match kind {
                DONE => return Ok(answers),
                ERROR => match body.first_chunk().map(|code| i32::from_ne_bytes(*code)) {
                    Some(0) => return Ok(answers),
                    Some(code) => bail!("netlink: {}", nix::errno::Errno::from_raw(-code)),
                    None => bail!("a cut netlink message"),
                },
                _ => answers.push(body.to_vec()),
            }
            rest = rest.get(length.next_multiple_of(4)..).unwrap_or_default();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listener_is_told_with_its_address_queue_and_kind() {
        let listener =
            socket2::Socket::new(socket2::Domain::IPV6, socket2::Type::STREAM, None).unwrap();
        listener.set_only_v6(false).unwrap();
        let any: std::net::SocketAddr = (Ipv6Addr::UNSPECIFIED, 0).into();
        listener.bind(&any.into()).unwrap();
        listener.listen(50).unwrap();
        let port = listener.local_addr().unwrap().as_socket().unwrap().port();
        let sockets = bound().unwrap();
        let found = sockets.iter().find(|socket| socket.port == port).unwrap();
        assert_eq!((found.address, found.tcp), (any.ip(), true));
        assert_eq!((found.v6_only, found.backlog), (false, 50));
    }

    #[test]
    fn a_udp_socket_is_told_while_it_has_no_peer() {
        let socket = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
        let port = socket.local_addr().unwrap().port();
        let is_there = || {
            let sockets = bound().unwrap();
            sockets
                .iter()
                .any(|socket| socket.port == port && !socket.tcp)
        };
        assert!(is_there());
        socket.connect(socket.local_addr().unwrap()).unwrap();
        assert!(!is_there());
    }
}
