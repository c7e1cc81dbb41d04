//! The number of a server's system calls, from `perf stat`.
//!
//! It needs the right to read tracepoints: root, or `kernel.perf_event_paranoid` -1 and a readable
//! `/sys/kernel/tracing`. The total is the first field of its line `1234,,raw_syscalls:sys_enter,…`.

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::AsFd;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result};
use nix::poll::{PollFd, PollFlags, poll};
use nix::sys::signal::{Signal, kill};
use nix::sys::stat::Mode;
use nix::unistd::{Pid, mkfifo};

/// Runs `load`, and returns the number of system calls that `server` made meanwhile and the result of `load`.
pub(crate) fn count<T>(server: Pid, load: impl FnOnce() -> Result<T>) -> Result<(u64, T)> {
    let perf = Perf::attach(server)?;
    let said = load()?;
    Ok((perf.total()?, said))
}

struct Perf(Child);

impl Perf {
    /// Starts `perf stat` and returns once it counts, which it acknowledges through a named pipe.
    fn attach(server: Pid) -> Result<Perf> {
        let folder = tempfile::tempdir()?;
        let [control, acknowledgement] =
            ["control", "acknowledgement"].map(|name| folder.path().join(name));
        let open = |path: &Path| -> Result<File> {
            mkfifo(path, Mode::S_IRWXU)?;
            // Opened for reading and writing, it never waits for perf, which may fail to start.
            Ok(File::options().read(true).write(true).open(path)?)
        };
        let (mut commands, acknowledged) = (open(&control)?, open(&acknowledgement)?);
        let pipes = format!("fifo:{},{}", control.display(), acknowledgement.display());
        let child = Command::new("perf")
            .args(["stat", "-x,", "-eraw_syscalls:sys_enter", "--delay=-1"])
            .args(["--control", &pipes, "-p", &server.to_string()])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn();
        let mut perf = Perf(child.context("cannot run perf")?);
        writeln!(commands, "enable")?;
        let mut ready = [PollFd::new(acknowledged.as_fd(), PollFlags::POLLIN)];
        while poll(&mut ready, 100_u16)? == 0 {
            if perf.0.try_wait()?.is_some() {
                anyhow::bail!("perf cannot count: {}", perf.complaint()?);
            }
        }
        Ok(perf)
    }

    fn total(mut self) -> Result<u64> {
        kill(Pid::from_raw(self.0.id().cast_signed()), Signal::SIGINT)?;
        let text = self.output()?;
        let count = text.lines().find(|line| line.contains("raw_syscalls"));
        let count = count
            .and_then(|line| line.split(',').next())
            .unwrap_or(&text);
        count
            .parse()
            .with_context(|| format!("perf counted {count:?}"))
    }

    fn complaint(&mut self) -> Result<String> {
        let text = self.output()?;
        let mut lines = text.lines().map(str::trim);
        Ok(lines
            .find(|line| !line.is_empty() && *line != "Error:")
            .unwrap_or("it ended")
            .into())
    }

    fn output(&mut self) -> Result<String> {
        let mut text = String::new();
        let stderr = self.0.stderr.as_mut().context("perf has no output")?;
        stderr.read_to_string(&mut text)?;
        self.0.wait()?;
        Ok(text)
    }
}

impl Drop for Perf {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}
