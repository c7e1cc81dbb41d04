//! Explains segments.

use super::{Story, frames, future_calls, sends};
use crate::call::Purpose;
use crate::caption::Caption;
use crate::ladder::Row;
use crate::segment::{Piece, ShownSegment};
use crate::tcp::State;
use recorder::Side;

impl Story {
    pub(super) fn of_segment(
        &self,
        before: Option<&Row>,
        row: &Row,
        segment: &ShownSegment,
        future: &[Row],
    ) -> Option<Caption> {
        let peer = segment.from.other();
        let was = |side| before.map_or(State::Closed, |before| before.state(side));
        match segment.kind() {
            "syn" if segment.again && row.server_state == State::Listen => {
                return Some(Caption::SynAgain);
            }
            _ if segment.again => return Some(Caption::Again),
            "rst" => return Some(self.of_reset(segment.from, was(peer))),
            "syn" if segment.has("ACK") => {
                let is_plain = segment.confirms.is_none_or(|what| what.length == 0);
                return is_plain.then_some(Caption::SynAck);
            }
            "syn" => return (segment.length == 0).then_some(Caption::Syn),
            "fin" => return Some(self.of_fin(segment, future)),
            "data" => return self.of_data(segment, was(segment.from), was(peer), future),
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
        match (self.closed[from as usize], self.leaves_bytes(from)) {
            _ if peer == State::SynSent => Caption::Refused,
            (_, true) if self.killed[from as usize] => Caption::ResetOfKilled,
            (true, true) if self.late[from as usize] => Caption::ResetLateData,
            (true, true) => Caption::ResetUnread,
            _ => Caption::Reset,
        }
    }

    fn of_fin(&self, segment: &ShownSegment, future: &[Row]) -> Caption {
        let last = future.last();
        let waits = last.is_some_and(|last| last.state(segment.from) == State::TimeWait);
        let peer = segment.from.other();
        let is_free =
            !self.stopped[peer as usize] && !sends(peer, future, |segment| segment.length > 0);
        match self.fins.first() {
            None if self.killed[segment.from as usize] => Caption::FinOfKilled,
            None if self.never_closes[segment.from as usize] => Caption::FinOfExit,
            None if waits && closes_unasked(peer, future) && is_free => Caption::FinFirstInRace,
            None if waits => Caption::FinFirst,
            None => Caption::FinThenReset,
            Some(_) if segment.confirms.is_some_and(|what| what.fin) && !self.fin_confirmed => {
                Caption::FinWithAck
            }
            Some(_) if !self.fin_confirmed => Caption::FinCrossing,
            Some(_) => Caption::FinSecond,
        }
    }

    fn of_data(
        &self,
        segment: &ShownSegment,
        own: State,
        peer: State,
        future: &[Row],
    ) -> Option<Caption> {
        let bytes = segment.pieces.iter().flat_map(|Piece { bytes, .. }| bytes);
        let framed = self.framed[segment.from as usize];
        let whole = frames(&bytes.copied().collect::<Vec<u8>>()).filter(|_| framed);
        let first = self.sent == [0, 0];
        match segment.from {
            from if self.closed[from.other() as usize] => Some(Caption::DataAfterClose),
            from if own == State::CloseWait => {
                let refuses = sends(from.other(), future, |segment| segment.has("RST"));
                (!refuses).then_some(Caption::DataHalfClosed)
            }
            _ if whole > Some(1) => Some(Caption::ManyFrames),
            _ if segment.length == 1 && framed => Some(Caption::SingleByte),
            Side::Client if !self.accepted && peer == State::Established => {
                Some(Caption::DataBeforeAccept)
            }
            Side::Client => {
                (first && whole == Some(1) && segment.has("PSH")).then_some(Caption::Data)
            }
            Side::Server => {
                let [read, hides] = [
                    self.read[1] > 0,
                    self.hides_reads[1] || self.server_is_hidden,
                ];
                let answers = self.sent[0] > 0 && self.sent[1] == 0 && (read || hides);
                answers.then_some(Caption::Reply)
            }
        }
    }
}

/// Returns `true` if `side` will close without having read the end before.
fn closes_unasked(side: Side, future: &[Row]) -> bool {
    let ends = future_calls(side, future).find(|call| {
        let reads_end = call.purpose() == Purpose::Read && call.result == Some(0);
        reads_end || matches!(call.purpose(), Purpose::Shutdown | Purpose::Close)
    });
    ends.is_some_and(|call| call.purpose() != Purpose::Read)
}
