//! A system call as the ladder shows it.

use serde::{Serialize, Serializer};

use crate::about::About;
use recorder::{Errno, Nanos, Side, Syscall};

/// A system call, or one of its ends.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ShownCall {
    pub side: Side,
    pub phase: Phase,
    pub about: About,
    /// Name as strace prints it.
    pub name: String,
    /// Arguments as strace prints them.
    #[serde(serialize_with = "recorder::as_one_text")]
    pub arguments: Vec<String>,
    pub result: Option<i64>,
    pub errno: Option<Errno>,
    /// The operation; in JSON, the bytes that it moved.
    #[serde(rename = "data", serialize_with = "as_data")]
    pub syscall: Syscall,
    /// Nanoseconds in the kernel; `None` if the call never returned.
    pub took: Option<Nanos>,
    /// Nanoseconds by which the return was moved behind the segment that it waited for.
    #[serde(skip)]
    pub moved: Nanos,
    /// `true` if the call waited for something that had not arrived.
    #[serde(skip)]
    pub blocked: bool,
    /// Line of Java, or Rust function, that made the call.
    pub code: Option<String>,
}

fn as_data<S: Serializer>(syscall: &Syscall, serializer: S) -> Result<S::Ok, S::Error> {
    hex::serde::serialize(syscall.data(), serializer)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// Both ends in one row, because nothing happened on the wire between them.
    Whole,
    Enters,
    Returns,
}

/// The purpose of a call on a socket. Several calls have the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    Socket,
    Bind,
    Listen,
    Accept,
    Connect,
    Read,
    /// Reads bytes without taking them.
    Peek,
    Write,
    Shutdown,
    Close,
    /// Waits until a descriptor is ready.
    Wait,
    /// Sets an option of a socket.
    Set,
    /// Any call on a console, on a copy of a descriptor, or on another client's connection.
    Aside,
}

impl ShownCall {
    pub fn purpose(&self) -> Purpose {
        if matches!(
            self.about,
            About::Console | About::Copy | About::OtherClient
        ) {
            return Purpose::Aside;
        }
        match self.syscall {
            Syscall::Socket => Purpose::Socket,
            Syscall::Bind { .. } => Purpose::Bind,
            Syscall::Listen { .. } => Purpose::Listen,
            Syscall::Accept { .. } => Purpose::Accept,
            Syscall::Connect { .. } => Purpose::Connect,
            Syscall::Read { .. } => Purpose::Read,
            Syscall::Peek { .. } => Purpose::Peek,
            Syscall::Write { .. } => Purpose::Write,
            Syscall::Shutdown { .. } => Purpose::Shutdown,
            Syscall::Close { .. } | Syscall::Duplicate { .. }
                if self.about == About::Connection =>
            {
                Purpose::Close
            }
            Syscall::Poll { .. } | Syscall::EpollWait { .. } => Purpose::Wait,
            Syscall::SetOption { .. } => Purpose::Set,
            _ => Purpose::Aside,
        }
    }
}
