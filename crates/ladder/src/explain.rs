//! Chooses the explanation of each row. Each explanation appears once, at the first row that shows it.

mod call;
mod segment;

use std::collections::HashSet;

use crate::about::About;
use crate::call::{Phase, Purpose, ShownCall};
use crate::caption::Caption;
use crate::ladder::{Event, Row};
use crate::segment::ShownSegment;
use crate::tcp::State;
use recorder::{Errno, Halves, Side, Signal, SocketOption, Syscall};

/// Gives its caption to every row that shows something new, and marks the calls that block. `blind` are the sides of
/// which not every call is known.
pub(crate) fn put(rows: &mut [Row], blind: &[Side]) {
    let mut used = HashSet::new();
    let mut story = Story::new(rows, blind);
    for index in 0..rows.len() {
        let (past, rest) = rows.split_at_mut(index);
        let (row, future) = rest.split_first_mut().expect("index is within");
        if let Event::Segment(segment) = &row.event {
            story.begin(segment.connection);
        }
        if let Event::Call(call) = &mut row.event {
            call.blocked = story.blocks(call, future);
        }
        let caption = story.caption(past.last(), row, future);
        row.caption = caption.filter(|caption| used.insert(*caption));
        story.note(row);
    }
}

/// Facts from the rows above that a caption depends on.
#[derive(Default)]
struct Story {
    /// Number of the connection that the facts are about; 0 before the first.
    connection: usize,
    has_wire: bool,
    /// `true` if not all of the server's calls are known.
    server_is_hidden: bool,
    /// Number of connections that the server's kernel has and its program has not accepted.
    queued: usize,
    accepted: bool,
    server_state: Option<State>,
    /// `true` once the program has set a limit on the time that a read waits.
    has_timeout: [bool; 2],
    /// `true` once the program has asked for a close that resets.
    lingers: [bool; 2],
    /// `true` if the calls of a side are known, and none of them closes the connection.
    never_closes: [bool; 2],
    killed: [bool; 2],
    stopped: [bool; 2],
    /// `true` once the program has closed its socket.
    closed: [bool; 2],
    /// `true` once data has come after that.
    late: [bool; 2],
    /// `true` once the program has said that it reads no more.
    deaf: [bool; 2],
    /// `true` once the program has made a call that may have read bytes, and does not show which.
    hides_reads: [bool; 2],
    reset: bool,
    fins: Vec<Side>,
    /// `true` once a FIN was acknowledged by a segment without data or flags of its own.
    fin_confirmed: bool,
    sent: [usize; 2],
    read: [usize; 2],
    /// `true` if everything that a side writes is whole frames in the end.
    framed: [bool; 2],
    /// Bytes of each read, for each side, since it had its last whole frame.
    reads: [Vec<Vec<u8>>; 2],
    /// Bytes of each write of each side since the other had its last whole frame.
    writes: [Vec<usize>; 2],
    /// Calls that were entered: side, name, and whether they block.
    entered: Vec<(Side, String, bool)>,
}

impl Story {
    fn new(rows: &[Row], blind: &[Side]) -> Story {
        let calls = || {
            rows.iter().filter_map(|row| match &row.event {
                Event::Call(call) => Some(call),
                _ => None,
            })
        };
        let written = |side| {
            let own = calls().filter(move |call| call.side == side && call.phase != Phase::Returns);
            let writes = own.filter(|call| call.purpose() == Purpose::Write);
            writes
                .flat_map(|call| call.syscall.data())
                .copied()
                .collect::<Vec<u8>>()
        };
        let server_is_known = calls().any(|call| call.side == Side::Server);
        Story {
            has_wire: rows
                .iter()
                .any(|row| matches!(row.event, Event::Segment(_))),
            server_is_hidden: !server_is_known || blind.contains(&Side::Server),
            never_closes: Side::BOTH.map(|side| {
                let mut own = calls().filter(|call| call.side == side).peekable();
                let closes =
                    |call: &ShownCall| matches!(call.purpose(), Purpose::Shutdown | Purpose::Close);
                own.peek().is_some() && !blind.contains(&side) && !own.any(closes)
            }),
            framed: Side::BOTH.map(|side| {
                frames(&written(side)).is_some_and(|count| count > 0) && !blind.contains(&side)
            }),
            ..Story::default()
        }
    }

    /// Forgets what was true of another connection than this one.
    fn begin(&mut self, connection: usize) {
        if self.connection == connection {
            return;
        }
        let before = std::mem::take(self);
        *self = Story {
            connection,
            // Without the server's calls, no caption may say what accept() has done.
            accepted: before.server_is_hidden,
            has_wire: before.has_wire,
            server_is_hidden: before.server_is_hidden,
            queued: before.queued,
            server_state: before.server_state,
            has_timeout: before.has_timeout,
            lingers: before.lingers,
            never_closes: before.never_closes,
            killed: before.killed,
            stopped: before.stopped,
            framed: before.framed,
            entered: before.entered,
            ..Story::default()
        };
    }

    /// Returns `true` if the call has to wait for something that has not arrived.
    fn blocks(&mut self, call: &ShownCall, future: &[Row]) -> bool {
        if call.phase == Phase::Returns {
            let same =
                |(side, name, _): &(Side, String, bool)| (*side, name) == (call.side, &call.name);
            let entered = self.entered.iter().rposition(same);
            return entered.is_some_and(|entered| self.entered.remove(entered).2);
        }
        let at_once = match call.errno {
            Some(Errno::Again) => !self.has_timeout[call.side as usize],
            Some(Errno::InProgress) => true,
            _ => false,
        };
        let blocks = call.phase == Phase::Enters
            && self.has_wire
            && !at_once
            && match call.purpose() {
                Purpose::Read | Purpose::Peek => {
                    self.unread(call.side) == 0
                        && !self.deaf[call.side as usize]
                        && !self.fins.contains(&call.side.other())
                        && !self.reset
                }
                Purpose::Accept => self.queued == 0,
                Purpose::Connect => true,
                Purpose::Wait => arrives_before_it_returns(call, future),
                _ => false,
            };
        if call.phase == Phase::Enters {
            self.entered.push((call.side, call.name.clone(), blocks));
        }
        blocks
    }

    /// Number of bytes that have arrived at `side` and were not read.
    fn unread(&self, side: Side) -> usize {
        self.sent[side.other() as usize].saturating_sub(self.read[side as usize])
    }

    /// Returns `true` if it is certain that bytes have arrived at `side` and were not read.
    fn leaves_bytes(&self, side: Side) -> bool {
        self.unread(side) > 0 && !self.hides_reads[side as usize]
    }

    fn caption(&mut self, before: Option<&Row>, row: &Row, future: &[Row]) -> Option<Caption> {
        match &row.event {
            Event::Call(call) => self.of_call(row, call, future),
            Event::Segment(segment) => self.of_segment(before, row, segment, future),
            Event::Signal { side, signal } => match (signal, side) {
                (Signal::Kill, _) => Some(Caption::Killed),
                (Signal::Stop, Side::Client) => Some(Caption::StoppedClient),
                (Signal::Stop, Side::Server) => Some(Caption::Stopped),
                (Signal::Continue, _) => Some(Caption::Continued),
                (Signal::Terminate, Side::Server) => Some(Caption::Terminated),
                _ => None,
            },
            Event::OtherClient { leaves: true } => Some(Caption::OtherLeaves),
            Event::OtherClient { .. } => Some(Caption::OtherConnects),
            Event::Exit { .. } => Some(Caption::Exit),
            Event::Console { .. } => None,
        }
    }

    fn note(&mut self, row: &Row) {
        match &row.event {
            Event::Segment(segment) => self.note_segment(segment),
            Event::Call(call) => self.note_call(call),
            Event::Signal { side, signal } => {
                self.killed[*side as usize] |= *signal == Signal::Kill;
                self.stopped[*side as usize] |= *signal == Signal::Stop;
            }
            Event::OtherClient { leaves: false } => self.queued += 1,
            _ => {}
        }
        let opens = self.server_state == Some(State::SynReceived);
        if opens
            && !matches!(
                row.server_state,
                State::SynReceived | State::Listen | State::Closed
            )
        {
            self.queued += 1;
        }
        self.server_state = Some(row.server_state);
    }

    fn note_segment(&mut self, segment: &ShownSegment) {
        let from = segment.from as usize;
        if !segment.again {
            self.sent[from] += segment.length;
            if self.closed[segment.from.other() as usize] {
                self.late[segment.from.other() as usize] |= segment.length > 0;
            }
        }
        let fin = segment.has("FIN");
        self.fin_confirmed |= !fin && segment.confirms.is_some_and(|what| what.fin);
        if fin && !segment.again {
            self.fins.push(segment.from);
        }
        self.reset |= segment.has("RST");
    }

    fn note_call(&mut self, call: &ShownCall) {
        let side = call.side as usize;
        let (enters, returns) = (call.phase != Phase::Returns, call.phase != Phase::Enters);
        let moved = call.result.unwrap_or(0).max(0) as usize;
        match call.purpose() {
            Purpose::Write if enters => self.writes[side].push(moved),
            Purpose::Read if returns && call.about == About::Connection => self.read[side] += moved,
            Purpose::Close if enters => self.closed[side] = true,
            Purpose::Socket => {
                self.has_timeout[side] = false;
                self.lingers[side] = false;
            }
            _ => {}
        }
        match &call.syscall {
            Syscall::SetOption { option, value, .. } => match option {
                SocketOption::ReceiveTimeout => self.has_timeout[side] = value != "0 s",
                SocketOption::Linger => self.lingers[side] = value == LINGER_NOT,
                _ => {}
            },
            Syscall::Shutdown { how, .. } => {
                self.deaf[side] |= *how != Halves::Write && call.result == Some(0);
            }
            Syscall::Splice { .. } | Syscall::Ring => self.hides_reads[side] = true,
            _ => {}
        }
        if returns && matches!(call.syscall, Syscall::Accept { .. }) && call.result >= Some(0) {
            self.accepted |= call.about == About::Listener;
            self.queued = self.queued.saturating_sub(1);
        }
    }
}

/// Value of `SO_LINGER` with which `close` resets a connection.
const LINGER_NOT: &str = "{l_onoff=1, l_linger=0}";

/// Returns `true` if `side` will send such a segment.
fn sends(side: Side, future: &[Row], is_such: impl Fn(&ShownSegment) -> bool) -> bool {
    let mut events = future.iter().map(|row| &row.event);
    events.any(
        |event| matches!(event, Event::Segment(segment) if segment.from == side && is_such(segment)),
    )
}

fn future_calls(side: Side, future: &[Row]) -> impl Iterator<Item = &ShownCall> {
    future.iter().filter_map(move |row| match &row.event {
        Event::Call(call) if call.side == side => Some(call),
        _ => None,
    })
}

/// Returns `true` if a segment from the other side, or another client, comes before `call` returns, or if it never does.
fn arrives_before_it_returns(call: &ShownCall, future: &[Row]) -> bool {
    for row in future {
        match &row.event {
            Event::Segment(segment) if segment.from != call.side => return true,
            Event::OtherClient { .. } => return true,
            Event::Call(other) if other.side == call.side && other.name == call.name => {
                return false;
            }
            _ => {}
        }
    }
    true
}

/// Returns the number of frames in `bytes`, if they end where a frame ends.
pub(crate) fn frames(bytes: &[u8]) -> Option<usize> {
    let mut rest = bytes;
    let mut count = 0;
    while let [high, low, behind @ ..] = rest {
        rest = behind.get(usize::from(u16::from_be_bytes([*high, *low]))..)?;
        count += 1;
    }
    rest.is_empty().then_some(count)
}

#[cfg(test)]
mod tests;
