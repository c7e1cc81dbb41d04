//! A program under observation: its input, its output with times, and its end.

use std::io::{PipeReader, Read};
#[cfg(unix)]
use std::os::fd::OwnedFd;
use std::process::{Command, ExitCode, ExitStatus};
use std::sync::mpsc::Sender;
use std::thread;
use std::time::Instant;

use anyhow::{Context, Result};

use crate::clock::now;
use crate::console::{self, Console, Ends, Input};
use crate::event::{Event, Output};
use crate::evidence::joined;
use crate::plan::{Plan, Program};
use crate::recording::{Chunk, Exit, Left, Played, not_asked_for};
use crate::side::Side;
use crate::step::Signal;
use crate::tree::{self, Orphan};
use crate::{files, strace};

/// Number of bytes that are kept of one output; a program that prints more ends its recording.
pub(crate) const MOST_PRINTED: usize = 1 << 20;

/// A running program; dropping it kills it.
#[derive(Debug)]
pub(crate) struct RunningProgram {
    pub side: Side,
    /// Number among the clients that run beside each other, from 1; a server's is 1.
    pub number: usize,
    pub pid: u32,
    input: Input,
    pub stdout: Vec<Chunk>,
    pub stderr: Vec<Chunk>,
    /// Number of bytes printed so far, on both outputs.
    pub bytes_printed: usize,
    /// The output that was cut at [`MOST_PRINTED`] bytes.
    pub cut: Option<Output>,
    pub exit: Option<Exit>,
    /// Time at which it exited.
    pub ended: Option<Instant>,
    pub open_outputs: usize,
    /// The outputs that are read, to look whether something is left to read.
    #[cfg(unix)]
    outputs: Vec<OwnedFd>,
    /// Standard output that is not read yet, and the number of bytes in it that the program did not write.
    unread: Option<(PipeReader, usize)>,
    pub serves_forever: bool,
    /// True if the script told it to end.
    pub stopped: bool,
    /// The ends of the program's earlier starts.
    earlier: Vec<Exit>,
}

impl RunningProgram {
    /// Starts `program` with an empty working directory of its own. Everything that happens to it is sent to
    /// `events`.
    pub(crate) fn start(
        (side, number): (Side, usize),
        program: &Program,
        plan: &Plan,
        console: Console,
        events: &Sender<Event>,
    ) -> Result<RunningProgram> {
        let name = program.command.first().context("an empty command")?;
        // The process that is started below can only exit, which would look like a program that ends at once.
        which::which(name).with_context(|| format!("cannot start {name}"))?;
        // One trace is kept of each side.
        let command = match plan.strace.as_ref().filter(|_| number == 1) {
            Some(strace) => strace::wrap(strace, &plan.folder, side, &program.command),
            None => program.command.clone(),
        };
        let directory = plan.directory(side, number);
        files::put(&directory, &program.files)?;
        let Ends {
            stdin,
            stdout,
            stderr,
            input,
            errors,
            output,
            #[cfg(unix)]
            looked_at,
            unread,
        } = console::open(console)?;
        #[cfg(unix)]
        let mut outputs: Vec<OwnedFd> = looked_at.into_iter().collect();
        #[cfg(unix)]
        if let Some(errors) = &errors {
            outputs.push(errors.try_clone()?.into());
        }
        let mut child = Command::new(std::env::current_exe()?)
            .arg(crate::message::RUN_PROGRAM)
            .args(["--console", console.name()])
            .arg("--")
            .args(&command)
            .current_dir(&directory)
            .env_remove("JAVA_TOOL_OPTIONS")
            .env_remove("JDK_JAVA_OPTIONS")
            .env_remove("_JAVA_OPTIONS")
            .envs(&program.environment)
            .env(tree::SIDE, side.name())
            .stdin(stdin)
            .stdout(stdout)
            .stderr(stderr)
            .spawn()
            .with_context(|| format!("cannot start {name}"))?;
        let pid = child.id();
        let open_outputs = usize::from(errors.is_some()) + usize::from(output.is_some());
        if let Some(output) = output {
            watch(pid, Output::Stdout, output, 0, events.clone());
        }
        if let Some(errors) = errors {
            watch(pid, Output::Stderr, errors, 0, events.clone());
        }
        let events = events.clone();
        thread::spawn(move || {
            let exit = child.wait().map_or(Exit::StillRunning, exit_of);
            events.send(Event::Exited(pid, exit)).ok();
        });
        Ok(RunningProgram {
            side,
            number,
            pid,
            input,
            stdout: Vec::new(),
            stderr: Vec::new(),
            bytes_printed: 0,
            cut: None,
            exit: None,
            ended: None,
            open_outputs,
            #[cfg(unix)]
            outputs,
            unread,
            serves_forever: program.serves_forever,
            stopped: false,
            earlier: Vec::new(),
        })
    }

    /// Makes this program its next start, which keeps the output and the ends of the starts before.
    pub(crate) fn is_followed_by(&mut self, mut next: RunningProgram) {
        next.stdout = std::mem::take(&mut self.stdout);
        next.stderr = std::mem::take(&mut self.stderr);
        next.bytes_printed = self.bytes_printed;
        next.earlier = std::mem::take(&mut self.earlier);
        next.earlier.push(self.exit.unwrap_or(Exit::StillRunning));
        *self = next;
    }

    /// Reads the standard output that was kept full until now.
    pub(crate) fn read_output(&mut self, events: &Sender<Event>) {
        if let Some((output, filling)) = self.unread.take() {
            self.open_outputs += 1;
            watch(self.pid, Output::Stdout, output, filling, events.clone());
        }
    }

    /// Keeps a chunk that the program has printed.
    pub(crate) fn prints(&mut self, output: Output, chunk: Chunk) {
        self.bytes_printed += chunk.bytes.len();
        match output {
            Output::Stdout => self.stdout.push(chunk),
            Output::Stderr => self.stderr.push(chunk),
        }
    }

    /// Puts `bytes` on the program's standard input; a program that no longer reads is no error.
    pub(crate) fn feed(&self, bytes: &[u8]) {
        self.input.write(bytes);
    }

    /// Ends the program's standard input, behind all that was fed.
    pub(crate) fn end_input(&mut self) {
        self.input.end();
    }

    /// Returns `true` if everything that was fed, and the end of it, has reached the program's pipe.
    pub(crate) fn is_fed(&self) -> bool {
        self.input.is_written()
    }

    /// Returns `true` if the program has printed something that is not read yet. It may be blocked in its write.
    pub(crate) fn has_unread_output(&self) -> Result<bool> {
        #[cfg(unix)]
        return console::has_output(&self.outputs);
        #[cfg(not(unix))]
        Ok(false)
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
        String::from_utf8_lossy(&joined(&self.stdout)).into_owned()
    }

    /// Sends SIGQUIT. A JVM answers it with its threads' stacks on standard output, as `jstack` prints them.
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

    /// Returns everything that the program did and how it ended, with those of `orphans` and the files that
    /// it left behind.
    pub(crate) fn played(&self, exit: Exit, plan: &Plan, orphans: &[Orphan]) -> Played {
        // An orphan that hides whose it is counts against every program.
        let own = |orphan: &&Orphan| orphan.side.is_none_or(|side| side == self.side);
        let mut processes: Vec<String> = orphans
            .iter()
            .filter(own)
            .map(|orphan| orphan.name.clone())
            .collect();
        processes.sort();
        Played {
            stdout: self.stdout.clone(),
            stderr: self.stderr.clone(),
            exit,
            earlier: self.earlier.clone(),
            stopped: self.stopped,
            left: Left {
                processes,
                files: files::left(&plan.directory(self.side, self.number)),
            },
            trace: not_asked_for(),
        }
    }
}

impl Drop for RunningProgram {
    fn drop(&mut self) {
        self.signal(Signal::Kill);
    }
}

/// Sends what arrives on `output` as events, without its first `skip` bytes. Stops to read after
/// [`MOST_PRINTED`] bytes, so a program that prints without end is blocked in its write and costs nothing.
fn watch(
    pid: u32,
    output: Output,
    mut pipe: impl Read + Send + 'static,
    mut skip: usize,
    events: Sender<Event>,
) {
    thread::spawn(move || {
        let mut buffer = vec![0; 64 * 1024];
        let mut kept = 0;
        while let Ok(n @ 1..) = pipe.read(&mut buffer) {
            let skipped = skip.min(n);
            skip -= skipped;
            let new = &buffer[skipped..n];
            let bytes = &new[..new.len().min(MOST_PRINTED - kept)];
            kept += bytes.len();
            if !bytes.is_empty() {
                let (time, bytes) = (now(), bytes.to_vec());
                let chunk = Chunk { time, bytes };
                events.send(Event::Printed(pid, output, chunk)).ok();
            }
            if kept == MOST_PRINTED {
                events.send(Event::Cut(pid, output)).ok();
                // It stays open: a reader that goes away is something else that can happen to a program.
                loop {
                    thread::park();
                }
            }
        }
        events.send(Event::Closed(pid)).ok();
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
    use nix::sys::signal::{self, kill as send};
    let signal = match signal {
        Signal::Kill => signal::SIGKILL,
        Signal::Terminate => signal::SIGTERM,
        Signal::Interrupt => signal::SIGINT,
        Signal::Hangup => signal::SIGHUP,
        Signal::Stop => signal::SIGSTOP,
        Signal::Continue => signal::SIGCONT,
        Signal::Resize => signal::SIGWINCH,
    };
    send(nix::unistd::Pid::from_raw(pid as i32), signal).ok();
}

/// Kills a process of which the recorder is only an ancestor.
pub(crate) fn kill(pid: u32) {
    send(pid, Signal::Kill);
}

/// Ends the program in the one way that Windows has.
#[cfg(not(unix))]
fn send(pid: u32, signal: Signal) {
    if !matches!(signal, Signal::Stop | Signal::Continue | Signal::Resize) {
        Command::new("taskkill")
            .args(["/F", "/T", "/PID", &pid.to_string()])
            .output()
            .ok();
    }
}

/// Makes the kernel kill this process when its parent dies, so nothing outlives a killed harness.
#[cfg(target_os = "linux")]
pub(crate) fn die_with_parent() -> Result<()> {
    Ok(nix::sys::prctl::set_pdeathsig(nix::sys::signal::SIGKILL)?)
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn die_with_parent() -> Result<()> {
    Ok(())
}

/// Resets every signal to its default. A shell that starts the harness in the background may have made it
/// ignore some, and a program would inherit that.
#[cfg(unix)]
#[expect(unsafe_code, reason = "nix has no safe wrapper of sigaction")]
pub(crate) fn heed_signals() -> Result<()> {
    use nix::sys::signal::{self, SigHandler};
    for heeded in [
        signal::SIGHUP,
        signal::SIGINT,
        signal::SIGQUIT,
        signal::SIGTERM,
        signal::SIGPIPE,
    ] {
        // SAFETY: the default action is no function that could be called at a wrong moment.
        unsafe { signal::signal(heeded, SigHandler::SigDfl)? };
    }
    Ok(())
}

#[cfg(not(unix))]
pub(crate) fn heed_signals() -> Result<()> {
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
