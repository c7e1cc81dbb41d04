//! The number of a server's system calls, from `perf stat`.
//!
//! It needs the right to read tracepoints: root, or `kernel.perf_event_paranoid` -1 and a readable
//! `/sys/kernel/tracing`. The total is the first field of its line `1234,,raw_syscalls:sys_enter,…`.

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::AsFd;
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, ensure};
use nix::poll::{PollFd, PollFlags, poll};
use nix::sys::signal::{Signal, kill};
use nix::sys::stat::Mode;
use nix::unistd::{Pid, mkfifo};

/// Runs `load`, and returns the number of system calls that `server` made meanwhile and the result of `load`.
pub(crate) fn count<T>(server: Pid, load: impl FnOnce() -> Result<T>) -> Result<(u64, T)> {
    let mut perf = Perf::attach(server)?;
    perf.tell("enable")?;
    let said = load()?;
    perf.tell("disable")?;
    Ok((perf.total()?, said))
}

/// `perf stat` with its control and acknowledgement pipes.
struct Perf {
    child: Child,
    control: File,
    acknowledgement: File,
    _folder: tempfile::TempDir,
}

impl Perf {
    fn attach(server: Pid) -> Result<Perf> {
        let folder = tempfile::tempdir()?;
        let pipe = |name: &str| -> Result<_> {
            let path = folder.path().join(name);
            mkfifo(&path, Mode::S_IRWXU)?;
            // Opened for reading and writing, it never waits for perf, which may fail to start.
            Ok((File::options().read(true).write(true).open(&path)?, path))
        };
        let (control, control_path) = pipe("control")?;
        let (acknowledgement, acknowledgement_path) = pipe("acknowledgement")?;
        let pipes = format!(
            "fifo:{},{}",
            control_path.display(),
            acknowledgement_path.display()
        );
        let child = Command::new("perf")
            .args([
                "stat",
                "-x",
                ",",
                "-e",
                "raw_syscalls:sys_enter",
                "--delay",
                "-1",
            ])
            .args(["--control", &pipes, "-p", &server.to_string()])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .context("cannot run perf")?;
        Ok(Perf {
            child,
            control,
            acknowledgement,
            _folder: folder,
        })
    }

    /// Sends a command and waits until perf acknowledges it.
    fn tell(&mut self, command: &str) -> Result<()> {
        writeln!(self.control, "{command}")?;
        let mut ready = [PollFd::new(self.acknowledgement.as_fd(), PollFlags::POLLIN)];
        while poll(&mut ready, 100_u16)? == 0 {
            if self.child.try_wait()?.is_some() {
                anyhow::bail!("perf cannot count: {}", self.complaint()?);
            }
        }
        let n = self.acknowledgement.read(&mut [0; 16])?;
        ensure!(n > 0, "perf ended");
        Ok(())
    }

    fn total(mut self) -> Result<u64> {
        kill(Pid::from_raw(self.child.id().cast_signed()), Signal::SIGINT)?;
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
        let stderr = self.child.stderr.as_mut().context("perf has no output")?;
        stderr.read_to_string(&mut text)?;
        self.child.wait()?;
        Ok(text)
    }
}

impl Drop for Perf {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
