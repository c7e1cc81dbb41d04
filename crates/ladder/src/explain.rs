//! Chooses the explanation of each row. Each explanation appears once, at the first row that shows it.

use std::collections::HashSet;

use crate::about::About;
use crate::call::{Phase, Purpose, ShownCall};
use crate::caption::Caption;
use crate::ladder::{Event, Row};
use crate::segment::{Piece, ShownSegment};
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
    has_wire: bool,
    /// Number of connections that the server's kernel has and its program has not accepted.
    queued: usize,
    accepted: bool,
    server_state: Option<State>,
    killed: [bool; 2],
    stopped: [bool; 2],
    /// `true` once the program has closed its socket.
    closed: [bool; 2],
    /// `true` once data has come after that.
    late: [bool; 2],
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
    /// Number of writes of each side since the other had its last whole frame.
    writes: [usize; 2],
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
            // Without the server's calls, no caption may say what accept() has done.
            accepted: !server_is_known || blind.contains(&Side::Server),
            framed: Side::BOTH.map(|side| {
                frames(&written(side)).is_some_and(|count| count > 0) && !blind.contains(&side)
            }),
            ..Story::default()
        }
    }

    /// Returns `true` if the call has to wait for something that has not arrived.
    fn blocks(&mut self, call: &ShownCall, future: &[Row]) -> bool {
        if call.phase == Phase::Returns {
            let same =
                |(side, name, _): &(Side, String, bool)| (*side, name) == (call.side, &call.name);
            let entered = self.entered.iter().rposition(same);
            return entered.is_some_and(|entered| self.entered.remove(entered).2);
        }
        let at_once = matches!(call.errno, Some(Errno::Again | Errno::InProgress));
        let blocks = call.phase == Phase::Enters
            && self.has_wire
            && !at_once
            && match call.purpose() {
                Purpose::Read => {
                    self.unread(call.side) == 0
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

    fn of_call(&mut self, row: &Row, call: &ShownCall, future: &[Row]) -> Option<Caption> {
        let side = call.side as usize;
        if call.errno == Some(Errno::Restart) {
            let resumes = call.phase != Phase::Enters && self.stopped[side] && !self.killed[side];
            return resumes.then_some(Caption::Interrupted);
        }
        let succeeds = call.result >= Some(0);
        match (call.about, call.purpose()) {
            (About::OtherClient, _) => Some(Caption::OtherConnection),
            (About::Console, _) => self.of_console(row, call, future),
            (_, Purpose::Wait) => of_wait(call),
            (_, Purpose::Socket) => succeeds.then_some(Caption::Socket),
            (_, Purpose::Set) => of_option(call).filter(|_| succeeds),
            (About::Listener, Purpose::Bind) => succeeds.then_some(Caption::Bind),
            (_, Purpose::Bind) => None,
            (_, Purpose::Listen) => succeeds.then_some(Caption::Listen),
            (_, Purpose::Accept) => of_accept(call),
            (_, Purpose::Connect) => self.of_connect(row, call),
            (_, Purpose::Shutdown) => of_shutdown(call, future),
            (_, Purpose::Close) if call.phase == Phase::Returns => None,
            (_, Purpose::Close) => self.of_close(row, call, future),
            (_, Purpose::Read) => self.of_read(call),
            (_, Purpose::Write) => self.of_write(call),
            (About::Listener, Purpose::Aside) => {
                let closes = matches!(call.syscall, Syscall::Close { .. }) && succeeds;
                closes.then_some(Caption::CloseListener)
            }
            (About::Connection, Purpose::Aside) => {
                let is_unknown =
                    matches!(call.syscall, Syscall::Other { .. } | Syscall::Splice { .. });
                is_unknown.then_some(Caption::Unknown)
            }
            (_, Purpose::Aside) => None,
        }
    }

    fn of_console(&self, row: &Row, call: &ShownCall, future: &[Row]) -> Option<Caption> {
        let connected = row.client_state == State::Established && self.sent == [0, 0];
        match (&call.syscall, call.phase) {
            (Syscall::Write { .. }, _) => Some(Caption::ConsoleWrite),
            (_, Phase::Enters) if call.side == Side::Client && connected => {
                sends(Side::Client, future, |segment| segment.length > 0)
                    .then_some(Caption::ConsoleWaits)
            }
            (_, Phase::Enters) => None,
            _ => (call.result > Some(0)).then_some(Caption::ConsoleRead),
        }
    }

    fn of_connect(&self, row: &Row, call: &ShownCall) -> Option<Caption> {
        match (&call.errno, call.phase) {
            (Some(Errno::InProgress), _) => Some(Caption::ConnectInProgress),
            (_, Phase::Enters) => call.blocked.then_some(Caption::ConnectWaits),
            (Some(Errno::ConnectionRefused), _) => Some(Caption::ConnectRefused),
            (Some(_), _) => None,
            _ if row.server_state == State::SynReceived => Some(Caption::ConnectBeforeLastAck),
            _ if self.accepted => Some(Caption::ConnectReturns),
            _ => (row.server_state == State::Established).then_some(Caption::ConnectBeforeAccept),
        }
    }

    fn of_close(&self, row: &Row, call: &ShownCall, future: &[Row]) -> Option<Caption> {
        let side = call.side;
        let resets = sends(side, future, |segment| segment.has("RST"));
        let ends = sends(side, future, |segment| segment.has("FIN"));
        match () {
            () if self.unread(side) > 0 && resets => Some(Caption::CloseUnread),
            () if self.fins.contains(&side) => Some(Caption::CloseLate),
            () if row.state(side) == State::Closed => Some(Caption::CloseUnused),
            () => ends.then_some(Caption::Close),
        }
    }

    fn of_read(&mut self, call: &ShownCall) -> Option<Caption> {
        if call.phase == Phase::Enters {
            return call.blocked.then_some(Caption::ReadWaits);
        }
        let peer = call.side.other();
        match (call.result, &call.errno) {
            (_, Some(Errno::Again)) => return Some(Caption::ReadAgain),
            (_, Some(Errno::ConnectionReset)) => return Some(Caption::ReadReset),
            (Some(0), _) => return self.fins.contains(&peer).then_some(Caption::ReadEnd),
            (Some(1..), _) => {}
            _ => return None,
        }
        let reads = &mut self.reads[call.side as usize];
        reads.push(call.syscall.data().to_vec());
        if !self.framed[peer as usize] {
            return None;
        }
        let whole = frames(&reads.concat())?;
        let sizes: Vec<usize> = std::mem::take(reads).iter().map(Vec::len).collect();
        let writes = std::mem::take(&mut self.writes[peer as usize]);
        Some(match (&sizes[..], whole) {
            _ if writes > 1 => Caption::ManyReads,
            ([_], 1) => Caption::OneRead,
            ([_], _) => Caption::OneReadManyFrames,
            ([2, _], 1) => Caption::TwoReads,
            ([1, 1, _], 1) => Caption::ThreeReads,
            _ => Caption::ManyReads,
        })
    }

    fn of_write(&self, call: &ShownCall) -> Option<Caption> {
        match &call.errno {
            Some(Errno::ConnectionReset) => return Some(Caption::WriteReset),
            Some(errno) => return (errno.name() == "EPIPE").then_some(Caption::WriteBroken),
            None => {}
        }
        if call.phase == Phase::Returns {
            return (call.result > Some(0)).then_some(Caption::WriteReturns);
        }
        let is_java = call
            .code
            .as_ref()
            .is_some_and(|code| code.contains("writeUTF("));
        Some(match frames(call.syscall.data()) {
            _ if !self.framed[call.side as usize] => Caption::WriteBytes,
            Some(1) if is_java => Caption::WriteUtf,
            Some(1) => Caption::Write,
            Some(2..) => Caption::WriteMany,
            _ => Caption::WritePart,
        })
    }

    fn of_segment(
        &self,
        before: Option<&Row>,
        row: &Row,
        segment: &ShownSegment,
        future: &[Row],
    ) -> Option<Caption> {
        let peer = segment.from.other();
        let was = |side| before.map_or(State::Closed, |before| before.state(side));
        match segment.kind() {
            "syn" if segment.again && !segment.has("ACK") => return Some(Caption::SynAgain),
            _ if segment.again => return Some(Caption::Again),
            "rst" => return Some(self.of_reset(segment.from, was(peer))),
            "syn" if segment.has("ACK") => return Some(Caption::SynAck),
            "syn" => return Some(Caption::Syn),
            "fin" => return Some(self.of_fin(segment, future)),
            "data" => return self.of_data(segment, was(segment.from), was(peer)),
            _ => {}
        }
        let both_wait = Side::BOTH
            .iter()
            .all(|&side| row.state(side) == State::TimeWait);
        match (was(peer), row.state(peer)) {
            (State::SynReceived, State::Established) if self.accepted => {
                Some(Caption::HandshakeEnds)
            }
            (State::SynReceived, State::Established) => Some(Caption::HandshakeBeforeAccept),
            (State::LastAck, State::Closed) => {
                (row.state(segment.from) == State::TimeWait).then_some(Caption::LastAck)
            }
            (State::FinWait1, State::FinWait2) => {
                sends(segment.from, future, |segment| segment.has("FIN"))
                    .then_some(Caption::AckOfFin)
            }
            (State::Closing, State::TimeWait) => both_wait.then_some(Caption::BothTimeWait),
            _ if segment.confirms.is_some_and(|what| what.length > 0) => {
                Some(match self.accepted {
                    true => Caption::AckOfData,
                    false => Caption::AckBeforeAccept,
                })
            }
            _ => None,
        }
    }

    fn of_reset(&self, from: Side, peer: State) -> Caption {
        match (self.closed[from as usize], self.unread(from)) {
            _ if peer == State::SynSent => Caption::Refused,
            (true, 1..) if self.late[from as usize] => Caption::ResetLateData,
            (true, 1..) => Caption::ResetUnread,
            _ => Caption::Reset,
        }
    }

    fn of_fin(&self, segment: &ShownSegment, future: &[Row]) -> Caption {
        let last = future.last();
        let waits = last.is_some_and(|last| last.state(segment.from) == State::TimeWait);
        let peer = segment.from.other();
        let answers = sends(peer, future, |segment| segment.length > 0);
        match self.fins.first() {
            None if self.killed[segment.from as usize] => Caption::FinOfKilled,
            None if waits && closes_unasked(peer, future) && !answers => Caption::FinFirstInRace,
            None if waits => Caption::FinFirst,
            None => Caption::FinThenReset,
            Some(_) if segment.confirms.is_some_and(|what| what.fin) && !self.fin_confirmed => {
                Caption::FinWithAck
            }
            Some(_) if !self.fin_confirmed => Caption::FinCrossing,
            Some(_) => Caption::FinSecond,
        }
    }

    fn of_data(&self, segment: &ShownSegment, own: State, peer: State) -> Option<Caption> {
        let bytes = segment.pieces.iter().flat_map(|Piece { bytes, .. }| bytes);
        let framed = self.framed[segment.from as usize];
        let whole = frames(&bytes.copied().collect::<Vec<u8>>()).filter(|_| framed);
        let first = self.sent == [0, 0];
        match segment.from {
            from if self.closed[from.other() as usize] => Some(Caption::DataAfterClose),
            _ if own == State::CloseWait => Some(Caption::DataHalfClosed),
            _ if whole > Some(1) => Some(Caption::ManyFrames),
            _ if segment.length == 1 && framed => Some(Caption::SingleByte),
            Side::Client if !self.accepted && peer == State::Established => {
                Some(Caption::DataBeforeAccept)
            }
            Side::Client => {
                (first && whole == Some(1) && segment.has("PSH")).then_some(Caption::Data)
            }
            Side::Server => (self.sent[0] > 0 && self.sent[1] == 0).then_some(Caption::Reply),
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
            Purpose::Write if enters => self.writes[side] += 1,
            Purpose::Read if returns && call.about == About::Connection => self.read[side] += moved,
            Purpose::Close if enters => self.closed[side] = true,
            _ => {}
        }
        if returns && matches!(call.syscall, Syscall::Accept { .. }) && call.result >= Some(0) {
            self.accepted |= call.about == About::Listener;
            self.queued = self.queued.saturating_sub(1);
        }
    }
}

fn of_wait(call: &ShownCall) -> Option<Caption> {
    match &call.syscall {
        Syscall::Poll { fds } if fds.len() == 1 => Some(Caption::PollOne),
        Syscall::Poll { .. } => Some(Caption::PollMany),
        _ => Some(Caption::Readiness),
    }
}

/// Returns the explanation of a socket option, for the options and values that need one.
fn of_option(call: &ShownCall) -> Option<Caption> {
    let Syscall::SetOption { option, value, .. } = &call.syscall else {
        return None;
    };
    let caption = match (option, value.as_str()) {
        (SocketOption::Ipv6Only, "[0]") => Caption::BothFamilies,
        (SocketOption::ReuseAddress, "[1]") if call.about == About::Listener => {
            Caption::ReuseAddress
        }
        (SocketOption::NoDelay, "[1]") => Caption::NoDelay,
        (SocketOption::ReceiveTimeout | SocketOption::SendTimeout, time) if time != "0 s" => {
            Caption::Timeout
        }
        _ => return None,
    };
    Some(caption)
}

fn of_accept(call: &ShownCall) -> Option<Caption> {
    match (call.phase, &call.errno) {
        (_, Some(Errno::Again)) => Some(Caption::AcceptAgain),
        (Phase::Enters, _) => call.blocked.then_some(Caption::AcceptWaits),
        (_, Some(_)) => None,
        _ if call.blocked => Some(Caption::AcceptReturns),
        _ => (call.result >= Some(0)).then_some(Caption::AcceptQueued),
    }
}

fn of_shutdown(call: &ShownCall, future: &[Row]) -> Option<Caption> {
    let Syscall::Shutdown { how, .. } = call.syscall else {
        return None;
    };
    let peer = call.side.other();
    let by_java = |code: &String| code.contains(".java:") && code.contains(".close(");
    match &call.errno {
        Some(errno) => return (errno.name() == "ENOTCONN").then_some(Caption::ShutdownTooLate),
        None if how == Halves::Read || call.phase == Phase::Returns => return None,
        None if !sends(call.side, future, |segment| segment.has("FIN")) => return None,
        None => {}
    }
    let receives = sends(peer, future, |segment| segment.length > 0) && reads(call.side, future);
    Some(match how {
        Halves::Write if receives => Caption::HalfClose,
        _ if call.code.as_ref().is_some_and(by_java) => Caption::ShutdownByClose,
        _ => Caption::Shutdown,
    })
}

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

/// Returns `true` if `side` will read bytes of the connection.
fn reads(side: Side, future: &[Row]) -> bool {
    future_calls(side, future).any(|call| call.purpose() == Purpose::Read && call.result > Some(0))
}

/// Returns `true` if `side` will close without having read the end before.
fn closes_unasked(side: Side, future: &[Row]) -> bool {
    let ends = future_calls(side, future).find(|call| {
        let reads_end = call.purpose() == Purpose::Read && call.result == Some(0);
        reads_end || matches!(call.purpose(), Purpose::Shutdown | Purpose::Close)
    });
    ends.is_some_and(|call| call.purpose() != Purpose::Read)
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
