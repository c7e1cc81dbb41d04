//! One conversation between two programs, observed whole: their consoles, exits, system calls and sockets,
//! and every segment on the wire.
//!
//! [`record`] takes a [`Plan`] and returns a [`Recording`]. Each recording is made by a process of its own,
//! which can enter a network namespace before it has a second thread: the same program, started again. So
//! every program that records begins with [`child_process`]:
//!
//! ```
//! use std::process::ExitCode;
//!
//! fn main() -> ExitCode {
//!     if let Some(status) = recorder::child_process() {
//!         return status;
//!     }
//!     // The program's own work.
//!     ExitCode::SUCCESS
//! }
//! ```
//!
//! A client that is started, connects and is waited for, step by step:
//!
//! 1. [`Step::Start`] starts the server, and [`Await::Listening`] waits until the kernel shows its socket.
//! 2. [`Step::Start`] starts the client, [`Step::Feed`] types a line, and [`Await::Exited`] waits for its end.
//! 3. The capture of the loopback interface becomes [`Recording::wire`], the pipes [`Played::stdout`].
//!
//! This crate has no opinion about what ought to have happened, and knows no protocol above TCP.

mod act;
mod capture;
mod child;
mod clock;
mod console;
mod event;
mod evidence;
mod files;
mod isolation;
mod listening;
mod message;
pub mod namespace;
#[cfg(target_os = "linux")]
mod netlink;
mod pcapng;
mod plan;
mod process;
mod record;
mod recording;
mod script;
mod scripted;
mod side;
mod sockets;
mod step;
pub mod strace;
mod system_call;
mod threads;
mod tree;
mod wire;

pub use act::Act;
pub use child::child_process;
pub use clock::{Nanos, now};
pub use console::Console;
pub use evidence::joined;
pub use isolation::{Isolation, port_is_free};
pub use listening::{Listener, ListenerKind};
pub use message::HeldProgram;
pub use plan::{InputFile, Plan, Program};
pub use record::{record, record_and_look};
pub use recording::{Chunk, Exit, Left, LeftFile, Played, Recording, not_asked_for};
pub use side::Side;
pub use sockets::{listening, unread};
pub use step::{Await, PerformedStep, Signal, Step};
pub use strace::{LONGEST_RETURN_LAG, RETURN_LAG, Strace};
pub use system_call::{
    Descriptor, Errno, Halves, SocketOption, Syscall, SystemCall, Trace, as_one_text,
};
pub use wire::{Connection, End, Segment, Stream};
