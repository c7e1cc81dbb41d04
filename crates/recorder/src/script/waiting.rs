//! Waits for the events that a script awaits.

use std::time::Instant;

use anyhow::Result;

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
            Await::Settled(side) => self.wait_until_settled(&[side]),
            Await::BothSettled => self.wait_until_settled(&Side::BOTH),
        }
    }

    /// Waits until each of `sides` has ended or is at rest, all at the same time, and notes which.
    fn wait_until_settled(&mut self, sides: &[Side]) -> Result<bool> {
        let settled = self.wait_until_rest(sides)?;
        self.look_for_listeners();
        for &side in sides {
            let how = match self.started(side)?.exit {
                Some(_) => "ended",
                None => "waits",
            };
            self.notes.push(format!("the {} {how}", side.name()));
        }
        Ok(settled)
    }

    /// Waits until each of `sides` has ended or is at rest, all at the same time.
    pub(super) fn wait_until_rest(&mut self, sides: &[Side]) -> Result<bool> {
        let rest = |&side: &Side| (side, Rest::default());
        let mut rests: Vec<(Side, Rest)> = sides.iter().map(rest).collect();
        let mut last: Option<Instant> = None;
        self.until(|session| {
            let now = Instant::now();
            // One clock for all sides: with one each, they could be looked at in turns without end.
            let due = last.is_none_or(|last| now >= last + BETWEEN_LOOKS);
            if due {
                last = Some(now);
            }
            let mut all = true;
            for (side, rest) in &mut rests {
                all &= session.is_settled(*side, rest, due.then_some(now))?;
            }
            Ok(all)
        })
    }

    /// Finds out whether the program on `side` has ended or is at rest; its threads are looked at if it is `due`.
    fn is_settled(&mut self, side: Side, rest: &mut Rest, due: Option<Instant>) -> Result<bool> {
        if self.has_ended(side)? {
            return Ok(true);
        }
        let port = self.plan.port;
        let activity = self.activity();
        let program = self.started(side)?;
        if program.exit.is_some() {
            return Ok(false);
        }
        let arrival = sockets::arrival(side, port)?;
        let on_its_way = !program.is_fed() || arrival == Arrival::Sent;
        if on_its_way || program.has_unread_output()? {
            rest.disturb();
        }
        // A program that leaves bytes unread may be on its way to them.
        let certain = arrival == Arrival::Unread;
        Ok(due.is_some_and(|now| rest.is_long_enough(program.pid, activity, certain, now)))
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

    /// Sends SIGTERM to a program that serves forever, and waits for its end. Does nothing to any other.
    fn stop(&mut self, side: Side) -> Result<bool> {
        let program = self.started(side)?;
        if !program.serves_forever || program.exit.is_some() {
            return Ok(true);
        }
        program.stopped = true;
        self.makes(Step::Signal(side, Signal::Terminate));
        self.started(side)?.signal(Signal::Terminate);
        self.until_every(SELDOM, |session| session.has_ended(side))
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
}
