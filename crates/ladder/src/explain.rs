//! Chooses the explanation of each row. Each explanation appears once, at the first row that shows it.

use std::collections::HashSet;

use crate::about::About;
use crate::call::{Phase, Purpose, ShownCall};
use crate::caption::Caption;
use crate::ladder::{Event, Row};
use crate::segment::{Part, ShownSegment};
use crate::tcp::State;
use recorder::{Errno, Nanos, Side, Signal, SocketOption, Syscall};

/// Gives its caption to every row that shows something new.
pub(crate) fn put(rows: &mut [Row]) {
    let mut used = HashSet::new();
    let by_server =
        |row: &Row| matches!(&row.event, Event::Call(call) if call.side == Side::Server);
    let mut story = Story {
        // Without the server's calls, no caption may say who is in accept().
        accepted: !rows.iter().any(by_server),
        ..Story::default()
    };
    for index in 0..rows.len() {
        let (past, rest) = rows.split_at_mut(index);
        let (row, future) = rest.split_first_mut().expect("index is within");
        let before = past.last();
        let caption = story.caption(before, row, future);
        row.caption = caption.filter(|caption| used.insert(*caption));
        story.note(row);
    }
}

/// Facts from the rows above that a caption depends on.
#[derive(Default)]
struct Story {
    /// Time since which the kernels have had a connection.
    established: Option<Nanos>,
    accepted: bool,
    killed: [bool; 2],
    fins: Vec<Side>,
    /// `true` once a FIN was acknowledged by a segment without data or flags of its own.
    fin_confirmed: bool,
    sent: [usize; 2],
    read: [usize; 2],
    /// Bytes of each read, for each side, since it had its last whole frame.
    reads: [Vec<Vec<u8>>; 2],
    /// Number of writes of each side since the other had its last whole frame.
    writes: [usize; 2],
}

impl Story {
    fn caption(&mut self, before: Option<&Row>, row: &Row, future: &[Row]) -> Option<Caption> {
        match &row.event {
            Event::Call(call) => self.of_call(row, call, future),
            Event::Segment(segment) => self.of_segment(before, row, segment, future),
            Event::Signal { side, signal } => match signal {
                Signal::Kill => Some(Caption::Killed),
                Signal::Stop if *side == Side::Client => Some(Caption::StoppedClient),
                Signal::Stop => Some(Caption::Stopped),
                Signal::Continue => Some(Caption::Continued),
                Signal::Terminate => Some(Caption::Terminated),
                Signal::Interrupt | Signal::Hangup | Signal::Resize => None,
            },
            Event::OtherClient { leaves: true } => Some(Caption::OtherLeaves),
            Event::OtherClient { .. } => Some(Caption::OtherConnects),
            Event::Exit { .. } => Some(Caption::Exit),
            Event::Console { .. } => None,
        }
    }

    fn of_call(&mut self, row: &Row, call: &ShownCall, future: &[Row]) -> Option<Caption> {
        if call.errno == Some(Errno::Restart) {
            return (call.phase != Phase::Enters).then_some(Caption::Interrupted);
        }
        match (call.about, call.purpose()) {
            (About::OtherClient, _) => Some(Caption::OtherConnection),
            (About::Console, _) => Some(match (&call.syscall, call.phase) {
                (Syscall::Write { .. }, _) => Caption::ConsoleWrite,
                (_, Phase::Enters) => Caption::ConsoleWaits,
                _ => Caption::ConsoleRead,
            }),
            (_, Purpose::Wait) => Some(Caption::Readiness),
            (_, Purpose::Socket) => Some(Caption::Socket),
            (_, Purpose::Set) => of_option(call),
            (_, Purpose::Bind) => Some(Caption::Bind),
            (_, Purpose::Listen) => Some(Caption::Listen),
            (_, Purpose::Accept) => self.of_accept(row, call),
            (_, Purpose::Connect) => self.of_connect(call),
            (_, Purpose::Shutdown) => Some(half_closes(call.side, future)),
            (_, Purpose::Close) if call.phase == Phase::Returns => None,
            (_, Purpose::Close) if sends(call.side, future, |segment| segment.has("RST")) => {
                Some(Caption::Close)
            }
            (_, Purpose::Close) if self.fins.contains(&call.side) => Some(Caption::CloseLate),
            (_, Purpose::Close) if row.state(call.side) == State::Closed => {
                Some(Caption::CloseUnused)
            }
            (_, Purpose::Close) => Some(Caption::Close),
            (_, Purpose::Read) => self.of_read(call),
            (_, Purpose::Write) => Some(match call.phase {
                Phase::Returns => Caption::WriteReturns,
                Phase::Enters | Phase::Whole => of_write(call.syscall.data()),
            }),
            (About::Listener, Purpose::Aside) => Some(Caption::CloseListener),
            (_, Purpose::Aside) => None,
        }
    }

    fn of_accept(&self, row: &Row, call: &ShownCall) -> Option<Caption> {
        match call.phase {
            _ if call.errno == Some(Errno::Again) => Some(Caption::AcceptAgain),
            Phase::Enters => Some(Caption::AcceptWaits),
            Phase::Whole if self.established.is_some() => Some(Caption::AcceptQueued),
            Phase::Returns
                if self
                    .established
                    .is_some_and(|since| row.time - since > 20_000_000) =>
            {
                Some(Caption::AcceptQueued)
            }
            _ => Some(Caption::AcceptReturns),
        }
    }

    fn of_connect(&self, call: &ShownCall) -> Option<Caption> {
        match (call.phase, &call.errno) {
            (Phase::Enters, _) => Some(Caption::ConnectWaits),
            (_, Some(Errno::ConnectionRefused)) => Some(Caption::ConnectRefused),
            (_, Some(_)) => None,
            _ if self.accepted => Some(Caption::ConnectReturns),
            _ => Some(Caption::ConnectBeforeAccept),
        }
    }

    fn of_read(&mut self, call: &ShownCall) -> Option<Caption> {
        if call.phase == Phase::Enters {
            return Some(Caption::ReadWaits);
        }
        match (call.result, &call.errno) {
            (Some(0), _) => return Some(Caption::ReadEnd),
            (_, Some(Errno::ConnectionReset)) => return Some(Caption::ReadReset),
            (Some(1..), _) => {}
            _ => return None,
        }
        let reads = &mut self.reads[call.side as usize];
        reads.push(call.syscall.data().to_vec());
        let whole = frames(&reads.concat())?;
        let writes = std::mem::take(&mut self.writes[call.side.other() as usize]);
        let caption = match (reads.len(), whole) {
            _ if writes > 1 => Caption::ManyReads,
            (1, 1) => Caption::OneRead,
            (1, _) => Caption::OneReadManyFrames,
            (2, _) => Caption::TwoReads,
            (3, _) => Caption::ThreeReads,
            _ => Caption::ManyReads,
        };
        reads.clear();
        Some(caption)
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
        if segment.again {
            return Some(if segment.has("SYN") {
                Caption::SynAgain
            } else {
                Caption::Again
            });
        }
        if segment.has("RST") {
            return Some(self.of_reset(segment.from, was(peer)));
        }
        if segment.has("SYN") {
            return Some(if segment.has("ACK") {
                Caption::SynAck
            } else {
                Caption::Syn
            });
        }
        if segment.has("FIN") {
            return Some(self.of_fin(segment, future));
        }
        if segment.length > 0 {
            return Some(self.of_data(segment, was(segment.from), was(peer)));
        }
        match (was(peer), row.state(peer)) {
            (State::SynReceived, State::Established) if self.accepted => {
                Some(Caption::HandshakeEnds)
            }
            (State::SynReceived, State::Established) => Some(Caption::HandshakeBeforeAccept),
            (State::LastAck, State::Closed) => Some(Caption::LastAck),
            (State::FinWait1, State::FinWait2) => Some(Caption::AckOfFin),
            (State::FinWait1 | State::Closing, State::TimeWait) => Some(Caption::BothTimeWait),
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
        let (sent, read) = (self.sent[from.other() as usize], self.read[from as usize]);
        match peer {
            State::SynSent => Caption::Refused,
            _ if read < sent && self.read != [0, 0] => Caption::ResetUnread,
            _ => Caption::Reset,
        }
    }

    fn of_fin(&self, segment: &ShownSegment, future: &[Row]) -> Caption {
        let last = future.last();
        let waits = last.is_some_and(|last| last.state(segment.from) == State::TimeWait);
        match self.fins.first() {
            None if self.killed[segment.from as usize] => Caption::FinOfKilled,
            None if waits => Caption::FinFirst,
            None => Caption::FinThenReset,
            Some(_) if segment.confirms.is_some_and(|what| what.fin) && !self.fin_confirmed => {
                Caption::FinWithAck
            }
            Some(_) if !self.fin_confirmed => Caption::FinCrossing,
            Some(_) => Caption::FinSecond,
        }
    }

    fn of_data(&self, segment: &ShownSegment, own: State, peer: State) -> Caption {
        let lengths = segment
            .pieces
            .iter()
            .filter(|piece| piece.part == Part::Length)
            .count();
        match segment.from {
            _ if lengths > 1 => Caption::ManyFrames,
            _ if segment.length == 1 => Caption::SingleByte,
            _ if own == State::CloseWait => Caption::DataHalfClosed,
            Side::Client if !self.accepted && peer == State::Established => {
                Caption::DataBeforeAccept
            }
            Side::Client => Caption::Data,
            Side::Server => Caption::Reply,
        }
    }

    fn note(&mut self, row: &Row) {
        match &row.event {
            Event::Segment(segment) => {
                self.sent[segment.from as usize] += if segment.again { 0 } else { segment.length };
                let fin = segment.has("FIN");
                self.fin_confirmed |= !fin && segment.confirms.is_some_and(|what| what.fin);
                if fin && !segment.again {
                    self.fins.push(segment.from);
                }
            }
            Event::Call(call)
                if call.purpose() == Purpose::Write && call.phase != Phase::Returns =>
            {
                self.writes[call.side as usize] += 1;
            }
            Event::Call(call)
                if call.phase != Phase::Enters
                    && call.about == About::Connection
                    && matches!(call.syscall, Syscall::Read { .. }) =>
            {
                self.read[call.side as usize] += call.result.unwrap_or(0).max(0) as usize;
            }
            Event::Call(call)
                if call.phase != Phase::Enters
                    && matches!(call.syscall, Syscall::Accept { .. }) =>
            {
                self.accepted |= call.result.is_some_and(|fd| fd >= 0);
            }
            Event::Signal {
                side,
                signal: Signal::Kill,
            } => self.killed[*side as usize] = true,
            _ => {}
        }
        if self.established.is_none() && row.server_state == State::Established {
            self.established = Some(row.time);
        }
    }
}

fn of_write(data: &[u8]) -> Caption {
    match frames(data) {
        Some(1) => Caption::Write,
        Some(2..) => Caption::WriteMany,
        _ => Caption::WritePart,
    }
}

/// Returns the explanation of a socket option, for the options that need one.
fn of_option(call: &ShownCall) -> Option<Caption> {
    let Syscall::SetOption { option, .. } = &call.syscall else {
        return None;
    };
    match option {
        SocketOption::Ipv6Only => Some(Caption::BothFamilies),
        SocketOption::ReuseAddress => Some(Caption::ReuseAddress),
        SocketOption::NoDelay => Some(Caption::NoDelay),
        SocketOption::ReceiveTimeout | SocketOption::SendTimeout => Some(Caption::Timeout),
        SocketOption::Other(_) => None,
    }
}

/// Returns `true` if `side` will send such a segment.
fn sends(side: Side, future: &[Row], is_such: impl Fn(&ShownSegment) -> bool) -> bool {
    let mut events = future.iter().map(|row| &row.event);
    events.any(|event| matches!(event, Event::Segment(segment) if segment.from == side && is_such(segment)))
}

/// Returns the caption of a `shutdown`. If the client is answered afterwards, it has closed one half only.
fn half_closes(side: Side, future: &[Row]) -> Caption {
    match sends(side.other(), future, |segment| segment.length > 0) {
        true => Caption::HalfClose,
        false => Caption::Shutdown,
    }
}

/// Returns the number of frames in `bytes`, if they end where a frame ends.
fn frames(bytes: &[u8]) -> Option<usize> {
    let mut rest = bytes;
    let mut count = 0;
    while let [high, low, behind @ ..] = rest {
        rest = behind.get(usize::from(u16::from_be_bytes([*high, *low]))..)?;
        count += 1;
    }
    rest.is_empty().then_some(count)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::Lang;
    use crate::saved;

    /// Returns the kind of a row. At least one row of each kind must have a caption.
    fn kind(event: &Event) -> String {
        match event {
            Event::Call(ShownCall {
                syscall: Syscall::SetOption { option, .. },
                ..
            }) => option.name().into(),
            Event::Call(call) if call.purpose() == Purpose::Aside => format!("{:?}", call.about),
            Event::Call(call) => format!("{:?}", call.purpose()),
            Event::Segment(segment) => segment.kind().into(),
            Event::Signal { signal, .. } => format!("{signal:?}"),
            Event::OtherClient { .. } => "another client".into(),
            Event::Console { .. } => "console".into(),
            Event::Exit { .. } => "exit".into(),
        }
    }

    #[test]
    fn without_the_servers_calls_nothing_is_said_of_accept() {
        for mut saved in saved::examples() {
            for played in saved
                .recording
                .server
                .iter_mut()
                .chain(&mut saved.recording.client)
            {
                played.trace = recorder::not_asked_for();
            }
            let rows = saved.ladder().rows;
            let segments = rows
                .iter()
                .filter(|row| matches!(row.event, Event::Segment(_)));
            let captions = segments.filter_map(|row| row.caption);
            let words: String = captions.map(|caption| caption.text(Lang::En)).collect();
            assert!(!words.is_empty() && !words.contains("accept"), "{words}");
        }
    }

    #[test]
    fn every_kind_of_row_is_explained_in_its_ladder() {
        for saved in saved::examples() {
            let ladder = saved.ladder();
            let explained = ladder.rows.iter().filter(|row| row.caption.is_some());
            let explained: HashSet<String> = explained.map(|row| kind(&row.event)).collect();
            for row in &ladder.rows {
                let kind = kind(&row.event);
                assert!(explained.contains(&kind), "{}: {row:?}", saved.scenario);
            }
        }
    }
}
