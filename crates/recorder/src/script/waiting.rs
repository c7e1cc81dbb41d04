//! Waits for the events that a script awaits.

use std::time::Instant;

use anyhow::{Context, Result};

use super::session::{SELDOM, Session};
use crate::side::Side;
use crate::sockets::{self, Arrival};
use crate::step::{Await, Signal, Step};
use crate::threads::{BETWEEN_LOOKS, Rest};

impl Session<'_> {
    pub(super) fn wait(&mut self, what: Await) -> Result<bool> {
        let port = self.plan.port;
        match what {
            Await::Exited(side) => self.wait_for_exit(side),
            Await::Stopped(side) => self.stop(side),
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
            Await::Settled(side) => {
                let pid = self.started(side)?.pid;
                self.wait_until_settled(&[pid])
            }
            Await::BothSettled => {
                for side in Side::BOTH {
                    self.started(side)?;
                }
                self.wait_until_settled(&self.pids())
            }
        }
    }

    /// Waits until each of these programs has ended or is at rest, all at the same time, and notes which.
    fn wait_until_settled(&mut self, pids: &[u32]) -> Result<bool> {
        let settled = self.wait_until_rest(pids)?;
        self.look_for_listeners();
        let several = self.clients.len() > 1;
        let programs = self.programs();
        let programs = programs.filter(|program| pids.contains(&program.pid));
        let notes: Vec<String> = programs
            .map(|program| {
                let how = match program.exit {
                    Some(_) => "ended",
                    None => "waits",
                };
                match program.side {
                    Side::Client if several => format!("client {} {how}", program.number),
                    side => format!("the {} {how}", side.name()),
                }
            })
            .collect();
        self.notes.extend(notes);
        Ok(settled)
    }

    /// Waits until each of these programs has ended or is at rest, all at the same time.
    pub(super) fn wait_until_rest(&mut self, pids: &[u32]) -> Result<bool> {
        let rest = |&pid: &u32| (pid, Rest::default());
        let mut rests: Vec<(u32, Rest)> = pids.iter().map(rest).collect();
        // All are looked at in the same moments: with a clock for each, they might be at rest in turns without end.
        self.until_every(BETWEEN_LOOKS, |session| {
            let mut all = true;
            for (pid, rest) in &mut rests {
                all &= session.is_settled(*pid, rest)?;
            }
            Ok(all)
        })
    }

    /// Looks once whether this program has ended or is at rest.
    fn is_settled(&mut self, pid: u32, rest: &mut Rest) -> Result<bool> {
        if self.has_ended(pid)? {
            return Ok(true);
        }
        let port = self.plan.port;
        let activity = self.activity();
        let program = self.of_pid(pid).context("no such program")?;
        if program.exit.is_some() {
            return Ok(false);
        }
        let arrival = sockets::arrival(program.side, port)?;
        let on_its_way = !program.is_fed() || arrival == Arrival::Sent;
        if on_its_way || program.has_unread_output()? {
            rest.disturb();
        }
        // A program that leaves bytes unread may be on its way to them.
        let certain = arrival == Arrival::Unread;
        Ok(rest.is_long_enough(program.pid, activity, certain, Instant::now()))
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

    /// Sends SIGTERM to a program that serves forever, and waits for its end, and until the others have reacted to it.
    /// Does nothing to any other program.
    fn stop(&mut self, side: Side) -> Result<bool> {
        let program = self.started(side)?;
        if !program.serves_forever || program.exit.is_some() {
            return Ok(true);
        }
        program.stopped = true;
        self.terminate(side)?;
        Ok(self.until_ended(side)? && self.wait_until_rest(&self.pids())?)
    }

    fn wait_for_exit(&mut self, side: Side) -> Result<bool> {
        let port = self.plan.port;
        if self.started(side)?.serves_forever && self.started(side)?.exit.is_none() {
            let over = self.until(|session| {
                Ok(session.started(side)?.exit.is_some() || !sockets::connected(port)?)
            })?;
            self.terminate(side)?;
            if !over {
                return Ok(false);
            }
        }
        self.until_ended(side)
    }

    fn terminate(&mut self, side: Side) -> Result<()> {
        self.makes(Step::Signal(side, Signal::Terminate));
        self.started(side)?.signal(Signal::Terminate);
        Ok(())
    }

    fn until_ended(&mut self, side: Side) -> Result<bool> {
        let pid = self.started(side)?.pid;
        self.until_every(SELDOM, |session| session.has_ended(pid))
    }
}
