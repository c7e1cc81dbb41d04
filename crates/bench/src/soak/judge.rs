//! The execution of an attack, and the judgement of the server.
//!
//! A server withstands an attack in waves if
//! - its honest clients wait little longer than those of a server that nobody attacks ([`super::honest`]);
//! - it closes the descriptor of every connection;
//! - its memory stays within three bounds: after each wave, at its peak, and in its growth from the first
//!   wave to the last;
//! - it ends in time when it is told to stop.
//!
//! With the bounds 8 MiB, 32 MiB and 1 MiB, memory of 2 MiB before the attack and of 9, 9 and 9.5 MiB after
//! three waves is allowed. Memory of 4, 6 and 8 MiB is not, because it grows.

use std::net::SocketAddr;

use anyhow::{Context, Result, ensure};

use super::attacks::{Attack, Execution, Waves};
use super::honest::{self, Waits};
use super::launcher::{AttackedServer, Launcher};
use super::outcome::{Counts, Outcome, listed};

/// Makes `attack`, beside a server at `peaceful` that nobody attacks.
pub(crate) fn attack(
    launcher: &mut Launcher,
    peaceful: SocketAddr,
    attack: &Attack,
    waves: usize,
) -> Outcome {
    Outcome::of(match &attack.execution {
        Execution::OwnServers(run) => run(launcher, attack.name).map(|counts| listed(&counts)),
        Execution::Waves(bounds) => in_waves(launcher, peaceful, attack.name, bounds, waves),
    })
}

fn in_waves(
    launcher: &mut Launcher,
    peaceful: SocketAddr,
    name: &str,
    bounds: &Waves,
    waves: usize,
) -> Result<String> {
    let mut attacked = launcher.start(name, &bounds.setup)?;
    let mut watch = Watch::begin(&attacked)?;
    let address = attacked.address();
    let mut attack = || {
        for wave in 1..=waves {
            let counts = (bounds.wave)(&mut attacked, &mut launcher.random);
            watch.add(&attacked, counts.with_context(|| format!("wave {wave}"))?)?;
        }
        Ok(())
    };
    let waits = if bounds.serves_honest_clients {
        Some(honest::beside(address, peaceful, attack)?.1)
    } else {
        attack()?;
        None
    };
    honest::visit(address).context("after the attack")?;
    let mut found = vec![listed(&watch.counts)];
    found.extend(waits.map(Waits::judge).transpose()?);
    found.push(watch.judge(&attacked, bounds)?);
    (bounds.end)(&mut attacked)?;
    Ok(found.join("; "))
}

/// The counts, descriptors and memory of the waves so far.
struct Watch {
    counts: Counts,
    descriptors: usize,
    /// Bytes of the server's memory before the first wave and after each.
    memory: Vec<u64>,
}

impl Watch {
    fn begin(attacked: &AttackedServer) -> Result<Watch> {
        Ok(Watch {
            counts: Counts::new(),
            descriptors: attacked.server.descriptors()?,
            memory: vec![attacked.server.memory()?],
        })
    }

    fn add(&mut self, attacked: &AttackedServer, counts: Counts) -> Result<()> {
        for (what, count) in counts {
            *self.counts.entry(what).or_default() += count;
        }
        attacked.server.await_descriptors(self.descriptors)?;
        self.memory.push(attacked.server.memory()?);
        Ok(())
    }

    fn judge(&self, attacked: &AttackedServer, bounds: &Waves) -> Result<String> {
        let peak = attacked.server.peak_memory()?;
        let kilobytes = |bytes: &u64| (bytes / 1024).to_string();
        let memory: Vec<String> = self.memory.iter().map(kilobytes).collect();
        let found = format!("memory {} KiB, peak {}", memory.join(" → "), peak / 1024);
        let [before, after @ ..] = &self.memory[..] else {
            return Ok(found);
        };
        let most = before + bounds.retained;
        ensure!(
            after.iter().all(|bytes| *bytes <= most),
            "{found}: more than {} is kept",
            most / 1024
        );
        ensure!(is_flat(after, bounds.growth), "{found}: it grows");
        let most = before + bounds.peak;
        ensure!(peak <= most, "{found}: more than {} at a time", most / 1024);
        Ok(found)
    }
}

fn is_flat(memory: &[u64], growth: u64) -> bool {
    match memory {
        [first, .., last] => *last <= first + growth.max(first / 10),
        _ => true,
    }
}
