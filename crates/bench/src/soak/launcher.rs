//! The start of servers that are attacked, with the outputs and limits that they are given.

use std::env;
use std::fs::File;
use std::io::{ErrorKind, PipeReader, PipeWriter, Write, pipe};
use std::net::{Ipv4Addr, SocketAddr};
use std::os::fd::AsRawFd;
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result};
use nix::libc::O_NONBLOCK;
use recorder::Side;

use super::honest;
use crate::load::cores::Cores;
use crate::load::process::{Outputs, ServerProcess, free_port, raise_descriptor_limit};
use crate::load::wait::wait_until;

/// Arguments with which this program becomes the command behind them and dies with its parent.
pub(crate) const DIE_WITH_PARENT: [&str; 2] = ["run-program", "--"];

/// Time within which clients connect and their bytes arrive on loopback.
const ARRIVAL: Duration = Duration::from_secs(10);

/// The program and the settings with which servers are started.
#[derive(Debug)]
pub(crate) struct Launcher {
    pub(crate) program: PathBuf,
    /// The folder of the servers' outputs.
    folder: PathBuf,
    cores: Cores,
    pub(crate) random: fastrand::Rng,
}

/// A server's arguments, limits and outputs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Setup {
    pub(crate) arguments: &'static [&'static str],
    /// A command that becomes the server, such as `prlimit`, with its arguments; may be empty.
    pub(crate) wrapper: &'static [&'static str],
    pub(crate) stdout: Sink,
    pub(crate) stderr: Sink,
}

/// An output of a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sink {
    File,
    /// A file to which each write fails with ENOSPC.
    FullDisk,
    /// A pipe to which each write fails with EPIPE.
    ClosedPipe,
    /// A pipe that nobody reads, filled once the server serves.
    StalledPipe,
    /// A pipe that nobody reads, filled before the server starts.
    FullPipe,
}

impl Setup {
    /// The defaults.
    pub(crate) const PLAIN: Setup = Setup {
        arguments: &[],
        wrapper: &[],
        stdout: Sink::File,
        stderr: Sink::File,
    };

    /// Returns the defaults with these arguments.
    pub(crate) const fn with(arguments: &'static [&'static str]) -> Setup {
        Setup {
            arguments,
            ..Setup::PLAIN
        }
    }
}

/// One server under attack; dropping it kills and reaps it.
#[derive(Debug)]
pub(crate) struct AttackedServer {
    pub(crate) server: ServerProcess,
    /// The readers of pipes that nobody reads, which must stay open.
    _stalled: Vec<PipeReader>,
}

impl AttackedServer {
    pub(crate) fn address(&self) -> SocketAddr {
        self.server.address
    }

    pub(crate) fn port(&self) -> u16 {
        self.address().port()
    }

    /// Waits until `bytes` bytes wait for a server that does not read them.
    pub(crate) fn await_unread(&self, bytes: usize) -> Result<()> {
        wait_until(ARRIVAL, "the clients' bytes do not arrive", || {
            Ok(recorder::unread(Side::Server, self.port())? >= bytes)
        })
    }
}

impl Launcher {
    pub(crate) fn new(program: PathBuf, folder: PathBuf, seed: u64) -> Result<Launcher> {
        raise_descriptor_limit()?;
        Ok(Launcher {
            program,
            folder,
            cores: Cores::split()?,
            random: fastrand::Rng::with_seed(seed),
        })
    }

    /// Starts a server that dies with this process, and waits until it has served a client.
    pub(crate) fn start(&self, name: &str, setup: &Setup) -> Result<AttackedServer> {
        let (stdout, stdout_pipe) = sink(setup.stdout)?;
        let (stderr, stderr_pipe) = sink(setup.stderr)?;
        let outputs = Outputs { stdout, stderr };
        let mut server = self.spawn(name, self.command(setup)?, outputs)?;
        server.await_listening()?;
        honest::visit(server.address).context("at its start")?;
        let mut stalled = Vec::new();
        for (reader, writer) in [stdout_pipe, stderr_pipe].into_iter().flatten() {
            fill(&writer)?;
            stalled.push(reader);
        }
        Ok(AttackedServer {
            server,
            _stalled: stalled,
        })
    }

    /// Starts `command` with an address to listen on, and does not wait.
    pub(crate) fn spawn(
        &self,
        name: &str,
        mut command: Command,
        outputs: Outputs,
    ) -> Result<ServerProcess> {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, free_port()?));
        command.arg("--listen").arg(address.to_string());
        ServerProcess::spawn(outputs, name, command, address, self.cores, &self.folder)
    }

    /// Returns the command of a server that dies with this process.
    pub(crate) fn command(&self, setup: &Setup) -> Result<Command> {
        let mut command = Command::new(env::current_exe()?);
        command.args(DIE_WITH_PARENT).args(setup.wrapper);
        command.arg(&self.program).args(setup.arguments);
        Ok(command)
    }
}

type Pipe = (PipeReader, PipeWriter);

/// Opens an output for the server, and returns it with the pipe that nobody reads.
fn sink(sink: Sink) -> Result<(Option<Stdio>, Option<Pipe>)> {
    Ok(match sink {
        Sink::File => (None, None),
        Sink::FullDisk => {
            let full = File::options().write(true).open("/dev/full");
            let full = full.context("cannot open /dev/full")?;
            (Some(full.into()), None)
        }
        Sink::ClosedPipe => (Some(pipe()?.1.into()), None),
        Sink::StalledPipe | Sink::FullPipe => {
            let (reader, writer) = pipe()?;
            if sink == Sink::FullPipe {
                fill(&writer)?;
            }
            (Some(writer.try_clone()?.into()), Some((reader, writer)))
        }
    })
}

/// Fills a pipe to its last byte.
///
/// It opens the pipe anew, because the server's own file description must stay in blocking mode.
fn fill(writer: &PipeWriter) -> Result<()> {
    let path = format!("/proc/self/fd/{}", writer.as_raw_fd());
    let mut again = File::options()
        .write(true)
        .custom_flags(O_NONBLOCK)
        .open(path)?;
    // When a page no longer fits, single bytes may.
    for bytes in [&[b'\n'; 4096][..], b"\n"] {
        loop {
            match again.write(bytes) {
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) => return Err(error).context("cannot fill a pipe"),
            }
        }
    }
    Ok(())
}
