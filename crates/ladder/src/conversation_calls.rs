//! Finds the system calls of a program that belong to the conversation.
//!
//! A JVM opens sockets of its own before the program's first line. A socket belongs to the conversation if it
//! is bound or connected to the conversation's port, or if `accept` on such a socket returns it.

use std::collections::{HashMap, HashSet};
use std::net::SocketAddr;

use recorder::{Descriptor, Syscall, SystemCall};

use crate::about::About;

/// Returns the conversation's calls among `calls`; `clients` are the ports of the client program.
pub(crate) fn find(calls: &[SystemCall], port: u16, clients: &[u16]) -> Vec<(About, SystemCall)> {
    let mut own: Vec<Option<About>> = vec![None; calls.len()];
    let mut sockets: HashMap<Descriptor, Socket> = HashMap::new();
    for index in in_effect(calls) {
        let call = &calls[index];
        if call.syscall == Syscall::Socket {
            let created = Socket {
                about: None,
                calls: vec![index],
            };
            let made = call.new_descriptor().filter(|_| !is_datagram(call));
            sockets.extend(made.map(|fd| (fd, created)));
            continue;
        }
        if call.syscall == Syscall::Ring {
            // Its operations may be on any socket.
            let is_own = |socket: &Socket| socket.about.is_some();
            own[index] = sockets.values().any(is_own).then_some(About::Connection);
            continue;
        }
        if let Some(readiness) = readiness(call, &sockets) {
            own[index] = readiness.then_some(About::Readiness);
            continue;
        }
        let descriptor = match call.syscall {
            Syscall::Splice { to, .. } if sockets.contains_key(&to) => Some(to),
            _ => call.syscall.descriptor(),
        };
        let Some(descriptor) = descriptor else {
            continue;
        };
        let Some(socket) = sockets.get_mut(&descriptor) else {
            own[index] = console(&call.syscall);
            continue;
        };
        if socket.about.is_none()
            && let Some(about) = named(&call.syscall, port)
        {
            socket.about = Some(about);
            for &earlier in &socket.calls {
                own[earlier] = Some(about);
            }
        }
        socket.calls.push(index);
        own[index] = socket.about;
        match call.syscall {
            Syscall::Accept { peer, .. } if socket.about == Some(About::Listener) => {
                let accepted = Socket {
                    about: Some(accepted(peer, clients)),
                    calls: Vec::new(),
                };
                sockets.extend(call.new_descriptor().map(|fd| (fd, accepted)));
            }
            Syscall::Close { .. } => {
                sockets.remove(&descriptor);
            }
            _ => {}
        }
    }
    drop_helpers(calls, &mut own);
    let is_query = |call: &SystemCall| matches!(call.syscall, Syscall::Query { .. });
    let chosen = calls.iter().zip(own).filter(|(call, _)| !is_query(call));
    joined(
        chosen
            .filter_map(|(call, about)| Some((about?, call.clone())))
            .collect(),
    )
}

/// Returns `true` for a socket of UDP, or of any other protocol than TCP.
fn is_datagram(call: &SystemCall) -> bool {
    let kind = call.arguments.get(1);
    kind.is_some_and(|kind| !kind.contains("SOCK_STREAM"))
}

/// Removes the console calls of processes that have no socket of the conversation, such as a script that
/// starts the program.
fn drop_helpers(calls: &[SystemCall], own: &mut [Option<About>]) {
    let leaders = leaders(calls);
    let leader = |call: &SystemCall| leaders.get(&call.thread).copied().unwrap_or(call.thread);
    let talks = calls.iter().zip(own.iter());
    let talks = talks.filter(|(_, about)| about.is_some_and(|about| about != About::Console));
    let players: HashSet<u32> = talks.map(|(call, _)| leader(call)).collect();
    for (call, about) in calls.iter().zip(own) {
        if !players.is_empty() && !players.contains(&leader(call)) {
            *about = None;
        }
    }
}

/// Returns the first thread of the process, for every other thread.
fn leaders(calls: &[SystemCall]) -> HashMap<u32, u32> {
    let mut leaders = HashMap::new();
    for call in calls {
        let Some(thread) = call.result.and_then(|made| u32::try_from(made).ok()) else {
            continue;
        };
        if call.syscall == (Syscall::Clone { thread: true }) {
            let leader = leaders.get(&call.thread).copied().unwrap_or(call.thread);
            leaders.insert(thread, leader);
        }
    }
    leaders
}

/// Returns the order in which calls take effect on descriptors. A new descriptor exists when the call that
/// makes it returns; until then, another thread may use the same number for something else.
fn in_effect(calls: &[SystemCall]) -> Vec<usize> {
    let makes =
        |call: &SystemCall| matches!(call.syscall, Syscall::Socket | Syscall::Accept { .. });
    let time = |&index: &usize| {
        let call: &SystemCall = &calls[index];
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

/// Returns the use of a socket, if this call binds or connects it to `port`.
fn named(syscall: &Syscall, port: u16) -> Option<About> {
    let is = |address: &Option<SocketAddr>| address.is_some_and(|named| named.port() == port);
    match syscall {
        Syscall::Bind { address, .. } if is(address) => Some(About::Listener),
        Syscall::Connect { address, .. } if is(address) => Some(About::Connection),
        _ => None,
    }
}

fn console(syscall: &Syscall) -> Option<About> {
    match syscall {
        Syscall::Read { fd: 0, .. } | Syscall::Write { fd: 1 | 2, .. } => Some(About::Console),
        _ => None,
    }
}

/// Returns `true` if a call that waits for readiness waits for the conversation; `None` for any other call.
fn readiness(call: &SystemCall, sockets: &HashMap<Descriptor, Socket>) -> Option<bool> {
    let is_own = |socket: &Socket| socket.about.is_some();
    match &call.syscall {
        Syscall::Poll { fds } => {
            let mut watched = fds.iter().filter_map(|fd| sockets.get(fd));
            Some(watched.any(is_own))
        }
        // Which descriptors an epoll instance watches is not traced: it is taken to be these.
        Syscall::EpollWait { .. } => {
            let waits = call
                .returned
                .is_none_or(|end| end - call.entered > 1_000_000);
            Some(waits && sockets.values().any(is_own))
        }
        _ => None,
    }
}

fn accepted(peer: Option<SocketAddr>, clients: &[u16]) -> About {
    match peer {
        Some(peer) if !clients.is_empty() && !clients.contains(&peer.port()) => About::OtherClient,
        _ => About::Connection,
    }
}

/// Joins successive writes to standard error into one call, because a stack trace is written in many pieces.
fn joined(calls: Vec<(About, SystemCall)>) -> Vec<(About, SystemCall)> {
    let mut joined: Vec<(About, SystemCall)> = Vec::new();
    for (about, call) in calls {
        match joined.last_mut() {
            Some((About::Console, last)) if is_error(last) && is_error(&call) => append(last, call),
            _ => joined.push((about, call)),
        }
    }
    joined
}

fn is_error(call: &SystemCall) -> bool {
    matches!(call.syscall, Syscall::Write { fd: 2, .. })
}

/// Extends `last` by everything that `next` wrote.
fn append(last: &mut SystemCall, next: SystemCall) {
    if let (Syscall::Write { data, capacity, .. }, Syscall::Write { data: more, .. }) =
        (&mut last.syscall, next.syscall)
    {
        data.extend(more);
        last.result = last.result.zip(next.result).map(|(a, b)| a + b);
        *capacity = last.result.map(i64::unsigned_abs);
        last.returned = next.returned;
    }
    if let ([_, text, length], [_, more, _]) = (&mut last.arguments[..], &next.arguments[..]) {
        *text = [text.trim_end_matches('"'), more.trim_start_matches('"')].concat();
        *length = last.result.unwrap_or_default().to_string();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scene;

    fn call(line: &str, entered: u64, returned: u64) -> SystemCall {
        scene::call(line, entered, Some(returned))
    }

    fn by(thread: u32, call: SystemCall) -> SystemCall {
        SystemCall { thread, ..call }
    }

    fn entered(calls: &[SystemCall]) -> Vec<u64> {
        let own = find(calls, 666, &[]).into_iter();
        own.map(|(_, call)| call.entered).collect()
    }

    #[test]
    fn the_console_of_a_process_without_the_conversations_sockets_is_left_out() {
        let print = |entered| call(r#"write(1, "\x2d", 1) = 1"#, entered, entered);
        let recorded = [
            print(1),
            // A script starts a program, and that a thread.
            call("fork() = 2", 2, 3),
            by(2, call("clone({flags=CLONE_THREAD}) = 3", 4, 5)),
            by(2, print(6)),
            by(
                3,
                call("socket(AF_INET, SOCK_STREAM, IPPROTO_IP) = 5", 7, 8),
            ),
            by(3, call("connect(5, SERVER, 16) = 0", 9, 10)),
            print(11),
            by(3, print(12)),
        ];
        assert_eq!(entered(&recorded), [6, 7, 9, 12]);
    }

    #[test]
    fn a_descriptor_is_a_sockets_from_when_its_call_returns() {
        let recorded = [
            call("socket(AF_INET, SOCK_STREAM, IPPROTO_IP) = 5", 10, 40),
            // Another thread still had a file of that number.
            call(r#"read(5, "\x00", 1) = 1"#, 20, 21),
            call("close(5) = 0", 30, 31),
            call("connect(5, SERVER, 16) = 0", 50, 51),
            call(r#"read(5, "\x00", 1) = 1"#, 60, 61),
        ];
        assert_eq!(entered(&recorded), [10, 50, 60]);
    }

    #[test]
    fn pieces_of_an_error_are_one_call() {
        let pieces = [
            call(r#"write(2, "\x61", 1) = 1"#, 10, 11),
            call(r#"write(2, "\x62", 1) = 1"#, 20, 21),
        ];
        let whole = call(r#"write(2, "\x61\x62", 2) = 2"#, 10, 21);
        assert_eq!(find(&pieces, 666, &[]), [(About::Console, whole)]);
    }
}
