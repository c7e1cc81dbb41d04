//! Plays a script: performs its steps on the two programs, and waits for an event at each.

use std::fs;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow};

use crate::act::Act;
use crate::capture::{Capture, Packet};
use crate::clock::now;
use crate::console::Console;
use crate::event::{Event, Output};
use crate::listening::{self, Listener};
use crate::message::{self, HeldProgram};
use crate::plan::Plan;
use crate::process::{self, MOST_PRINTED, RunningProgram};
use crate::recording::{Exit, Played, Recording};
use crate::scripted::Scripted;
use crate::side::Side;
use crate::step::{Await, PerformedStep, Signal, Step};
use crate::threads::{self, Rest};
use crate::tree::{self, Orphan};
use crate::{sockets, strace, wire};

/// Time between two looks at the kernel's tables, for what causes no event.
const POLL: Duration = Duration::from_millis(2);

/// Time between two looks at the clock, for what causes an event.
const SELDOM: Duration = Duration::from_millis(20);

/// Time within which the output of a program that was killed arrives.
const ARRIVING: Duration = Duration::from_secs(1);

/// Time that the children of a program have to end after it.
const OUTLIVING: Duration = Duration::from_millis(200);

/// Plays `plan` in this process's network. Returns what was observed, and the packets.
pub(crate) fn play(plan: &Plan) -> Result<(Recording, Vec<Packet>)> {
    let begun = Instant::now();
    let started = now();
    let (sender, events) = channel();
    let mut session = Session {
        plan,
        capture: Capture::start(),
        listening: Ok(Vec::new()),
        end: begun + plan.deadline,
        sender,
        events,
        client: None,
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
        wire: Err(String::new()),
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
    // Before the session is cleared: killing what still runs is not part of the conversation.
    let capture = std::mem::replace(&mut session.capture, Err(anyhow!("ended")));
    let packets = capture.and_then(Capture::finish);
    let [client, server] = session.clear(&orphans)?;
    let traffic = packets
        .as_ref()
        .map_err(ToString::to_string)
        .and_then(|packets| wire::reassemble(packets).map_err(|error| error.to_string()));
    let (wire, datagrams) = match traffic {
        Ok(traffic) => (Ok(traffic.connections), traffic.datagrams),
        Err(reason) => (Err(reason), Vec::new()),
    };
    let recording = Recording {
        // After it: a trace is complete when its program is over.
        client: client.map(|played| with_trace(plan, Side::Client, played)),
        server: server.map(|played| with_trace(plan, Side::Server, played)),
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

struct Session<'a> {
    plan: &'a Plan,
    capture: Result<Capture>,
    listening: Result<Vec<Listener>, String>,
    end: Instant,
    sender: Sender<Event>,
    events: Receiver<Event>,
    client: Option<RunningProgram>,
    server: Option<RunningProgram>,
    scripted: Scripted,
    notes: Vec<String>,
    made: Vec<PerformedStep>,
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
                        Err(error) => return Ok(Some(format!("{act}: {error:#}"))),
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

    /// Returns a sentence about an output or a capture that exceeded its limit, at which the recording ends.
    fn excess(&self) -> Option<String> {
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

    fn start(&mut self, side: Side, console: Console) -> Result<()> {
        let (program, running) = match side {
            Side::Client => (&self.plan.client, &mut self.client),
            Side::Server => (&self.plan.server, &mut self.server),
        };
        let program = program
            .as_ref()
            .with_context(|| format!("no {} in this plan", side.name()))?;
        let events = &self.sender;
        *running = Some(RunningProgram::start(
            side, program, self.plan, console, events,
        )?);
        Ok(())
    }

    /// Adds the programs' present listening sockets to those that were seen.
    fn look_for_listeners(&mut self) {
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
    fn orphans(&mut self) -> Result<Vec<Orphan>> {
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
    fn clear(mut self, orphans: &[Orphan]) -> Result<[Option<(u32, Played)>; 2]> {
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

    fn started(&mut self, side: Side) -> Result<&mut RunningProgram> {
        self.program(side)
            .with_context(|| format!("the {} was not started", side.name()))
    }

    /// Returns the programs that were started.
    fn programs(&self) -> impl Iterator<Item = &RunningProgram> {
        [&self.client, &self.server].into_iter().flatten()
    }

    fn program(&mut self, side: Side) -> Option<&mut RunningProgram> {
        match side {
            Side::Client => self.client.as_mut(),
            Side::Server => self.server.as_mut(),
        }
    }

    fn wait(&mut self, what: Await) -> Result<bool> {
        let port = self.plan.port;
        match what {
            Await::Exited(side) => self.wait_for_exit(side),
            Await::Lines(side, n) => {
                self.until_every(SELDOM, |session| Ok(session.started(side)?.lines() >= n))
            }
            Await::Listening => {
                let listens = self.until_or_exit(Side::Server, || sockets::listening(port))?;
                self.look_for_listeners();
                Ok(listens)
            }
            Await::Connected => self.until_or_exit(Side::Client, || sockets::connected(port)),
            Await::Unread(side, n) => {
                self.until_or_exit(side.other(), || Ok(sockets::unread(side, port)? >= n))
            }
            Await::SynUnanswered => {
                self.until_or_exit(Side::Client, || sockets::syn_unanswered(port))
            }
            Await::Consumed(side) => self.until_or_exit(side, || sockets::consumed(side, port)),
            Await::Severed => self.until(|_| Ok(!sockets::connected(port)?)),
            Await::Settled(side) => self.wait_until_settled(side),
        }
    }

    fn wait_until_settled(&mut self, side: Side) -> Result<bool> {
        let port = self.plan.port;
        let mut rest = Rest::default();
        let settled = self.until(|session| {
            if session.has_ended(side)? {
                return Ok(true);
            }
            let activity = session.activity();
            let program = session.started(side)?;
            if program.exit.is_some() {
                return Ok(false);
            }
            if !program.is_fed() || !sockets::accepted_is_consumed(side, port)? {
                rest.disturb();
            }
            Ok(rest.is_long_enough(session.started(side)?.pid, activity, Instant::now()))
        })?;
        self.look_for_listeners();
        let how = if self.started(side)?.exit.is_some() {
            "ended"
        } else {
            "waits"
        };
        self.notes.push(format!("the {} {how}", side.name()));
        Ok(settled)
    }

    /// Waits until `done` returns `true`; gives up when the program on `side` has ended.
    fn until_or_exit(
        &mut self,
        side: Side,
        mut done: impl FnMut() -> Result<bool>,
    ) -> Result<bool> {
        let mut came = false;
        self.until(|session| {
            came = done()?;
            Ok(came || session.started(side)?.exit.is_some())
        })?;
        Ok(came)
    }

    fn makes(&mut self, step: Step) {
        self.made.push(PerformedStep { time: now(), step });
    }

    fn wait_for_exit(&mut self, side: Side) -> Result<bool> {
        let port = self.plan.port;
        if self.started(side)?.serves_forever && self.started(side)?.exit.is_none() {
            let over = self.until(|session| {
                Ok(session.started(side)?.exit.is_some() || !sockets::connected(port)?)
            })?;
            self.makes(Step::Signal(side, Signal::Terminate));
            self.started(side)?.signal(Signal::Terminate);
            if !over {
                return Ok(false);
            }
        }
        self.until_every(SELDOM, |session| session.has_ended(side))
    }

    /// Returns `true` if a program on this side was started and has ended.
    fn has_exited(&mut self, side: Side) -> bool {
        self.program(side)
            .is_some_and(|program| program.exit.is_some())
    }

    /// Returns `true` if the program on this side has ended and all its output has arrived. A child that it
    /// left behind may keep the outputs open; then the program counts as ended, too.
    fn has_ended(&mut self, side: Side) -> Result<bool> {
        let programs: Vec<u32> = self.programs().map(|program| program.pid).collect();
        let program = self.started(side)?;
        let Some(since) = program.ended else {
            return Ok(false);
        };
        Ok(program.open_outputs == 0
            || since.elapsed() > OUTLIVING && !tree::orphans(&programs).is_empty())
    }

    /// Returns the number of bytes printed and packets sent so far: all activity that can be seen.
    fn activity(&self) -> usize {
        let printed: usize = self.programs().map(|program| program.bytes_printed).sum();
        printed + self.capture.as_ref().map_or(0, Capture::packets)
    }

    fn until(&mut self, done: impl FnMut(&mut Self) -> Result<bool>) -> Result<bool> {
        self.until_every(POLL, done)
    }

    /// Waits until `done` returns `true`; it is called after each event, and at least once in each `poll`.
    /// Returns `false` if the recording's time ends first, or a limit is exceeded.
    fn until_every(
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
