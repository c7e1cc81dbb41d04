//! A server process: its start, its counters in `/proc`, and its end.

use std::fs::{self, File};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use nix::sys::signal::{Signal, kill};
use nix::time::ClockId;
use nix::unistd::Pid;

use super::cores::Cores;
use super::wait::wait_until;

/// Time within which a server must listen, print, or close its clients' connections.
const DEADLINE: Duration = Duration::from_secs(20);

/// The outputs of a server; `None` is a file, `NAME.out` or `NAME.log` in the folder of the task.
#[derive(Debug, Default)]
pub(crate) struct Outputs {
    pub(crate) stdout: Option<Stdio>,
    pub(crate) stderr: Option<Stdio>,
}

/// A running server; dropping it kills and reaps it.
#[derive(Debug)]
pub(crate) struct ServerProcess {
    name: String,
    child: Child,
    pub(crate) address: SocketAddr,
    begun: Instant,
    /// Time from just before the exec to the first connection.
    pub(crate) start_up: Duration,
    transcript: PathBuf,
    log: PathBuf,
}

impl ServerProcess {
    /// Starts `command` on the server's core, and does not wait for it to listen on `address`.
    ///
    /// Without other `outputs`, standard output goes to `NAME.out` and standard error to `NAME.log` in `folder`.
    pub(crate) fn spawn(
        outputs: Outputs,
        name: &str,
        mut command: Command,
        address: SocketAddr,
        cores: Cores,
        folder: &Path,
    ) -> Result<ServerProcess> {
        let output = folder.join(name.replace('/', "-"));
        let (transcript, log) = (output.with_extension("out"), output.with_extension("log"));
        let or_file = |given: Option<Stdio>, path: &Path| -> Result<Stdio> {
            let file = appending(path)?;
            Ok(given.unwrap_or(file.into()))
        };
        command
            .stdin(Stdio::null())
            .stdout(or_file(outputs.stdout, &transcript)?)
            .stderr(or_file(outputs.stderr, &log)?);
        let begun = Instant::now();
        let child = cores
            .on_servers(|| command.spawn())?
            .with_context(|| format!("cannot start {}", command.get_program().display()))?;
        Ok(ServerProcess {
            name: name.to_owned(),
            child,
            address,
            begun,
            start_up: Duration::ZERO,
            transcript,
            log,
        })
    }

    /// Tries to connect until it succeeds, without a pause, because a start may take less than a millisecond.
    pub(crate) fn await_listening(&mut self) -> Result<()> {
        let ServerProcess { name, address, .. } = self;
        while TcpStream::connect(*address).is_err() {
            if let Some(status) = self.child.try_wait()? {
                let why = self.last_log_line();
                bail!("{} ended before it listened: {status}; {why}", self.name);
            }
            let waited = self.begun.elapsed();
            ensure!(waited < DEADLINE, "{name} does not listen on {address}");
        }
        self.start_up = self.begun.elapsed();
        Ok(())
    }

    pub(crate) fn pid(&self) -> Pid {
        Pid::from_raw(self.child.id().cast_signed())
    }

    /// Returns the CPU time of all its threads, those that have ended included.
    pub(crate) fn cpu(&self) -> Result<Duration> {
        let clock = ClockId::pid_cpu_clock_id(self.pid()).context("no CPU clock of the server")?;
        Ok(clock
            .now()
            .context("cannot read the server's CPU clock")?
            .into())
    }

    /// Returns its proportional set size (PSS), in bytes.
    pub(crate) fn memory(&self) -> Result<u64> {
        self.bytes("smaps_rollup", "Pss:")
    }

    /// Returns its largest resident set size so far, in bytes.
    pub(crate) fn peak_memory(&self) -> Result<u64> {
        self.bytes("status", "VmHWM:")
    }

    /// Reads a line such as `Pss:   2112 kB` from a file in its folder of `/proc`, here 2,162,688 bytes.
    fn bytes(&self, file: &str, name: &str) -> Result<u64> {
        let text = self.proc(file)?;
        let line = text.lines().find_map(|line| line.strip_prefix(name));
        let kilobytes = line.and_then(|line| line.trim().strip_suffix(" kB"));
        let kilobytes: u64 = kilobytes
            .with_context(|| format!("no {name} in {file} of {}", self.name))?
            .parse()?;
        Ok(kilobytes * 1024)
    }

    /// Returns the number of its open file descriptors.
    pub(crate) fn descriptors(&self) -> Result<usize> {
        let folder = format!("/proc/{}/fd", self.child.id());
        Ok(fs::read_dir(&folder)
            .with_context(|| format!("cannot read {folder}"))?
            .count())
    }

    /// Waits until it has at most `most` descriptors, once it has closed its clients' connections.
    pub(crate) fn await_descriptors(&self, most: usize) -> Result<()> {
        let complaint = format!("{} does not close all but {most} descriptors", self.name);
        wait_until(DEADLINE, &complaint, || Ok(self.descriptors()? <= most))
    }

    /// Waits until it has at least `least` descriptors, so that it can accept nobody else.
    pub(crate) fn await_full(&self, least: usize) -> Result<()> {
        let complaint = format!("{} does not use all its {least} descriptors", self.name);
        wait_until(DEADLINE, &complaint, || Ok(self.descriptors()? >= least))
    }

    fn proc(&self, file: &str) -> Result<String> {
        let path = format!("/proc/{}/{file}", self.child.id());
        fs::read_to_string(&path).with_context(|| format!("cannot read {path} of {}", self.name))
    }

    /// Empties the file with its standard output.
    pub(crate) fn clear_transcript(&self) -> Result<()> {
        let file = File::options().write(true).open(&self.transcript)?;
        Ok(file.set_len(0)?)
    }

    /// Waits until it has printed exactly `bytes` since the transcript was cleared.
    pub(crate) fn await_transcript(&self, bytes: u64) -> Result<()> {
        let complaint = format!("{} does not print {bytes} bytes", self.name);
        wait_until(DEADLINE, &complaint, || {
            let length = fs::metadata(&self.transcript)?.len();
            ensure!(
                length <= bytes,
                "{} printed {length} bytes, not {bytes}",
                self.name
            );
            Ok(length == bytes)
        })
    }

    pub(crate) fn signal(&self, signal: Signal) -> Result<()> {
        kill(self.pid(), signal).with_context(|| format!("cannot send {signal} to {}", self.name))
    }

    /// Stops it with SIGSTOP until [`ServerProcess::thaw`], and returns once it has stopped.
    pub(crate) fn freeze(&self) -> Result<()> {
        self.signal(Signal::SIGSTOP)?;
        let complaint = format!("{} does not stop", self.name);
        wait_until(DEADLINE, &complaint, || self.is_stopped())
    }

    /// Returns whether it is stopped, by a signal (`T`) or by a tracer (`t`).
    fn is_stopped(&self) -> Result<bool> {
        let stat = self.proc("stat")?;
        // The state stands behind the name, which is in parentheses: `42 (hellohi-server) T 1 …`.
        let state = stat.rsplit_once(") ").map(|(_, behind)| behind);
        Ok(state.is_some_and(|state| state.starts_with(['T', 't'])))
    }

    pub(crate) fn thaw(&self) -> Result<()> {
        self.signal(Signal::SIGCONT)
    }

    /// Returns whether it has not ended.
    pub(crate) fn is_running(&mut self) -> Result<bool> {
        Ok(self.child.try_wait()?.is_none())
    }

    /// Waits until it ends, at most for `time`.
    pub(crate) fn await_end(&mut self, time: Duration) -> Result<ExitStatus> {
        let complaint = format!("{} does not end", self.name);
        wait_until(time, &complaint, || Ok(!self.is_running()?))?;
        Ok(self.child.wait()?)
    }

    /// Returns the last line of its log.
    pub(crate) fn last_log_line(&self) -> String {
        let log = self.log();
        log.lines().last().unwrap_or("its log is empty").to_owned()
    }

    /// Returns its whole log file.
    pub(crate) fn log(&self) -> String {
        let log = fs::read(&self.log).unwrap_or_default();
        String::from_utf8_lossy(&log).into_owned()
    }
}

impl Drop for ServerProcess {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// Returns a loopback port that was free a moment ago, for programs that do not print their port.
pub(crate) fn free_port() -> Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("no free port")?;
    Ok(listener.local_addr()?.port())
}

/// Raises the limit of open files of this process and its children to the hard limit, and returns it.
pub(crate) fn raise_descriptor_limit() -> Result<u64> {
    rlimit::increase_nofile_limit(u64::MAX).context("cannot raise RLIMIT_NOFILE")
}

/// Creates or empties a file and opens it in append mode, so that it can be emptied while the server writes.
fn appending(path: &Path) -> Result<File> {
    let open = || {
        File::create(path)?;
        File::options().append(true).open(path)
    };
    open().with_context(|| format!("cannot write {}", path.display()))
}
