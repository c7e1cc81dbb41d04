//! `cargo xtask tap` passes on what a real client and a real server say to each other, and saves it for
//! `cargo xtask interop --pair`.
//!
//! A client connects to `--listen`, and the tap connects to the server at `--to`. From then on:
//!
//! 1. What one read returns is saved, and then written to the other side. What arrived apart is passed on apart.
//! 2. A FIN becomes a FIN: that direction ends, the other one goes on.
//! 3. A RST becomes a RST, also while the side that is reset does not read. What was on its way may be lost, as it
//!    may be without a tap.

use std::cell::RefCell;
use std::fmt::{self, Display};
use std::io::{self, ErrorKind};
use std::net::Shutdown;
use std::path::PathBuf;
use std::pin::pin;
use std::process::ExitCode;
use std::rc::Rc;

use anyhow::{Context as _, Result};
use socket2::SockRef;
use tokio::io::Interest;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Builder, Runtime};
use tokio::task::{JoinSet, LocalSet};
use tokio::{select, signal, try_join};

use ::interop::tapped::{
    MAX_BYTES, MAX_CONNECTIONS, MAX_EVENTS, Said, SavedConnection, TappedFile,
};
use recorder::{End, Side};

/// Size of the largest read, in bytes.
const READ: usize = 64 * 1024;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Address for the client: HOST:PORT; `[::]:PORT` is every address of this machine, IPv4 and IPv6
    #[arg(long, value_name = "ADDR")]
    listen: String,
    /// Address of the server: HOST:PORT
    #[arg(long, value_name = "ADDR")]
    to: String,
    /// Save what is said to this file, which must not exist and which only you may read
    #[arg(long, value_name = "FILE")]
    save: PathBuf,
}

pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    runtime()?.block_on(LocalSet::new().run_until(tap(args)))?;
    Ok(ExitCode::SUCCESS)
}

fn runtime() -> Result<Runtime> {
    let runtime = Builder::new_current_thread().enable_all().build();
    runtime.context("cannot start the relay")
}

async fn tap(args: &Args) -> Result<()> {
    let listener = TcpListener::bind(&args.listen).await;
    let listener = listener.with_context(|| format!("cannot listen on {}", args.listen))?;
    let file = TappedFile::create(&args.save)?;
    let path = args.save.display();
    println!("{path} will hold all that is said, passwords too; only you may read it");
    println!(
        "listening on {}, passing on to {}; Ctrl-C ends",
        listener.local_addr()?,
        args.to
    );
    let relayed = relay_all(&listener, &args.to, file, signal::ctrl_c()).await?;
    println!("{path}: {relayed}");
    Ok(())
}

/// Counts of connections, for the last line.
#[derive(Debug, Default)]
struct Relayed {
    ended: usize,
    open: usize,
    refused: usize,
}

impl Display for Relayed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            ended,
            open,
            refused,
        } = self;
        let connections = ended + open;
        write!(f, "connections: {connections}, open at the end: {open}")?;
        if *refused > 0 {
            write!(f, ", not accepted by the server: {refused}")?;
        }
        Ok(())
    }
}

/// Relays every client of `listener` until `stop`.
async fn relay_all(
    listener: &TcpListener,
    to: &str,
    file: TappedFile,
    stop: impl Future<Output = io::Result<()>>,
) -> Result<Relayed> {
    let file = Rc::new(file);
    let mut relays = JoinSet::new();
    let mut stop = pin!(stop);
    let mut relayed = Relayed::default();
    for number in 1.. {
        let (client, address) = loop {
            select! {
                biased;
                Some(relay) = relays.join_next() => match relay.context("a relay failed")?? {
                    Outcome::Ended => relayed.ended += 1,
                    Outcome::Refused => relayed.refused += 1,
                },
                stopped = &mut stop => {
                    stopped.context("cannot wait for Ctrl-C")?;
                    relayed.open = relays.len();
                    return Ok(relayed);
                }
                accepted = listener.accept() => break accepted.context("cannot accept a client")?,
            }
        };
        let (file, to) = (file.clone(), to.to_owned());
        relays.spawn_local(async move {
            let mut relay = Relay::new(file.connection(number));
            let outcome = relay.play(client, &to).await?;
            println!("connection {number} from {address}: {relay}");
            anyhow::Ok(outcome)
        });
    }
    unreachable!("a number is left for every connection")
}

/// One connection of a client, and what has come through it.
struct Relay<'a> {
    saved: RefCell<SavedConnection<'a>>,
    from_client: RefCell<Direction>,
    from_server: RefCell<Direction>,
    /// Reason why there is no connection to the server.
    refusal: Option<String>,
}

/// The traffic that came from one side.
#[derive(Default)]
struct Direction {
    bytes: u64,
    ends: Vec<End>,
}

/// The end of a relay.
enum Outcome {
    Ended,
    /// The server did not accept the connection.
    Refused,
}

/// The reason why a relay breaks off.
enum Broken {
    /// This side reset its connection.
    Reset(Side),
    /// The file cannot be written.
    File(anyhow::Error),
}

impl<'a> Relay<'a> {
    fn new(saved: SavedConnection<'a>) -> Self {
        Self {
            saved: saved.into(),
            from_client: RefCell::default(),
            from_server: RefCell::default(),
            refusal: None,
        }
    }

    /// Connects to the server, and passes on what both sides say until both have ended. Resets the client if the
    /// server does not accept.
    async fn play(&mut self, client: TcpStream, to: &str) -> Result<Outcome> {
        let server = match TcpStream::connect(to).await {
            Ok(server) => server,
            Err(error) => {
                client.set_zero_linger()?;
                self.refusal = Some(format!("cannot connect to {to}: {error}"));
                return Ok(Outcome::Refused);
            }
        };
        // What arrived apart leaves apart.
        client.set_nodelay(true)?;
        server.set_nodelay(true)?;
        let side = match self.pass_both(&client, &server).await {
            Ok(()) => return Ok(Outcome::Ended),
            Err(Broken::File(error)) => return Err(error),
            Err(Broken::Reset(side)) => side,
        };
        let other = match side {
            Side::Client => &server,
            Side::Server => &client,
        };
        other.set_zero_linger()?;
        self.save(side, Said::End(End::Rst))?;
        Ok(Outcome::Ended)
    }

    async fn pass_both(&self, client: &TcpStream, server: &TcpStream) -> Result<(), Broken> {
        let both = async {
            try_join!(
                self.pass(Side::Client, client, server),
                self.pass(Side::Server, server, client)
            )
        };
        select! {
            // Bytes in front of a RST are passed on first.
            biased;
            passed = both => passed?,
            _ = client.ready(Interest::ERROR) => return Err(Broken::Reset(Side::Client)),
            _ = server.ready(Interest::ERROR) => return Err(Broken::Reset(Side::Server)),
        };
        // A RST may have come right behind the last FIN.
        for (side, stream) in [(Side::Client, client), (Side::Server, server)] {
            if !matches!(stream.take_error(), Ok(None)) {
                return Err(Broken::Reset(side));
            }
        }
        Ok(())
    }

    /// Passes on what `side` says, until and with its FIN.
    async fn pass(&self, side: Side, from: &TcpStream, to: &TcpStream) -> Result<(), Broken> {
        let mut buffer = vec![0; READ];
        loop {
            let read = read(from, &mut buffer).await;
            let read = read.map_err(|_| Broken::Reset(side))?;
            let bytes = &buffer[..read];
            if bytes.is_empty() {
                self.save(side, Said::End(End::Fin)).map_err(Broken::File)?;
                // If there is nobody left to tell, the next look at that side shows it.
                let _ = SockRef::from(to).shutdown(Shutdown::Write);
                return Ok(());
            }
            self.save(side, Said::Bytes(bytes.into()))
                .map_err(Broken::File)?;
            let written = write_all(to, bytes).await;
            written.map_err(|_| Broken::Reset(side.other()))?;
        }
    }

    fn save(&self, side: Side, said: Said) -> Result<()> {
        self.saved.borrow_mut().save(side, &said)?;
        let mut direction = match side {
            Side::Client => self.from_client.borrow_mut(),
            Side::Server => self.from_server.borrow_mut(),
        };
        match said {
            Said::Bytes(bytes) => direction.bytes += bytes.len() as u64,
            Said::End(end) => direction.ends.push(end),
        }
        Ok(())
    }
}

/// Reads once. Returns 0 at the FIN.
async fn read(from: &TcpStream, buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        from.readable().await?;
        match from.try_read(buffer) {
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            read => return read,
        }
    }
}

async fn write_all(to: &TcpStream, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        to.writable().await?;
        match to.try_write(bytes) {
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            written => bytes = &bytes[written?..],
        }
    }
    Ok(())
}

impl Display for Relay<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(refusal) = &self.refusal {
            return write!(f, "{refusal}; the client was reset");
        }
        let saved = self.saved.borrow();
        let (client, server) = (self.from_client.borrow(), self.from_server.borrow());
        let seconds = saved.time().as_secs_f64();
        write!(
            f,
            "{client} from the client, {server} from the server, {seconds:.3} s"
        )?;
        if saved.is_cut() {
            write!(
                f,
                "; only its beginning was saved (the file holds {MAX_CONNECTIONS} connections, and {MAX_BYTES} \
                 bytes or {MAX_EVENTS} events of each)"
            )?;
        }
        Ok(())
    }
}

impl Display for Direction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.bytes)?;
        for end in &self.ends {
            write!(f, " {}", end.name())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
