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

/// Everything that takes part in a script while it is played.
pub(super) struct Session<'a> {
    pub(super) plan: &'a Plan,
    pub(super) capture: Result<Capture>,
    pub(super) listening: Result<Vec<Listener>, String>,
    pub(super) end: Instant,
    pub(super) sender: Sender<Event>,
    pub(super) events: Receiver<Event>,
    pub(super) client: Option<RunningProgram>,
    pub(super) server: Option<RunningProgram>,
    pub(super) scripted: Scripted,
    pub(super) notes: Vec<String>,
    pub(super) made: Vec<PerformedStep>,
}

impl Session<'_> {
    /// Returns a sentence about an output or a capture that exceeded its limit, at which the recording ends.
    pub(super) fn excess(&self) -> Option<String> {
        let cut = [&self.client, &self.server].into_iter().flatten();
        let cut = cut
            .filter_map(|program| Some((program.side, program.cut?)))
            .next();
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

    pub(super) fn start(&mut self, side: Side, console: Console) -> Result<()> {
        let (program, running) = match side {
            Side::Client => (&self.plan.client, &mut self.client),
            Side::Server => (&self.plan.server, &mut self.server),
        };
        let program = program
            .as_ref()
            .with_context(|| format!("no {} in this plan", side.name()))?;
        let events = &self.sender;
        let started = RunningProgram::start(side, program, self.plan, console, events)?;
        *running = Some(match running.take() {
            None => started,
            Some(earlier) => started.after(earlier),
        });
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
        let programs: Vec<u32> = self.programs().map(|program| program.pid).collect();
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
    pub(super) fn clear(mut self, orphans: &[Orphan]) -> Result<[Option<(u32, Played)>; 2]> {
        let exits = Side::BOTH.map(|side| self.program(side)?.exit);
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
        self.until(|session| {
            Ok(session
                .programs()
                .map(|program| program.open_outputs)
                .sum::<usize>()
                == 0)
        })?;
        let played = |(program, exit): (&Option<RunningProgram>, Option<Exit>)| {
            let program = program.as_ref()?;
            let exit = exit.unwrap_or(Exit::StillRunning);
            Some((program.pid, program.played(exit, self.plan, orphans)))
        };
        let [client_exit, server_exit] = exits;
        Ok([(&self.client, client_exit), (&self.server, server_exit)].map(played))
    }

    pub(super) fn started(&mut self, side: Side) -> Result<&mut RunningProgram> {
        self.program(side)
            .with_context(|| format!("the {} was not started", side.name()))
    }

    /// Returns the programs that were started.
    pub(super) fn programs(&self) -> impl Iterator<Item = &RunningProgram> {
        [&self.client, &self.server].into_iter().flatten()
    }

    pub(super) fn program(&mut self, side: Side) -> Option<&mut RunningProgram> {
        match side {
            Side::Client => self.client.as_mut(),
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

    /// Returns `true` if the program on this side has ended and all its output has arrived. A child that it
    /// left behind may keep the outputs open; then the program counts as ended, too.
    pub(super) fn has_ended(&mut self, side: Side) -> Result<bool> {
        let programs: Vec<u32> = self.programs().map(|program| program.pid).collect();
        let program = self.started(side)?;
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
                Ok(event) => self.note(event)?,
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => unreachable!("the session holds a sender"),
            }
        }
    }

    fn note(&mut self, event: Event) -> Result<()> {
        match event {
            Event::Printed(side, output, chunk) => self.started(side)?.prints(output, chunk),
            Event::Cut(side, output) => self.started(side)?.cut = Some(output),
            Event::Closed(side) => self.started(side)?.open_outputs -= 1,
            Event::Exited(side, exit) => {
                let program = self.started(side)?;
                program.exit = Some(exit);
                program.ended = Some(Instant::now());
            }
        }
        Ok(())
    }
}
