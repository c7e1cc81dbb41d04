//! A program under observation: its console in both directions, with times, and how it ended.

use std::io::{Read, Write};
use std::process::{Child, Command, ExitCode, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use super::script::Event;
use super::{Nanos, Plan, Played, Program, Side, not_asked_for, now, strace};

/// Bytes that arrived together on an output.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Chunk {
    pub(crate) time: Nanos,
    #[serde(with = "hex")]
    pub(crate) bytes: Vec<u8>,
}

/// How a program ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Exit {
    Code(i32),
    Signal(i32),
    /// It had to be killed at the recording's end.
    StillRunning,
}

impl std::fmt::Display for Exit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Exit::Code(code) => write!(f, "exit {code}"),
            Exit::Signal(signal) => write!(f, "killed by signal {signal}"),
            Exit::StillRunning => write!(f, "still running"),
        }
    }
}

/// One of a program's two outputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Output {
    Stdout,
    Stderr,
}

/// A running program; dropping it kills it.
#[derive(Debug)]
pub(crate) struct Actor {
    pub(crate) pid: u32,
    console: Console,
    pub(crate) stdout: Vec<Chunk>,
    pub(crate) stderr: Vec<Chunk>,
    pub(crate) exit: Option<Exit>,
    pub(crate) open_outputs: usize,
    pub(crate) serves_forever: bool,
}

impl Actor {
    /// Starts `program`; all that happens to it arrives as events.
    pub(crate) fn start(
        side: Side,
        program: &Program,
        plan: &Plan,
        events: &Sender<Event>,
    ) -> Result<Actor> {
        let name = program.command.first().context("an empty command")?;
        // Below, it would look like a program that ends at once.
        which::which(name).with_context(|| format!("cannot start {name}"))?;
        let command = match &plan.strace {
            Some(strace) => strace::wrap(strace, &plan.folder, side, &program.command),
            None => program.command.clone(),
        };
        let mut child = Command::new(std::env::current_exe()?)
            .arg("run-program")
            .arg("--")
            .args(&command)
            .env_remove("JAVA_TOOL_OPTIONS")
            .env_remove("JDK_JAVA_OPTIONS")
            .env_remove("_JAVA_OPTIONS")
            .envs(&program.environment)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start {name}"))?;
        let pid = child.id();
        let console = Console::of(&mut child)?;
        let stdout = child.stdout.take().context("no standard output")?;
        let stderr = child.stderr.take().context("no standard error")?;
        watch(side, Output::Stdout, stdout, events.clone());
        watch(side, Output::Stderr, stderr, events.clone());
        let events = events.clone();
        thread::spawn(move || {
            let exit = child.wait().map_or(Exit::StillRunning, exit_of);
            events.send(Event::Exited(side, exit)).ok();
        });
        Ok(Actor {
            pid,
            console,
            stdout: Vec::new(),
            stderr: Vec::new(),
            exit: None,
            open_outputs: 2,
            serves_forever: program.serves_forever,
        })
    }

    /// Puts `bytes` on the program's standard input; a program that no longer reads is no error.
    pub(crate) fn feed(&self, bytes: &[u8]) {
        self.console.write(bytes);
    }

    /// Ends the program's standard input, behind all that was fed.
    pub(crate) fn end_input(&mut self) {
        self.console.end();
    }

    /// Whether all that was fed, and the end of it, has reached the program's pipe.
    pub(crate) fn is_fed(&self) -> bool {
        self.console.waiting.load(Ordering::Acquire) == 0
    }

    pub(crate) fn lines(&self) -> usize {
        let bytes = self.stdout.iter().flat_map(|chunk| &chunk.bytes);
        bytes.filter(|&&byte| byte == b'\n').count()
    }

    pub(crate) fn signal(&self, signal: Signal) {
        if self.exit.is_none() {
            send(self.pid, signal);
        }
    }

    pub(crate) fn printed(&self) -> String {
        let bytes: Vec<u8> = self
            .stdout
            .iter()
            .flat_map(|chunk| chunk.bytes.clone())
            .collect();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// A JVM answers SIGQUIT with what `jstack` would print, on its standard output.
    pub(crate) fn ask_for_thread_dump(&self) {
        #[cfg(unix)]
        nix::sys::signal::kill(
            nix::unistd::Pid::from_raw(self.pid as i32),
            nix::sys::signal::Signal::SIGQUIT,
        )
        .ok();
    }

    pub(crate) fn has_dumped(&self) -> bool {
        // JDK 8 counts references, later ones refs; the line stands behind the last thread.
        self.printed().contains("\nJNI global ref")
    }

    /// What it did, and how it ended.
    pub(crate) fn played(&self, exit: Exit) -> Played {
        Played {
            stdout: self.stdout.clone(),
            stderr: self.stderr.clone(),
            exit,
            trace: not_asked_for(),
        }
    }
}

impl Drop for Actor {
    fn drop(&mut self) {
        self.signal(Signal::Kill);
    }
}

/// What a script does to a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Signal {
    Kill,
    Terminate,
    Interrupt,
    Stop,
    Continue,
}

/// A program's standard input, written by a thread: a program that does not read would block the script.
#[derive(Debug)]
struct Console {
    /// `None` once the input is to end.
    sender: Option<Sender<Vec<u8>>>,
    /// What was given to the thread, and not yet by it.
    waiting: Arc<AtomicUsize>,
}

impl Console {
    fn of(child: &mut Child) -> Result<Console> {
        let mut stdin = child.stdin.take().context("no standard input")?;
        let (sender, receiver): (_, Receiver<Vec<u8>>) = channel();
        let waiting = Arc::new(AtomicUsize::new(0));
        let console = Console {
            sender: Some(sender),
            waiting: Arc::clone(&waiting),
        };
        thread::spawn(move || {
            for bytes in receiver {
                if stdin.write_all(&bytes).is_err() {
                    break;
                }
                waiting.fetch_sub(1, Ordering::Release);
            }
            drop(stdin);
            waiting.store(0, Ordering::Release);
        });
        Ok(console)
    }

    fn write(&self, bytes: &[u8]) {
        let Some(sender) = &self.sender else { return };
        self.waiting.fetch_add(1, Ordering::Release);
        if sender.send(bytes.to_vec()).is_err() {
            self.waiting.store(0, Ordering::Release);
        }
    }

    fn end(&mut self) {
        self.waiting.fetch_add(1, Ordering::Release);
        self.sender = None;
    }
}

fn watch(side: Side, output: Output, mut pipe: impl Read + Send + 'static, events: Sender<Event>) {
    thread::spawn(move || {
        let mut buffer = vec![0; 64 * 1024];
        while let Ok(n @ 1..) = pipe.read(&mut buffer) {
            let chunk = Chunk {
                time: now(),
                bytes: buffer[..n].to_vec(),
            };
            events.send(Event::Printed(side, output, chunk)).ok();
        }
        events.send(Event::Closed(side)).ok();
    });
}

#[cfg(unix)]
fn exit_of(status: ExitStatus) -> Exit {
    use std::os::unix::process::ExitStatusExt;
    match (status.code(), status.signal()) {
        (Some(code), _) => Exit::Code(code),
        (None, Some(signal)) => Exit::Signal(signal),
        (None, None) => Exit::StillRunning,
    }
}

#[cfg(not(unix))]
fn exit_of(status: ExitStatus) -> Exit {
    status.code().map_or(Exit::StillRunning, Exit::Code)
}

#[cfg(unix)]
fn send(pid: u32, signal: Signal) {
    use nix::sys::signal::{self, kill};
    let signal = match signal {
        Signal::Kill => signal::SIGKILL,
        Signal::Terminate => signal::SIGTERM,
        Signal::Interrupt => signal::SIGINT,
        Signal::Stop => signal::SIGSTOP,
        Signal::Continue => signal::SIGCONT,
    };
    kill(nix::unistd::Pid::from_raw(pid as i32), signal).ok();
}

/// Windows has one way to end a program.
#[cfg(not(unix))]
fn send(pid: u32, signal: Signal) {
    if matches!(signal, Signal::Kill | Signal::Terminate | Signal::Interrupt) {
        Command::new("taskkill")
            .args(["/F", "/T", "/PID", &pid.to_string()])
            .output()
            .ok();
    }
}

/// So that nothing outlives a killed harness.
#[cfg(target_os = "linux")]
pub(crate) fn die_with_parent() -> Result<()> {
    Ok(nix::sys::prctl::set_pdeathsig(nix::sys::signal::SIGKILL)?)
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn die_with_parent() -> Result<()> {
    Ok(())
}

#[cfg(unix)]
pub(crate) fn become_program(command: &[String]) -> Result<ExitCode> {
    use std::os::unix::process::CommandExt;
    let (name, arguments) = command.split_first().context("an empty command")?;
    let error = Command::new(name).args(arguments).exec();
    Err(error).with_context(|| format!("cannot run {name}"))
}

#[cfg(not(unix))]
pub(crate) fn become_program(command: &[String]) -> Result<ExitCode> {
    let (name, arguments) = command.split_first().context("an empty command")?;
    let status = Command::new(name).args(arguments).status();
    let status = status.with_context(|| format!("cannot run {name}"))?;
    Ok(ExitCode::from(status.code().unwrap_or(1) as u8))
}
