//! Captures every packet on the loopback interface with a packet socket.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use anyhow::Result;

use crate::clock::Nanos;

/// A packet as it left the sender, with its Ethernet header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Packet {
    pub time: Nanos,
    pub bytes: Vec<u8>,
}

/// Number of bytes of packets that are kept, headers included. A recording with more of them ends.
const MOST: usize = 64 << 20;

/// A thread that collects packets until [`Capture::finish`].
#[derive(Debug)]
pub(crate) struct Capture {
    platform: platform::Capture,
    seen: Arc<Seen>,
}

/// Counts that the capturing thread updates.
#[derive(Debug, Default)]
struct Seen {
    packets: AtomicUsize,
    full: AtomicBool,
}

impl Capture {
    /// Starts to capture packets from and to the port `only`, or all packets. Fails if this process may not open
    /// packet sockets.
    pub(crate) fn start(only: Option<u16>) -> Result<Capture> {
        let seen = Arc::default();
        let platform = platform::Capture::start(only, Arc::clone(&seen))?;
        Ok(Capture { platform, seen })
    }

    /// Returns the number of packets so far.
    pub(crate) fn packets(&self) -> usize {
        self.seen.packets.load(Ordering::Relaxed)
    }

    /// Returns `true` if more was sent than is kept.
    pub(crate) fn is_full(&self) -> bool {
        self.seen.full.load(Ordering::Relaxed)
    }

    /// Stops, and returns every packet that was sent before this call, in order.
    pub(crate) fn finish(self) -> Result<Vec<Packet>> {
        self.platform.finish()
    }
}

#[cfg(target_os = "linux")]
mod platform {
    use std::io::IoSliceMut;
    use std::net::UdpSocket;
    use std::os::fd::{AsRawFd, OwnedFd};
    use std::thread::{self, JoinHandle};

    use anyhow::{Context, Result, anyhow};
    use etherparse::TransportHeader;
    use nix::sys::socket::{
        AddressFamily, ControlMessageOwned, LinkAddr, MsgFlags, SockFlag, SockProtocol, SockType,
        recvmsg, setsockopt, socket, sockopt,
    };
    use nix::sys::time::TimeSpec;

    use super::{Arc, MOST, Nanos, Ordering, Packet, Seen};

    /// Number of bytes of the largest loopback packet: its headers, and as much as segmentation offload puts
    /// into one.
    const LARGEST: usize = 256 * 1024;
    /// Size of the receive buffer in bytes. It holds some thousand packets while the thread is late.
    const BUFFER: usize = 64 * 1024 * 1024;

    #[derive(Debug)]
    pub(super) struct Capture {
        thread: JoinHandle<Result<Vec<Packet>>>,
        /// Socket that sends itself the datagram at which the capture ends.
        sentinel: UdpSocket,
    }

    impl Capture {
        pub(super) fn start(only: Option<u16>, seen: Arc<Seen>) -> Result<Capture> {
            let sentinel = UdpSocket::bind("127.0.0.1:0")?;
            let port = sentinel.local_addr()?.port();
            let packets = socket(
                AddressFamily::Packet,
                SockType::Raw,
                SockFlag::SOCK_CLOEXEC,
                SockProtocol::EthAll,
            )
            .context("packets not captured: without a network namespace a packet socket needs root (CAP_NET_RAW)")?;
            setsockopt(&packets, sockopt::ReceiveTimestampns, &true)?;
            // Forcing needs CAP_NET_ADMIN; the ordinary limit is the next best.
            if setsockopt(&packets, sockopt::RcvBufForce, &BUFFER).is_err() {
                setsockopt(&packets, sockopt::RcvBuf, &BUFFER)?;
            }
            let thread = thread::spawn(move || collect(&packets, port, only, &seen));
            Ok(Capture { thread, sentinel })
        }

        pub(super) fn finish(self) -> Result<Vec<Packet>> {
            let itself = self.sentinel.local_addr()?;
            self.sentinel
                .send_to(b"end", itself)
                .context("cannot end the capture")?;
            self.thread
                .join()
                .map_err(|_| anyhow!("the capture failed"))?
        }
    }

    fn collect(
        socket: &OwnedFd,
        sentinel: u16,
        only: Option<u16>,
        seen: &Seen,
    ) -> Result<Vec<Packet>> {
        let mut packets = Vec::new();
        let mut kept = 0;
        let mut buffer = vec![0; LARGEST];
        let mut control = nix::cmsg_space!(TimeSpec);
        loop {
            let mut slices = [IoSliceMut::new(&mut buffer)];
            let message = recvmsg::<LinkAddr>(
                socket.as_raw_fd(),
                &mut slices,
                Some(&mut control),
                MsgFlags::empty(),
            )?;
            // Loopback shows each packet twice, as it leaves and as it arrives.
            let leaves = message
                .address
                .is_some_and(|address| address.pkttype() == nix::libc::PACKET_OUTGOING);
            if !leaves {
                continue;
            }
            let time = message
                .cmsgs()?
                .find_map(timestamp)
                .context("a packet without a time")?;
            let length = message.bytes;
            let bytes = buffer[..length].to_vec();
            let ports = ports(&bytes);
            if ports == Some([sentinel; 2]) {
                return Ok(packets);
            }
            if only.is_some_and(|only| !ports.is_some_and(|ports| ports.contains(&only))) {
                continue;
            }
            seen.packets.fetch_add(1, Ordering::Relaxed);
            kept += bytes.len();
            match kept <= MOST {
                true => packets.push(Packet { time, bytes }),
                false => seen.full.store(true, Ordering::Relaxed),
            }
        }
    }

    fn timestamp(message: ControlMessageOwned) -> Option<Nanos> {
        match message {
            ControlMessageOwned::ScmTimestampns(time) => {
                Some(time.tv_sec() as Nanos * 1_000_000_000 + time.tv_nsec() as Nanos)
            }
            _ => None,
        }
    }

    /// Returns the ports that a TCP or UDP packet is from and to.
    fn ports(packet: &[u8]) -> Option<[u16; 2]> {
        let headers = etherparse::PacketHeaders::from_ethernet_slice(packet).ok()?;
        match headers.transport? {
            TransportHeader::Tcp(tcp) => Some([tcp.source_port, tcp.destination_port]),
            TransportHeader::Udp(udp) => Some([udp.source_port, udp.destination_port]),
            _ => None,
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod platform {
    use anyhow::{Result, bail};

    use super::{Arc, Packet, Seen};

    #[derive(Debug)]
    pub(super) struct Capture;

    impl Capture {
        pub(super) fn start(_: Option<u16>, _: Arc<Seen>) -> Result<Capture> {
            bail!("packets not captured: packet sockets exist on Linux only")
        }

        pub(super) fn finish(self) -> Result<Vec<Packet>> {
            Ok(Vec::new())
        }
    }
}
