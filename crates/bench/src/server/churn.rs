//! The accept rate, measured with short connections: connect, send one frame, read the reply, close.

use std::io::ErrorKind;
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags};

use crate::load::client_group::{Exchanged, WrongReply, until_ready};
use crate::load::dial::dial;
use crate::load::frames::Frames;

/// Number of connections at a time, fewer than the backlog of server.java holds.
const AT_A_TIME: usize = 32;

/// Opens and closes connections for `duration`, and counts those that both sides have closed.
///
/// The nanoseconds from before each connects until the server has closed it are appended to `latencies`.
pub(crate) fn churn(
    address: SocketAddr,
    frames: &Frames,
    duration: Duration,
    latencies: &mut Vec<u32>,
) -> Result<Exchanged> {
    let begun = Instant::now();
    let epoll = Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC)?;
    let mut visits: Vec<Option<Visit>> = Vec::new();
    for slot in 0..AT_A_TIME {
        visits.push(Some(Visit::begin(address, frames, &epoll, slot)?));
    }
    let mut events = [EpollEvent::empty(); AT_A_TIME];
    let (mut messages, mut open) = (0, AT_A_TIME);
    while open > 0 {
        let ready = until_ready(&epoll, &mut events, || {
            format!("{open} connections still open")
        })?;
        for event in ready {
            let slot = event.data() as usize;
            let Some(visit) = &mut visits[slot] else {
                continue;
            };
            if !visit.turn(frames)? {
                continue;
            }
            let nanoseconds = visit.begun.elapsed().as_nanos();
            latencies.push(u32::try_from(nanoseconds).unwrap_or(u32::MAX));
            messages += 1;
            let again = begun.elapsed() < duration;
            visits[slot] = again
                .then(|| Visit::begin(address, frames, &epoll, slot))
                .transpose()?;
            open -= usize::from(!again);
        }
    }
    Ok(Exchanged {
        messages,
        elapsed: begun.elapsed(),
    })
}

#[derive(Debug)]
struct Visit {
    stream: TcpStream,
    begun: Instant,
    received: u64,
}

impl Visit {
    fn begin(address: SocketAddr, frames: &Frames, epoll: &Epoll, slot: usize) -> Result<Visit> {
        let begun = Instant::now();
        let mut stream = dial(address)?;
        stream.write_all(frames.bytes_at(0, frames.frame_size() as usize))?;
        stream.set_nonblocking(true)?;
        epoll.add(&stream, EpollEvent::new(EpollFlags::EPOLLIN, slot as u64))?;
        Ok(Visit {
            stream,
            begun,
            received: 0,
        })
    }

    /// Reads once, and returns whether the server has closed the connection too.
    fn turn(&mut self, frames: &Frames) -> Result<bool> {
        let mut bytes = [0; 256];
        let n = match self.stream.read(&mut bytes) {
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(false),
            read => read.context("cannot receive")?,
        };
        let due = (frames.frame_size() - self.received) as usize;
        if n == 0 {
            ensure!(due == 0, "the server closed a connection with a reply due");
            return Ok(true);
        }
        ensure!(
            n <= due && bytes[..n] == *frames.bytes_at(self.received, n),
            WrongReply {
                position: self.received
            }
        );
        self.received += n as u64;
        if n == due {
            self.stream.shutdown(Shutdown::Write)?;
        }
        Ok(false)
    }
}
