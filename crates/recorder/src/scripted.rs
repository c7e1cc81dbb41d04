//! The scripted peer: one end of a conversation that does exactly what its script says, byte by byte.

use std::io::{ErrorKind, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use socket2::{Domain, SockRef, Socket, Type};

use crate::act::Act;

/// Number of connections that wait for the script.
const BACKLOG: i32 = 128;

/// The scripted peer's sockets.
#[derive(Debug)]
pub(crate) struct Scripted {
    /// TCP port that it listens on and connects to.
    port: u16,
    listeners: Vec<TcpListener>,
    /// Every connection that was made; `None` once the script has closed it, or if it was refused.
    streams: Vec<Option<TcpStream>>,
    /// Indexes of the connections that were refused.
    refused: Vec<usize>,
    /// Index of the connection that acts use.
    current: usize,
    /// Number of bytes, or of stages, of the present act that are done.
    done: usize,
}

impl Scripted {
    /// Returns a peer without sockets.
    pub(crate) fn new(port: u16) -> Scripted {
        Scripted {
            port,
            listeners: Vec::new(),
            streams: Vec::new(),
            refused: Vec::new(),
            current: 0,
            done: 0,
        }
    }

    /// Does as much of `act` as is possible without waiting. Returns `true` when it is complete.
    pub(crate) fn act(&mut self, act: &Act) -> Result<bool> {
        let finished = self.attempt(act)?;
        if finished {
            self.done = 0;
        }
        Ok(finished)
    }

    fn attempt(&mut self, act: &Act) -> Result<bool> {
        let is_refused = self.refused.contains(&self.current);
        match act {
            Act::Send(_)
            | Act::Receive(_)
            | Act::ReceiveArrived
            | Act::ReceiveEnd
            | Act::HalfClose
            | Act::Close
            | Act::Reset
                if is_refused =>
            {
                Ok(true)
            }
            Act::Listen => self.listen(Ipv6Addr::UNSPECIFIED.into()),
            Act::ListenOn(address) => self.listen(*address),
            Act::Accept => self.accept(),
            Act::Connect => self.connect(Ipv4Addr::LOCALHOST.into()),
            Act::TryConnect => match self.connect(Ipv4Addr::LOCALHOST.into()) {
                Err(error) if is_refusal(&error) => {
                    self.current = self.streams.len();
                    self.refused.push(self.current);
                    self.streams.push(None);
                    Ok(true)
                }
                connected => connected,
            },
            Act::ConnectTo(address) => self.connect(*address),
            Act::Use(n) => {
                self.current = *n;
                if !self.refused.contains(n) {
                    self.stream()?;
                }
                Ok(true)
            }
            Act::LeaveTimeWait => {
                let listener = TcpListener::bind((Ipv6Addr::UNSPECIFIED, self.port))?;
                let client = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port))?;
                let (server, _) = listener.accept()?;
                drop(server);
                drop(client);
                Ok(true)
            }
            Act::ConnectNarrow => {
                let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
                socket.set_recv_buffer_size(1)?;
                socket.connect(&SocketAddr::from(([127, 0, 0, 1], self.port)).into())?;
                self.take(socket.into())
            }
            Act::Send(bytes) => self.send(bytes),
            Act::Receive(wanted) => self.receive(*wanted),
            Act::ReceiveArrived => self.receive_arrived(),
            Act::ReceiveEnd => self.receive_end(),
            Act::HalfClose => {
                // A connection that was reset has no half left to end.
                self.stream()?.shutdown(std::net::Shutdown::Write).ok();
                Ok(true)
            }
            Act::Close => {
                self.close();
                Ok(true)
            }
            Act::Reset => {
                SockRef::from(&*self.stream()?).set_linger(Some(Duration::ZERO))?;
                self.close();
                Ok(true)
            }
        }
    }

    fn listen(&mut self, address: IpAddr) -> Result<bool> {
        let listener =
            listen_on(address, self.port).with_context(|| format!("port {}", self.port))?;
        listener.set_nonblocking(true)?;
        self.listeners.push(listener);
        Ok(true)
    }

    fn take(&mut self, stream: TcpStream) -> Result<bool> {
        stream.set_nonblocking(true)?;
        stream.set_nodelay(true)?;
        self.current = self.streams.len();
        self.streams.push(Some(stream));
        Ok(true)
    }

    fn connect(&mut self, address: IpAddr) -> Result<bool> {
        self.take(TcpStream::connect((address, self.port))?)
    }

    fn close(&mut self) {
        if let Some(stream) = self.streams.get_mut(self.current) {
            *stream = None;
        }
    }

    fn accept(&mut self) -> Result<bool> {
        match self
            .listeners
            .first()
            .context("the script does not listen")?
            .accept()
        {
            Ok((stream, _)) => self.take(stream),
            Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(false),
            Err(error) => Err(error).context("cannot accept"),
        }
    }

    /// Sends `bytes`, as far as the connection takes them. A peer that has gone is no error.
    fn send(&mut self, bytes: &[u8]) -> Result<bool> {
        let rest = &bytes[self.done..];
        match self.stream()?.write(rest) {
            Ok(sent) => {
                self.done += sent;
                Ok(self.done == bytes.len())
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(false),
            Err(error) if is_gone(&error) => Ok(true),
            Err(error) => Err(error).context("cannot send"),
        }
    }

    fn receive(&mut self, wanted: usize) -> Result<bool> {
        if wanted == 0 {
            return Ok(true);
        }
        let mut buffer = vec![0; wanted - self.done];
        match self.stream()?.read(&mut buffer) {
            Ok(0) => bail!("the connection ended after {} of {wanted} bytes", self.done),
            Ok(received) => {
                self.done += received;
                Ok(self.done == wanted)
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(false),
            Err(error) => Err(error).context("cannot receive"),
        }
    }

    fn receive_arrived(&mut self) -> Result<bool> {
        loop {
            match self.stream()?.read(&mut [0; 64 * 1024]) {
                Ok(0) => return Ok(true),
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock || is_gone(&error) => {
                    return Ok(true);
                }
                Err(error) => return Err(error).context("cannot receive"),
            }
        }
    }

    fn receive_end(&mut self) -> Result<bool> {
        match self.stream()?.read(&mut [0; 64 * 1024]) {
            Ok(0) => Ok(true),
            Ok(_) => Ok(false),
            Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(false),
            Err(error) if is_gone(&error) => Ok(true),
            Err(error) => Err(error).context("cannot receive"),
        }
    }

    fn stream(&mut self) -> Result<&mut TcpStream> {
        let stream = self.streams.get_mut(self.current);
        let stream = stream.and_then(Option::as_mut);
        stream.context("the script has no connection")
    }
}

/// Listens on `address`. On Linux a program that would share the port (`SO_REUSEPORT`) can do so, and is found out.
fn listen_on(address: IpAddr, port: u16) -> Result<TcpListener> {
    let address = SocketAddr::from((address, port));
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
    #[cfg(unix)]
    socket.set_reuse_address(true)?;
    #[cfg(target_os = "linux")]
    nix::sys::socket::setsockopt(&socket, nix::sys::socket::sockopt::ReusePort, &true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

fn is_refusal(error: &anyhow::Error) -> bool {
    let error = error.downcast_ref::<std::io::Error>();
    error.is_some_and(|error| error.kind() == ErrorKind::ConnectionRefused)
}

fn is_gone(error: &std::io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::ConnectionReset | ErrorKind::BrokenPipe | ErrorKind::ConnectionAborted
    )
}
