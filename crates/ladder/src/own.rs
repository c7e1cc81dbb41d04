//! Which of a program's system calls belong to the conversation.
//!
//! A JVM opens sockets of its own before the program's first line; a socket is the conversation's if
//! it was bound or connected to the lab's port, or came out of `accept` on one that was.

use std::collections::{HashMap, HashSet};

use serde::{Deserialize, Serialize};

/// What a call is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum About {
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
pub(crate) fn calls(
    calls: &[recorder::Call],
    port: u16,
    clients: &[u16],
) -> Vec<(About, recorder::Call)> {
    let mut own: Vec<Option<About>> = vec![None; calls.len()];
    let mut sockets: HashMap<i64, Socket> = HashMap::new();
    for index in in_effect(calls) {
        let call = &calls[index];
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
        if socket.about.is_none() && socket.names_port(call, port) {
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
    drop_helpers(calls, &mut own);
    let chosen = calls.iter().zip(own).filter(|(call, _)| !is_question(call));
    joined(
        chosen
            .filter_map(|(call, about)| Some((about?, call.clone())))
            .collect(),
    )
}

/// Only the processes that have the conversation's sockets talk to its console: what starts them, and what
/// a script calls on the way, is no part of it.
fn drop_helpers(calls: &[recorder::Call], own: &mut [Option<About>]) {
    let leaders = leaders(calls);
    let leader = |call: &recorder::Call| leaders.get(&call.thread).copied().unwrap_or(call.thread);
    let talks = calls.iter().zip(own.iter());
    let talks = talks.filter(|(_, about)| about.is_some_and(|about| about != About::Console));
    let players: HashSet<u32> = talks.map(|(call, _)| leader(call)).collect();
    for (call, about) in calls.iter().zip(own) {
        if !players.is_empty() && !players.contains(&leader(call)) {
            *about = None;
        }
    }
}

/// The first thread of every other thread's process.
fn leaders(calls: &[recorder::Call]) -> HashMap<u32, u32> {
    let mut leaders = HashMap::new();
    for call in calls {
        let Some(thread) = call.result.and_then(|made| u32::try_from(made).ok()) else {
            continue;
        };
        if call.name.starts_with("clone") && call.arguments.contains("CLONE_THREAD") {
            let leader = leaders.get(&call.thread).copied().unwrap_or(call.thread);
            leaders.insert(thread, leader);
        }
    }
    leaders
}

/// The order in which calls take effect on descriptors: a new one is there when the call that makes it
/// returns, and until then another thread's may have its number.
fn in_effect(calls: &[recorder::Call]) -> Vec<usize> {
    let makes = |call: &recorder::Call| call.name == "socket" || call.name.starts_with("accept");
    let time = |&index: &usize| {
        let call: &recorder::Call = &calls[index];
        call.returned
            .filter(|_| makes(call))
            .unwrap_or(call.entered)
    };
    let mut order: Vec<usize> = (0..calls.len()).collect();
    order.sort_by_key(time);
    order
}

struct Socket {
    about: Option<About>,
    calls: Vec<usize>,
}

impl Socket {
    fn names_port(&self, call: &recorder::Call, port: u16) -> bool {
        matches!(call.name.as_str(), "bind" | "connect")
            && call.arguments.contains(&format!("htons({port})"))
    }
}

fn console(call: &recorder::Call, descriptor: i64) -> Option<About> {
    let is_console = match call.name.as_str() {
        "read" | "readv" => descriptor == 0,
        "write" | "writev" => matches!(descriptor, 1 | 2),
        _ => false,
    };
    is_console.then_some(About::Console)
}

/// Whether a waiting call waits for the conversation; `None` for any other call.
fn readiness(call: &recorder::Call, sockets: &HashMap<i64, Socket>) -> Option<bool> {
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

fn accepted(call: &recorder::Call, clients: &[u16]) -> About {
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
fn is_question(call: &recorder::Call) -> bool {
    matches!(
        call.name.as_str(),
        "getsockname" | "getpeername" | "getsockopt"
    )
}

/// A stack trace is written in many pieces: what goes to standard error in a row is one call here.
fn joined(calls: Vec<(About, recorder::Call)>) -> Vec<(About, recorder::Call)> {
    let mut joined: Vec<(About, recorder::Call)> = Vec::new();
    for (about, call) in calls {
        let is_error = |call: &recorder::Call| call.name == "write" && call.descriptor() == Some(2);
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

#[cfg(test)]
mod tests {
    use super::*;

    fn call(
        name: &str,
        arguments: &str,
        result: i64,
        entered: u64,
        returned: u64,
    ) -> recorder::Call {
        recorder::Call {
            thread: 1,
            entered,
            returned: Some(returned),
            name: name.into(),
            arguments: arguments.into(),
            result: Some(result),
            errno: None,
            stack: Vec::new(),
        }
    }

    fn by(thread: u32, call: recorder::Call) -> recorder::Call {
        recorder::Call { thread, ..call }
    }

    #[test]
    fn the_console_of_a_process_without_the_conversations_sockets_is_left_out() {
        let print = |entered| call("write", "1, \"\\x2d\", 1", 1, entered, entered);
        let recorded = [
            print(1),
            // A script starts a program, and that a thread.
            call("vfork", "", 2, 2, 3),
            by(
                2,
                call(
                    "clone3",
                    "{flags=CLONE_VM|CLONE_THREAD, stack=0}, 88",
                    3,
                    4,
                    5,
                ),
            ),
            by(2, print(6)),
            by(
                3,
                call("socket", "AF_INET, SOCK_STREAM, IPPROTO_IP", 5, 7, 8),
            ),
            by(3, call("connect", "5, {sin_port=htons(666)}, 16", 0, 9, 10)),
            print(11),
            by(3, print(12)),
        ];
        let own = calls(&recorded, 666, &[]);
        let entered: Vec<u64> = own.iter().map(|(_, call)| call.entered).collect();
        assert_eq!(entered, [6, 7, 9, 12]);
    }

    #[test]
    fn a_descriptor_is_a_sockets_from_when_its_call_returns() {
        let recorded = [
            call("socket", "AF_INET6, SOCK_STREAM, IPPROTO_IP", 5, 10, 40),
            // Another thread still had a file of that number.
            call("read", "5, \"\\x00\", 1", 1, 20, 21),
            call("close", "5", 0, 30, 31),
            call("connect", "5, {sin6_port=htons(666)}, 28", 0, 50, 51),
            call("read", "5, \"\\x01\", 1", 1, 60, 61),
        ];
        let own = calls(&recorded, 666, &[]);
        let entered: Vec<u64> = own.iter().map(|(_, call)| call.entered).collect();
        assert_eq!(entered, [10, 50, 60]);
    }
}
