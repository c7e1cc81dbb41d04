//! Plays a script: performs its steps on the two programs, and waits for an event at each.

mod session;
mod waiting;

use std::fs;
use std::sync::mpsc::channel;
use std::time::Instant;

use anyhow::{Context, Result, anyhow};

use self::session::{SELDOM, Session};
use crate::act::Act;
use crate::capture::{Capture, Packet};
use crate::clock::now;
use crate::console::Console;
use crate::isolation::Isolation;
use crate::message::{self, HeldProgram};
use crate::plan::Plan;
use crate::recording::{Played, Recording};
use crate::scripted::Scripted;
use crate::side::Side;
use crate::step::{Signal, Step};
use crate::{sockets, strace, threads, wire};

/// Plays `plan` in this process's network. Returns what was observed, and the packets.
pub(crate) fn play(plan: &Plan) -> Result<(Recording, Vec<Packet>)> {
    let begun = Instant::now();
    let started = now();
    let (sender, events) = channel();
    // Without a network of their own, the programs share the interface with all others.
    let only = (plan.isolation == Isolation::None).then_some(plan.port);
    let mut session = Session {
        plan,
        capture: Capture::start(only),
        listening: Ok(Vec::new()),
        end: begun + plan.deadline,
        sender,
        events,
        clients: Vec::new(),
        client: 0,
        server: None,
        scripted: Scripted::new(plan.port),
        notes: Vec::new(),
        made: Vec::new(),
    };
    let missed = session.perform()?;
    let time_wait = sockets::time_wait(plan.port).unwrap_or_default();
    let recording = Recording {
        port: plan.port,
        client: None,
        server: None,
        beside: Vec::new(),
        wire: Err(String::new()),
        ephemeral_ports: sockets::ephemeral_ports(),
        datagrams: Vec::new(),
        missed,
        notes: std::mem::take(&mut session.notes),
        made: std::mem::take(&mut session.made),
        listening: std::mem::replace(&mut session.listening, Ok(Vec::new())),
        time_wait,
        started,
        took: begun.elapsed(),
    };
    let orphans = session.orphans()?;
    // The capture ends before the session is cleared: killing what still runs is not part of the conversation.
    let capture = std::mem::replace(&mut session.capture, Err(anyhow!("ended")));
    let packets = capture.and_then(Capture::finish);
    let (clients, server) = session.clear(&orphans)?;
    let mut clients = clients.into_iter();
    let traffic = packets
        .as_ref()
        .map_err(ToString::to_string)
        .and_then(|packets| wire::reassemble(packets).map_err(|error| error.to_string()));
    let (wire, datagrams) = match traffic {
        Ok(traffic) => (Ok(traffic.connections), traffic.datagrams),
        Err(reason) => (Err(reason), Vec::new()),
    };
    let recording = Recording {
        // Read after the session is cleared, because a trace is complete once its program has ended.
        client: clients
            .next()
            .map(|played| with_trace(plan, Side::Client, played)),
        server: server.map(|played| with_trace(plan, Side::Server, played)),
        beside: clients.map(|(_, played)| played).collect(),
        wire,
        datagrams,
        ..recording
    };
    Ok((recording, packets.unwrap_or_default()))
}

/// Adds the system calls that strace wrote of a program that has ended.
fn with_trace(plan: &Plan, side: Side, (pid, played): (u32, Played)) -> Played {
    match plan.strace {
        Some(_) => Played {
            trace: strace::read(&strace::log(&plan.folder, side), pid),
            ..played
        },
        None => played,
    }
}

impl Session<'_> {
    /// Performs the steps in turn. Returns a sentence about the first that did not complete.
    fn perform(&mut self) -> Result<Option<String>> {
        for step in &self.plan.steps {
            if !matches!(step, Step::Await(_)) {
                self.makes(step.clone());
            }
            match step {
                Step::Start(side) => self.start(*side, Console::Pipes)?,
                Step::StartWith(side, console) => self.start(*side, *console)?,
                Step::StartClient(number, arguments) => {
                    self.client = number - 1;
                    self.start_with(Side::Client, Console::Pipes, arguments)?;
                }
                Step::Client(number) => self.client = number - 1,
                Step::Feed(side, bytes) => self.started(*side)?.feed(bytes),
                Step::EndInput(side) => self.started(*side)?.end_input(),
                Step::ReadOutput(side) => {
                    let events = self.sender.clone();
                    self.started(*side)?.read_output(&events);
                }
                Step::Pause(time) => {
                    let until = Instant::now() + *time;
                    if !self.until_every(SELDOM, |_| Ok(Instant::now() >= until))? {
                        return Ok(Some(self.missed("the pause did not end")));
                    }
                }
                Step::Signal(side, signal) => {
                    self.started(*side)?.signal(*signal);
                    let took =
                        |session: &mut Self| {
                            Ok(*signal != Signal::Stop
                                || threads::stopped(session.started(*side)?.pid))
                        };
                    if !self.until(took)? {
                        return Ok(Some(format!("the {} did not stop", side.name())));
                    }
                }
                Step::Act(act) => {
                    // What a scripted peer fails at, a real one would have seen too.
                    let mut acted = false;
                    let outcome = self.until(|session| {
                        acted = session.scripted.act(act)?;
                        Ok(acted || *act == Act::Accept && session.has_exited(Side::Client))
                    });
                    match outcome {
                        Ok(_) if acted => {}
                        Ok(_) => return Ok(Some(self.missed(act))),
                        Err(error) => {
                            // A program must not be killed before it has printed what it prints.
                            let programs: Vec<u32> = self.pids();
                            self.wait_until_rest(&programs)?;
                            return Ok(Some(format!("{act}: {error:#}")));
                        }
                    }
                }
                Step::LimitBacklog(most) => {
                    let path = "/proc/sys/net/core/somaxconn";
                    fs::write(path, most.to_string())
                        .with_context(|| format!("cannot write {path}"))?;
                }
                Step::LimitBuffers => {
                    for path in
                        ["tcp_rmem", "tcp_wmem"].map(|name| format!("/proc/sys/net/ipv4/{name}"))
                    {
                        fs::write(&path, "4096 4096 4096")
                            .with_context(|| format!("cannot write {path}"))?;
                    }
                }
                Step::ThreadDump(side) => {
                    self.started(*side)?.ask_for_thread_dump();
                    if !self.until(|session| Ok(session.started(*side)?.has_dumped()))? {
                        return Ok(Some(format!("the {} printed no stacks", side.name())));
                    }
                }
                Step::Hold(side) => {
                    let program = self.started(*side)?;
                    message::hold(HeldProgram {
                        pid: program.pid,
                        stdout: program.printed(),
                    })?;
                }
                Step::Await(what) => {
                    if !self.wait(*what)? {
                        return Ok(Some(self.missed(what)));
                    }
                }
            }
        }
        Ok(None)
    }

    fn missed(&self, what: impl std::fmt::Display) -> String {
        if let Some(excess) = self.excess() {
            return excess;
        }
        let late = Instant::now() >= self.end;
        let limit = if late {
            format!(" within {:?}", self.plan.deadline)
        } else {
            String::new()
        };
        format!("{what}{limit}")
    }
}
