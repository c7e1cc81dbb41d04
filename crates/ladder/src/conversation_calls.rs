//! Finds the system calls of a program that belong to the conversation.
//!
//! A JVM opens sockets of its own before the program's first line. A socket belongs to the conversation if it
//! is bound or connected to the conversation's port, or if `accept` on such a socket returns it.

mod descriptors;

use std::collections::{HashMap, HashSet};
use std::net::SocketAddr;

use recorder::{Descriptor, Syscall, SystemCall};

use crate::about::About;
use descriptors::{Descriptors, Socket};

/// Returns the conversation's calls among `calls`; `clients` are the ports of the client program.
pub(crate) fn find(calls: &[SystemCall], port: u16, clients: &[u16]) -> Vec<(About, SystemCall)> {
    let processes = Processes::of(calls);
    let mut search = Search {
        port,
        clients,
        open: Descriptors::default(),
        objects: vec![None; calls.len()],
    };
    for index in in_effect(calls) {
        let call = &calls[index];
        let process = processes.of_thread(call.thread);
        search.objects[index] = search.about(index, process, call);
    }
    let mut objects = search.objects;
    drop_helpers(calls, &processes, &mut objects);
    let is_query = |call: &SystemCall| matches!(call.syscall, Syscall::Query { .. });
    let chosen = calls
        .iter()
        .zip(objects)
        .filter(|(call, _)| !is_query(call));
    joined(
        chosen
            .filter_map(|(call, about)| Some((about?, call.clone())))
            .collect(),
    )
}

/// The calls up to one, in the order in which they take effect.
struct Search<'a> {
    port: u16,
    clients: &'a [u16],
    open: Descriptors,
    /// For each call the object that it works on, if that belongs to the conversation.
    objects: Vec<Option<About>>,
}

impl Search<'_> {
    /// Returns the object of the next call, and follows what the call does to descriptors.
    fn about(&mut self, index: usize, process: u32, call: &SystemCall) -> Option<About> {
        let open = &mut self.open;
        match &call.syscall {
            Syscall::Socket => {
                let made = call.new_descriptor().filter(|_| !is_datagram(call))?;
                open.make(
                    process,
                    made,
                    Socket::new(None, index),
                    closes_on_exec(call),
                );
                None
            }
            // Its operations may be on any socket.
            Syscall::Ring => open.has_conversation().then_some(About::Connection),
            Syscall::Poll { fds } => {
                let belongs = |&fd: &Descriptor| open.about(process, fd).is_some();
                fds.iter().any(belongs).then_some(About::Readiness)
            }
            // Which descriptors an epoll instance watches is not traced: it is taken to be these.
            Syscall::EpollWait { .. } => {
                (waits(call) && open.has_conversation()).then_some(About::Readiness)
            }
            Syscall::Clone { .. } | Syscall::Execute | Syscall::Exit => {
                open.follow(process, call);
                None
            }
            &Syscall::Close { fd } => open.close(process, fd),
            &Syscall::Duplicate { fd } => {
                let copy = call.new_descriptor()?;
                open.duplicate(process, fd, copy, closes_on_exec(call))
            }
            &Syscall::Splice { from, to } => {
                let target = open.about(process, to);
                target.or_else(|| open.about(process, from))
            }
            syscall => self.on_descriptor(index, process, call, syscall.descriptor()?),
        }
    }

    fn on_descriptor(
        &mut self,
        index: usize,
        process: u32,
        call: &SystemCall,
        fd: Descriptor,
    ) -> Option<About> {
        let Some(socket) = self.open.get(process, fd) else {
            return console(&call.syscall);
        };
        if socket.about.is_none()
            && let Some(about) = named(&call.syscall, self.port)
        {
            socket.about = Some(about);
            for &earlier in &socket.calls {
                self.objects[earlier] = Some(about);
            }
        }
        socket.calls.push(index);
        let about = socket.about?;
        if let (About::Listener, &Syscall::Accept { peer, .. }) = (about, &call.syscall)
            && let Some(fd) = call.new_descriptor()
        {
            let socket = Socket::new(Some(accepted(peer, self.clients)), index);
            self.open.make(process, fd, socket, closes_on_exec(call));
        }
        Some(about)
    }
}

/// Returns `true` for a socket of UDP, or of any other protocol than TCP.
pub(crate) fn is_datagram(call: &SystemCall) -> bool {
    let kind = call.arguments.get(1);
    kind.is_some_and(|kind| !kind.contains("SOCK_STREAM"))
}

/// Returns `true` if the descriptor that `call` makes closes when its process runs another program.
fn closes_on_exec(call: &SystemCall) -> bool {
    call.arguments.iter().any(|flags| flags.contains("CLOEXEC"))
}

/// Removes the console calls of processes that have no socket of the conversation, such as a script that
/// starts the program.
fn drop_helpers(calls: &[SystemCall], processes: &Processes, objects: &mut [Option<About>]) {
    let talks = calls.iter().zip(objects.iter());
    let talks = talks.filter(|(_, about)| about.is_some_and(|about| about != About::Console));
    let players: HashSet<u32> = talks
        .map(|(call, _)| processes.of_thread(call.thread))
        .collect();
    for (call, about) in calls.iter().zip(objects) {
        if !players.is_empty() && !players.contains(&processes.of_thread(call.thread)) {
            *about = None;
        }
    }
}

/// The processes of a program, each with the number of its first thread.
struct Processes {
    /// The process of every thread that a call is known to have started.
    of: HashMap<u32, u32>,
    /// The process of all others.
    first: u32,
}

impl Processes {
    fn of(calls: &[SystemCall]) -> Processes {
        let mut processes = Processes {
            of: HashMap::new(),
            first: calls.first().map_or(0, |call| call.thread),
        };
        for call in calls {
            if let Syscall::Clone { thread } = call.syscall
                && let Some(new) = call.result.and_then(|new| u32::try_from(new).ok())
            {
                let process = if thread {
                    processes.of_thread(call.thread)
                } else {
                    new
                };
                processes.of.insert(new, process);
            }
        }
        processes
    }

    fn of_thread(&self, thread: u32) -> u32 {
        self.of.get(&thread).copied().unwrap_or(self.first)
    }
}

/// Returns the order in which calls take effect on descriptors. A new descriptor exists when the call that
/// makes it returns; until then, another thread may use the same number for something else.
fn in_effect(calls: &[SystemCall]) -> Vec<usize> {
    let time = |&index: &usize| {
        let call: &SystemCall = &calls[index];
        let makes = call.new_descriptor().is_some();
        call.returned.filter(|_| makes).unwrap_or(call.entered)
    };
    let mut order: Vec<usize> = (0..calls.len()).collect();
    order.sort_by_key(time);
    order
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

/// Returns `true` if `call` took so long that it waited.
fn waits(call: &SystemCall) -> bool {
    let returned = call.returned;
    returned.is_none_or(|returned| returned - call.entered > 1_000_000)
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
        let found = find(calls, 666, &[]).into_iter();
        found.map(|(_, call)| call.entered).collect()
    }

    fn objects(calls: &[SystemCall]) -> Vec<About> {
        let found = find(calls, 666, &[]).into_iter();
        found.map(|(about, _)| about).collect()
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
    fn a_close_closes_the_connection_if_no_other_descriptor_refers_to_it() {
        let recorded = [
            call("socket(AF_INET, SOCK_STREAM, IPPROTO_IP) = 3", 1, 2),
            call("bind(3, SERVER, 16) = 0", 3, 4),
            call("accept(3, CLIENT, [16]) = 4", 5, 6),
            call("fork() = 2", 7, 8),
            by(2, call("close(3) = 0", 9, 10)),
            call("close(4) = 0", 11, 12),
            call("accept(3, CLIENT, [16]) = 4", 13, 14),
            by(2, call("dup(4) = 0", 15, 16)),
            by(2, call("close(4) = 0", 17, 18)),
            by(2, call(r#"read(0, "", 1) = 0"#, 19, 20)),
            by(2, call("close(0) = 0", 21, 22)),
            by(2, call("exit_group(0) = ?", 23, 24)),
            call("close(3) = 0", 25, 26),
        ];
        use About::{Connection, Copy, Listener};
        let expected = [
            Listener, Listener, Listener, Copy, Copy, Listener, Copy, Copy, Connection, Connection,
            Listener,
        ];
        assert_eq!(objects(&recorded), expected);
    }

    #[test]
    fn another_program_has_no_descriptor_that_closes_before_it() {
        let recorded = [
            call(
                "socket(AF_INET, SOCK_STREAM|SOCK_CLOEXEC, IPPROTO_IP) = 3",
                1,
                2,
            ),
            call("connect(3, SERVER, 16) = 0", 3, 4),
            call("fork() = 2", 5, 6),
            by(2, call("execve(PATH) = 0", 7, 8)),
            by(2, call(r#"read(3, "\x00", 1) = 1"#, 9, 10)),
            call("close(3) = 0", 11, 12),
        ];
        assert_eq!(objects(&recorded), [About::Connection; 3]);
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
