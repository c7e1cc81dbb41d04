//! A bare epoll loop, which does the least that any server has to do. The other servers are compared with it.
//!
//! It is edge-triggered, has one buffer for all connections, and sends once for each read. It finds the ends
//! of frames and echoes whole frames without a look at their bodies. From the bytes `00 01 41 00 02 42` it
//! sends `00 01 41`, and `00 02 42` waits for the byte that is missing.

use std::convert::Infallible;
use std::io::ErrorKind;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::fd::{AsRawFd, RawFd};
use std::process::ExitCode;

use anyhow::{Context, Result};
use nix::errno::Errno;
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};
use nix::sys::socket::{MsgFlags, recv, send, setsockopt, sockopt};

/// Serves on loopback until it is killed. To `broadcast` is to send every frame to every client.
pub fn run(port: u16, broadcast: bool) -> Result<ExitCode> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).context("cannot listen")?;
    setsockopt(&listener, sockopt::TcpNoDelay, &true)?;
    listener.set_nonblocking(true)?;
    let never = EpollLoop::new(listener, broadcast)?.serve()?;
    match never {}
}

struct EpollLoop {
    listener: TcpListener,
    epoll: Epoll,
    /// The connections by their file descriptors.
    connections: Vec<Option<Connection>>,
    scratch: Vec<u8>,
    /// The frames of this turn of the loop that every client is sent, if it broadcasts.
    said: Option<Vec<u8>>,
}

struct Connection {
    stream: TcpStream,
    /// The beginning of a frame whose end has not arrived.
    partial: Vec<u8>,
    /// Replies that the socket did not take.
    unsent: Vec<u8>,
}

impl EpollLoop {
    fn new(listener: TcpListener, broadcast: bool) -> Result<EpollLoop> {
        let epoll = Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC)?;
        let key = listener.as_raw_fd() as u64;
        epoll.add(&listener, EpollEvent::new(EpollFlags::EPOLLIN, key))?;
        Ok(EpollLoop {
            listener,
            epoll,
            connections: Vec::new(),
            scratch: vec![0; 256 * 1024],
            said: broadcast.then(Vec::new),
        })
    }

    fn serve(&mut self) -> Result<Infallible> {
        let mut events = vec![EpollEvent::empty(); 1024];
        loop {
            let ready = match self.epoll.wait(&mut events, EpollTimeout::NONE) {
                Err(Errno::EINTR) => continue,
                ready => ready?,
            };
            for event in &events[..ready] {
                let fd = event.data() as RawFd;
                if fd == self.listener.as_raw_fd() {
                    self.accept()?;
                } else {
                    let hung_up = event.events().contains(EpollFlags::EPOLLRDHUP);
                    self.turn(fd as usize, hung_up);
                }
            }
            self.broadcast();
        }
    }

    fn accept(&mut self) -> Result<()> {
        loop {
            let stream = match self.listener.accept() {
                Ok((stream, _)) => stream,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error).context("cannot accept"),
            };
            let fd = stream.as_raw_fd() as usize;
            let interest = EpollFlags::EPOLLIN | EpollFlags::EPOLLOUT | EpollFlags::EPOLLRDHUP;
            let interest = interest | EpollFlags::EPOLLET;
            self.epoll
                .add(&stream, EpollEvent::new(interest, fd as u64))?;
            if self.connections.len() <= fd {
                self.connections.resize_with(fd + 1, || None);
            }
            self.connections[fd] = Some(Connection {
                stream,
                partial: Vec::new(),
                unsent: Vec::new(),
            });
        }
    }

    fn turn(&mut self, fd: usize, hung_up: bool) {
        let Some(connection) = &mut self.connections[fd] else {
            return;
        };
        let is_open = connection.turn(&mut self.scratch, hung_up, self.said.as_mut());
        if !is_open.unwrap_or(false) {
            self.connections[fd] = None;
        }
    }

    /// Sends every client the frames of this turn, in one write.
    fn broadcast(&mut self) {
        let Some(said) = self.said.as_mut().filter(|said| !said.is_empty()) else {
            return;
        };
        for slot in &mut self.connections {
            let sent = slot.as_mut().map(|connection| connection.send(said));
            if sent.is_some_and(|sent| sent.is_err()) {
                *slot = None;
            }
        }
        said.clear();
    }
}

impl Connection {
    /// Reads what has arrived, answers it or appends it to `said`, and returns whether the client has not closed the connection.
    fn turn(
        &mut self,
        scratch: &mut [u8],
        hung_up: bool,
        mut said: Option<&mut Vec<u8>>,
    ) -> nix::Result<bool> {
        if !self.unsent.is_empty() {
            let unsent = std::mem::take(&mut self.unsent);
            self.send(&unsent)?;
        }
        while self.unsent.is_empty() {
            let held = self.partial.len();
            scratch[..held].copy_from_slice(&self.partial);
            let read = match recv(
                self.stream.as_raw_fd(),
                &mut scratch[held..],
                MsgFlags::MSG_DONTWAIT,
            ) {
                Ok(0) => return Ok(false),
                Ok(read) => read,
                Err(Errno::EAGAIN) => break,
                Err(error) => return Err(error),
            };
            let arrived = &scratch[..held + read];
            let (frames, partial) = arrived.split_at(whole_frames(arrived));
            self.partial = partial.to_vec();
            match &mut said {
                Some(said) => said.extend_from_slice(frames),
                None => self.send(frames)?,
            }
            // A read that did not fill the buffer has emptied the socket; only the end may follow.
            if held + read < scratch.len() && !hung_up {
                break;
            }
        }
        Ok(true)
    }

    fn send(&mut self, bytes: &[u8]) -> nix::Result<()> {
        if bytes.is_empty() {
            return Ok(());
        }
        // Only a broadcast comes while replies are unsent.
        if !self.unsent.is_empty() {
            self.unsent.extend_from_slice(bytes);
            return Ok(());
        }
        let flags = MsgFlags::MSG_DONTWAIT | MsgFlags::MSG_NOSIGNAL;
        let sent = match send(self.stream.as_raw_fd(), bytes, flags) {
            Err(Errno::EAGAIN) => 0,
            sent => sent?,
        };
        self.unsent = bytes[sent..].to_vec();
        Ok(())
    }
}

/// Returns the number of bytes of the whole frames that `bytes` begins with.
fn whole_frames(bytes: &[u8]) -> usize {
    let mut end = 0;
    while let [high, low, body @ ..] = &bytes[end..] {
        let length = usize::from(u16::from_be_bytes([*high, *low]));
        if body.len() < length {
            break;
        }
        end += 2 + length;
    }
    end
}
