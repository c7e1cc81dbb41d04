//! The servers that are attacked, and what it means to withstand.

use std::fs::File;
use std::io::{PipeReader, pipe};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use super::attack::{Attack, Counts};
use super::clients::SLOW_FRAME;
use super::system::DESCRIPTORS;
use crate::load::cores::Cores;
use crate::load::fleet::Fleet;
use crate::load::process::{ServerProcess, free_port, raise_descriptor_limit};
use crate::load::tape::Tape;

/// Growth from the first wave to the last that is an allocator's and not a leak.
const SLACK: u64 = 1 << 20;

#[derive(Debug)]
pub(crate) struct Ground {
    program: PathBuf,
    folder: PathBuf,
    cores: Cores,
    pub(crate) random: fastrand::Rng,
}

/// One server under attack.
#[derive(Debug)]
pub(crate) struct Field {
    pub(crate) server: ServerProcess,
    /// The longest that an honest client waited for its reply.
    slowest: Duration,
    /// The end of a pipe that nobody reads.
    _stalled: Option<PipeReader>,
}

#[derive(Debug)]
pub(crate) struct Outcome {
    /// Of all waves.
    pub(crate) counts: Counts,
    pub(crate) slowest: Duration,
    /// The server's memory after each wave, in bytes.
    pub(crate) memory: Vec<u64>,
}

impl Ground {
    pub(crate) fn open(program: PathBuf, folder: PathBuf, seed: u64) -> Result<Ground> {
        raise_descriptor_limit()?;
        let random = fastrand::Rng::with_seed(seed);
        Ok(Ground {
            program,
            folder,
            cores: Cores::split()?,
            random,
        })
    }

    /// Attacks a server in `waves`; an error says how it failed to withstand.
    pub(crate) fn withstand(&mut self, attack: Attack, waves: usize) -> Result<Outcome> {
        let mut field = self.field(attack)?;
        field.honest()?;
        let descriptors = field.server.descriptors()?;
        let mut outcome = Outcome {
            counts: Counts::new(),
            slowest: Duration::ZERO,
            memory: Vec::new(),
        };
        for wave in 1..=waves {
            let counts = attack
                .wave(self, &mut field)
                .with_context(|| format!("wave {wave}"))?;
            for (what, count) in counts {
                *outcome.counts.entry(what).or_default() += count;
            }
            field.server.await_descriptors(descriptors)?;
            outcome.memory.push(field.server.memory()?);
        }
        field.honest().context("after the attack")?;
        outcome.slowest = field.slowest;
        ensure!(is_flat(&outcome.memory), "memory grew: {outcome}");
        Ok(outcome)
    }

    fn field(&self, attack: Attack) -> Result<Field> {
        let (stdout, stalled) = self.stdout(attack)?;
        let port = free_port()?;
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let mut command = match attack {
            Attack::Descriptors => {
                let mut shell = Command::new("sh");
                let limited = format!("ulimit -n {DESCRIPTORS} && exec \"$0\" \"$@\"");
                shell.arg("-c").arg(limited).arg(&self.program);
                shell
            }
            _ => Command::new(&self.program),
        };
        command.arg("--listen").arg(address.to_string());
        if attack == Attack::SlowLoris {
            command
                .arg("--frame-timeout")
                .arg(format!("{}s", SLOW_FRAME.as_secs()));
        }
        let name = attack.to_string();
        let server =
            ServerProcess::start_into(stdout, &name, command, address, self.cores, &self.folder)?;
        Ok(Field {
            server,
            slowest: Duration::ZERO,
            _stalled: stalled,
        })
    }

    /// A server that nothing is wrong with.
    pub(crate) fn healthy(&self) -> Result<ServerProcess> {
        Ok(self.field(Attack::Terminate)?.server)
    }

    fn stdout(&self, attack: Attack) -> Result<(Stdio, Option<PipeReader>)> {
        Ok(match attack {
            Attack::FullDisk => {
                let full = File::options().write(true).open("/dev/full");
                (full.context("cannot open /dev/full")?.into(), None)
            }
            Attack::ClosedPipe => (pipe()?.1.into(), None),
            Attack::StalledPipe => {
                let (reader, writer) = pipe()?;
                (writer.into(), Some(reader))
            }
            _ => (File::create(self.folder.join("transcript"))?.into(), None),
        })
    }
}

impl Field {
    /// An honest client comes, says a message, hears it, and goes.
    pub(crate) fn honest(&mut self) -> Result<()> {
        let begun = Instant::now();
        let tape = Tape::new(256);
        Fleet::connect(self.server.address, 1, &tape)
            .and_then(Fleet::close)
            .context("an honest client was not served")?;
        self.slowest = self.slowest.max(begun.elapsed());
        Ok(())
    }
}

fn is_flat(memory: &[u64]) -> bool {
    match memory {
        [first, .., last] => *last <= first + SLACK.max(first / 10),
        _ => true,
    }
}
