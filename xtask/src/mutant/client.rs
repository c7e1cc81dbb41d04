//! A mutant of client.java.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, Shutdown, SocketAddr, TcpStream, UdpSocket};

use anyhow::Result;
use hellohi_proto::JavaStr;
use socket2::{Domain, Socket, Type};

use super::{Defect, LONGEST, TIMEOUT, console, server::read};
use crate::pair::PORT;

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
        Defect::OwnPort => connect_from(PORT + 1, addresses[0]),
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
    if defect == Defect::ResetNoticedAtTheConsole {
        console::wait_for_input_or_reset(&stream)?;
    }
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
    if defect == Defect::ClosesBeforePrinting {
        defect.closing(&stream)?;
        drop(stream);
        defect.print(&defect.printed(&reply), true);
        return Ok(());
    }
    defect.print(&defect.printed(&reply), true);
    defect.closing(&stream)
}

/// Connects to `address` from `port`.
fn connect_from(port: u16, address: SocketAddr) -> io::Result<TcpStream> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    socket.set_reuse_address(true)?;
    socket.bind(&SocketAddr::from((Ipv4Addr::UNSPECIFIED, port)).into())?;
    socket.connect(&address.into())?;
    Ok(socket.into())
}
