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
//! From this, `traced_calls` makes the call `accept` with the result 5 and two functions, outermost first:
//! `Java_sun_nio_ch_Net_accept` in `libnio.so`, then `accept` in `libc.so.6`.

use ladder::chain::{Frame, Layer};
use recorder::strace;

/// A system call that returned, with the native functions that led to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TracedCall {
    pub(super) name: String,
    /// The result; -1 for an error.
    pub(super) result: Option<i64>,
    /// The functions, outermost first. A JVM's stack has only those below its interpreter.
    pub(super) frames: Vec<Frame>,
}

/// Returns the calls in the log of a Rust program or of a JVM.
pub(super) fn traced_calls(log: &str, is_rust: bool) -> Vec<TracedCall> {
    let mut calls: Vec<TracedCall> = Vec::new();
    let mut belongs = false;
    for line in log.lines() {
        if let Some(line) = line.strip_prefix(" > ") {
            let call = calls.last_mut().filter(|_| belongs);
            if let (Some(call), Some(frame)) = (call, frame(line, is_rust)) {
                call.frames.insert(0, frame);
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
fn call(line: &str) -> Option<TracedCall> {
    let (name, rest) = line.split_once('(')?;
    let (_, outcome) = rest.rsplit_once(") = ")?;
    let is_name = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    is_name.then(|| TracedCall {
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
fn frame(line: &str, is_rust: bool) -> Option<Frame> {
    let (path, function) = strace::frame(line)?;
    let file = path.rsplit_once('/').map_or(path, |(_, file)| file);
    let function = ladder::plain_name(function);
    let layer = match () {
        () if file.starts_with("libc.") => Layer::System,
        () if !is_rust => Layer::Native,
        () if function.trim_start_matches('<').starts_with("hellohi") => Layer::Program,
        () => Layer::Library,
    };
    Some(Frame {
        layer,
        function,
        // A Rust program is a single file.
        place: (!is_rust || layer == Layer::System).then(|| file.to_owned()),
    })
}

/// Returns the C function in which a JVM finds the native method `name` (JNI, "Resolving native method names").
pub(super) fn by_rule(name: &str) -> Frame {
    let mangled = name
        .replace('_', "_1")
        .replace('.', "_")
        .replace('$', "_00024");
    Frame {
        layer: Layer::Native,
        function: format!("Java_{mangled}"),
        place: None,
    }
}

/// Returns `frames` without functions that only pass a call on, of which a Rust stack has many.
pub(super) fn without_wrappers(mut frames: Vec<Frame>) -> Vec<Frame> {
    const WRAPPERS: [&str; 13] = [
        "core::",
        "<core::",
        "alloc::",
        "<alloc::",
        "std::rt",
        "std::sys::backtrace",
        "std::panic",
        "std::thread::local",
        "__rust_try",
        "_start",
        "__libc_start",
        "__libc_init",
        "main",
    ];
    frames.retain(|frame| {
        let passes_on = |start| frame.function.starts_with(start);
        frame.layer == Layer::Program || !WRAPPERS.into_iter().any(passes_on)
    });
    frames.dedup_by(|a, b| a.function == b.function && a.place == b.place);
    frames
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
        let calls = traced_calls(LOG, false);
        let frames: Vec<(&str, &str)> = calls[0]
            .frames
            .iter()
            .map(|frame| (frame.place.as_deref().unwrap(), frame.function.as_str()))
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
        let calls = traced_calls(LOG, false);
        let names: Vec<&str> = calls.iter().map(|call| call.name.as_str()).collect();
        assert_eq!(names, ["accept", "epoll_wait", "exit_group"]);
        assert_eq!((calls[1].result, calls[1].frames.len()), (Some(-1), 0));
    }
}
