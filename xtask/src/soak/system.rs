//! A hostile system: an output that takes nothing, too few descriptors, a signal under load.

use std::io::{Read, Write};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use nix::sys::signal::Signal;

use super::attack::Counts;
use super::ground::{Field, Ground};
use crate::load::dial::dial;
use crate::load::fleet::{Fleet, PATIENCE};
use crate::load::tape::Tape;

/// Descriptors that a server has which is short of them.
pub(crate) const DESCRIPTORS: usize = 100;

/// Clients that come nevertheless.
const CLIENTS: usize = 3 * DESCRIPTORS;

/// How long a server short of descriptors is watched.
const WATCH: Duration = Duration::from_secs(1);

/// Tens of megabytes of messages, each answered, while the transcript goes nowhere.
pub(crate) fn transcript(field: &mut Field) -> Result<Counts> {
    let tape = Tape::new(4096);
    let mut fleet = Fleet::connect(field.server.address, 64, &tape)?;
    let driven = fleet.drive(16, Duration::from_secs(1), &mut Vec::new())?;
    field.honest()?;
    fleet.close()?;
    Ok(Counts::from([("messages answered", driven.messages)]))
}

/// Three times as many clients as it has descriptors: it waits without spinning, and serves each one
/// as those before it leave.
pub(crate) fn descriptors(field: &mut Field) -> Result<Counts> {
    let tape = Tape::new(256);
    let frame = tape.at(0, tape.frame() as usize);
    let mut clients = Vec::with_capacity(CLIENTS);
    for _ in 0..CLIENTS {
        let mut client = dial(field.server.address)?;
        client.write_all(frame)?;
        clients.push(client);
    }
    while field.server.descriptors()? < DESCRIPTORS {
        thread::yield_now();
    }
    let before = field.server.cpu()?;
    thread::sleep(WATCH);
    let cpu = field.server.cpu()? - before;
    ensure!(
        cpu < WATCH / 10,
        "out of descriptors it spins: {cpu:?} of CPU time in {WATCH:?}"
    );
    let mut answered = 0;
    for mut client in clients {
        let mut reply = vec![0; frame.len()];
        client.set_read_timeout(Some(PATIENCE))?;
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

/// Servers told to stop with a thousand frames on their way: each is answered, and the exit is 0.
pub(crate) fn terminate(ground: &mut Ground) -> Result<Counts> {
    let tape = Tape::new(1024);
    let (mut servers, mut answered) = (0, 0);
    while servers < 10 {
        let mut server = ground.healthy()?;
        let mut fleet = Fleet::connect(server.address, 64, &tape)?;
        fleet.drive(16, Duration::from_millis(50), &mut Vec::new())?;
        fleet.ask(16)?;
        let moment = Duration::from_micros(ground.random.u64(..3000));
        let asked = Instant::now();
        while asked.elapsed() < moment {
            std::hint::spin_loop();
        }
        server.signal(Signal::SIGTERM)?;
        answered += fleet.collect(Duration::ZERO, &mut Vec::new())?.messages;
        fleet.await_end()?;
        let status = server.await_end()?;
        ensure!(status.success(), "told to stop it ended with {status}");
        servers += 1;
    }
    Ok(Counts::from([
        ("servers stopped", servers),
        ("frames in flight, all answered", answered),
    ]))
}
