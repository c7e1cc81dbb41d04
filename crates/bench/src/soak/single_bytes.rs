//! An attack with frames that come byte by byte.

use std::io::Write;
use std::net::TcpStream;
use std::time::Duration;

use anyhow::{Result, ensure};

use super::launcher::{Launcher, Setup};
use super::outcome::Counts;
use crate::load::client_group::ClientGroup;
use crate::load::dial::dial;
use crate::load::frames::Frames;

/// Number of clients that send byte by byte.
const CLIENTS: usize = 100;

/// Number of bytes that each of them sends one by one.
const BYTES: usize = 100;

/// Number of rounds. The cheapest counts, because other work on the machine only adds CPU time.
const ROUNDS: usize = 3;

/// Factor by which the CPU time for a byte behind 60,000 bytes may exceed that behind a hundred.
const RATIO: f64 = 1.6;

/// Compares the CPU time for single bytes behind a long beginning of a frame and behind a short one.
pub(crate) fn bytes_behind(launcher: &mut Launcher, name: &str) -> Result<Counts> {
    let (mut few, mut many) = (Duration::MAX, Duration::MAX);
    for _ in 0..ROUNDS {
        few = few.min(cpu_behind(launcher, name, 100)?);
        many = many.min(cpu_behind(launcher, name, 60_000)?);
    }
    let ratio = many.as_secs_f64() / few.as_secs_f64();
    let each = |all: Duration| all.as_nanos() as u64 / (CLIENTS * BYTES) as u64;
    let (few, many) = (each(few), each(many));
    ensure!(
        ratio <= RATIO,
        "a byte takes {many} ns of CPU behind 60000 bytes and {few} ns behind 100: {ratio:.2} times, more \
         than {RATIO}"
    );
    Ok(Counts::from([
        ("ns of CPU for a byte behind 100", few),
        ("ns behind 60000", many),
    ]))
}

/// Returns the server's CPU time for single bytes that come behind `begun` bytes of a frame.
fn cpu_behind(launcher: &Launcher, name: &str, begun: usize) -> Result<Duration> {
    let quiet = Setup {
        arguments: &["--quiet"],
        ..Setup::PLAIN
    };
    let attacked = launcher.start(name, &quiet)?;
    let beginning = [&u16::MAX.to_be_bytes()[..], &vec![b'a'; begun]].concat();
    let begin = || -> Result<TcpStream> {
        let mut client = dial(attacked.address())?;
        client.write_all(&beginning)?;
        Ok(client)
    };
    let mut clients: Vec<TcpStream> = (0..CLIENTS).map(|_| begin()).collect::<Result<_>>()?;
    let frames = Frames::new(16);
    let mut visitor = ClientGroup::connect(attacked.address(), 1, &frames)?;
    let before = attacked.server.cpu()?;
    for _ in 0..BYTES {
        for client in &mut clients {
            client.write_all(b"a")?;
        }
        // The server takes turns, so at this reply it has read each of these bytes by itself.
        visitor.exchange(1, Duration::ZERO, &mut Vec::new())?;
    }
    Ok(attacked.server.cpu()? - before)
}
