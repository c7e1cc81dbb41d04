//! Rejects ladders whose order of events TCP makes impossible.
//!
//! For a client that writes 7 bytes and a server that reads them:
//!
//! ```text
//! 1  client: write(3, …, 7)      7 bytes are written
//! 2  client → server: 7 bytes    possible: 7 are sent, and 7 are written
//! 3  server: read(6, …) = 7      possible: 7 are read, and 7 have arrived
//! ```
//!
//! In the order 2, 1, 3 the segment is rejected: it sends 7 bytes, and the client has written 0. In the same
//! way, an acknowledgement must come after what it acknowledges, and both ends may only change between states
//! that RFC 9293 connects.
//!
//! A ladder that is rejected was assembled wrongly, or its clocks disagree. It is not shown.

use anyhow::{Context, Result, ensure};

use crate::call::{Phase, Purpose, ShownCall};
use crate::ladder::{Event, Ladder, Row};
use crate::segment::ShownSegment;
use crate::tcp::State;
use recorder::{Errno, Halves, Side, Signal, Syscall};

/// Fails at the first row of `ladder` that is impossible at its place.
pub fn check(ladder: &Ladder) -> Result<()> {
    ensure!(
        ladder
            .segments()
            .map(|segment| segment.connection)
            .is_sorted(),
        "the client has two connections at the same time, and a ladder shows one after the other"
    );
    let mut so_far = SoFar::new(ladder);
    for (index, row) in ladder.rows.iter().enumerate() {
        let begins = so_far.begins_connection(row);
        so_far.allows(row, begins).with_context(|| {
            let (millis, rest) = (row.time / 1_000_000, row.time % 1_000_000);
            format!(
                "the order is wrong in row {} at {millis}.{rest:06} ms",
                index + 1
            )
        })?;
        so_far.note(row);
    }
    so_far.ends()
}

/// Everything that has happened above a row.
struct SoFar<'a> {
    ladder: &'a Ladder,
    before: Option<&'a Row>,
    connection: usize,
    listening: bool,
    /// Number of connections that the server's kernel has established. `taken` counts those that its program
    /// has accepted.
    made: usize,
    taken: usize,
    ends: [EndSoFar; 2],
}

/// Everything that one side has done and its kernel has sent.
#[derive(Debug, Clone, Copy, Default)]
struct EndSoFar {
    /// Number of `connect` calls that were entered.
    connects: usize,
    closing: bool,
    /// `true` once the program has said that it reads no more.
    deaf: bool,
    written: usize,
    read: usize,
    /// Relative sequence number after everything that was sent.
    next: u32,
    sent: usize,
    syn: bool,
    fin: bool,
    rst: bool,
}

impl<'a> SoFar<'a> {
    fn new(ladder: &'a Ladder) -> SoFar<'a> {
        SoFar {
            ladder,
            before: None,
            connection: 0,
            listening: false,
            made: 0,
            taken: 0,
            ends: Default::default(),
        }
    }

    /// Returns `true` if `row` is the first segment of a client's next connection, and forgets the one before.
    fn begins_connection(&mut self, row: &Row) -> bool {
        let Event::Segment(segment) = &row.event else {
            return false;
        };
        let begins = segment.connection != self.connection;
        if begins {
            self.connection = segment.connection;
            self.ends = self.ends.map(|end| EndSoFar {
                connects: end.connects,
                ..EndSoFar::default()
            });
        }
        begins
    }

    fn allows(&self, row: &Row, begins: bool) -> Result<()> {
        self.allows_step(row, begins)?;
        match &row.event {
            Event::Segment(segment) => self.allows_segment(segment),
            Event::Call(call) if call.phase != Phase::Enters => self.allows_return(call),
            _ => Ok(()),
        }
    }

    /// Checks that time does not go back, and that both ends' states change as they may.
    fn allows_step(&self, row: &Row, begins: bool) -> Result<()> {
        let Some(before) = self.before else {
            return Ok(());
        };
        ensure!(before.time <= row.time, "it is earlier than the row above");
        ensure!(
            row.lawful,
            "the states above do not allow it (RFC 9293, section 3.10.7)"
        );
        if begins {
            return Ok(());
        }
        let resets = matches!(&row.event, Event::Segment(segment) if segment.has("RST"));
        for side in Side::BOTH {
            let (was, now) = (before.state(side), row.state(side));
            ensure!(
                was == now || was.leads_to(now) || (resets && now == State::Closed),
                "the {} goes from {} to {} (RFC 9293, figure 5)",
                side.name(),
                was.name(),
                now.name()
            );
        }
        Ok(())
    }

    fn allows_segment(&self, segment: &ShownSegment) -> Result<()> {
        let [own, peer] = [segment.from, segment.from.other()].map(|side| self.ends[side as usize]);
        ensure!(
            !segment.has("RST") || peer.next > 0,
            "it is a reset before the other end has sent anything"
        );
        if let Some(number) = segment.acknowledgement {
            let (ack, next) = (number.relative, peer.next);
            ensure!(
                ack <= next,
                "it acknowledges sequence number {ack}, but only {next} was sent"
            );
        }
        let ladder = self.ladder;
        if !ladder.has_calls(segment.from) || ladder.blind.contains(&segment.from) {
            return Ok(());
        }
        let name = segment.from.name();
        if segment.has("SYN") {
            let asked = match segment.from {
                Side::Client => own.connects >= segment.connection,
                Side::Server => self.listening,
            };
            ensure!(
                asked,
                "it is a SYN before the {name} calls connect or listen"
            );
        }
        if segment.again {
            return Ok(());
        }
        let (sent, written) = (own.sent + segment.length, own.written);
        ensure!(
            sent <= written,
            "{sent} bytes are sent, but the {name} has written only {written}"
        );
        let ends = segment.has("FIN") || (segment.has("RST") && own.syn);
        ensure!(
            !ends || own.closing || !self.ladder.ends_by_itself(segment.from),
            "it ends the connection before the {name} calls close or shutdown"
        );
        Ok(())
    }

    fn allows_return(&self, call: &ShownCall) -> Result<()> {
        if !self.ladder.has_wire() {
            return Ok(());
        }
        let [own, peer] = [call.side, call.side.other()].map(|side| self.ends[side as usize]);
        let name = call.name.as_str();
        match (call.purpose(), call.result, &call.errno) {
            (_, _, Some(Errno::ConnectionRefused | Errno::ConnectionReset)) => {
                ensure!(peer.rst, "{name} fails before there is a reset");
            }
            (Purpose::Connect, Some(0), _) => {
                ensure!(peer.syn, "{name} returns before the SYN-ACK");
            }
            (Purpose::Accept, Some(0..), _) => {
                ensure!(
                    self.taken < self.made,
                    "{name} returns before the handshake is complete"
                );
            }
            (Purpose::Read, Some(0), _) => {
                // The first read after a reset fails, if no write failed before it, and the next return 0.
                let ends = peer.fin || peer.rst || own.deaf;
                let asks = !matches!(
                    call.syscall,
                    Syscall::Read {
                        capacity: Some(0),
                        ..
                    }
                );
                ensure!(ends || !asks, "{name} returns 0 before there is a FIN");
            }
            (Purpose::Read, Some(bytes @ 1..), _) => {
                let (read, sent) = (own.read + bytes as usize, peer.sent);
                ensure!(
                    read <= sent,
                    "{name} has returned {read} bytes, but only {sent} have arrived"
                );
            }
            _ => {}
        }
        Ok(())
    }

    /// Checks that the kernel has a socket in TIME-WAIT if the states end there.
    fn ends(&self) -> Result<()> {
        for side in Side::BOTH {
            let waits = self
                .before
                .is_some_and(|row| row.state(side) == State::TimeWait);
            ensure!(
                !waits || self.ladder.time_wait.contains(&side),
                "the {} ends in TIME-WAIT, but its kernel has no such socket",
                side.name()
            );
        }
        Ok(())
    }

    fn note(&mut self, row: &'a Row) {
        match &row.event {
            Event::Segment(segment) => self.note_segment(segment),
            Event::Call(call) => self.note_call(call),
            Event::Signal {
                side,
                signal: Signal::Kill,
            } => self.ends[*side as usize].closing = true,
            Event::OtherClient { leaves: false } => self.made += 1,
            _ => {}
        }
        let synchronised = |state| !matches!(state, State::Listen | State::SynReceived);
        let was = self
            .before
            .map_or(State::Closed, |before| before.server_state);
        if was == State::SynReceived && synchronised(row.server_state) {
            self.made += 1;
        }
        self.before = Some(row);
    }

    fn note_segment(&mut self, segment: &ShownSegment) {
        let end = &mut self.ends[segment.from as usize];
        end.next = end.next.max(segment.end());
        end.sent += if segment.again { 0 } else { segment.length };
        end.syn |= segment.has("SYN");
        end.fin |= segment.has("FIN");
        end.rst |= segment.has("RST");
    }

    fn note_call(&mut self, call: &ShownCall) {
        let end = &mut self.ends[call.side as usize];
        let moved = call.result.unwrap_or(0).max(0) as usize;
        let (enters, returns) = (call.phase != Phase::Returns, call.phase != Phase::Enters);
        match call.purpose() {
            Purpose::Listen if returns => self.listening = call.result == Some(0),
            Purpose::Accept if returns && call.result >= Some(0) => self.taken += 1,
            Purpose::Connect if enters => end.connects += 1,
            Purpose::Write if enters => end.written += moved,
            Purpose::Read if returns => end.read += moved,
            Purpose::Shutdown | Purpose::Close if enters => end.closing = true,
            _ => {}
        }
        if let Syscall::Shutdown { how, .. } = call.syscall {
            end.deaf |= how != Halves::Write && call.result == Some(0);
        }
    }
}

#[cfg(test)]
mod tests;
