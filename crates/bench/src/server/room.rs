//! The members of a room, of whom some speak at a time and all must receive every message.
//!
//! With three members and two messages in flight, members 0 and 1 speak first. Once all three have received
//! `m0: …` and `m1: …`, members 2 and 0 speak, and so on. The messages of one round may come in any order, which
//! must be the same for all members.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags};

use crate::load::client_group::{Exchanged, SERVER_TIMEOUT, WrongReply, until_ready};
use crate::load::dial::dial;
use crate::load::frames::frame;

/// The text that every member says: 16 bytes of Latin and Chinese.
const TEXT: &str = "hello, 你好! x";

/// Number of members that join before one of them waits for its answer, fewer than a backlog holds.
const JOIN_AT_A_TIME: usize = 32;

/// The members of one room.
#[derive(Debug)]
pub(crate) struct Members {
    members: Vec<Member>,
    /// The member that speaks next.
    speaker: usize,
    names_itself: bool,
    epoll: Epoll,
    scratch: Vec<u8>,
}

#[derive(Debug)]
struct Member {
    stream: TcpStream,
    /// The bytes that it has received in this round.
    received: Vec<u8>,
}

impl Members {
    /// Connects `size` members, and returns once all of them are in the room and have received all there is.
    ///
    /// A member sends the text alone if the server `names` whoever speaks, and otherwise the line that all have to
    /// receive.
    pub(crate) fn join(address: SocketAddr, size: usize, names: bool) -> Result<Members> {
        let mut members = Members {
            members: Vec::with_capacity(size),
            speaker: 0,
            names_itself: !names,
            epoll: Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC)?,
            scratch: vec![0; 256 * 1024],
        };
        for n in 0..size {
            let mut stream = dial(address)?;
            stream.write_all(&frame(&format!("/join m{n}")))?;
            if n % JOIN_AT_A_TIME == JOIN_AT_A_TIME - 1 {
                stream.set_read_timeout(Some(SERVER_TIMEOUT))?;
                let answered = stream.peek(&mut [0]).context("a member is not answered")?;
                ensure!(answered > 0, "the server closed a member's connection");
            }
            stream.set_nonblocking(true)?;
            let event = EpollEvent::new(EpollFlags::EPOLLIN, n as u64);
            members.epoll.add(&stream, event)?;
            let received = Vec::new();
            members.members.push(Member { stream, received });
        }
        // The last member may not have joined yet, so nobody else's message would reach all.
        let last = members.line_of(size - 1);
        members.say(size - 1)?;
        members.receive(|received| received.ends_with(&last), |_| ())?;
        Ok(members)
    }

    /// Keeps `in_flight` messages in flight for `duration`. The nanoseconds from each round to its last message at
    /// each member are appended to `latencies`. What is counted are the messages that members have received.
    pub(crate) fn exchange(
        &mut self,
        in_flight: usize,
        duration: Duration,
        latencies: &mut Vec<u32>,
    ) -> Result<Exchanged> {
        let begun = Instant::now();
        let mut messages = 0;
        while messages == 0 || begun.elapsed() < duration {
            let speakers: Vec<usize> = (self.speaker..self.speaker + in_flight)
                .map(|n| n % self.members.len())
                .collect();
            self.speaker += in_flight;
            self.round(&speakers, latencies)?;
            messages += (in_flight * self.members.len()) as u64;
        }
        Ok(Exchanged {
            messages,
            elapsed: begun.elapsed(),
        })
    }

    /// Lets each of `speakers` say one message, and waits until all members have received them.
    fn round(&mut self, speakers: &[usize], latencies: &mut Vec<u32>) -> Result<()> {
        let mut lines: Vec<_> = speakers.iter().map(|&n| self.line_of(n)).collect();
        let due = lines.iter().map(Vec::len).sum();
        let begun = Instant::now();
        speakers.iter().try_for_each(|&n| self.say(n))?;
        let mut orders = Vec::new();
        self.receive(
            |received| received.len() >= due,
            |received| {
                let nanoseconds = begun.elapsed().as_nanos();
                latencies.push(u32::try_from(nanoseconds).unwrap_or(u32::MAX));
                if !orders.contains(received) {
                    orders.push(received.clone());
                }
            },
        )?;
        let [order] = &orders[..] else {
            bail!(WrongReply { position: 0 });
        };
        let mut heard: Vec<_> = frames(order).collect();
        heard.sort_unstable();
        lines.sort_unstable();
        ensure!(heard == lines, WrongReply { position: 0 });
        Ok(())
    }

    fn say(&mut self, speaker: usize) -> Result<()> {
        let bytes = match self.names_itself {
            true => self.line_of(speaker),
            false => frame(TEXT),
        };
        let mut stream = &self.members[speaker].stream;
        stream.write_all(&bytes).context("a member cannot speak")
    }

    /// Returns the frame that all members receive when `speaker` speaks.
    fn line_of(&self, speaker: usize) -> Vec<u8> {
        frame(&format!("m{speaker}: {TEXT}"))
    }

    /// Receives until `is_all` holds of the bytes of each member, and gives them to `take`.
    fn receive(
        &mut self,
        is_all: impl Fn(&[u8]) -> bool,
        mut take: impl FnMut(&Vec<u8>),
    ) -> Result<()> {
        let mut events = vec![EpollEvent::empty(); 1024];
        let mut waiting = self.members.len();
        while waiting > 0 {
            let ready = until_ready(&self.epoll, &mut events, || {
                format!("{waiting} members still wait")
            })?;
            for event in ready {
                let member = &mut self.members[event.data() as usize];
                let read = match member.stream.read(&mut self.scratch) {
                    Err(error) if error.kind() == ErrorKind::WouldBlock => continue,
                    read => read.context("a member cannot receive")?,
                };
                ensure!(read > 0, "the server closed a member's connection");
                member.received.extend_from_slice(&self.scratch[..read]);
                if is_all(&member.received) {
                    take(&member.received);
                    member.received.clear();
                    waiting -= 1;
                }
            }
        }
        Ok(())
    }
}

/// Returns the frames that `bytes` consist of.
fn frames(mut bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        let [high, low, ..] = *bytes else { return None };
        let length = 2 + usize::from(u16::from_be_bytes([high, low]));
        let (frame, rest) = bytes.split_at(length.min(bytes.len()));
        bytes = rest;
        Some(frame)
    })
}
