//! A mutant of client.java.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, Shutdown, SocketAddr, TcpStream, UdpSocket};

use anyhow::Result;
use hellohi_proto::JavaStr;

use super::{Defect, TIMEOUT, console, server::read};
use crate::pair::PORT;

/// Number of bytes in the longest body.
const LONGEST: usize = 65_535;

pub(super) fn play(defect: Defect) -> Result<()> {
    defect.banner("---client---", false);
    let early = match defect {
        Defect::ConsoleBeforeConnect => Some(console::lines(defect)?),
        _ => None,
    };
    let (v4, v6) = (Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into());
    let addresses: &[IpAddr] = match defect {
        Defect::EveryAddressTried => &[v4, v6],
        Defect::Ipv6First => &[v6, v4],
        _ => &[v4],
    };
    let addresses: Vec<SocketAddr> = addresses.iter().map(|&ip| (ip, PORT).into()).collect();
    let connected = match defect {
        Defect::ImpatientToConnect => TcpStream::connect_timeout(&addresses[0], TIMEOUT),
        _ => TcpStream::connect(&addresses[..]),
    };
    let mut stream = match connected {
        Err(_) if defect == Defect::RefusalIgnored => return Ok(()),
        stream => stream?,
    };
    let _second = match defect {
        Defect::ConnectsTwice => TcpStream::connect(&addresses[..]).ok(),
        Defect::OtherPortTried => TcpStream::connect((Ipv4Addr::LOCALHOST, 9999)).ok(),
        _ => None,
    };
    if defect == Defect::LooksUpNames {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
        socket.send_to(b"localhost", (Ipv4Addr::LOCALHOST, 53)).ok();
    }
    defect.banner("---client---", true);
    for line in early.map_or_else(|| console::lines(defect), Ok)? {
        let mut message = JavaStr::from_text(&line).into_owned();
        if defect == Defect::TooLongTruncated && message.as_bytes().len() > LONGEST {
            message = JavaStr::from_text(&"a".repeat(LONGEST)).into_owned();
        }
        let frame = defect.frame(&message)?;
        defect.send(&mut stream, &frame)?;
    }
    if defect == Defect::RequestHalfCloses {
        stream.shutdown(Shutdown::Write)?;
    }
    let (reply, _) = read(defect, &mut stream)?;
    defect.print(&defect.printed(&reply), true);
    defect.closing(&stream)
}
