//! The descriptors of all processes, and the sockets that they refer to.
//!
//! A server accepts a connection as 4, and forks; `close` of a number closes the connection only if no other number
//! refers to it:
//!
//! ```text
//! process 1: accept(3) = 4    1:4 → connection
//! process 1: fork() = 2       1:4 → connection, 2:4 → connection
//! process 1: close(4)         2:4 → connection                    nothing is sent
//! process 2: close(4)                                             the kernel sends a FIN
//! ```

use std::collections::HashMap;

use crate::about::About;
use recorder::{Descriptor, Syscall, SystemCall};

/// Numbers of every process that refer to a socket.
#[derive(Default)]
pub(super) struct Descriptors {
    sockets: Vec<Socket>,
    numbers: HashMap<(u32, Descriptor), Number>,
}

/// A socket that a call made.
pub(super) struct Socket {
    /// Its use; `None` as long as no call told that it belongs to the conversation.
    pub(super) about: Option<About>,
    /// Indices of the calls on it.
    pub(super) calls: Vec<usize>,
}

#[derive(Clone, Copy)]
struct Number {
    socket: usize,
    closes_on_exec: bool,
}

impl Socket {
    /// Returns the socket that the call at `index` made.
    pub(super) fn new(about: Option<About>, index: usize) -> Socket {
        Socket {
            about,
            calls: vec![index],
        }
    }
}

impl Descriptors {
    /// Makes `fd` of `process` refer to a new socket.
    pub(super) fn make(
        &mut self,
        process: u32,
        fd: Descriptor,
        socket: Socket,
        closes_on_exec: bool,
    ) {
        let number = Number {
            socket: self.sockets.len(),
            closes_on_exec,
        };
        self.sockets.push(socket);
        self.numbers.insert((process, fd), number);
    }

    pub(super) fn get(&mut self, process: u32, fd: Descriptor) -> Option<&mut Socket> {
        let number = self.numbers.get(&(process, fd))?;
        self.sockets.get_mut(number.socket)
    }

    /// Returns the use of the socket that `fd` of `process` refers to.
    pub(super) fn about(&self, process: u32, fd: Descriptor) -> Option<About> {
        let number = self.numbers.get(&(process, fd))?;
        self.sockets[number.socket].about
    }

    /// Returns `true` if any number of any process refers to a socket of the conversation.
    pub(super) fn has_conversation(&self) -> bool {
        let mut numbers = self.numbers.values();
        numbers.any(|number| self.sockets[number.socket].about.is_some())
    }

    /// Returns the use of the socket that `fd` of `process` no longer refers to: [`About::Copy`] if other numbers do.
    pub(super) fn close(&mut self, process: u32, fd: Descriptor) -> Option<About> {
        let closed = self.numbers.remove(&(process, fd))?;
        let about = self.sockets[closed.socket].about?;
        let mut rest = self.numbers.values();
        let is_copy = rest.any(|number| number.socket == closed.socket);
        Some(if is_copy { About::Copy } else { about })
    }

    /// Makes `to` refer to what `from` refers to, which may be no socket. Returns the use of the socket that `to`
    /// closed, or else [`About::Copy`] if it is a copy of one now.
    pub(super) fn duplicate(
        &mut self,
        process: u32,
        from: Descriptor,
        to: Descriptor,
        closes_on_exec: bool,
    ) -> Option<About> {
        let source = self.numbers.get(&(process, from)).copied();
        let closed = self.close(process, to);
        let copy = source.map(|number| Number {
            closes_on_exec,
            ..number
        });
        self.numbers
            .extend(copy.map(|number| ((process, to), number)));
        closed.or_else(|| self.about(process, to).map(|_| About::Copy))
    }

    /// Follows a call by which processes begin, run another program, or end.
    pub(super) fn follow(&mut self, process: u32, call: &SystemCall) {
        let succeeds = call.result == Some(0);
        match call.syscall {
            Syscall::Clone { thread: false } => {
                let child = call.result.and_then(|child| u32::try_from(child).ok());
                let open = self.numbers.iter().filter(|((of, _), _)| *of == process);
                let open: Vec<_> = open.map(|(&(_, fd), &number)| (fd, number)).collect();
                let copies = child
                    .into_iter()
                    .flat_map(|child| open.iter().map(move |&(fd, number)| ((child, fd), number)));
                self.numbers.extend(copies);
            }
            Syscall::Execute if succeeds => {
                self.numbers
                    .retain(|(of, _), number| *of != process || !number.closes_on_exec);
            }
            Syscall::Exit => self.numbers.retain(|(of, _), _| *of != process),
            _ => {}
        }
    }
}
