//! A thread that sleeps in a system call, as Linux shows it: `/proc` has the kernel's side, strace the thread's stack.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use ladder::chain::Reason;

/// A thread that sleeps in the kernel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SleepingThread {
    /// The system call, if this process may trace the thread.
    pub(super) call: Option<&'static str>,
    /// The kernel's functions, outermost first, or the reason why they cannot be read.
    pub(super) kernel: Result<Vec<String>, Reason>,
    /// The kernel's function that it sleeps in. Its owner may read this without being root.
    pub(super) sleeps_in: Option<String>,
}

impl SleepingThread {
    /// Looks at the thread `tid` of the process `pid`.
    pub(super) fn observe(pid: u32, tid: u32) -> SleepingThread {
        let read = |file: &str| fs::read_to_string(format!("/proc/{pid}/task/{tid}/{file}"));
        let number = read("syscall").ok();
        let kernel = match read("stack") {
            Ok(text) if !text.trim().is_empty() => Ok(kernel_functions(&text)),
            Ok(_) => Err(Reason::NoKernelStacks),
            Err(_) => Err(Reason::OnlyRoot),
        };
        SleepingThread {
            call: number.as_deref().and_then(call_name),
            kernel,
            sleeps_in: read("wchan")
                .ok()
                .filter(|name| name != "0" && !name.is_empty()),
        }
    }
}

/// Parses `/proc/PID/task/TID/stack` and returns its functions, outermost first.
///
/// Its lines are like `[<0>] inet_csk_accept+0x1f2/0x3b0`, innermost first.
fn kernel_functions(stack: &str) -> Vec<String> {
    let function = |line: &str| {
        let (_, place) = line.split_once("] ")?;
        Some(place.split('+').next()?.to_owned())
    };
    let mut functions: Vec<String> = stack.lines().filter_map(function).collect();
    functions.reverse();
    functions
}

/// Returns the name of the system call in `/proc/PID/task/TID/syscall`: `accept` for `43 0x4 0x7f… …` on x86-64.
#[cfg(target_os = "linux")]
fn call_name(line: &str) -> Option<&'static str> {
    use nix::libc;

    let number: libc::c_long = line.split_whitespace().next()?.parse().ok()?;
    let names = [
        (libc::SYS_accept, "accept"),
        (libc::SYS_accept4, "accept4"),
        (libc::SYS_connect, "connect"),
        (libc::SYS_read, "read"),
        (libc::SYS_readv, "readv"),
        (libc::SYS_recvfrom, "recvfrom"),
        (libc::SYS_recvmsg, "recvmsg"),
        (libc::SYS_write, "write"),
        (libc::SYS_writev, "writev"),
        (libc::SYS_sendto, "sendto"),
        (libc::SYS_sendmsg, "sendmsg"),
        (libc::SYS_ppoll, "ppoll"),
        (libc::SYS_epoll_pwait, "epoll_pwait"),
        #[cfg(target_arch = "x86_64")]
        (libc::SYS_poll, "poll"),
        #[cfg(target_arch = "x86_64")]
        (libc::SYS_epoll_wait, "epoll_wait"),
    ];
    let found = names.into_iter().find(|&(known, _)| known == number);
    found.map(|(_, name)| name)
}

#[cfg(not(target_os = "linux"))]
fn call_name(_: &str) -> Option<&'static str> {
    None
}

/// A strace process that logs one thread's system calls with the stack of each.
#[derive(Debug)]
pub(super) struct StackTracer {
    strace: Child,
    log: PathBuf,
}

impl StackTracer {
    /// Attaches to the thread `tid`, and waits until the thread is back in its system call.
    pub(super) fn attach(strace: &Path, tid: u32, log: PathBuf) -> Result<StackTracer> {
        fs::remove_file(&log).ok();
        let child = Command::new(strace)
            .args(["-k", "-a", "1", "-s", "8", "-o"])
            .arg(&log)
            .args(["-p", &tid.to_string()])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .context("cannot run strace")?;
        let mut tracer = StackTracer { strace: child, log };
        let end = Instant::now() + Duration::from_secs(5);
        // strace writes the beginning of a call as soon as the thread is in it again.
        while fs::metadata(&tracer.log).map_or(0, |log| log.len()) == 0 {
            let ended = tracer.strace.try_wait()?;
            anyhow::ensure!(
                ended.is_none() && Instant::now() < end,
                "strace is not allowed to trace (in a container: docker run --cap-add SYS_PTRACE)"
            );
            std::thread::sleep(Duration::from_millis(2));
        }
        Ok(tracer)
    }

    /// Waits until the thread has ended, and returns the log.
    pub(super) fn finish(mut self) -> Result<String> {
        let end = Instant::now() + Duration::from_secs(2);
        while self.strace.try_wait()?.is_none() && Instant::now() < end {
            std::thread::sleep(Duration::from_millis(2));
        }
        fs::read_to_string(&self.log).with_context(|| format!("cannot read {}", self.log.display()))
    }
}

impl Drop for StackTracer {
    fn drop(&mut self) {
        self.strace.kill().ok();
        self.strace.wait().ok();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kernel_stack_is_read_from_the_entry_to_where_it_sleeps() {
        let stack = "[<0>] inet_csk_accept+0x1f2/0x3b0\n[<0>] inet_accept+0x2f/0x80\n\
                     [<0>] do_syscall_64+0x71/0x280\n[<0>] entry_SYSCALL_64_after_hwframe+0x76/0x7e\n";
        let expected = [
            "entry_SYSCALL_64_after_hwframe",
            "do_syscall_64",
            "inet_accept",
            "inet_csk_accept",
        ];
        assert_eq!(kernel_functions(stack), expected);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_call_is_known_by_its_number_and_a_running_thread_is_in_none() {
        let line = format!(
            "{} 0x4 0x7f46415fe560 0x7f4642bf772f",
            nix::libc::SYS_accept
        );
        assert_eq!(call_name(&line), Some("accept"));
        assert_eq!(call_name("running"), None);
    }
}
