//! The programs, the capture and the scripted peer of a script that is being played.

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use crate::capture::Capture;
use crate::clock::now;
use crate::console::Console;
use crate::event::{Event, Output};
use crate::listening::{self, Listener};
use crate::plan::Plan;
use crate::process::{self, MOST_PRINTED, RunningProgram};
use crate::recording::{Exit, Played};
use crate::scripted::Scripted;
use crate::side::Side;
use crate::step::{PerformedStep, Step};
use crate::tree::{self, Orphan};

/// Time between two looks at the kernel's tables, for what causes no event.
const POLL: Duration = Duration::from_millis(2);

/// Time between two looks at the clock, for what causes an event.
pub(super) const SELDOM: Duration = Duration::from_millis(20);

/// Time within which the output of a program that was killed arrives.
const ARRIVING: Duration = Duration::from_secs(1);

/// Time that the children of a program have to end after it.
const OUTLIVING: Duration = Duration::from_millis(200);

/// Records of the clients and of the server, each with its process id.
type Cleared = (Vec<(u32, Played)>, Option<(u32, Played)>);

/// Everything that takes part in a script while it is played.
pub(super) struct Session<'a> {
    pub(super) plan: &'a Plan,
    pub(super) capture: Result<Capture>,
    pub(super) listening: Result<Vec<Listener>, String>,
    pub(super) end: Instant,
    pub(super) sender: Sender<Event>,
    pub(super) events: Receiver<Event>,
    /// Clients that run beside each other, or did.
    pub(super) clients: Vec<RunningProgram>,
    /// Index of the client that the steps of the client's side are about.
    pub(super) client: usize,
    pub(super) server: Option<RunningProgram>,
    pub(super) scripted: Scripted,
    pub(super) notes: Vec<String>,
    pub(super) made: Vec<PerformedStep>,
}

impl Session<'_> {
    /// Returns a sentence about an output or a capture that exceeded its limit, at which the recording ends.
    pub(super) fn excess(&self) -> Option<String> {
        let cut = self
            .programs()
            .find_map(|program| Some((program.side, program.cut?)));
        if let Some((side, output)) = cut {
            let output = match output {
                Output::Stdout => "standard output",
                Output::Stderr => "standard error",
            };
            let side = side.name();
            return Some(format!(
                "the {side}'s {output} was cut at {MOST_PRINTED} bytes"
            ));
        }
        let full = self.capture.as_ref().is_ok_and(Capture::is_full);
        full.then(|| "the programs sent more than a recording keeps".into())
    }

    /// Starts the program on this side, again if it was started before.
    pub(super) fn start(&mut self, side: Side, console: Console) -> Result<()> {
        self.start_with(side, console, &[])
    }

    /// Starts the program on this side with these arguments behind its command, again if it was started before.
    pub(super) fn start_with(
        &mut self,
        side: Side,
        console: Console,
        arguments: &[String],
    ) -> Result<()> {
        let (program, number) = match side {
            Side::Client => (&self.plan.client, self.client + 1),
            Side::Server => (&self.plan.server, 1),
        };
        let mut program = program
            .clone()
            .with_context(|| format!("no {} in this plan", side.name()))?;
        program.command.extend_from_slice(arguments);
        let (plan, events) = (self.plan, &self.sender);
        let started = RunningProgram::start((side, number), &program, plan, console, events)?;
        match (self.program(side), side) {
            (Some(running), _) => running.is_followed_by(started),
            (None, Side::Client) => self.clients.push(started),
            (None, Side::Server) => self.server = Some(started),
        }
        Ok(())
    }

    /// Adds the programs' present listening sockets to those that were seen.
    pub(super) fn look_for_listeners(&mut self) {
        let running: Vec<_> = self
            .programs()
            .filter(|program| program.exit.is_none())
            .map(|program| (program.side, program.pid))
            .collect();
        match (&mut self.listening, listening::of(&running)) {
            (Ok(seen), Ok(found)) => {
                seen.extend(found);
                seen.sort();
                seen.dedup();
            }
            (seen, Err(error)) => *seen = Err(format!("{error:#}")),
            (Err(_), _) => {}
        }
    }

    /// Waits for the children that outlive the programs, and returns those that do not end.
    pub(super) fn orphans(&mut self) -> Result<Vec<Orphan>> {
        let programs = self.pids();
        let mut orphans = tree::orphans(&programs);
        if !orphans.is_empty() {
            self.end = Instant::now() + OUTLIVING;
            self.until(|_| {
                orphans = tree::orphans(&programs);
                Ok(orphans.is_empty())
            })?;
        }
        Ok(orphans)
    }

    /// Kills what still runs, waits for the rest of the output, and returns what each program did.
    pub(super) fn clear(mut self, orphans: &[Orphan]) -> Result<Cleared> {
        let exits: Vec<Option<Exit>> = self.programs().map(|program| program.exit).collect();
        let running = self.programs().filter(|program| program.exit.is_none());
        let roots: Vec<u32> = running
            .map(|program| program.pid)
            .chain(orphans.iter().map(|orphan| orphan.pid))
            .collect();
        if !roots.is_empty() {
            for pid in tree::families(&roots) {
                process::kill(pid);
            }
        }
        self.end = Instant::now() + ARRIVING;
        self.until(|session| Ok(session.programs().all(|program| program.open_outputs == 0)))?;
        let played = |(program, exit): (&RunningProgram, Option<Exit>)| {
            let exit = exit.unwrap_or(Exit::StillRunning);
            (program.pid, program.played(exit, self.plan, orphans))
        };
        let mut clients: Vec<_> = self.programs().zip(exits).map(played).collect();
        let server = clients.split_off(self.clients.len()).pop();
        Ok((clients, server))
    }

    pub(super) fn started(&mut self, side: Side) -> Result<&mut RunningProgram> {
        self.program(side)
            .with_context(|| format!("the {} was not started", side.name()))
    }

    /// Returns the programs that were started, clients first.
    pub(super) fn programs(&self) -> impl Iterator<Item = &RunningProgram> {
        self.clients.iter().chain(&self.server)
    }

    /// Returns the process ids of [`programs`](Self::programs).
    pub(super) fn pids(&self) -> Vec<u32> {
        self.programs().map(|program| program.pid).collect()
    }

    /// Returns the program with this process id; `None` if another start of it has followed.
    pub(super) fn of_pid(&mut self, pid: u32) -> Option<&mut RunningProgram> {
        let mut programs = self.clients.iter_mut().chain(&mut self.server);
        programs.find(|program| program.pid == pid)
    }

    pub(super) fn program(&mut self, side: Side) -> Option<&mut RunningProgram> {
        match side {
            Side::Client => self.clients.get_mut(self.client),
            Side::Server => self.server.as_mut(),
        }
    }

    pub(super) fn makes(&mut self, step: Step) {
        self.made.push(PerformedStep { time: now(), step });
    }

    /// Returns `true` if a program on this side was started and has ended.
    pub(super) fn has_exited(&mut self, side: Side) -> bool {
        self.program(side)
            .is_some_and(|program| program.exit.is_some())
    }

    /// Returns `true` if this program has ended and all its output has arrived. A child that it left behind may keep
    /// the outputs open; then the program counts as ended, too.
    pub(super) fn has_ended(&mut self, pid: u32) -> Result<bool> {
        let programs = self.pids();
        let program = self.of_pid(pid).context("no such program")?;
        let Some(since) = program.ended else {
            return Ok(false);
        };
        Ok(program.open_outputs == 0
            || since.elapsed() > OUTLIVING && !tree::orphans(&programs).is_empty())
    }

    /// Returns the number of bytes printed and packets sent so far: all activity that can be seen.
    pub(super) fn activity(&self) -> usize {
        let printed: usize = self.programs().map(|program| program.bytes_printed).sum();
        printed + self.capture.as_ref().map_or(0, Capture::packets)
    }

    pub(super) fn until(&mut self, done: impl FnMut(&mut Self) -> Result<bool>) -> Result<bool> {
        self.until_every(POLL, done)
    }

    /// Waits until `done` returns `true`; it is called after each event, and at least once in each `poll`.
    /// Returns `false` if the recording's time ends first, or a limit is exceeded.
    pub(super) fn until_every(
        &mut self,
        poll: Duration,
        mut done: impl FnMut(&mut Self) -> Result<bool>,
    ) -> Result<bool> {
        loop {
            if done(self)? {
                return Ok(true);
            }
            if Instant::now() >= self.end || self.excess().is_some() {
                return Ok(false);
            }
            match self.events.recv_timeout(poll) {
                Ok(event) => self.note(event),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => unreachable!("the session holds a sender"),
            }
        }
    }

    fn note(&mut self, event: Event) {
        let (Event::Printed(pid, ..)
        | Event::Cut(pid, _)
        | Event::Closed(pid)
        | Event::Exited(pid, _)) = event;
        // Nothing is kept of an earlier start that still ran when the next one came.
        let Some(program) = self.of_pid(pid) else {
            return;
        };
        match event {
            Event::Printed(_, output, chunk) => program.prints(output, chunk),
            Event::Cut(_, output) => program.cut = Some(output),
            Event::Closed(_) => program.open_outputs -= 1,
            Event::Exited(_, exit) => {
                program.exit = Some(exit);
                program.ended = Some(Instant::now());
            }
        }
    }
}
