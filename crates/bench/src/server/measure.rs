//! The measurement of one server in one scenario, once.

use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use super::churn::churn;
use super::figures::{Figures, Metric, of_latencies};
use super::peer::{Peer, REFERENCE};
use super::room::Members;
use super::scenario::{Load, Room, Scenario};
use super::system_calls;
use crate::load::client_group::{ClientGroup, Exchanged};
use crate::load::cores::Cores;
use crate::load::frames::Frames;
use crate::load::process::{Outputs, ServerProcess, free_port, raise_descriptor_limit};

/// Number of bytes that a printing server prints first, for each connection, and before each message.
const BANNER: u64 = "---server---\n".len() as u64;
const GREETING: u64 = "一个客户端连接建立\n".len() as u64;
const PREFIX: u64 = "client say:\n".len() as u64;

/// The running servers, and the settings of their measurements.
#[derive(Debug)]
pub(crate) struct ServerBench {
    cores: Cores,
    /// The folder of the servers' outputs.
    folder: PathBuf,
    /// Time for which a load is measured.
    slice: Duration,
    /// Number of files that a process may have open.
    descriptors: u64,
    /// Servers by name. They keep running, because a JVM is fast only after a while.
    running: HashMap<String, ServerProcess>,
}

impl ServerBench {
    pub(crate) fn new(folder: PathBuf, slice: Duration) -> Result<ServerBench> {
        let cores = Cores::split()?;
        if !cores.are_apart() {
            eprintln!("one core only: the load takes its time from the server");
        }
        let descriptors = raise_descriptor_limit()?;
        Ok(ServerBench {
            cores,
            folder,
            slice,
            descriptors,
            running: HashMap::new(),
        })
    }

    pub(crate) fn measure(&mut self, scenario: Scenario, peer: &Peer) -> Result<Figures> {
        let needed = scenario.connections() as u64 + 100;
        let limit = self.descriptors;
        ensure!(
            needed <= limit,
            "needs {needed} descriptors, RLIMIT_NOFILE allows {limit}"
        );
        match scenario {
            Scenario::Load(load) => self.load(peer, load),
            Scenario::Room(room) => self.room(peer, room),
            Scenario::Idle { connections } => self.idle(peer, connections),
            Scenario::Accept => self.accept(peer),
            Scenario::StartUp => {
                let milliseconds = self.start(peer, false)?.start_up.as_secs_f64() * 1e3;
                Ok(Figures::from([(Metric::StartUp, milliseconds)]))
            }
        }
    }

    /// Returns the number of system calls for each message.
    ///
    /// This is no part of [`ServerBench::measure`], because counting slows the server.
    pub(crate) fn count(&mut self, scenario: Scenario, peer: &Peer) -> Result<Option<f64>> {
        let slice = self.slice / 2;
        let load = match scenario {
            Scenario::Load(load) => load,
            Scenario::Room(room) => {
                let (server, mut members) = self.open_room(peer, room)?;
                let exchange = || members.exchange(room.in_flight, slice, &mut Vec::new());
                let (calls, exchanged) = system_calls::count(server.pid(), exchange)?;
                return Ok(Some(calls as f64 / exchanged.messages as f64));
            }
            _ => return Ok(None),
        };
        let server = self.server(peer)?;
        let frames = Frames::new(load.body);
        let mut clients = ClientGroup::connect(server.address, load.connections, &frames)?;
        let exchange = || clients.exchange(load.in_flight, slice, &mut Vec::new());
        let (calls, exchanged) = system_calls::count(server.pid(), exchange)?;
        clients.close()?;
        Ok(Some(calls as f64 / exchanged.messages as f64))
    }

    fn load(&mut self, peer: &Peer, load: Load) -> Result<Figures> {
        let slice = self.slice;
        let frames = Frames::new(load.body);
        let server = self.server(peer)?;
        server.clear_transcript()?;
        let mut clients = ClientGroup::connect(server.address, load.connections, &frames)?;
        let warm_up = clients.exchange(load.in_flight, slice / 4, &mut Vec::new())?;
        let messages = clients.confirmations() + warm_up.messages;
        let printed = greetings(load.connections) + says(&frames, messages);
        settle(peer, server, printed)?;

        let mut latencies = Vec::with_capacity(1 << 20);
        let before = server.cpu()?;
        let exchanged = clients.exchange(load.in_flight, slice, &mut latencies)?;
        settle(peer, server, printed + says(&frames, exchanged.messages))?;
        let cpu = server.cpu()? - before;
        clients.close()?;
        Ok(figures(exchanged, cpu, &mut latencies))
    }

    /// Measures a room in a new process, with messages that are counted where they are delivered.
    fn room(&self, peer: &Peer, room: Room) -> Result<Figures> {
        let (server, mut members) = self.open_room(peer, room)?;
        members.exchange(room.in_flight, self.slice / 4, &mut Vec::new())?;
        let mut latencies = Vec::with_capacity(1 << 20);
        let before = server.cpu()?;
        let exchanged = members.exchange(room.in_flight, self.slice, &mut latencies)?;
        let cpu = server.cpu()? - before;
        Ok(figures(exchanged, cpu, &mut latencies))
    }

    fn open_room(&self, peer: &Peer, room: Room) -> Result<(ServerProcess, Members)> {
        let server = self.start(peer, true)?;
        let members = Members::join(server.address, room.members, peer.name != REFERENCE)?;
        Ok((server, members))
    }

    fn accept(&mut self, peer: &Peer) -> Result<Figures> {
        let slice = self.slice;
        let server = self.server(peer)?;
        let frames = Frames::new(16);
        churn(server.address, &frames, slice / 4, &mut Vec::new())?;
        let mut latencies = Vec::new();
        let before = server.cpu()?;
        let exchanged = churn(server.address, &frames, slice, &mut latencies)?;
        let cpu = server.cpu()? - before;
        Ok(figures(exchanged, cpu, &mut latencies))
    }

    /// Measures memory in a new process, because free memory on the heap of a used one would hide the growth.
    fn idle(&mut self, peer: &Peer, connections: usize) -> Result<Figures> {
        let server = self.start(peer, false)?;
        let (small, large) = (Frames::new(16), Frames::new(4096));
        let first = ClientGroup::connect(server.address, 1, &large)?;
        let before = server.memory()?;
        let each = || -> Result<f64> {
            Ok((server.memory()? as f64 - before as f64) / connections as f64)
        };
        let mut clients = ClientGroup::connect(server.address, connections, &small)?;
        let idle = each()?;
        clients.change(&large);
        clients.exchange(1, Duration::ZERO, &mut Vec::new())?;
        let after = each()?;
        first.close()?;
        clients.close()?;
        Ok(Figures::from([
            (Metric::Idle, idle),
            (Metric::IdleAfterFrame, after),
        ]))
    }

    /// Kills a server that has failed; the next measurement starts another.
    pub(crate) fn discard(&mut self, peer: &Peer) {
        self.running.remove(&peer.name);
    }

    fn server(&mut self, peer: &Peer) -> Result<&ServerProcess> {
        if !self.running.contains_key(&peer.name) {
            let server = self.start(peer, false)?;
            let frames = Frames::new(256);
            let mut clients = ClientGroup::connect(server.address, 64, &frames)?;
            let exchanged = clients.exchange(1, self.slice, &mut Vec::new())?;
            let messages = clients.confirmations() + exchanged.messages;
            // One connection more has found it listening.
            let printed = BANNER + greetings(64 + 1) + says(&frames, messages);
            settle(peer, &server, printed)?;
            clients.close()?;
            self.running.insert(peer.name.clone(), server);
        }
        self.running.get(&peer.name).context("it was inserted")
    }

    fn start(&self, peer: &Peer, has_room: bool) -> Result<ServerProcess> {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, free_port()?));
        let command = peer.command(address.port(), has_room);
        let outputs = Outputs::default();
        let mut server = ServerProcess::spawn(
            outputs,
            &peer.name,
            command,
            address,
            self.cores,
            &self.folder,
        )?;
        server.await_listening()?;
        Ok(server)
    }
}

/// Returns the number of bytes that a printing server prints for `connections` connections.
fn greetings(connections: usize) -> u64 {
    connections as u64 * GREETING
}

/// Returns the number of bytes that a printing server prints for `messages` of these frames.
fn says(frames: &Frames, messages: u64) -> u64 {
    messages * (PREFIX + frames.frame_size() - 2)
}

/// Waits until a printing server has printed `bytes`, so that this work is not measured with the next.
fn settle(peer: &Peer, server: &ServerProcess, bytes: u64) -> Result<()> {
    if peer.prints {
        server.await_transcript(bytes)?;
    }
    Ok(())
}

fn figures(exchanged: Exchanged, cpu: Duration, latencies: &mut [u32]) -> Figures {
    let messages = exchanged.messages as f64;
    let mut figures = of_latencies(messages / exchanged.elapsed.as_secs_f64(), latencies);
    figures.insert(Metric::Cpu, cpu.as_secs_f64() * 1e6 / messages);
    figures
}
