//! Hostile clients in a room, beside a conversation that must lose nothing.

use std::io::{self, BufReader, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::panic::resume_unwind;
use std::sync::mpsc::{Receiver, TryRecvError, channel};
use std::thread::{self, ScopedJoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use fastrand::Rng;

use super::honest::{BUFFER, PATIENCE, frame, read_frame};
use super::hostile::reset;
use super::launcher::AttackedServer;
use super::outcome::Counts;
use crate::load::dial::dial;

/// Members that hear the conversation; one more holds it.
const LISTENERS: usize = 3;

/// Time that a wave lasts.
const WAVE: Duration = Duration::from_millis(1200);

/// Brings members that read nothing, and talks until the server has let them go.
pub(crate) fn reads_nothing(attacked: &mut AttackedServer, _random: &mut Rng) -> Result<Counts> {
    const SILENT: usize = 5;
    let address = attacked.address();
    let long = frame(&"a".repeat(60_000));
    beside_a_conversation(address, || {
        let mut talker = member(address)?;
        let before = attacked.server.descriptors()?;
        let silent: Vec<_> = (0..SILENT)
            .map(|_| member(address))
            .collect::<Result<_>>()?;
        let begun = Instant::now();
        let mut said = 0;
        while said < 100 || attacked.server.descriptors()? > before {
            talker.write_all(&long)?;
            await_message(&mut talker, &long)?;
            said += 1;
            ensure!(
                begun.elapsed() < 2 * PATIENCE,
                "{} MB are said, and members that read nothing are kept",
                said * long.len() / 1_000_000
            );
        }
        Ok(Counts::from([(
            "members that read nothing, disconnected",
            silent.len() as u64,
        )]))
    })
}

/// Floods the room from one member that reads and one that does not.
pub(crate) fn flood(attacked: &mut AttackedServer, _random: &mut Rng) -> Result<Counts> {
    let address = attacked.address();
    let flood = frame(&"a".repeat(1000)).repeat(64);
    beside_a_conversation(address, || {
        let (mut reader, mut silent) = (member(address)?, member(address)?);
        let mut bytes = 0;
        let mut scratch = vec![0; 256 * 1024];
        for client in [&reader, &silent] {
            client.set_nonblocking(true)?;
        }
        let (mut at, mut at_silent) = (0, 0);
        // It begins with all that the kernel takes: the server finds it at once.
        attacked.server.freeze()?;
        while pour(&mut reader, &flood, &mut at)? > 0 {}
        attacked.server.thaw()?;
        let begun = Instant::now();
        while begun.elapsed() < WAVE {
            let sent = pour(&mut reader, &flood, &mut at)?;
            // It may be let go for what it does not read.
            let more = pour(&mut silent, &flood, &mut at_silent).unwrap_or(0);
            bytes += sent + more;
            match reader.read(&mut scratch) {
                Ok(0) => bail!("the member that floods and reads is let go"),
                Err(error) if error.kind() != ErrorKind::WouldBlock => {
                    return Err(error).context("the member that floods and reads is let go");
                }
                Ok(_) => {}
                Err(_) if sent + more == 0 => thread::yield_now(),
                Err(_) => {}
            }
        }
        Ok(Counts::from([("KB of flood", bytes / 1000)]))
    })
}

/// Joins and leaves, some with a word and some with a reset.
pub(crate) fn come_and_go(attacked: &mut AttackedServer, random: &mut Rng) -> Result<Counts> {
    let address = attacked.address();
    let hello = frame("hello");
    beside_a_conversation(address, || {
        let mut members = 0;
        let begun = Instant::now();
        while begun.elapsed() < WAVE {
            let mut client = member(address)?;
            match random.u8(..3) {
                0 => reset(&client)?,
                1 => client.write_all(&hello)?,
                _ => {}
            }
            members += 1;
        }
        Ok(Counts::from([("members came and went", members)]))
    })
}

/// Makes `attack` while one member talks and [`LISTENERS`] hear each of its messages, in their order.
fn beside_a_conversation(
    address: SocketAddr,
    attack: impl FnOnce() -> Result<Counts>,
) -> Result<Counts> {
    let talker = member(address)?;
    let listeners: Vec<_> = (0..LISTENERS)
        .map(|_| member(address))
        .collect::<Result<_>>()?;
    thread::scope(|scope| {
        let (stop, stopped) = channel();
        let listening: Vec<_> = listeners
            .into_iter()
            .map(|client| scope.spawn(move || listen(client)))
            .collect();
        let talking = scope.spawn(move || talk(talker, &stopped));
        let done = attack();
        drop(stop);
        let said = joined(talking).context("the member that talks")?;
        for listener in listening {
            let heard = joined(listener).context("a member that listens")?;
            ensure!(heard == said, "{said} messages were said, {heard} heard");
        }
        let mut counts = done?;
        counts.insert("messages, each heard by all", said);
        Ok(counts)
    })
}

/// Says messages, each once the one before has come back; returns their number.
fn talk(client: TcpStream, stopped: &Receiver<()>) -> Result<u64> {
    let mut reader = BufReader::with_capacity(BUFFER, client.try_clone()?);
    let mut client = client;
    let mut said = 0;
    while stopped.try_recv() == Err(TryRecvError::Empty) {
        let message = message(said);
        client.write_all(&message)?;
        await_message(&mut reader, &message)?;
        said += 1;
    }
    client.write_all(&frame(OVER))?;
    Ok(said)
}

/// Hears messages until the conversation is over; returns their number.
fn listen(client: TcpStream) -> Result<u64> {
    let mut reader = BufReader::with_capacity(BUFFER, client);
    let mut heard = 0;
    let mut last = Instant::now();
    loop {
        let frame = read_frame(&mut reader).with_context(|| format!("after message {heard}"))?;
        let text = &frame[2..];
        if text.ends_with(OVER.as_bytes()) {
            return Ok(heard);
        }
        if text.ends_with(&message(heard)[2..]) {
            heard += 1;
            last = Instant::now();
        }
        ensure!(
            last.elapsed() < PATIENCE,
            "message {heard} does not come within {PATIENCE:?}"
        );
    }
}

const OVER: &str = "the conversation is over";

fn message(number: u64) -> Vec<u8> {
    frame(&format!("message {number} of the conversation"))
}

/// Connects, and returns once the room has taken the newcomer in.
fn member(address: SocketAddr) -> Result<TcpStream> {
    let mut client = dial(address)?;
    client.set_write_timeout(Some(PATIENCE))?;
    client.set_read_timeout(Some(PATIENCE))?;
    client.write_all(&frame("here"))?;
    read_frame(&mut client).context("a newcomer hears nothing")?;
    Ok(client)
}

/// Reads until `message` comes, whatever the room puts before its text.
fn await_message(client: &mut impl Read, message: &[u8]) -> Result<()> {
    let begun = Instant::now();
    loop {
        let frame = read_frame(client).context("no message comes back")?;
        if frame[2..].ends_with(&message[2..]) {
            return Ok(());
        }
        ensure!(
            begun.elapsed() < PATIENCE,
            "a message does not come back within {PATIENCE:?}"
        );
    }
}

/// Sends what the socket takes of `flood`, over and over, from where the last call stopped.
fn pour(client: &mut TcpStream, flood: &[u8], at: &mut usize) -> io::Result<u64> {
    match client.write(&flood[*at..]) {
        Ok(sent) => {
            *at = (*at + sent) % flood.len();
            Ok(sent as u64)
        }
        Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(0),
        Err(error) => Err(error),
    }
}

fn joined<T>(thread: ScopedJoinHandle<'_, T>) -> T {
    thread.join().unwrap_or_else(|panic| resume_unwind(panic))
}
