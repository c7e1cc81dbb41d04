//! Waits for the events that a script awaits.

use std::time::Instant;

use anyhow::Result;

use super::session::{SELDOM, Session};
use crate::side::Side;
use crate::sockets;
use crate::step::{Await, Signal, Step};
use crate::threads::Rest;

impl Session<'_> {
    pub(super) fn wait(&mut self, what: Await) -> Result<bool> {
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
