//! Attacks by the system: outputs that cannot be written, and too few descriptors.

use std::io::{Read, Write};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use fastrand::Rng;

use super::hostile::reset;
use super::launcher::AttackedServer;
use super::outcome::Counts;
use crate::load::client_group::{ClientGroup, SERVER_TIMEOUT};
use crate::load::dial::dial;
use crate::load::frames::Frames;

/// Number of descriptors of the server that has too few.
const DESCRIPTORS: usize = 100;

/// Number of clients that connect to it.
const CLIENTS: usize = 3 * DESCRIPTORS;

/// Time for which the CPU time of that server is measured.
const WATCH: Duration = Duration::from_millis(700);

/// Sends tens of megabytes of messages, each of which must be answered.
pub(crate) fn messages(attacked: &mut AttackedServer, _random: &mut Rng) -> Result<Counts> {
    let frames = Frames::new(4096);
    let mut clients = ClientGroup::connect(attacked.address(), 64, &frames)?;
    let exchanged = clients.exchange(16, Duration::from_secs(1), &mut Vec::new())?;
    clients.close()?;
    Ok(Counts::from([("messages answered", exchanged.messages)]))
}

/// Resets a thousand connections, each of which is logged, and sends messages.
pub(crate) fn logged(attacked: &mut AttackedServer, random: &mut Rng) -> Result<Counts> {
    let mut troubled = 0;
    while troubled < 1000 {
        reset(&dial(attacked.address())?)?;
        troubled += 1;
    }
    let mut counts = messages(attacked, random)?;
    counts.insert("clients for the log", troubled);
    Ok(counts)
}

/// Connects three times as many clients as the server has descriptors. It must wait without spinning, and
/// serve each client once others have left.
pub(crate) fn descriptors(attacked: &mut AttackedServer, _random: &mut Rng) -> Result<Counts> {
    let frames = Frames::new(256);
    let frame = frames.bytes_at(0, frames.frame_size() as usize);
    let mut clients = Vec::with_capacity(CLIENTS);
    for _ in 0..CLIENTS {
        let mut client = dial(attacked.address())?;
        client.write_all(frame)?;
        clients.push(client);
    }
    attacked.server.await_full(DESCRIPTORS)?;
    let before = attacked.server.cpu()?;
    thread::sleep(WATCH);
    let cpu = attacked.server.cpu()? - before;
    ensure!(
        cpu < WATCH / 10,
        "out of descriptors it spins: {cpu:?} of CPU time in {WATCH:?}"
    );
    let mut answered = 0;
    for mut client in clients {
        let mut reply = vec![0; frame.len()];
        client.set_read_timeout(Some(SERVER_TIMEOUT))?;
        client
            .read_exact(&mut reply)
            .with_context(|| format!("client {answered} has no reply"))?;
        ensure!(reply == frame, "client {answered} has a wrong reply");
        answered += 1;
    }
    let spent = cpu.as_micros() as u64;
    Ok(Counts::from([
        ("clients answered", answered),
        ("µs of CPU while short", spent),
    ]))
}
