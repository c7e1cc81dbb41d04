//! Many clients on one thread, each with some frames in flight; every byte of every reply is compared.

use std::io::Read;
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::os::fd::AsRawFd;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use nix::errno::Errno;
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags};
use nix::sys::socket::{MsgFlags, recv, send};

use super::dial::dial;
use super::frames::{Frames, MAX_IN_FLIGHT};

/// Time that a server may leave all its clients without a byte.
pub(crate) const SERVER_TIMEOUT: Duration = Duration::from_secs(20);

/// Waits for `epoll`, and returns the events that came. After [`SERVER_TIMEOUT`] it fails, and says what is `open`.
pub(crate) fn until_ready<'a>(
    epoll: &Epoll,
    events: &'a mut [EpollEvent],
    open: impl FnOnce() -> String,
) -> Result<&'a [EpollEvent]> {
    let ready = epoll.wait(events, SERVER_TIMEOUT.as_millis() as u16)?;
    ensure!(ready > 0, "no byte within {SERVER_TIMEOUT:?}, {}", open());
    Ok(&events[..ready])
}

/// Clients of one server that all send the same frames. Each begins with another frame.
#[derive(Debug)]
pub(crate) struct ClientGroup<'t> {
    frames: &'t Frames,
    clients: Vec<Client>,
    epoll: Epoll,
    scratch: Vec<u8>,
    clock: Instant,
}

/// Number of replies, and the time that they took.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Exchanged {
    pub(crate) messages: u64,
    pub(crate) elapsed: Duration,
}

impl<'t> ClientGroup<'t> {
    /// Connects `size` clients, and returns once the server has accepted them all.
    pub(crate) fn connect(
        address: SocketAddr,
        size: usize,
        frames: &'t Frames,
    ) -> Result<ClientGroup<'t>> {
        let mut clients = ClientGroup {
            frames,
            clients: Vec::with_capacity(size),
            epoll: Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC)?,
            scratch: vec![0; 256 * 1024],
            clock: Instant::now(),
        };
        for n in 0..size {
            let client = Client::new(dial(address)?, n as u64 * frames.frame_size());
            let interest = EpollFlags::EPOLLIN | EpollFlags::EPOLLOUT | EpollFlags::EPOLLET;
            clients
                .epoll
                .add(&client.stream, EpollEvent::new(interest, n as u64))?;
            clients.clients.push(client);
            // A backlog may be as short as server.java's, and a connection that is dropped there costs a second.
            if is_confirmed(n, size) {
                clients
                    .confirm(n)
                    .with_context(|| format!("connection {} of {size}", n + 1))?;
            }
        }
        Ok(clients)
    }

    /// Keeps `in_flight` frames in flight on every connection for `duration`, then takes the replies
    /// that are still due. The nanoseconds from each frame to its reply are appended to `latencies`.
    pub(crate) fn exchange(
        &mut self,
        in_flight: usize,
        duration: Duration,
        latencies: &mut Vec<u32>,
    ) -> Result<Exchanged> {
        self.send(in_flight)?;
        self.receive(duration, latencies)
    }

    /// Sends `count` frames on every connection.
    pub(crate) fn send(&mut self, count: usize) -> Result<()> {
        for client in &mut self.clients {
            client.request(count, self.frames, self.clock);
            client.send(self.frames)?;
        }
        Ok(())
    }

    /// Receives the replies that are due; until `duration` is over, each is followed by another frame.
    pub(crate) fn receive(
        &mut self,
        duration: Duration,
        latencies: &mut Vec<u32>,
    ) -> Result<Exchanged> {
        let begun = Instant::now();
        let mut events = vec![EpollEvent::empty(); 1024];
        let mut due = self
            .clients
            .iter()
            .map(|client| client.due(self.frames))
            .sum::<usize>();
        let mut messages = 0;
        while due > 0 {
            let ready = until_ready(&self.epoll, &mut events, || {
                format!("{due} replies still due")
            })?;
            let open = begun.elapsed() < duration;
            for event in ready {
                let client = &mut self.clients[event.data() as usize];
                let replies =
                    client.receive(self.frames, &mut self.scratch, self.clock, latencies)?;
                messages += replies as u64;
                due -= replies;
                if open && replies > 0 {
                    client.request(replies, self.frames, self.clock);
                    due += replies;
                }
                client.send(self.frames)?;
            }
        }
        Ok(Exchanged {
            messages,
            elapsed: begun.elapsed(),
        })
    }

    /// Returns the number of replies that [`ClientGroup::connect`] received.
    pub(crate) fn confirmations(&self) -> u64 {
        let size = self.clients.len();
        (0..size).filter(|&n| is_confirmed(n, size)).count() as u64
    }

    /// Continues with other frames; no frame may be in flight.
    pub(crate) fn change(&mut self, frames: &'t Frames) {
        self.frames = frames;
        for (n, client) in self.clients.iter_mut().enumerate() {
            client.origin = n as u64 * frames.frame_size();
            (client.asked, client.sent, client.received) = (0, 0, 0);
        }
    }

    /// Ends every connection and waits until the server has ended it too, without another byte.
    pub(crate) fn close(self) -> Result<()> {
        for client in &self.clients {
            client.stream.shutdown(Shutdown::Write)?;
        }
        self.await_end()
    }

    /// Waits until the server has ended every connection, without another byte.
    pub(crate) fn await_end(self) -> Result<()> {
        for mut client in self.clients {
            client.stream.set_read_timeout(Some(SERVER_TIMEOUT))?;
            let more = client
                .stream
                .read(&mut [0])
                .context("the server did not close")?;
            ensure!(more == 0, "the server sent a byte that was not due");
        }
        Ok(())
    }

    /// Sends one frame on connection `n` and waits for the reply, so that the server has accepted it.
    fn confirm(&mut self, n: usize) -> Result<()> {
        let client = &mut self.clients[n];
        client.request(1, self.frames, self.clock);
        client.send(self.frames)?;
        client.stream.set_read_timeout(Some(SERVER_TIMEOUT))?;
        while client.received < client.asked {
            let rest = (client.asked - client.received) as usize;
            let n = client
                .stream
                .read(&mut self.scratch[..rest])
                .context("no reply")?;
            client.check(&self.scratch[..n], self.frames)?;
            client.send(self.frames)?;
        }
        Ok(())
    }
}

/// Returns whether connection `n` of `size` sends a frame at once, which shows that it and those before it
/// are accepted.
fn is_confirmed(n: usize, size: usize) -> bool {
    n % 32 == 31 || n + 1 == size
}

/// One connection. Its positions are numbers of bytes since it began.
#[derive(Debug)]
struct Client {
    stream: TcpStream,
    /// Position among the frames of the first byte that is sent here, so that neighbours send other frames.
    origin: u64,
    asked: u64,
    sent: u64,
    received: u64,
    /// Times at which the frames in flight were sent, in nanoseconds of the group's clock.
    times: [u64; MAX_IN_FLIGHT],
}

impl Client {
    fn new(stream: TcpStream, origin: u64) -> Client {
        Client {
            stream,
            origin,
            asked: 0,
            sent: 0,
            received: 0,
            times: [0; MAX_IN_FLIGHT],
        }
    }

    /// Returns the number of replies that have not arrived whole.
    fn due(&self, frames: &Frames) -> usize {
        (self.asked / frames.frame_size() - self.received / frames.frame_size()) as usize
    }

    /// Puts `count` more frames in flight.
    fn request(&mut self, count: usize, frames: &Frames, clock: Instant) {
        let now = clock.elapsed().as_nanos() as u64;
        let next = self.asked / frames.frame_size();
        for frame in next..next + count as u64 {
            self.times[frame as usize % MAX_IN_FLIGHT] = now;
        }
        self.asked += count as u64 * frames.frame_size();
    }

    /// Sends as much of the frames in flight as the socket takes.
    fn send(&mut self, frames: &Frames) -> Result<()> {
        while self.sent < self.asked {
            let rest = frames.bytes_at(self.origin + self.sent, (self.asked - self.sent) as usize);
            let flags = MsgFlags::MSG_DONTWAIT | MsgFlags::MSG_NOSIGNAL;
            match send(self.stream.as_raw_fd(), rest, flags) {
                Ok(n) => self.sent += n as u64,
                Err(Errno::EAGAIN) => break,
                Err(error) => bail!("cannot send: {error}"),
            }
        }
        Ok(())
    }

    /// Receives what has arrived, and returns the number of replies that it completes.
    fn receive(
        &mut self,
        frames: &Frames,
        scratch: &mut [u8],
        clock: Instant,
        latencies: &mut Vec<u32>,
    ) -> Result<usize> {
        let before = self.received / frames.frame_size();
        loop {
            match recv(self.stream.as_raw_fd(), scratch, MsgFlags::MSG_DONTWAIT) {
                Ok(0) => bail!("the server closed a connection with replies due"),
                Ok(n) => {
                    self.check(&scratch[..n], frames)?;
                    if n < scratch.len() {
                        break;
                    }
                }
                Err(Errno::EAGAIN) => break,
                Err(error) => bail!("cannot receive: {error}"),
            }
        }
        let now = clock.elapsed().as_nanos() as u64;
        let after = self.received / frames.frame_size();
        latencies.extend((before..after).map(|frame| {
            let time = now - self.times[frame as usize % MAX_IN_FLIGHT];
            u32::try_from(time).unwrap_or(u32::MAX)
        }));
        Ok((after - before) as usize)
    }

    fn check(&mut self, bytes: &[u8], frames: &Frames) -> Result<()> {
        let due = (self.asked - self.received) as usize;
        ensure!(
            bytes.len() <= due,
            "{} bytes where {due} were due",
            bytes.len()
        );
        ensure!(
            bytes == frames.bytes_at(self.origin + self.received, bytes.len()),
            WrongReply {
                position: self.received
            }
        );
        self.received += bytes.len() as u64;
        Ok(())
    }
}

/// An error that fails the benchmark, whatever the server.
#[derive(Debug, thiserror::Error)]
#[error("a wrong reply after {position} bytes of a connection")]
pub(crate) struct WrongReply {
    pub(crate) position: u64,
}
