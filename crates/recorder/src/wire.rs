//! Reassembles connections from captured packets.
//!
//! `hello` was sent in two segments, and the first was retransmitted. The SYN has sequence number 10:
//!
//! ```text
//! seq 10 SYN      the first byte will have number 11
//! seq 11 "hel"    offset 0: the stream is "hel"
//! seq 11 "hel"    offset 0: 3 bytes are known, none is new
//! seq 14 "lo"     offset 3: the stream is "hello"
//! seq 16 FIN      the direction ends
//! ```
//!
//! A segment at offset 4 in place of the second would leave a hole: the capture lost a packet, which is an
//! error.

use std::net::{IpAddr, SocketAddr};
use std::ops::Not;

use anyhow::{Result, ensure};
use etherparse::{NetHeaders, PacketHeaders, TcpHeader, TransportHeader};
use serde::{Deserialize, Serialize};

use crate::capture::Packet;
use crate::clock::Nanos;
use crate::side::Side;

/// One TCP connection, from its SYN on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Connection {
    pub client: SocketAddr,
    pub server: SocketAddr,
    pub segments: Vec<Segment>,
    /// Bytes and end of the direction from client to server, as far as they were sent.
    pub to_server: Stream,
    pub to_client: Stream,
}

/// One direction of a connection.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stream {
    #[serde(with = "hex")]
    pub bytes: Vec<u8>,
    /// Every FIN and RST that its sender sent, in order. Retransmissions count once; a RST counts only while
    /// there is a connection to reset.
    pub ends: Vec<End>,
}

/// The end of a direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum End {
    #[serde(rename = "FIN")]
    Fin,
    #[serde(rename = "RST")]
    Rst,
}

impl End {
    pub fn name(self) -> &'static str {
        match self {
            End::Fin => "FIN",
            End::Rst => "RST",
        }
    }
}

/// One TCP segment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Segment {
    pub time: Nanos,
    pub from: Side,
    pub sequence: u32,
    /// Acknowledgement number, if the ACK flag is set.
    pub acknowledgement: Option<u32>,
    #[serde(default, skip_serializing_if = "Not::not")]
    pub syn: bool,
    #[serde(default, skip_serializing_if = "Not::not")]
    pub fin: bool,
    #[serde(default, skip_serializing_if = "Not::not")]
    pub rst: bool,
    #[serde(default, skip_serializing_if = "Not::not")]
    pub psh: bool,
    /// Window as in the header, not scaled.
    pub window: u16,
    /// Options as in the header (RFC 9293, section 3.2).
    #[serde(with = "hex", default, skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<u8>,
    #[serde(with = "hex", default, skip_serializing_if = "Vec::is_empty")]
    pub payload: Vec<u8>,
}

impl Connection {
    /// Returns the side that sends from `from` to `to`; `None` if that is another connection.
    fn sender(&self, from: SocketAddr, to: SocketAddr) -> Option<Side> {
        match (self.client, self.server) {
            ends if ends == (from, to) => Some(Side::Client),
            ends if ends == (to, from) => Some(Side::Server),
            _ => None,
        }
    }

    pub fn sent_by(&self, side: Side) -> &Stream {
        match side {
            Side::Client => &self.to_server,
            Side::Server => &self.to_client,
        }
    }
}

/// The conversations in a capture.
#[derive(Debug, Default)]
pub(crate) struct Traffic {
    /// Every TCP connection that was tried, to any address and port, in the order of the SYNs.
    pub connections: Vec<Connection>,
    /// Destinations of UDP datagrams, each once.
    pub datagrams: Vec<SocketAddr>,
}

/// Reassembles every connection in `packets`. Fails if the capture lost a packet.
pub(crate) fn reassemble(packets: &[Packet]) -> Result<Traffic> {
    let mut traffic = Traffic::default();
    let connections = &mut traffic.connections;
    for packet in packets {
        let (from, to, tcp, payload) = match parse(packet) {
            Some(Parsed::Tcp(from, to, tcp, payload)) => (from, to, tcp, payload),
            Some(Parsed::Udp(to)) => {
                if !traffic.datagrams.contains(&to) {
                    traffic.datagrams.push(to);
                }
                continue;
            }
            None => continue,
        };
        let known = connections.iter_mut().rev().find_map(|known| {
            let sender = known.sender(from, to)?;
            Some((known, sender))
        });
        // A SYN without an ACK opens a connection, unless it is a retransmission.
        let opens = tcp.syn && !tcp.ack;
        match known {
            Some((known, side)) if !opens || known.segments[0].sequence == tcp.sequence_number => {
                known
                    .segments
                    .push(segment(packet.time, side, &tcp, payload));
            }
            _ if opens => connections.push(Connection {
                client: from,
                server: to,
                segments: vec![segment(packet.time, Side::Client, &tcp, payload)],
                to_server: Stream::default(),
                to_client: Stream::default(),
            }),
            _ => {}
        }
    }
    for connection in connections {
        connection.to_server = stream(&connection.segments, Side::Client)?;
        connection.to_client = stream(&connection.segments, Side::Server)?;
    }
    Ok(traffic)
}

enum Parsed {
    /// Source, destination, header and payload of a segment.
    Tcp(SocketAddr, SocketAddr, TcpHeader, Vec<u8>),
    /// Destination of a datagram.
    Udp(SocketAddr),
}

fn parse(packet: &Packet) -> Option<Parsed> {
    let headers = PacketHeaders::from_ethernet_slice(&packet.bytes).ok()?;
    let (source, destination): (IpAddr, IpAddr) = match headers.net? {
        NetHeaders::Ipv4(ip, _) => (ip.source.into(), ip.destination.into()),
        NetHeaders::Ipv6(ip, _) => (ip.source.into(), ip.destination.into()),
        NetHeaders::Arp(_) => return None,
    };
    match headers.transport? {
        TransportHeader::Tcp(tcp) => Some(Parsed::Tcp(
            SocketAddr::new(source, tcp.source_port),
            SocketAddr::new(destination, tcp.destination_port),
            tcp,
            headers.payload.slice().to_vec(),
        )),
        TransportHeader::Udp(udp) => {
            let to = SocketAddr::new(destination, udp.destination_port);
            Some(Parsed::Udp(to))
        }
        _ => None,
    }
}

fn segment(time: Nanos, from: Side, tcp: &TcpHeader, payload: Vec<u8>) -> Segment {
    Segment {
        time,
        from,
        sequence: tcp.sequence_number,
        acknowledgement: tcp.ack.then_some(tcp.acknowledgment_number),
        syn: tcp.syn,
        fin: tcp.fin,
        rst: tcp.rst,
        psh: tcp.psh,
        window: tcp.window_size,
        options: tcp.options.as_slice().to_vec(),
        payload,
    }
}

/// Returns what one side sent, put together by sequence number.
fn stream(segments: &[Segment], side: Side) -> Result<Stream> {
    let mut stream = Stream::default();
    let mut sent = segments
        .iter()
        .enumerate()
        .filter(|(_, segment)| segment.from == side)
        .peekable();
    // Sequence numbers count from the SYN, which takes one itself (RFC 9293, section 3.4).
    let first = sent.peek().map(|(_, segment)| segment.sequence);
    let Some(first) = first.map(|sequence| sequence.wrapping_add(1)) else {
        return Ok(stream);
    };
    for (index, segment) in sent {
        let offset = segment
            .sequence
            .wrapping_add(u32::from(segment.syn))
            .wrapping_sub(first) as usize;
        if !segment.payload.is_empty() {
            let known = stream.bytes.len();
            ensure!(
                offset <= known,
                "the capture lost bytes {known}..{offset} from the {}",
                side.name()
            );
            let new = segment.payload.get(known - offset..).unwrap_or_default();
            stream.bytes.extend(new);
        }
        let resets = segment.rst && !is_over(&segments[..index]);
        for (flag, end) in [(segment.fin, End::Fin), (resets, End::Rst)] {
            if flag && !stream.ends.contains(&end) {
                stream.ends.push(end);
            }
        }
    }
    Ok(stream)
}

/// Returns `true` if both FINs are acknowledged. From then on no program can reset the connection: if a FIN
/// was retransmitted, its second acknowledgement may find no socket, and the kernel answers it with a RST
/// (RFC 9293, section 3.10.7.1).
fn is_over(segments: &[Segment]) -> bool {
    Side::BOTH.into_iter().all(|side| {
        let fin = segments
            .iter()
            .find(|segment| segment.from == side && segment.fin);
        fin.is_some_and(|fin| {
            let behind = fin.sequence.wrapping_add(fin.payload.len() as u32 + 1);
            segments
                .iter()
                .any(|answer| answer.from == side.other() && answer.acknowledgement == Some(behind))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segment(from: Side, sequence: u32, payload: &[u8]) -> Segment {
        Segment {
            time: 0,
            from,
            sequence,
            acknowledgement: Some(0),
            syn: false,
            fin: false,
            rst: false,
            psh: false,
            window: 0,
            options: Vec::new(),
            payload: payload.to_vec(),
        }
    }

    #[test]
    fn a_stream_survives_retransmission_overlap_and_a_wrapped_sequence_number() {
        let start = u32::MAX - 1;
        let segments = [
            Segment {
                syn: true,
                ..segment(Side::Client, start, b"")
            },
            segment(Side::Client, start.wrapping_add(1), b"hel"),
            segment(Side::Client, start.wrapping_add(1), b"hel"),
            segment(Side::Client, start.wrapping_add(3), b"llo"),
            Segment {
                fin: true,
                ..segment(Side::Client, start.wrapping_add(6), b"")
            },
            Segment {
                fin: true,
                ..segment(Side::Client, start.wrapping_add(6), b"")
            },
            Segment {
                rst: true,
                ..segment(Side::Client, start.wrapping_add(7), b"")
            },
        ];
        let stream = stream(&segments, Side::Client).unwrap();
        assert_eq!(stream.bytes, b"hello");
        assert_eq!(stream.ends, [End::Fin, End::Rst]);
    }

    #[test]
    fn a_reset_counts_only_while_one_of_the_fins_is_not_acknowledged() {
        let fin = |from, sequence| Segment {
            fin: true,
            ..segment(from, sequence, b"")
        };
        let acknowledges = |from, sequence, behind| Segment {
            acknowledgement: Some(behind),
            ..segment(from, sequence, b"")
        };
        let reset = Segment {
            rst: true,
            ..segment(Side::Server, 21, b"")
        };
        let mut segments = vec![
            segment(Side::Server, 19, b""),
            fin(Side::Client, 10),
            acknowledges(Side::Server, 20, 11),
            fin(Side::Server, 20),
        ];
        let ends = |segments: &[Segment]| stream(segments, Side::Server).unwrap().ends;
        segments.push(reset.clone());
        assert_eq!(ends(&segments), [End::Fin, End::Rst]);
        segments.pop();
        segments.extend([acknowledges(Side::Client, 11, 21), reset]);
        assert_eq!(ends(&segments), [End::Fin]);
    }

    #[test]
    fn a_hole_in_a_stream_is_an_error_and_not_a_shorter_stream() {
        let segments = [
            Segment {
                syn: true,
                ..segment(Side::Server, 10, b"")
            },
            segment(Side::Server, 11, b"he"),
            segment(Side::Server, 14, b"o"),
        ];
        let error = stream(&segments, Side::Server).unwrap_err().to_string();
        assert_eq!(error, "the capture lost bytes 2..3 from the server");
    }
}
