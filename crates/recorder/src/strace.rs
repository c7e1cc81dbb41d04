//! Reads the system calls of a program from strace's log.
//!
//! strace writes a line for each call, or two lines if another thread's came between:
//!
//! ```text
//! 8 100.000001000 accept(5,  <unfinished ...>
//! 7 100.000002000 close(7) = 0 <0.000001000>
//! 8 100.000003000 <... accept resumed>{sa_family=AF_INET6, …}, [28]) = 6 <0.000000900>
//! ```
//!
//! 1. `head` takes the thread and the time off each line.
//! 2. The first line begins a call of thread 8, which stays open; the second is a whole call of thread 7.
//! 3. `resume` finds the open `accept` of thread 8, and puts its two halves together.
//! 4. `arguments` turns name and arguments into `Accept { listener: 5, … }`.

mod arguments;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde::{Deserialize, Deserializer, Serialize};

use crate::clock::Nanos;
use crate::side::Side;
use crate::system_call::{Errno, SystemCall, Trace};

/// The strace to use, and the sides whose stacks it walks.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Strace {
    pub path: PathBuf,
    /// Sides whose stacks it can walk. It cannot see through a JVM.
    pub stacks: Vec<Side>,
}

/// Number of bytes of each buffer that are kept.
pub const LONGEST: usize = 1024;

/// Time by which a return may be later than it seems. strace starts its stopwatch only after it has printed
/// the call, so entry plus duration is too early.
pub const RETURN_LAG: Nanos = 200_000;

/// Time by which a return may be later than it seems on a busy machine, where strace waits for a processor.
pub const LONGEST_RETURN_LAG: Nanos = 2_000_000;

/// Calls that strace records: on sockets, to read, write, wait and end, and to make threads and processes.
const CALLS: &str = "trace=%network,read,write,close,readv,writev,pread64,?dup,?dup2,dup3,fcntl,\
                     ?poll,ppoll,?select,pselect6,?epoll_wait,epoll_pwait,\
                     ?clone,?clone3,?fork,?vfork,execve,exit_group,\
                     ?sendfile,?splice,?vmsplice,?io_uring_enter";

/// Returns `command`, the program of `side`, run under strace, which writes into `folder`.
///
/// The program stays a child of this process (`-D`), so its signals and its exit status are its own.
pub fn wrap(strace: &Strace, folder: &Path, side: Side, command: &[String]) -> Vec<String> {
    let mut wrapped = vec![strace.path.to_string_lossy().into_owned()];
    wrapped.extend(["-D", "-f", "--seccomp-bpf", "-q", "-xx", "-a", "1"].map(String::from));
    if strace.stacks.contains(&side) {
        wrapped.push("-k".into());
    }
    wrapped.extend(["-s".into(), LONGEST.to_string()]);
    wrapped.push("--absolute-timestamps=format:unix,precision:ns".into());
    wrapped.extend(["--syscall-times=ns", "-e", CALLS, "-o"].map(String::from));
    wrapped.push(log(folder, side).to_string_lossy().into_owned());
    wrapped.push("--".into());
    wrapped.extend_from_slice(command);
    wrapped
}

/// Returns the path of the log for the program whose evidence is in `folder`.
pub fn log(folder: &Path, side: Side) -> PathBuf {
    folder.join(format!("{}.strace", side.name()))
}

/// Reads the log of the program with process id `pid`, which strace may still be finishing.
pub fn read(log: &Path, pid: u32) -> Result<Trace, String> {
    let end = Instant::now() + Duration::from_secs(1);
    loop {
        let text = fs::read_to_string(log)
            .map_err(|error| format!("system calls not recorded: {}: {error}", log.display()))?;
        let trace = parse(&text, pid);
        if trace.ended.is_some() {
            return Ok(trace);
        }
        if Instant::now() >= end {
            return match trace.calls.is_empty() {
                true => Err(
                    "system calls not recorded: strace may not trace here (in a container: \
                             docker run --cap-add SYS_PTRACE)"
                        .into(),
                ),
                false => Ok(trace),
            };
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn parse(text: &str, pid: u32) -> Trace {
    let mut open = Vec::new();
    let mut ended = None;
    let mut completed = None;
    for line in text.lines() {
        if let Some(stack) = line.strip_prefix(" > ") {
            let call = completed.and_then(|index: usize| open.get_mut(index));
            if let (Some(call), Some((_, function))) = (call, frame(stack)) {
                let call: &mut Printed = call;
                call.stack.push(function.to_owned());
            }
            continue;
        }
        let Some((thread, time, event)) = head(line) else {
            continue;
        };
        if event.starts_with("+++") {
            if thread == pid {
                ended = Some(time);
            }
        } else if let Some(resumed) = event.strip_prefix("<... ") {
            completed = resume(&mut open, thread, time, resumed);
        } else if let Some((name, rest)) = event.split_once('(') {
            completed = Some(open.len());
            open.push(Printed::new(thread, time, name, rest));
        }
    }
    let calls = open.into_iter().map(Printed::parsed).collect();
    Trace { calls, ended }
}

/// Splits `12242 1795448740.753919918 read(6, …` into thread, time and event.
fn head(line: &str) -> Option<(u32, Nanos, &str)> {
    let (thread, rest) = line.split_once(' ')?;
    let (time, event) = rest.trim_start().split_once(' ')?;
    Some((thread.parse().ok()?, nanos(time)?, event))
}

/// Reads seconds with a fraction of nine digits, as nanoseconds.
fn nanos(time: &str) -> Option<Nanos> {
    let (seconds, fraction) = time.split_once('.')?;
    Some(seconds.parse::<Nanos>().ok()? * 1_000_000_000 + fraction.parse::<Nanos>().ok()?)
}

/// Completes the call that `thread` is still in with `accept resumed>{sa_family=…}, [28]) = 6 <1.022068238>`.
fn resume(calls: &mut [Printed], thread: u32, time: Nanos, resumed: &str) -> Option<usize> {
    let (name, rest) = resumed.split_once(" resumed>")?;
    let open =
        |call: &Printed| call.thread == thread && call.name == name && call.returned.is_none();
    let index = calls.iter().rposition(open)?;
    let call = &mut calls[index];
    let before = std::mem::take(&mut call.arguments);
    call.finish(&format!("{before}{}", rest.trim_start()));
    // This line's own time is that of the return.
    call.returned = call.returned.map(|_| time);
    Some(index)
}

/// A call as strace prints it, perhaps without its end.
#[derive(Deserialize)]
struct Printed {
    thread: u32,
    entered: Nanos,
    returned: Option<Nanos>,
    name: String,
    arguments: String,
    result: Option<i64>,
    errno: Option<Errno>,
    #[serde(default)]
    stack: Vec<String>,
}

impl<'de> Deserialize<'de> for SystemCall {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<SystemCall, D::Error> {
        let mut printed = Printed::deserialize(deserializer)?;
        printed.arguments = arguments::with_marks(&printed.arguments);
        Ok(printed.parsed())
    }
}

impl Printed {
    fn new(thread: u32, entered: Nanos, name: &str, rest: &str) -> Printed {
        let mut call = Printed {
            thread,
            entered,
            returned: None,
            name: name.to_owned(),
            arguments: String::new(),
            result: None,
            errno: None,
            stack: Vec::new(),
        };
        match rest.strip_suffix(" <unfinished ...>") {
            Some(arguments) => call.arguments = arguments.to_owned(),
            None => call.finish(rest),
        }
        call
    }

    /// Reads `6, "\x00", 1) = 1 <0.000438321>`, or `= -1 EPIPE (Broken pipe) <…>`, `= ? ERESTARTSYS (…) <…>`,
    /// `= ?`.
    fn finish(&mut self, rest: &str) {
        let Some((arguments, outcome)) = rest.rsplit_once(") = ") else {
            self.arguments = rest.trim_end_matches(')').to_owned();
            return;
        };
        // Of a thread that was killed in the call: `0,  <unfinished ...>) = ?`.
        self.arguments = arguments.trim_end_matches("<unfinished ...>").to_owned();
        let mut words = outcome.split_whitespace();
        self.result = words.next().and_then(|value| value.parse().ok());
        self.errno = words
            .next()
            .filter(|word| word.starts_with('E') && word.chars().all(|c| c.is_ascii_alphanumeric()))
            .map(|word| word.to_owned().into());
        let took = outcome
            .rsplit_once('<')
            .and_then(|(_, took)| nanos(took.trim_end_matches('>')));
        self.returned = took.map(|took| self.entered + took);
    }

    fn parsed(self) -> SystemCall {
        let arguments = arguments::split(&self.arguments);
        SystemCall {
            syscall: arguments::syscall(&self.name, &arguments, self.result),
            thread: self.thread,
            entered: self.entered,
            returned: self.returned,
            name: self.name,
            arguments,
            result: self.result,
            errno: self.errno,
            stack: self.stack,
        }
    }
}

/// Reads `…/hellohi-client(hellohi_client::session::run+0x1c) [0x…]` as the file and the function. Returns
/// `None` for a frame without a function's name.
pub fn frame(frame: &str) -> Option<(&str, &str)> {
    let (file, symbol) = frame.split_once('(')?;
    let (function, _) = symbol.rsplit_once("+0x")?;
    Some((file, function))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::system_call::Syscall;

    const LOG: &str = r#"7 100.000000000 socket(AF_INET6, SOCK_STREAM, IPPROTO_IP) = 5 <0.000018946>
8 100.000001000 accept(5,  <unfinished ...>
7 100.000002000 read(7, "\x49\x4d", 8192) = 2 <0.000001000>
8 100.000003000 <... accept resumed>{sa_family=AF_INET6}, [28]) = 6 <0.000000900>
7 100.000004000 connect(5, {sa_family=AF_INET6}, 28) = -1 ECONNREFUSED (Connection refused) <0.000000100>
7 100.000005000 writev(5, [{iov_base="\x00\x05", iov_len=2}, {iov_base="\x68", iov_len=1}], 2) = 3 <0.000000100>
7 100.000006000 accept(5, 0x7f, [28]) = ? ERESTARTSYS (To be restarted if SA_RESTART is set) <0.5>
8 100.000006500 read(0,  <unfinished ...>) = ?
7 100.000007000 exit_group(0) = ?
8 100.000008000 +++ exited with 0 +++
7 100.000009000 +++ exited with 0 +++
"#;

    #[test]
    fn a_call_that_was_interrupted_by_another_thread_is_put_together() {
        let trace = parse(LOG, 7);
        let accept = &trace.calls[1];
        assert_eq!((accept.thread, accept.name.as_str()), (8, "accept"));
        assert_eq!(accept.arguments, ["5", "{sa_family=AF_INET6}", "[28]"]);
        let expected = Syscall::Accept {
            listener: 5,
            peer: None,
        };
        assert_eq!((accept.result, &accept.syscall), (Some(6), &expected));
        assert_eq!(accept.returned, Some(100_000_003_000));
    }

    #[test]
    fn errors_interruptions_and_the_end_are_understood() {
        let trace = parse(LOG, 7);
        assert_eq!(trace.calls[3].errno, Some(Errno::ConnectionRefused));
        assert_eq!(trace.calls[3].result, Some(-1));
        assert_eq!(trace.calls[5].errno, Some(Errno::Restart));
        assert_eq!(trace.calls[5].result, None);
        assert_eq!(trace.calls[6].arguments, ["0"]);
        assert_eq!(trace.calls[7].returned, None);
        assert_eq!(trace.ended, Some(100_000_009_000));
    }

    #[test]
    fn a_stack_belongs_to_the_call_before_it() {
        let log = "7 1.000000000 read(5, \"\", 1) = 0 <0.000000001>\n \
                   > /lib/libc.so.6(read+0x4d) [0x1]\n > /bin/x(hellohi::run+0x4) [0x2]\n";
        assert_eq!(parse(log, 7).calls[0].stack, ["read", "hellohi::run"]);
    }
}
