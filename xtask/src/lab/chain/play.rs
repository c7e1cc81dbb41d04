//! Brings a real program into a call and looks at its thread there.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};

use super::sleeping_thread::{SleepingThread, StackTracer};
use super::stacks::{self, TracedCall};
use super::{script, thread_dump};
use crate::lab::programs;
use crate::lab::scenario::Behaviour;
use crate::pair::PORT;
use ::interop::programs::jdk::Jdk;
use ::interop::programs::workspace;
use ladder::chain::{Chain, Frame, Implementation, Origin, Reason, Resumes, SocketCall};
use recorder::{self, HeldProgram, Isolation, Plan, Program, Side};

/// Returns the programs on `jdks` and in Rust.
pub(super) fn programs(jdks: &[Jdk]) -> Result<Vec<TracedProgram>> {
    let java = jdks
        .iter()
        .map(TracedProgram::java)
        .collect::<Result<Vec<_>>>()?;
    Ok([java, TracedProgram::rust()?.into()].concat())
}

/// A program whose chains can be observed.
#[derive(Debug, Clone)]
pub(super) struct TracedProgram {
    pub(super) implementation: Implementation,
    pub(super) name: String,
    pub(super) version: String,
    pub(super) client: Option<Program>,
    pub(super) server: Option<Program>,
}

impl TracedProgram {
    fn java(jdk: &Jdk) -> Result<TracedProgram> {
        Ok(TracedProgram {
            implementation: if jdk.feature < 13 {
                Implementation::Plain
            } else {
                Implementation::Nio
            },
            name: jdk.name.clone(),
            version: format!("{} {}", jdk.version, jdk.vendor),
            client: Some(programs::java(jdk, Side::Client, Behaviour::Original)?),
            server: Some(programs::java(jdk, Side::Server, Behaviour::Original)?),
        })
    }

    /// Returns the client, which blocks in its calls, and the server, which waits in tokio.
    fn rust() -> Result<[TracedProgram; 2]> {
        let program = |implementation, client, server| TracedProgram {
            implementation,
            name: "rust".into(),
            version: env!("CARGO_PKG_VERSION").into(),
            client,
            server,
        };
        let client = programs::rust(Side::Client, Behaviour::Original)?;
        let server = programs::rust(Side::Server, Behaviour::Loop)?;
        Ok([
            program(Implementation::Std, Some(client), None),
            program(Implementation::Tokio, None, Some(server)),
        ])
    }

    /// Returns the side on which it makes the call `socket_call`, or `None` if it never does.
    pub(super) fn side(&self, socket_call: SocketCall) -> Option<Side> {
        match (socket_call, self.implementation) {
            (SocketCall::Connect, Implementation::Tokio)
            | (SocketCall::Accept, Implementation::Std) => None,
            (SocketCall::Connect, _)
            | (SocketCall::Write, Implementation::Plain | Implementation::Nio) => {
                Some(Side::Client)
            }
            (_, Implementation::Std) => Some(Side::Client),
            _ => Some(Side::Server),
        }
    }

    fn is_java(&self) -> bool {
        matches!(
            self.implementation,
            Implementation::Plain | Implementation::Nio
        )
    }
}

/// Brings `program` into `socket_call` and returns its chain.
pub(super) fn chain(
    program: &TracedProgram,
    socket_call: SocketCall,
    side: Side,
    strace: Option<&Path>,
) -> Result<Chain> {
    let folder = workspace::target().join("lab/chain").join(format!(
        "{}-{}-{}",
        socket_call.name(),
        program.name,
        side.name()
    ));
    workspace::make(&folder)?;
    let plan = Plan {
        port: PORT,
        client: program.client.clone().filter(|_| side == Side::Client),
        server: program.server.clone().filter(|_| side == Side::Server),
        steps: script::steps(socket_call, side, program.is_java()),
        deadline: Duration::from_secs(20),
        isolation: Isolation::Namespace,
        strace: None,
        folder: folder.clone(),
    };
    let mut observation = None;
    let recording = recorder::record_and_look(&plan, |held| {
        observation = Some(observe(program, held, strace, folder.join("strace"))?);
        Ok(())
    })?;
    let observation = observation.with_context(|| recording.missed.unwrap_or_default())?;
    Ok(assemble(program, observation))
}

/// A thread that is held in a call, the Java methods on its stack, outermost first, and the strace that watches it.
type Observation = (SleepingThread, Vec<Frame>, Result<StackTracer, Reason>);

fn observe(
    program: &TracedProgram,
    held: &HeldProgram,
    strace: Option<&Path>,
    log: PathBuf,
) -> Result<Observation> {
    let (tid, frames) = if program.is_java() {
        let main = thread_dump::main_thread(&held.stdout).context("no thread main in the dump")?;
        (main.tid, main.frames)
    } else {
        (held.pid, Vec::new())
    };
    let thread = SleepingThread::observe(held.pid, tid);
    let tracer = match strace {
        Some(strace) => StackTracer::attach(strace, tid, log).map_err(|error| failed(&error)),
        None => Err(Reason::NoStrace),
    };
    Ok((thread, frames, tracer))
}

fn assemble(program: &TracedProgram, (thread, frames, tracer): Observation) -> Chain {
    let log = tracer.and_then(|tracer| tracer.finish().map_err(|error| failed(&error)));
    let calls =
        log.map(|log| from_the_wait(stacks::traced_calls(&log, !program.is_java()), thread.call));
    let (native, native_origin) = natives(&frames, &calls);
    let calls = calls.unwrap_or_default();
    let (kernel, kernel_origin) = match thread.kernel {
        Ok(kernel) => (kernel, Origin::Live),
        Err(because) => (Vec::new(), Origin::Unseen { because }),
    };
    Chain {
        implementation: program.implementation,
        program: program.name.clone(),
        version: program.version.clone(),
        origin: Origin::Live,
        frames: stacks::without_wrappers([frames, native].concat()),
        native_origin,
        system_call: thread
            .call
            .map(str::to_owned)
            .or_else(|| calls.first().map(|call| call.name.clone()))
            .unwrap_or_default(),
        kernel,
        kernel_origin,
        sleeps_in: thread.sleeps_in,
        resumes: (program.implementation == Implementation::Tokio)
            .then(|| resumed(&calls))
            .flatten(),
    }
}

pub(super) fn failed(error: &anyhow::Error) -> Reason {
    Reason::Failed(format!("{error:#}"))
}

/// Returns `calls` from the call `name` on, in which the thread waited.
fn from_the_wait(mut calls: Vec<TracedCall>, name: Option<&str>) -> Vec<TracedCall> {
    // A call that strace itself interrupts continues under another name, or fails and is made again.
    let waited = |call: &TracedCall| {
        let same = name.is_none_or(|name| [name, "restart_syscall"].contains(&call.name.as_str()));
        same && !call.frames.is_empty() && call.result.is_some_and(|result| result >= 0)
    };
    let first = calls.iter().position(waited).unwrap_or(calls.len());
    calls.split_off(first)
}

/// Returns the native functions that come after the Java `methods` on the stack, and their origin.
fn natives(methods: &[Frame], calls: &Result<Vec<TracedCall>, Reason>) -> (Vec<Frame>, Origin) {
    let because = match calls {
        Ok(calls) => match calls.first() {
            Some(call) => return (call.frames.clone(), Origin::Live),
            None => Reason::Failed("strace saw no stack".into()),
        },
        Err(reason) => reason.clone(),
    };
    match methods.last() {
        Some(method) => (
            vec![stacks::by_rule(&method.function)],
            Origin::ByRule { because },
        ),
        None => (Vec::new(), Origin::Unseen { because }),
    }
}

/// Returns the first call on a socket after the wait.
fn resumed(calls: &[TracedCall]) -> Option<Resumes> {
    const SOCKET: [&str; 6] = [
        "accept4", "recvfrom", "readv", "sendto", "sendmsg", "writev",
    ];
    let call = calls
        .iter()
        .find(|call| SOCKET.contains(&call.name.as_str()))?;
    Some(Resumes {
        frames: stacks::without_wrappers(call.frames.clone()),
        system_call: call.name.clone(),
    })
}
