//! The assignment of one core to a server and of another to the clients.

use anyhow::{Context, Result};
use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
use nix::unistd::Pid;

/// Two of the cores that this process may use.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cores {
    server: usize,
    load: usize,
}

impl Cores {
    /// Chooses the first allowed core for the server and the last for the clients, which may be the same.
    ///
    /// The calling thread moves to the clients' core.
    pub(crate) fn split() -> Result<Cores> {
        let allowed =
            sched_getaffinity(Pid::from_raw(0)).context("cannot read the CPU affinity")?;
        let mut cores = (0..CpuSet::count()).filter(|&core| allowed.is_set(core) == Ok(true));
        let server = cores.next().context("no core is allowed")?;
        let cores = Cores {
            server,
            load: cores.next_back().unwrap_or(server),
        };
        pin(cores.load)?;
        Ok(cores)
    }

    pub(crate) fn are_apart(self) -> bool {
        self.server != self.load
    }

    /// Runs `start` on the server's core, so that a process that it starts stays on that core.
    pub(crate) fn on_servers<T>(self, start: impl FnOnce() -> T) -> Result<T> {
        pin(self.server)?;
        let started = start();
        pin(self.load)?;
        Ok(started)
    }
}

fn pin(core: usize) -> Result<()> {
    let mut set = CpuSet::new();
    set.set(core)?;
    sched_setaffinity(Pid::from_raw(0), &set).with_context(|| format!("cannot move to core {core}"))
}
