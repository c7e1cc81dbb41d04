//! Attacks on servers that are told to stop while they are busy.

use std::collections::VecDeque;
use std::io::{ErrorKind, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use nix::sys::signal::Signal;

use super::honest;
use super::launcher::{AttackedServer, Launcher, Setup, Sink};
use super::outcome::Counts;
use super::shutdown::ShutdownCounts;
use crate::load::client_group::ClientGroup;
use crate::load::dial::dial;
use crate::load::frames::{Frames, frame};
use crate::load::process::Outputs;
use crate::load::wait::wait_until;

/// Time within which a server must begin to drain, and must end if it has nothing to wait for.
const SOON: Duration = Duration::from_secs(5);

/// Sends SIGTERM with a thousand frames in flight.
pub(crate) fn terminate(launcher: &mut Launcher, name: &str) -> Result<Counts> {
    under_load(launcher, name, Signal::SIGTERM, 20)
}

/// Sends SIGTERM to servers that have just begun to listen; they must end with exit status 0.
///
/// They are stopped with SIGSTOP before, so that nothing happens between the first client and the signal.
pub(crate) fn at_once(launcher: &mut Launcher, name: &str) -> Result<Counts> {
    const SERVERS: u64 = 20;
    for _ in 0..SERVERS {
        let command = launcher.command(&Setup::PLAIN)?;
        let mut server = launcher.spawn(name, command, Outputs::default())?;
        server.await_listening()?;
        server.freeze()?;
        server.signal(Signal::SIGTERM)?;
        server.thaw()?;
        let status = server.await_end(SOON)?;
        ensure!(status.success(), "told to stop it ended with {status}");
    }
    Ok(Counts::from([("servers stopped", SERVERS)]))
}

/// Sends SIGHUP with a thousand frames in flight.
pub(crate) fn hang_up(launcher: &mut Launcher, name: &str) -> Result<Counts> {
    under_load(launcher, name, Signal::SIGHUP, 10)
}

/// Stops servers with a thousand frames in flight; each must be answered, and the exit status must be 0.
fn under_load(launcher: &mut Launcher, name: &str, signal: Signal, servers: u64) -> Result<Counts> {
    let frames = Frames::new(1024);
    let mut answered = 0;
    for _ in 0..servers {
        let mut attacked = launcher.start(name, &Setup::PLAIN)?;
        let mut clients = ClientGroup::connect(attacked.address(), 64, &frames)?;
        clients.exchange(16, Duration::from_millis(50), &mut Vec::new())?;
        clients.send(16)?;
        let moment = Duration::from_micros(launcher.random.u64(..3000));
        let asked = Instant::now();
        while asked.elapsed() < moment {
            std::hint::spin_loop();
        }
        attacked.server.signal(signal)?;
        answered += clients.receive(Duration::ZERO, &mut Vec::new())?.messages;
        clients.await_end()?;
        let status = attacked.server.await_end(SOON)?;
        ensure!(status.success(), "told to stop it ended with {status}");
    }
    Ok(Counts::from([
        ("servers stopped", servers),
        ("frames in flight, all answered", answered),
    ]))
}

/// Sends a second signal to servers that may drain for a minute and whose outputs block.
pub(crate) fn second_signal(launcher: &mut Launcher, name: &str) -> Result<Counts> {
    let stalled = Setup {
        arguments: &["--drain-timeout", "60s"],
        stdout: Sink::StalledPipe,
        stderr: Sink::StalledPipe,
        ..Setup::PLAIN
    };
    let (term, int) = (Signal::SIGTERM, Signal::SIGINT);
    let pairs = [(term, term), (term, int), (int, term), (int, int)];
    for (first, second) in pairs {
        let mut attacked = launcher.start(name, &stalled)?;
        let _unread = leave_replies_unread(&attacked)?;
        attacked.server.signal(first)?;
        await_draining(&attacked).with_context(|| format!("after {first}"))?;
        ensure!(
            attacked.server.is_running()?,
            "{first} ends it with replies unsent"
        );
        attacked.server.signal(second)?;
        let ended = attacked.server.await_end(SOON);
        let status = ended.with_context(|| format!("{first}, then {second}"))?;
        ensure!(
            !status.success(),
            "after both signals it ended with {status}"
        );
    }
    Ok(Counts::from([(
        "servers ended at once",
        pairs.len() as u64,
    )]))
}

/// Stops a server while clients are inside a frame; it must count them as cut.
pub(crate) fn half_a_frame(launcher: &mut Launcher, name: &str) -> Result<Counts> {
    let mut attacked = launcher.start(name, &Setup::with(&["--drain-timeout", "2s"]))?;
    let whole = frame("a message");
    let begun: [&[u8]; 3] = [&whole[..1], &whole[..2], &whole[..5]];
    let mut clients = vec![dial(attacked.address())?];
    for bytes in begun {
        let mut client = dial(attacked.address())?;
        client.write_all(bytes)?;
        clients.push(client);
    }
    honest::visit(attacked.address())?;
    attacked.server.signal(Signal::SIGTERM)?;
    attacked.server.await_end(SOON)?;
    let cut = ShutdownCounts::of(&attacked.server.log())?.cut;
    let due = begun.len() as u64;
    ensure!(
        cut == due,
        "{due} clients were inside a frame, and {cut} are counted as cut"
    );
    Ok(Counts::from([(
        "clients inside a frame, counted as cut",
        cut,
    )]))
}

/// Stops a server while clients wait and others keep connecting; it must end.
pub(crate) fn storm(launcher: &mut Launcher, name: &str) -> Result<Counts> {
    let mut attacked = launcher.start(name, &Setup::with(&["--drain-timeout", "2s"]))?;
    let address = attacked.address();
    let (connections, over) = (AtomicU64::new(0), AtomicBool::new(false));
    let ended = thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| connect_until(address, &over, &connections));
        }
        let stopped = stop_in_storm(&mut attacked, &connections);
        over.store(true, Ordering::Relaxed);
        stopped
    });
    let took = ended?;
    Ok(Counts::from([
        ("connections", connections.into_inner()),
        ("ms to end", took.as_millis() as u64),
    ]))
}

fn stop_in_storm(attacked: &mut AttackedServer, connections: &AtomicU64) -> Result<Duration> {
    wait_until(SOON * 2, "nobody can connect", || {
        Ok(connections.load(Ordering::Relaxed) >= 5000)
    })?;
    // It is stopped until clients wait.
    attacked.server.freeze()?;
    attacked.await_unread(500 * IN_A_HURRY.len())?;
    let told = Instant::now();
    attacked.server.signal(Signal::SIGTERM)?;
    attacked.server.thaw()?;
    attacked.server.await_end(Duration::from_secs(2) + SOON)?;
    Ok(told.elapsed())
}

const IN_A_HURRY: &str = "in a hurry";

/// Connects and sends a message, again and again; the last 50 connections stay open.
fn connect_until(address: SocketAddr, over: &AtomicBool, connections: &AtomicU64) {
    let message = frame(IN_A_HURRY);
    let mut open = VecDeque::new();
    while !over.load(Ordering::Relaxed) {
        // The connection is refused once the server no longer listens.
        let Ok(mut client) = dial(address) else {
            thread::yield_now();
            continue;
        };
        client.write_all(&message).ok();
        connections.fetch_add(1, Ordering::Relaxed);
        open.push_back(client);
        if open.len() > 50 {
            open.pop_front();
        }
    }
}

/// Sends messages and reads no reply, until the server reads no more of them.
fn leave_replies_unread(attacked: &AttackedServer) -> Result<TcpStream> {
    let mut client = dial(attacked.address())?;
    client.set_nonblocking(true)?;
    let message = frame(&"a".repeat(60_000));
    let mut position = 0;
    let mut refused = 0;
    // The server takes turns. If the socket is full again after an honest visit, it reads no more here.
    while refused < 2 {
        match client.write(&message[position..]) {
            Ok(sent) => {
                position = (position + sent) % message.len();
                refused = 0;
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                refused += 1;
                honest::visit(attacked.address())?;
            }
            Err(error) => return Err(error).context("cannot send"),
        }
    }
    Ok(client)
}

/// Waits until the server no longer listens.
fn await_draining(attacked: &AttackedServer) -> Result<()> {
    wait_until(SOON, "it does not begin to drain", || {
        Ok(!recorder::listening(attacked.port())?)
    })
}
