//! Attacks by hostile clients; those in a room are in [`super::room`].

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use fastrand::Rng;
use socket2::SockRef;

use super::launcher::AttackedServer;
use super::outcome::Counts;
use crate::load::client_group::SERVER_TIMEOUT;
use crate::load::dial::dial;
use crate::load::frames::Frames;

const SLOW_CLIENTS: usize = 10_000;

/// Time that a wave of the other attacks lasts.
const WAVE: Duration = Duration::from_millis(1500);

/// Sends the beginning of a frame byte by byte from ten thousand clients, until each is disconnected.
pub(crate) fn slow_loris(attacked: &mut AttackedServer, _random: &mut Rng) -> Result<Counts> {
    let frames = Frames::new(256);
    let mut clients = Vec::with_capacity(SLOW_CLIENTS);
    for _ in 0..SLOW_CLIENTS {
        let client = dial(attacked.address())?;
        drip(&client, &frames, 0);
        clients.push(client);
    }
    for byte in 1..4 {
        clients
            .iter()
            .for_each(|client| drip(client, &frames, byte));
    }
    let mut disconnected = 0;
    for client in &clients {
        await_end(client)?;
        disconnected += 1;
    }
    Ok(Counts::from([
        ("slow clients", SLOW_CLIENTS as u64),
        ("disconnected", disconnected),
    ]))
}

/// Connects and closes, about every second time with a reset.
pub(crate) fn connect_flood(attacked: &mut AttackedServer, random: &mut Rng) -> Result<Counts> {
    let begun = Instant::now();
    let mut connections = 0;
    while begun.elapsed() < WAVE {
        for _ in 0..500 {
            let client = dial(attacked.address())?;
            if random.bool() {
                reset(&client)?;
            }
        }
        connections += 500;
    }
    Ok(Counts::from([("connections", connections)]))
}

/// Sends bytes that are no frames as fast as possible, until the server closes each connection.
pub(crate) fn nonsense(attacked: &mut AttackedServer, random: &mut Rng) -> Result<Counts> {
    let begun = Instant::now();
    let (mut connections, mut bytes) = (0, 0);
    while begun.elapsed() < WAVE {
        for _ in 0..100 {
            let mut client = dial(attacked.address())?;
            client.set_write_timeout(Some(SERVER_TIMEOUT))?;
            let noise = noise(random);
            // The server may close the connection before it has read all bytes.
            bytes += client.write(&noise).unwrap_or(0) as u64;
            client.shutdown(Shutdown::Write).ok();
            await_end(&client)?;
        }
        connections += 100;
    }
    Ok(Counts::from([
        ("connections", connections),
        ("bytes of nonsense", bytes),
    ]))
}

/// Sends, reads and resets at random moments.
pub(crate) fn resets(attacked: &mut AttackedServer, random: &mut Rng) -> Result<Counts> {
    let frames = Frames::new(16 * 1024);
    let mut clients: Vec<TcpStream> = (0..200)
        .map(|_| dial(attacked.address()))
        .collect::<Result<_>>()?;
    let begun = Instant::now();
    let (mut resets, mut bytes) = (0, 0);
    while begun.elapsed() < WAVE {
        for _ in 0..500 {
            let n = random.usize(..clients.len());
            let client = &mut clients[n];
            client.set_nonblocking(true)?;
            match random.u8(..4) {
                0 => {
                    reset(client)?;
                    *client = dial(attacked.address())?;
                    resets += 1;
                }
                1 => drop(client.read(&mut [0; 4096])),
                _ => {
                    let some = random.usize(1..2 * frames.frame_size() as usize);
                    bytes += client.write(frames.bytes_at(0, some)).unwrap_or(0) as u64;
                }
            }
        }
    }
    clients.iter().try_for_each(reset)?;
    Ok(Counts::from([("resets", resets), ("bytes", bytes)]))
}

/// Sends byte `n` of a frame; the server may have disconnected the client already.
fn drip(mut client: &TcpStream, frames: &Frames, n: u64) {
    client.write_all(frames.bytes_at(n, 1)).ok();
}

/// Makes the connection end with a reset when it is dropped.
pub(crate) fn reset(client: &TcpStream) -> Result<()> {
    let linger = SockRef::from(client).set_linger(Some(Duration::ZERO));
    linger.context("no connection to reset")
}

/// Reads until the server closes or resets the connection.
pub(crate) fn await_end(mut client: &TcpStream) -> Result<()> {
    client.set_read_timeout(Some(SERVER_TIMEOUT))?;
    let mut bytes = [0; 4096];
    loop {
        match client.read(&mut bytes) {
            Ok(0) => return Ok(()),
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::ConnectionReset => return Ok(()),
            Err(error) => bail!("a hostile connection does not end: {error}"),
        }
    }
}

/// Returns random bytes, another protocol, or frames whose bodies are malformed.
fn noise(random: &mut Rng) -> Vec<u8> {
    let length = random.usize(1..64 * 1024);
    let mut noise = match random.u8(..3) {
        0 => vec![0; length],
        1 => return b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(length / 100 + 1),
        _ => {
            let body = random.u16(1..2048);
            let frame = [&body.to_be_bytes()[..], &vec![0x80; body.into()]].concat();
            return frame.repeat(length / frame.len() + 1);
        }
    };
    random.fill(&mut noise);
    noise
}
