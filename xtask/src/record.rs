//! One conversation, observed whole: the programs' consoles and exits, and every segment on the wire.
//!
//! Each recording is made by a process of its own (`cargo xtask record-one`, hidden), which can enter
//! a network namespace before it has a second thread. It reads a [`Plan`] on standard input, writes its
//! evidence into the plan's folder, and prints the [`Recording`] as JSON. This module knows nothing of
//! what ought to have happened.

mod capture;
mod console;
mod evidence;
mod listening;
pub(crate) mod namespace;
#[cfg(target_os = "linux")]
mod netlink;
mod pcapng;
mod process;
mod script;
mod scripted;
mod sockets;
mod step;
pub(crate) mod strace;
mod threads;
mod tree;
mod wire;

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};

pub(crate) use console::Console;
pub(crate) use evidence::joined;
pub(crate) use listening::Listener;
#[cfg(test)]
pub(crate) use listening::ListenerKind;
pub(crate) use process::{Chunk, Exit, Signal};
pub(crate) use scripted::Act;
pub(crate) use step::{Await, Made, Step};
pub(crate) use strace::{Call, LATEST, SLACK, Strace, Trace};
pub(crate) use wire::{Connection, Segment};
#[cfg(test)]
pub(crate) use wire::{End, Stream};

/// The port that both of the lab's programs have in their source.
pub(crate) const PORT: u16 = 666;

/// Whether programs that are not isolated can have [`PORT`]; the error says what to do.
pub(crate) fn port_is_free() -> Result<()> {
    TcpListener::bind(("::", PORT)).with_context(|| {
        format!(
            "without isolation the programs need port {PORT}, which cannot be had here (as root, or with \
             `sysctl net.ipv4.ip_unprivileged_port_start={PORT}`, and with nobody else listening)"
        )
    })?;
    Ok(())
}

/// An end of the conversation.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, clap::ValueEnum,
)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Side {
    Client,
    Server,
}

impl Side {
    pub(crate) const BOTH: [Side; 2] = [Side::Client, Side::Server];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Side::Client => "client",
            Side::Server => "server",
        }
    }

    pub(crate) fn other(self) -> Side {
        match self {
            Side::Client => Side::Server,
            Side::Server => Side::Client,
        }
    }
}

/// Where a recording's network is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Isolation {
    /// A user and network namespace of its own (Linux).
    Namespace,
    /// This machine's own loopback interface, one recording at a time.
    None,
}

/// A program that plays a side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Program {
    /// The program's path and its arguments.
    pub(crate) command: Vec<String>,
    /// Variables that are set on top of the inherited environment.
    pub(crate) environment: BTreeMap<String, String>,
    /// Whether it ends by itself or serves until SIGTERM.
    pub(crate) serves_forever: bool,
}

/// What to do, and with which programs.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Plan {
    pub(crate) client: Option<Program>,
    pub(crate) server: Option<Program>,
    pub(crate) steps: Vec<Step>,
    pub(crate) deadline: Duration,
    pub(crate) isolation: Isolation,
    /// The strace to run the programs under, where their system calls are wanted.
    #[serde(default)]
    pub(crate) strace: Option<Strace>,
    /// Where the evidence goes.
    pub(crate) folder: PathBuf,
}

impl Plan {
    /// The working directory of the program on this side, which is empty when it starts.
    pub(crate) fn directory(&self, side: Side) -> PathBuf {
        self.folder.join(format!("{}.files", side.name()))
    }
}

/// What was observed.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Recording {
    pub(crate) client: Option<Played>,
    pub(crate) server: Option<Played>,
    /// Every connection that was tried, to whatever address and port, in the order of the SYNs; `Err` says
    /// why they were not captured.
    pub(crate) wire: Result<Vec<Connection>, String>,
    /// Where UDP datagrams were sent to, each destination once.
    #[serde(default)]
    pub(crate) datagrams: Vec<SocketAddr>,
    /// The programs' listening sockets that were seen; `Err` says why they were not looked for.
    #[serde(default = "listening_not_asked_for")]
    pub(crate) listening: Result<Vec<Listener>, String>,
    /// The first step that did not come to pass within the deadline; the steps behind it were not made.
    pub(crate) missed: Option<String>,
    /// What the script's steps found where they may find one thing or another.
    pub(crate) notes: Vec<String>,
    /// The steps that were made, but for waiting.
    #[serde(default)]
    pub(crate) made: Vec<Made>,
    /// Which sides' sockets the kernel still keeps in TIME_WAIT at the end.
    #[serde(default)]
    pub(crate) time_wait: Vec<Side>,
    /// Since the epoch, on the clock of all the recording's times.
    pub(crate) started: Nanos,
    pub(crate) took: Duration,
}

impl Recording {
    pub(crate) fn played(&self, side: Side) -> Option<&Played> {
        match side {
            Side::Client => self.client.as_ref(),
            Side::Server => self.server.as_ref(),
        }
    }
}

/// What one program did.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Played {
    pub(crate) stdout: Vec<Chunk>,
    pub(crate) stderr: Vec<Chunk>,
    pub(crate) exit: Exit,
    /// What it left behind.
    #[serde(default)]
    pub(crate) left: Left,
    /// Its system calls; `Err` says why they were not recorded.
    #[serde(default = "not_asked_for")]
    pub(crate) trace: Result<Trace, String>,
}

/// Processes and files that a program leaves behind.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Left {
    /// Names of the children that outlived it, and were killed.
    pub(crate) processes: Vec<String>,
    /// Names of the files in its working directory.
    pub(crate) files: Vec<String>,
}

impl std::fmt::Display for Left {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let processes = self.processes.iter().map(|name| format!("process {name}"));
        let files = self.files.iter().map(|name| format!("file {name}"));
        let all: Vec<String> = processes.chain(files).collect();
        match all.as_slice() {
            [] => write!(f, "nothing"),
            _ => write!(f, "{}", all.join(", ")),
        }
    }
}

fn listening_not_asked_for() -> Result<Vec<Listener>, String> {
    Err("listening sockets not looked for".into())
}

pub(crate) fn not_asked_for() -> Result<Trace, String> {
    Err("system calls not asked for".into())
}

/// Nanoseconds since the epoch, on `CLOCK_REALTIME`: the clock of packet timestamps and of strace.
pub(crate) type Nanos = u64;

pub(crate) fn now() -> Nanos {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.unwrap_or_default().as_nanos() as Nanos
}

/// A program that a recording keeps where it is.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Held {
    pub(crate) pid: u32,
    /// What it has printed so far.
    pub(crate) stdout: String,
}

/// What a recorder says, one a line.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Said {
    /// It goes on when it is answered with a line.
    Held(Held),
    Recorded(Box<Recording>),
}

/// Makes a recording in a process of its own.
pub(crate) fn record(plan: &Plan) -> Result<Recording> {
    record_and_look(plan, |_| Ok(()))
}

/// As [`record`], and calls `look` at each [`Step::Hold`]; from outside of the recording's namespace,
/// because what is root in it is not root here, and the kernel tells some things only to root.
pub(crate) fn record_and_look(
    plan: &Plan,
    mut look: impl FnMut(&Held) -> Result<()>,
) -> Result<Recording> {
    let itself = std::env::current_exe().context("cannot find this program")?;
    let mut command = Command::new(itself);
    // A terminal's Ctrl-C goes to a whole process group: the recorder and its programs are not to see it.
    // Elsewhere nothing would end them with this program.
    #[cfg(target_os = "linux")]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    let mut recorder = command
        .arg("record-one")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .context("cannot start the recorder")?;
    let (stdin, stdout) = (recorder.stdin.take(), recorder.stdout.take());
    let mut stdin = stdin.context("the recorder has no standard input")?;
    let stdout = stdout.context("the recorder has no standard output")?;
    writeln!(stdin, "{}", serde_json::to_string(plan)?)
        .context("cannot tell the recorder its plan")?;
    let mut recording = None;
    for line in BufReader::new(stdout).lines() {
        match serde_json::from_str(&line?).context("the recorder's answer is not a recording")? {
            Said::Held(held) => {
                look(&held)?;
                writeln!(stdin).context("cannot tell the recorder to go on")?;
            }
            Said::Recorded(made) => recording = Some(*made),
        }
    }
    drop(stdin);
    let output = recorder
        .wait_with_output()
        .context("cannot wait for the recorder")?;
    match recording {
        Some(recording) if output.status.success() => Ok(recording),
        _ => bail!("{}", String::from_utf8_lossy(&output.stderr).trim()),
    }
}

/// The recorder's side of a hold.
fn hold(held: Held) -> Result<()> {
    println!("{}", serde_json::to_string(&Said::Held(held))?);
    std::io::stdin().read_line(&mut String::new())?;
    Ok(())
}

/// The recorder's own process: a plan on standard input, a recording on standard output.
pub(crate) fn run_one() -> Result<ExitCode> {
    process::die_with_parent()?;
    tree::adopt_orphans()?;
    let mut json = String::new();
    std::io::stdin().read_line(&mut json)?;
    let plan: Plan = serde_json::from_str(&json).context("not a plan")?;
    if plan.isolation == Isolation::Namespace {
        namespace::enter()?;
    }
    if plan.strace.is_some() {
        std::fs::create_dir_all(&plan.folder)
            .with_context(|| format!("cannot make {}", plan.folder.display()))?;
    }
    let (recording, packets) = script::play(&plan)?;
    evidence::write(&plan.folder, &recording, &packets)?;
    println!(
        "{}",
        serde_json::to_string(&Said::Recorded(Box::new(recording)))?
    );
    Ok(ExitCode::SUCCESS)
}

/// A program's own process: it dies with its recorder, has a console of this kind, and becomes the program.
pub(crate) fn run_program(console: Console, command: &[String]) -> Result<ExitCode> {
    process::die_with_parent()?;
    process::heed_signals()?;
    console::become_own(console)?;
    process::become_program(command)
}
