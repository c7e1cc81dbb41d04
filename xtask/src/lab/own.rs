//! Which of a program's system calls belong to the conversation.
//!
//! A JVM opens sockets of its own before the program's first line; a socket is the conversation's if
//! it was bound or connected to the lab's port, or came out of `accept` on one that was.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::record::{self, PORT};

/// What a call is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum About {
    Listener,
    /// The connection between the two programs.
    Connection,
    /// A connection of somebody else to the same server.
    OtherClient,
    Console,
    /// Readiness of several descriptors.
    Readiness,
}

/// The conversation's calls among `calls`; `clients` are the ports of the client program.
pub(crate) fn calls(calls: &[record::Call], clients: &[u16]) -> Vec<(About, record::Call)> {
    let mut own: Vec<Option<About>> = vec![None; calls.len()];
    let mut sockets: HashMap<i64, Socket> = HashMap::new();
    for (index, call) in calls.iter().enumerate() {
        if call.name == "socket" {
            let created = Socket {
                about: None,
                calls: vec![index],
            };
            sockets.extend(call.result.filter(|&fd| fd >= 0).map(|fd| (fd, created)));
            continue;
        }
        if let Some(readiness) = readiness(call, &sockets) {
            own[index] = readiness.then_some(About::Readiness);
            continue;
        }
        let Some(descriptor) = call.descriptor() else {
            continue;
        };
        let Some(socket) = sockets.get_mut(&descriptor) else {
            own[index] = console(call, descriptor);
            continue;
        };
        if socket.about.is_none() && socket.names_port(call) {
            let about = if call.name == "bind" {
                About::Listener
            } else {
                About::Connection
            };
            socket.about = Some(about);
            for &earlier in &socket.calls {
                own[earlier] = Some(about);
            }
        }
        socket.calls.push(index);
        own[index] = socket.about;
        if call.name.starts_with("accept") && socket.about == Some(About::Listener) {
            let accepted = Socket {
                about: Some(accepted(call, clients)),
                calls: Vec::new(),
            };
            sockets.extend(call.result.filter(|&fd| fd >= 0).map(|fd| (fd, accepted)));
        }
        if call.name == "close" {
            sockets.remove(&descriptor);
        }
    }
    let chosen = calls.iter().zip(own).filter(|(call, _)| !is_question(call));
    joined(
        chosen
            .filter_map(|(call, about)| Some((about?, call.clone())))
            .collect(),
    )
}

struct Socket {
    about: Option<About>,
    calls: Vec<usize>,
}

impl Socket {
    fn names_port(&self, call: &record::Call) -> bool {
        matches!(call.name.as_str(), "bind" | "connect")
            && call.arguments.contains(&format!("htons({PORT})"))
    }
}

fn console(call: &record::Call, descriptor: i64) -> Option<About> {
    let is_console = match call.name.as_str() {
        "read" | "readv" => descriptor == 0,
        "write" | "writev" => matches!(descriptor, 1 | 2),
        _ => false,
    };
    is_console.then_some(About::Console)
}

/// Whether a waiting call waits for the conversation; `None` for any other call.
fn readiness(call: &record::Call, sockets: &HashMap<i64, Socket>) -> Option<bool> {
    match call.name.as_str() {
        "poll" | "ppoll" => {
            let mut named = call.arguments.split("fd=").skip(1);
            Some(named.any(|rest| {
                let digits = rest.split(|c: char| !c.is_ascii_digit()).next();
                let socket = digits.and_then(|fd| sockets.get(&fd.parse().ok()?));
                socket.is_some_and(|socket| socket.about.is_some())
            }))
        }
        // Which descriptors an epoll instance watches is not traced: it is taken to be these.
        "epoll_wait" | "epoll_pwait" => {
            let waits = call
                .returned
                .is_none_or(|end| end - call.entered > 1_000_000);
            Some(waits && sockets.values().any(|socket| socket.about.is_some()))
        }
        _ => None,
    }
}

fn accepted(call: &record::Call, clients: &[u16]) -> About {
    match port(&call.arguments) {
        Some(port) if !clients.is_empty() && !clients.contains(&port) => About::OtherClient,
        _ => About::Connection,
    }
}

/// The first port in a call's arguments.
pub(crate) fn port(arguments: &str) -> Option<u16> {
    let (_, rest) = arguments.split_once("htons(")?;
    rest.split(')').next()?.parse().ok()
}

/// Calls that only ask: they change nothing and never wait.
fn is_question(call: &record::Call) -> bool {
    matches!(
        call.name.as_str(),
        "getsockname" | "getpeername" | "getsockopt"
    )
}

/// A stack trace is written in many pieces: what goes to standard error in a row is one call here.
fn joined(calls: Vec<(About, record::Call)>) -> Vec<(About, record::Call)> {
    let mut joined: Vec<(About, record::Call)> = Vec::new();
    for (about, call) in calls {
        let is_error = |call: &record::Call| call.name == "write" && call.descriptor() == Some(2);
        match joined.last_mut() {
            Some((About::Console, last)) if is_error(last) && is_error(&call) => {
                let all: String = [last.data(), call.data()]
                    .concat()
                    .iter()
                    .map(|byte| format!("\\x{byte:02x}"))
                    .collect();
                last.result = last.result.zip(call.result).map(|(a, b)| a + b);
                last.arguments = format!("2, \"{all}\", {}", last.result.unwrap_or_default());
                last.returned = call.returned;
            }
            _ => joined.push((about, call)),
        }
    }
    joined
}
