//! A mutant of server.java.

use std::io::{self, Read};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::thread;

use anyhow::{Result, ensure};
use hellohi_proto::{JavaString, read_utf};
use socket2::{Domain, SockRef, Socket, Type};

use super::{Defect, TIMEOUT};
use crate::pair::PORT;

pub(super) fn play(defect: Defect) -> Result<()> {
    defect.banner("---server---", false);
    let listener = match listen(defect) {
        Err(_) if defect == Defect::TakenPortIgnored => return Ok(()),
        listener => listener?,
    };
    defect.banner("---server---", true);
    let _second = match defect {
        Defect::SecondPort => Some(TcpListener::bind((Ipv4Addr::LOCALHOST, PORT + 1))?),
        _ => None,
    };
    let _datagrams = match defect {
        Defect::DatagramsToo => Some(UdpSocket::bind((Ipv4Addr::UNSPECIFIED, PORT))?),
        _ => None,
    };
    serve(defect, &listener)?;
    if defect == Defect::SecondClientServed {
        serve(defect, &listener)?;
    }
    Ok(())
}

/// Listens as `new ServerSocket(PORT)` does, except for the defect.
fn listen(defect: Defect) -> io::Result<TcpListener> {
    let address: SocketAddr = match defect {
        Defect::ListensOnLoopback => (Ipv4Addr::LOCALHOST, PORT).into(),
        Defect::ListensOnIpv4 => (Ipv4Addr::UNSPECIFIED, PORT).into(),
        _ => (Ipv6Addr::UNSPECIFIED, PORT).into(),
    };
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
    if address.is_ipv6() {
        socket.set_only_v6(defect == Defect::ListensOnIpv6)?;
    }
    socket.set_reuse_address(defect != Defect::NoReuse)?;
    #[cfg(target_os = "linux")]
    if defect == Defect::PortShared {
        nix::sys::socket::setsockopt(&socket, nix::sys::socket::sockopt::ReusePort, &true)?;
    }
    if defect == Defect::ImpatientToAccept {
        socket.set_read_timeout(Some(TIMEOUT))?;
    }
    socket.bind(&address.into())?;
    socket.listen(if defect == Defect::LongBacklog {
        128
    } else {
        50
    })?;
    Ok(socket.into())
}

fn serve(defect: Defect, listener: &TcpListener) -> Result<()> {
    let (mut stream, _) = listener.accept()?;
    if defect == Defect::OthersTurnedAway {
        let listener = listener.try_clone()?;
        thread::spawn(move || while listener.accept().is_ok() {});
    }
    if defect == Defect::ListenerClosedEarly {
        // A listener that is shut down no longer listens, so nobody else can connect.
        SockRef::from(listener).shutdown(std::net::Shutdown::Both)?;
    }
    let accepted = "一个客户端连接建立";
    if defect != Defect::AcceptLineLate {
        defect.print(accepted, false);
    }
    if defect == Defect::ReplyBeforeRequest {
        defect.send(&mut stream, b"\0\x02hi")?;
    }
    let (message, raw) = read(defect, &mut stream)?;
    if defect == Defect::AcceptLineLate {
        defect.print(accepted, false);
    }
    defect.print(&format!("client say:{}", defect.printed(&message)), true);
    let frame = match defect {
        Defect::EchoIsACopy => [&(raw.len() as u16).to_be_bytes()[..], &raw].concat(),
        _ => defect.frame(&message)?,
    };
    defect.send(&mut stream, &frame)?;
    defect.closing(&stream)
}

/// Reads a frame, and returns its message and its raw body.
pub(super) fn read(defect: Defect, stream: &mut TcpStream) -> Result<(JavaString, Vec<u8>)> {
    if defect == Defect::ImpatientToRead {
        stream.set_read_timeout(Some(TIMEOUT))?;
    }
    let mut length = [0; 2];
    stream.read_exact(&mut length)?;
    let mut body = vec![0; u16::from_be_bytes(length).into()];
    match stream.read_exact(&mut body) {
        Err(_) if defect == Defect::CutFrameAccepted => {}
        outcome => outcome?,
    }
    if defect == Defect::ReadsAhead {
        stream.set_nonblocking(true)?;
        while stream.read(&mut [0; 4096]).is_ok_and(|n| n > 0) {}
        stream.set_nonblocking(false)?;
    }
    if defect == Defect::LeadByteContinues {
        body = with_continuations(&body);
    }
    let overlong = |pair: &[u8]| {
        pair[0] == 0xC1
            || pair[0] == 0xC0 && pair[1] != 0x80
            || pair[0] == 0xE0 && (0x80..0xA0).contains(&pair[1])
    };
    match defect {
        Defect::LengthSigned => ensure!(length[0] < 0x80, "a negative length"),
        Defect::RawNulRefused => ensure!(!body.contains(&0), "a NUL"),
        Defect::OverlongRefused => ensure!(!body.windows(2).any(overlong), "an overlong form"),
        _ => {}
    }
    let message = match defect {
        Defect::MalformedReplaced => JavaString::from_mutf8(body.clone())
            .unwrap_or_else(|_| JavaString::from(String::from_utf8_lossy(&body).as_ref())),
        Defect::StrictUtf8 => JavaString::from(std::str::from_utf8(&body)?),
        _ => {
            let frame = [&length[..], &body].concat();
            read_utf(&mut frame.as_slice())?
        }
    };
    if defect == Defect::LoneSurrogateRefused {
        let units = char::decode_utf16(message.units());
        ensure!(
            units.into_iter().all(|unit| unit.is_ok()),
            "a lone surrogate"
        );
    }
    Ok((message, body))
}

/// Returns `body` with a continuation byte in place of each lead byte that stands where one is due.
fn with_continuations(body: &[u8]) -> Vec<u8> {
    let mut due = 0_u8;
    let changed = body.iter().map(|&byte| {
        if due > 0 && byte >= 0xC0 {
            due -= 1;
            return byte & 0xBF;
        }
        due = match byte {
            0xC0..=0xDF => 1,
            0xE0..=0xEF => 2,
            _ => due.saturating_sub(1),
        };
        byte
    });
    changed.collect()
}
