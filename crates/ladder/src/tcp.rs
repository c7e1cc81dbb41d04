//! Follows the states of a connection's two ends through its segments (RFC 9293, section 3.3.2).

use serde::{Deserialize, Serialize};

use recorder::Segment;

/// A state of RFC 9293, figure 5.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING-KEBAB-CASE")]
pub enum State {
    Closed,
    Listen,
    SynSent,
    SynReceived,
    Established,
    #[serde(rename = "FIN-WAIT-1")]
    FinWait1,
    #[serde(rename = "FIN-WAIT-2")]
    FinWait2,
    CloseWait,
    Closing,
    LastAck,
    TimeWait,
}

impl State {
    pub fn name(self) -> &'static str {
        match self {
            State::Closed => "CLOSED",
            State::Listen => "LISTEN",
            State::SynSent => "SYN-SENT",
            State::SynReceived => "SYN-RECEIVED",
            State::Established => "ESTABLISHED",
            State::FinWait1 => "FIN-WAIT-1",
            State::FinWait2 => "FIN-WAIT-2",
            State::CloseWait => "CLOSE-WAIT",
            State::Closing => "CLOSING",
            State::LastAck => "LAST-ACK",
            State::TimeWait => "TIME-WAIT",
        }
    }

    /// Returns `true` if RFC 9293's figure 5 has an arrow from this state to `next` that is no reset.
    pub fn leads_to(self, next: State) -> bool {
        use State::*;
        match self {
            Closed => matches!(next, Listen | SynSent),
            Listen => matches!(next, SynReceived | SynSent | Closed),
            SynSent => matches!(next, SynReceived | Established | Closed),
            SynReceived => matches!(next, Established | FinWait1),
            Established => matches!(next, FinWait1 | CloseWait),
            FinWait1 => matches!(next, FinWait2 | Closing | TimeWait),
            FinWait2 | Closing => next == TimeWait,
            CloseWait => next == LastAck,
            LastAck | TimeWait => next == Closed,
        }
    }
}

/// One end of a connection.
#[derive(Debug, Clone)]
pub(crate) struct Endpoint {
    pub state: State,
    /// Acknowledgement number that will confirm its FIN.
    fin: Option<u32>,
}

impl Endpoint {
    pub(crate) fn new(state: State) -> Endpoint {
        Endpoint { state, fin: None }
    }

    /// Sends `segment`. Returns `false` if the state does not allow it.
    pub(crate) fn send(&mut self, segment: &Segment) -> bool {
        use State::*;
        if segment.rst {
            // A closed port answers a SYN with a reset, too.
            self.state = if self.state == Listen { Listen } else { Closed };
            return true;
        }
        if segment.syn {
            let (next, fits) = match segment.acknowledgement {
                None => (SynSent, matches!(self.state, Closed | SynSent)),
                // A full queue drops the SYN: only its answer says that the listener took it.
                Some(_) => (SynReceived, matches!(self.state, Listen | SynReceived)),
            };
            self.state = next;
            return fits;
        }
        let synchronised = !matches!(self.state, Closed | Listen | SynSent | SynReceived);
        let again = self.fin.is_some_and(|fin| behind(end_of(segment), fin));
        let occupies = !segment.payload.is_empty() || segment.fin;
        if !synchronised || (occupies && !again && !matches!(self.state, Established | CloseWait)) {
            return false;
        }
        if segment.fin && !again {
            self.fin = Some(end_of(segment));
            self.state = if self.state == CloseWait {
                LastAck
            } else {
                FinWait1
            };
        }
        true
    }

    /// Receives `segment`. Returns `false` if the state does not allow it.
    pub(crate) fn receive(&mut self, segment: &Segment) -> bool {
        use State::*;
        if segment.rst {
            self.state = if self.state == Listen { Listen } else { Closed };
            return true;
        }
        if segment.syn {
            return self.receive_syn(segment.acknowledgement.is_some());
        }
        if matches!(self.state, Listen | SynSent) {
            return false;
        }
        if let Some(number) = segment.acknowledgement {
            let of_fin = self.fin.is_some_and(|fin| behind(fin, number));
            self.state = match self.state {
                SynReceived => Established,
                FinWait1 if of_fin => FinWait2,
                Closing if of_fin => TimeWait,
                LastAck if of_fin => Closed,
                other => other,
            };
        }
        if segment.fin {
            self.state = match self.state {
                Established => CloseWait,
                FinWait1 => Closing,
                FinWait2 => TimeWait,
                other => other,
            };
        }
        true
    }

    fn receive_syn(&mut self, acknowledges: bool) -> bool {
        match (self.state, acknowledges) {
            (State::Closed | State::Listen, false) => true,
            (State::SynSent, true) => {
                self.state = State::Established;
                true
            }
            (State::SynReceived, false) | (State::Established, true) => true,
            _ => false,
        }
    }
}

/// Returns the sequence number after `segment`, where its sender continues.
pub(crate) fn end_of(segment: &Segment) -> u32 {
    let flags = u32::from(segment.syn) + u32::from(segment.fin);
    segment
        .sequence
        .wrapping_add(segment.payload.len() as u32)
        .wrapping_add(flags)
}

/// Returns `true` if sequence number `a` is at `b` or before it (RFC 9293, section 3.4: modulo 2^32).
pub(crate) fn behind(a: u32, b: u32) -> bool {
    b.wrapping_sub(a) < 1 << 31
}
