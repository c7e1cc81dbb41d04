//! Explains system calls.

use super::{LINGER_NOT, Story, frames, future_calls, sends};
use crate::about::About;
use crate::call::{Phase, Purpose, ShownCall};
use crate::caption::Caption;
use crate::ladder::Row;
use crate::tcp::State;
use recorder::{Errno, Halves, Side, SocketOption, Syscall};

impl Story {
    pub(super) fn of_call(
        &mut self,
        row: &Row,
        call: &ShownCall,
        future: &[Row],
    ) -> Option<Caption> {
        let side = call.side as usize;
        if call.errno == Some(Errno::Restart) {
            let resumes = call.phase != Phase::Enters && self.stopped[side] && !self.killed[side];
            return resumes.then_some(Caption::Interrupted);
        }
        let succeeds = call.result >= Some(0);
        match (call.about, call.purpose()) {
            (About::OtherClient, _) => Some(Caption::OtherConnection),
            (About::Copy, _) => of_copy(call),
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
            (_, Purpose::Peek) => of_peek(call),
            (_, Purpose::Write) => self.of_write(call),
            (About::Listener, Purpose::Aside) => {
                let closes = matches!(call.syscall, Syscall::Close { .. }) && succeeds;
                closes.then_some(Caption::CloseListener)
            }
            (About::Connection, Purpose::Aside) => {
                let is_unknown = matches!(
                    call.syscall,
                    Syscall::Other { .. } | Syscall::Splice { .. } | Syscall::Ring
                );
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
            () if self.leaves_bytes(side) && resets => Some(Caption::CloseUnread),
            () if self.lingers[side as usize] && resets => Some(Caption::CloseLinger),
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
            (Some(0), _) => {
                let caption = match self.reset {
                    true => Caption::ReadEndOfReset,
                    false => Caption::ReadEnd,
                };
                return self.fins.contains(&peer).then_some(caption);
            }
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
            _ if writes.len() > 1 => Caption::ManyReads,
            ([_], 1) => Caption::OneRead,
            ([_], _) => Caption::OneReadManyFrames,
            // The write had more, or an earlier one had this, too.
            _ if writes != [sizes.iter().sum::<usize>()] => Caption::ManyReads,
            ([2, _], 1) => Caption::TwoReads,
            ([1, 1, _], 1) => Caption::ThreeReads,
            _ => Caption::ManyReads,
        })
    }

    fn of_write(&self, call: &ShownCall) -> Option<Caption> {
        match &call.errno {
            Some(Errno::ConnectionReset) => return Some(Caption::WriteReset),
            Some(errno) => return (*errno == Errno::BrokenPipe).then_some(Caption::WriteBroken),
            None => {}
        }
        if call.phase == Phase::Returns {
            return (call.result > Some(0)).then_some(Caption::WriteReturns);
        }
        let is_java = call
            .code
            .as_ref()
            .is_some_and(|code| code.contains("writeUTF("));
        if call.syscall.data().is_empty() {
            return None;
        }
        Some(match frames(call.syscall.data()) {
            _ if !self.framed[call.side as usize] => Caption::WriteBytes,
            Some(1) if is_java => Caption::WriteUtf,
            Some(1) => Caption::Write,
            Some(2..) => Caption::WriteMany,
            _ => Caption::WritePart,
        })
    }
}

fn of_copy(call: &ShownCall) -> Option<Caption> {
    match call.syscall {
        Syscall::Close { .. } => Some(Caption::CloseCopy),
        Syscall::Duplicate { .. } => Some(Caption::Copy),
        _ => None,
    }
}

fn of_peek(call: &ShownCall) -> Option<Caption> {
    match (call.phase, &call.errno) {
        (Phase::Enters, _) => call.blocked.then_some(Caption::ReadWaits),
        (_, Some(Errno::Again)) => Some(Caption::ReadAgain),
        _ => (call.result > Some(0)).then_some(Caption::Peek),
    }
}

fn of_wait(call: &ShownCall) -> Option<Caption> {
    match &call.syscall {
        Syscall::Poll { .. } if call.result == Some(0) || only_asks(call) => None,
        Syscall::Poll { fds } if fds.len() == 1 => Some(Caption::PollOne),
        Syscall::Poll { .. } => Some(Caption::PollMany),
        _ => Some(Caption::Readiness),
    }
}

/// Returns `true` if `call`, a `poll` or `select`, returns at once in any case.
fn only_asks(call: &ShownCall) -> bool {
    let mut arguments = call.arguments.iter().map(String::as_str).enumerate();
    arguments.any(|argument| match argument {
        (2, "0") => call.name == "poll",
        (_, time) => ["{tv_sec=0, tv_nsec=0}", "{tv_sec=0, tv_usec=0}"].contains(&time),
    })
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
        (SocketOption::Linger, LINGER_NOT) => Caption::Linger,
        (SocketOption::Cork, "[1]") => Caption::Cork,
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
        Some(errno) => return (*errno == Errno::NotConnected).then_some(Caption::ShutdownTooLate),
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

/// Returns `true` if `side` will read bytes of the connection.
fn reads(side: Side, future: &[Row]) -> bool {
    future_calls(side, future).any(|call| call.purpose() == Purpose::Read && call.result > Some(0))
}
