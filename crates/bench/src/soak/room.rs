//! Attacks by hostile members of a room, beside a conversation that must lose no message.

use std::io::{self, BufReader, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, TryRecvError, channel};
use std::thread::{self, ScopedJoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use fastrand::Rng;

use super::honest::REPLY_TIMEOUT;
use super::hostile::reset;
use super::launcher::AttackedServer;
use super::outcome::Counts;
use crate::load::dial::dial;
use crate::load::frames::frame;

/// Number of members that only read the conversation.
const LISTENERS: usize = 3;

/// Number of bytes that a member reads at a time.
const BUFFER: usize = 256 * 1024;

/// Time that a wave lasts.
const WAVE: Duration = Duration::from_millis(1200);

/// Lets members join that read nothing, and sends messages until the server has disconnected them.
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
        let mut sent = 0;
        while sent < 100 || attacked.server.descriptors()? > before {
            talker.write_all(&long)?;
            await_message(&mut talker, &long)?;
            sent += 1;
            ensure!(
                begun.elapsed() < 2 * REPLY_TIMEOUT,
                "{} MB are sent, and members that read nothing are still connected",
                sent * long.len() / 1_000_000
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
        let mut scratch = vec![0; BUFFER];
        for client in [&reader, &silent] {
            client.set_nonblocking(true)?;
        }
        let (mut at, mut at_silent) = (0, 0);
        // The flood begins with as many bytes as the kernel takes, which the server finds at once.
        attacked.server.freeze()?;
        while pour(&mut reader, &flood, &mut at)? > 0 {}
        attacked.server.thaw()?;
        let begun = Instant::now();
        while begun.elapsed() < WAVE {
            let sent = pour(&mut reader, &flood, &mut at)?;
            // The server may have disconnected it, because it reads nothing.
            let more = pour(&mut silent, &flood, &mut at_silent).unwrap_or(0);
            bytes += sent + more;
            match reader.read(&mut scratch) {
                Ok(0) => bail!("the server disconnects the member that floods and reads"),
                Err(error) if error.kind() != ErrorKind::WouldBlock => {
                    return Err(error)
                        .context("the server disconnects the member that floods and reads");
                }
                Ok(_) => {}
                Err(_) if sent + more == 0 => thread::yield_now(),
                Err(_) => {}
            }
        }
        Ok(Counts::from([("KB of flood", bytes / 1000)]))
    })
}

/// Joins and leaves, sometimes after a message and sometimes with a reset.
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

/// Makes `attack` while one member sends messages and [`LISTENERS`] others must receive them in order.
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
        let sent = joined(talking).context("the member that talks")?;
        for listener in listening {
            let received = joined(listener).context("a member that listens")?;
            ensure!(
                received == sent,
                "{sent} messages were sent, {received} received"
            );
        }
        let mut counts = done?;
        counts.insert("messages, each received by all", sent);
        Ok(counts)
    })
}

/// Sends messages, each after the one before has come back, and returns their number.
fn talk(client: TcpStream, stopped: &Receiver<()>) -> Result<u64> {
    let mut reader = BufReader::with_capacity(BUFFER, client.try_clone()?);
    let mut client = client;
    let mut sent = 0;
    while stopped.try_recv() == Err(TryRecvError::Empty) {
        let message = message(sent);
        client.write_all(&message)?;
        await_message(&mut reader, &message)?;
        sent += 1;
    }
    client.write_all(&frame(OVER))?;
    Ok(sent)
}

/// Receives messages until the conversation is over, and returns their number.
fn listen(client: TcpStream) -> Result<u64> {
    let mut reader = BufReader::with_capacity(BUFFER, client);
    let mut received = 0;
    let mut last = Instant::now();
    loop {
        let frame = read_frame(&mut reader).with_context(|| format!("after message {received}"))?;
        let text = &frame[2..];
        if text.ends_with(OVER.as_bytes()) {
            return Ok(received);
        }
        if text.ends_with(&message(received)[2..]) {
            received += 1;
            last = Instant::now();
        }
        ensure!(
            last.elapsed() < REPLY_TIMEOUT,
            "message {received} does not come within {REPLY_TIMEOUT:?}"
        );
    }
}

const OVER: &str = "the conversation is over";

fn message(number: u64) -> Vec<u8> {
    frame(&format!("message {number} of the conversation"))
}

/// Connects and joins under a name that nobody else has.
fn member(address: SocketAddr) -> Result<TcpStream> {
    let mut client = dial(address)?;
    client.set_write_timeout(Some(REPLY_TIMEOUT))?;
    client.set_read_timeout(Some(REPLY_TIMEOUT))?;
    static MEMBERS: AtomicU64 = AtomicU64::new(0);
    let number = MEMBERS.fetch_add(1, Ordering::Relaxed);
    client.write_all(&frame(&format!("/join m{number}")))?;
    let answer = read_frame(&mut client).context("the room does not answer a new member")?;
    ensure!(
        answer[2..].starts_with(b"* welcome"),
        "the room refuses a member"
    );
    Ok(client)
}

/// Reads until `message` comes, with any text of the room before it.
fn await_message(client: &mut impl Read, message: &[u8]) -> Result<()> {
    let begun = Instant::now();
    loop {
        let frame = read_frame(client).context("no message comes back")?;
        if frame[2..].ends_with(&message[2..]) {
            return Ok(());
        }
        ensure!(
            begun.elapsed() < REPLY_TIMEOUT,
            "a message does not come back within {REPLY_TIMEOUT:?}"
        );
    }
}

/// Reads one frame, and returns it with its length.
fn read_frame(client: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut frame = vec![0; 2];
    client.read_exact(&mut frame)?;
    let length = u16::from_be_bytes([frame[0], frame[1]]);
    frame.resize(2 + usize::from(length), 0);
    client.read_exact(&mut frame[2..])?;
    Ok(frame)
}

/// Sends as much of `flood` as the socket takes, from `at` on, where the next call continues.
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
