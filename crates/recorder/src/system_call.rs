//! A system call as a value.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize, Serializer};

use crate::clock::Nanos;

/// One system call of one thread.
///
/// Its JSON has what strace printed. [`syscall`](Self::syscall) is parsed from that again where the JSON is read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SystemCall {
    /// Kernel's number of the thread that made the call.
    pub thread: u32,
    /// Time at which strace let the thread enter the kernel; the thread did not enter earlier.
    pub entered: Nanos,
    /// Time at which strace saw the thread return, or up to [`RETURN_LAG`](crate::RETURN_LAG) earlier; `None` if the
    /// call never returned.
    pub returned: Option<Nanos>,
    /// Name as strace prints it. For display: [`syscall`](Self::syscall) tells calls apart.
    pub name: String,
    /// Arguments as strace prints them, with strings in `\x` form. For display, too.
    #[serde(serialize_with = "without_marks")]
    pub arguments: Vec<String>,
    #[serde(skip)]
    pub syscall: Syscall,
    /// Number that the kernel returned; `None` if the call was interrupted or never returned.
    pub result: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub errno: Option<Errno>,
    /// The program's own functions that led to the call, innermost first, where strace can see them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub stack: Vec<String>,
}

/// Writes arguments as [`as_one_text`] does, without the `\x` before each byte of a string, which is half of a file.
fn without_marks<S: Serializer>(arguments: &[String], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&arguments.join(", ").replace("\\x", ""))
}

/// Writes arguments as they stand in strace's line.
pub fn as_one_text<S: Serializer>(arguments: &[String], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&arguments.join(", "))
}

impl SystemCall {
    /// Returns the descriptor that the call made: a new socket, an accepted connection, or a copy of a descriptor.
    pub fn new_descriptor(&self) -> Option<Descriptor> {
        let makes = matches!(
            self.syscall,
            Syscall::Socket | Syscall::Accept { .. } | Syscall::Duplicate { .. }
        );
        self.result.filter(|&result| makes && result >= 0)
    }
}

/// Number of a file descriptor; as wide as the result of the calls that make one.
pub type Descriptor = i64;

/// The operation of a system call, with the arguments that matter. Calls that do the same are one variant:
/// `read`, `readv`, `recvfrom` and `recvmsg` are all [`Read`](Self::Read).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Syscall {
    /// Makes a socket.
    Socket,
    Bind {
        fd: Descriptor,
        /// `None` if it is no Internet address.
        address: Option<SocketAddr>,
    },
    Listen {
        fd: Descriptor,
        backlog: i64,
    },
    Accept {
        listener: Descriptor,
        /// Address of the client, where the call returned one.
        peer: Option<SocketAddr>,
    },
    Connect {
        fd: Descriptor,
        /// `None` if it is no Internet address.
        address: Option<SocketAddr>,
    },
    Read {
        fd: Descriptor,
        /// Bytes that were read, at most [`LONGEST`](crate::strace::LONGEST).
        data: Vec<u8>,
        /// Number of bytes that the buffers hold; `None` if the call never returned.
        capacity: Option<u64>,
    },
    Write {
        fd: Descriptor,
        /// Bytes in the buffers, at most [`LONGEST`](crate::strace::LONGEST) of each.
        data: Vec<u8>,
        /// Number of bytes in the buffers.
        capacity: Option<u64>,
    },
    /// Reads bytes and leaves them in the kernel for the next read (`MSG_PEEK`).
    Peek {
        fd: Descriptor,
        /// Bytes as in [`Read`](Self::Read), and `capacity`, too.
        data: Vec<u8>,
        capacity: Option<u64>,
    },
    /// Sets an option of a socket.
    SetOption {
        fd: Descriptor,
        option: SocketOption,
        /// Value for display: `[1]`, or `5 s` for a time.
        value: String,
    },
    /// Asks for an option or an address of a socket: it changes nothing and never waits.
    Query {
        fd: Descriptor,
    },
    Shutdown {
        fd: Descriptor,
        how: Halves,
    },
    Close {
        fd: Descriptor,
    },
    /// Makes another number, the result, refer to what `fd` refers to, and closes what that number was before.
    Duplicate {
        fd: Descriptor,
    },
    /// Waits until one of the descriptors is ready.
    Poll {
        fds: Vec<Descriptor>,
    },
    /// Waits until a descriptor that an epoll instance watches is ready; strace does not tell which these are.
    EpollWait {
        epoll: Descriptor,
    },
    /// Starts a thread, or else a process; the result is its number.
    Clone {
        thread: bool,
    },
    /// Makes the process run another program, which has all descriptors but those that close then (`O_CLOEXEC`).
    Execute,
    /// Ends the process with all its threads.
    Exit,
    /// Moves bytes that strace does not print: from one descriptor to another, or of several messages.
    Splice {
        from: Descriptor,
        to: Descriptor,
    },
    /// Hands operations to io_uring; strace does not tell which these are.
    Ring,
    /// Any other call.
    Other {
        /// First argument, where it is a descriptor.
        fd: Option<Descriptor>,
    },
}

impl Syscall {
    /// Returns the descriptor that the call works on.
    pub fn descriptor(&self) -> Option<Descriptor> {
        match *self {
            Syscall::Bind { fd, .. }
            | Syscall::Listen { fd, .. }
            | Syscall::Accept { listener: fd, .. }
            | Syscall::Connect { fd, .. }
            | Syscall::Read { fd, .. }
            | Syscall::Write { fd, .. }
            | Syscall::Peek { fd, .. }
            | Syscall::SetOption { fd, .. }
            | Syscall::Query { fd }
            | Syscall::Shutdown { fd, .. }
            | Syscall::Close { fd }
            | Syscall::Duplicate { fd }
            | Syscall::Splice { from: fd, .. }
            | Syscall::EpollWait { epoll: fd } => Some(fd),
            Syscall::Other { fd } => fd,
            Syscall::Socket
            | Syscall::Ring
            | Syscall::Poll { .. }
            | Syscall::Clone { .. }
            | Syscall::Execute
            | Syscall::Exit => None,
        }
    }

    /// Returns the bytes that the call read or was to write.
    pub fn data(&self) -> &[u8] {
        match self {
            Syscall::Read { data, .. }
            | Syscall::Write { data, .. }
            | Syscall::Peek { data, .. } => data,
            _ => &[],
        }
    }
}

/// A direction of a connection that `shutdown` ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Halves {
    Read,
    Write,
    Both,
}

/// Declares an enum of names that strace prints: a variant for each that is told apart, `Other` for the rest.
macro_rules! names {
    ($(#[$doc:meta])* $type:ident { $($variant:ident = $name:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(from = "String", into = "String")]
        pub enum $type {
            $($variant,)*
            Other(String),
        }

        impl $type {
            /// Returns the name as strace prints it.
            pub fn name(&self) -> &str {
                match self {
                    $($type::$variant => $name,)*
                    $type::Other(name) => name,
                }
            }
        }

        impl From<String> for $type {
            fn from(name: String) -> $type {
                match name.as_str() {
                    $($name => $type::$variant,)*
                    _ => $type::Other(name),
                }
            }
        }

        impl From<$type> for String {
            fn from(value: $type) -> String {
                value.name().to_owned()
            }
        }
    };
}

names! {
    /// The error of a call that failed, or the reason why it was interrupted.
    Errno {
        Again = "EAGAIN",
        BrokenPipe = "EPIPE",
        ConnectionRefused = "ECONNREFUSED",
        ConnectionReset = "ECONNRESET",
        InProgress = "EINPROGRESS",
        NotConnected = "ENOTCONN",
        Restart = "ERESTARTSYS",
    }
}

names! {
    /// An option of a socket.
    SocketOption {
        Ipv6Only = "IPV6_V6ONLY",
        ReuseAddress = "SO_REUSEADDR",
        NoDelay = "TCP_NODELAY",
        ReceiveTimeout = "SO_RCVTIMEO_OLD",
        SendTimeout = "SO_SNDTIMEO_OLD",
        Linger = "SO_LINGER",
        Cork = "TCP_CORK",
    }
}

/// All system calls that strace saw of one program.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trace {
    /// In the order in which they were entered.
    pub calls: Vec<SystemCall>,
    /// Time at which the whole program had ended.
    pub ended: Option<Nanos>,
}
