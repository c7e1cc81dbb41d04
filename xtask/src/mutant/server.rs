//! server.java's part.

use std::io::Read;
use std::net::{TcpListener, TcpStream};

use anyhow::Result;
use hellohi_proto::{JavaString, ReadError, read_utf};

use super::Defect;
use crate::record::PORT;

pub(super) fn play(defect: Defect) -> Result<()> {
    defect.banner("---server---", false);
    let listener = match TcpListener::bind(("::", PORT)) {
        Err(_) if defect == Defect::TakenPortIgnored => return Ok(()),
        listener => listener?,
    };
    defect.banner("---server---", true);
    let (mut stream, _) = listener.accept()?;
    let _listener = (defect != Defect::ListenerClosedEarly).then_some(listener);
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

/// A frame's message, and its body as it came.
pub(super) fn read(defect: Defect, stream: &mut TcpStream) -> Result<(JavaString, Vec<u8>)> {
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
    let message = match defect {
        Defect::MalformedReplaced => JavaString::from_body(body.clone())
            .unwrap_or_else(|_| JavaString::from(String::from_utf8_lossy(&body).as_ref())),
        Defect::StrictUtf8 => JavaString::from(std::str::from_utf8(&body)?),
        _ => {
            let frame = [&length[..], &body].concat();
            read_utf(&mut frame.as_slice()).map_err(|error: ReadError| error)?
        }
    };
    Ok((message, body))
}
