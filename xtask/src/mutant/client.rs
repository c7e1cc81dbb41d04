//! client.java's part.

use std::io::{BufRead, BufReader, stdin};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};

use anyhow::{Context, Result};
use hellohi_client::console::{Lines, decode};
use hellohi_proto::JavaStr;

use super::{Defect, server::read};
use crate::record::PORT;

/// The most that a frame holds.
const LONGEST: usize = 65_535;

pub(super) fn play(defect: Defect) -> Result<()> {
    defect.banner("---client---", false);
    let early = match defect {
        Defect::ConsoleBeforeConnect => Some(console(defect)?),
        _ => None,
    };
    let (v4, v6) = (Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into());
    let addresses: &[IpAddr] = match defect {
        Defect::EveryAddressTried => &[v4, v6],
        Defect::Ipv6First => &[v6, v4],
        _ => &[v4],
    };
    let addresses: Vec<SocketAddr> = addresses.iter().map(|&ip| (ip, PORT).into()).collect();
    let mut stream = match TcpStream::connect(&addresses[..]) {
        Err(_) if defect == Defect::RefusalIgnored => return Ok(()),
        stream => stream?,
    };
    defect.banner("---client---", true);
    for line in early.map_or_else(|| console(defect), Ok)? {
        let mut message = JavaStr::from_text(&line).into_owned();
        if defect == Defect::TooLongTruncated && message.as_bytes().len() > LONGEST {
            message = JavaStr::from_text(&"a".repeat(LONGEST)).into_owned();
        }
        let frame = defect.frame(&message)?;
        defect.send(&mut stream, &frame)?;
    }
    let (reply, _) = read(defect, &mut stream)?;
    defect.print(&defect.printed(&reply), true);
    defect.closing(&stream)
}

/// The lines to send: one, unless something is wrong.
fn console(defect: Defect) -> Result<Vec<String>> {
    let input = BufReader::new(stdin());
    match defect {
        Defect::EveryLineSent => Ok(Lines::new(input).collect::<Result<_, _>>()?),
        Defect::OnlyLineFeeds => Ok(vec![decode(&raw_line(input)?)]),
        Defect::ConsoleLossy => {
            let line = raw_line(input)?;
            let end = line
                .iter()
                .position(|&byte| byte == b'\r')
                .unwrap_or(line.len());
            Ok(vec![String::from_utf8_lossy(&line[..end]).into_owned()])
        }
        _ => match Lines::new(input).next() {
            None if defect == Defect::EndOfInputIsALine => Ok(vec![String::new()]),
            line => Ok(vec![line.context("no line")??]),
        },
    }
}

fn raw_line(mut input: impl BufRead) -> Result<Vec<u8>> {
    let mut line = Vec::new();
    input.by_ref().read_until(b'\n', &mut line)?;
    anyhow::ensure!(!line.is_empty(), "no line");
    line.pop_if(|byte| *byte == b'\n');
    Ok(line)
}
