//! The log of `strace -k`, which prints a thread's stack after each system call.
//!
//! Each call is a line, and each line after it that begins with ` > ` is a function, innermost first:
//!
//! ```text
//! accept(4, {sa_family=AF_INET6, sin6_port=htons(48726)}, [28]) = 5
//!  > /usr/lib/x86_64-linux-gnu/libc.so.6(accept+0x4f) [0x10a72f]
//!  > /usr/lib/jvm/java-17-openjdk-amd64/lib/libnio.so(Java_sun_nio_ch_Net_accept+0x5d) [0x94cd]
//! ```
//!
//! From this, `returned` makes the call `accept` with the result 5 and the functions `Java_sun_nio_ch_Net_accept` in
//! `libnio.so` and `accept` in `libc.so.6`, outermost first.

use recorder::strace;

/// A system call that returned, with the native functions that led to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Returned {
    pub(super) name: String,
    /// The result; -1 for an error.
    pub(super) result: Option<i64>,
    /// The functions, outermost first. A JVM's stack has only those below its interpreter.
    pub(super) frames: Vec<Native>,
}

/// A function of a program or a library.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Native {
    pub(super) function: String,
    /// Name of the file that contains it, such as `libnio.so`.
    pub(super) file: String,
}

/// Returns the calls in `log`.
pub(super) fn returned(log: &str) -> Vec<Returned> {
    let mut calls: Vec<Returned> = Vec::new();
    let mut belongs = false;
    for line in log.lines() {
        if let Some(frame) = line.strip_prefix(" > ") {
            let call = calls.last_mut().filter(|_| belongs);
            if let (Some(call), Some(native)) = (call, native(frame)) {
                call.frames.insert(0, native);
            }
            continue;
        }
        let call = call(line);
        // The stack after a line about a signal belongs to no call.
        belongs = call.is_some();
        calls.extend(call);
    }
    calls
}

/// Parses a line such as `accept(4, {sa_family=AF_INET6, …}, [28]) = 6`.
fn call(line: &str) -> Option<Returned> {
    let (name, rest) = line.split_once('(')?;
    let (_, outcome) = rest.rsplit_once(") = ")?;
    let is_name = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    is_name.then(|| Returned {
        name: name.to_owned(),
        result: outcome
            .split_whitespace()
            .next()
            .and_then(|value| value.parse().ok()),
        frames: Vec::new(),
    })
}

/// Parses a frame such as `/usr/lib/jvm/…/libnio.so(Java_sun_nio_ch_Net_accept+0x5d) [0x94cd]`.
///
/// Returns `None` if the function has no name.
fn native(frame: &str) -> Option<Native> {
    let (path, function) = strace::frame(frame)?;
    Some(Native {
        function: function.to_owned(),
        file: path
            .rsplit_once('/')
            .map_or(path, |(_, file)| file)
            .to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOG: &str = r#"accept(4, {sa_family=AF_INET6, sin6_port=htons(48726)}, [28]) = 5
 > /usr/lib/x86_64-linux-gnu/libc.so.6(accept+0x4f) [0x10a72f]
 > /usr/lib/jvm/java-17-openjdk-amd64/lib/libnio.so(Java_sun_nio_ch_Net_accept+0x5d) [0x94cd]
 > unexpected_backtracing_error [0x7f462c9455da]
--- SIGQUIT {si_signo=SIGQUIT, si_code=SI_USER, si_pid=13764, si_uid=0} ---
 > /usr/lib/x86_64-linux-gnu/libc.so.6(pthread_join+0x163) [0x8ace3]
epoll_wait(3, 0x55, 1024, -1) = -1 EINTR (Interrupted system call)
 > /usr/lib/jvm/java-17-openjdk-amd64/bin/java() [0x1206]
exit_group(0) = ?
+++ exited with 0 +++
"#;

    #[test]
    fn a_call_has_its_stack_from_the_outermost_function_that_has_a_name() {
        let calls = returned(LOG);
        let frames: Vec<(&str, &str)> = calls[0]
            .frames
            .iter()
            .map(|native| (native.file.as_str(), native.function.as_str()))
            .collect();
        let expected = [
            ("libnio.so", "Java_sun_nio_ch_Net_accept"),
            ("libc.so.6", "accept"),
        ];
        assert_eq!(
            (calls[0].result, frames.as_slice()),
            (Some(5), &expected[..])
        );
    }

    #[test]
    fn the_stack_of_a_signal_is_nobodys() {
        let calls = returned(LOG);
        let names: Vec<&str> = calls.iter().map(|call| call.name.as_str()).collect();
        assert_eq!(names, ["accept", "epoll_wait", "exit_group"]);
        assert_eq!((calls[1].result, calls[1].frames.len()), (Some(-1), 0));
    }
}
