//! A system call as the ladder shows it.

use serde::{Deserialize, Serialize};

use crate::own::About;
use recorder::{Nanos, Side};

/// A system call, or one of its ends.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Call {
    pub side: Side,
    pub phase: Phase,
    pub about: About,
    pub name: String,
    /// As strace prints them.
    pub arguments: String,
    pub result: Option<i64>,
    pub errno: Option<String>,
    /// The bytes that it moved.
    #[serde(with = "hex")]
    pub data: Vec<u8>,
    /// Nanoseconds in the kernel; `None` where it never returned.
    pub took: Option<Nanos>,
    /// The line of Java or the Rust function that made it.
    pub code: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// Nothing happened on the wire between its two ends.
    Whole,
    Enters,
    Returns,
}

/// What a call on a socket is for: several calls do the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Socket,
    Bind,
    Listen,
    Accept,
    Connect,
    Read,
    Write,
    Shutdown,
    Close,
    /// Waits until something is ready.
    Wait,
    /// Sets an option.
    Set,
    /// Whatever is done to a console, or to somebody else's connection.
    Aside,
}

impl Call {
    pub fn kind(&self) -> Kind {
        if matches!(self.about, About::Console | About::OtherClient) {
            return Kind::Aside;
        }
        match self.name.as_str() {
            "socket" => Kind::Socket,
            "bind" => Kind::Bind,
            "listen" => Kind::Listen,
            "accept" | "accept4" => Kind::Accept,
            "connect" => Kind::Connect,
            "read" | "readv" | "recvfrom" | "recvmsg" => Kind::Read,
            "write" | "writev" | "sendto" | "sendmsg" => Kind::Write,
            "shutdown" => Kind::Shutdown,
            "close" | "dup2" | "dup3" if self.about == About::Connection => Kind::Close,
            "poll" | "ppoll" | "epoll_wait" | "epoll_pwait" => Kind::Wait,
            "setsockopt" => Kind::Set,
            _ => Kind::Aside,
        }
    }
}
