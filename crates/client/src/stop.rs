//! The signals that stop the process.

use std::io;
#[cfg(unix)]
use std::sync::{Arc, atomic::AtomicBool};

#[cfg(unix)]
use signal_hook::{
    consts::{SIGHUP, SIGINT, SIGTERM},
    flag,
};

/// Makes SIGHUP, SIGINT and SIGTERM end the process as they end a JVM: with exit status 128 +
/// signal. As with a JVM, a signal that was ignored when the process started stays ignored.
pub(crate) fn end_as_java() -> io::Result<()> {
    #[cfg(unix)]
    for signal in [SIGHUP, SIGINT, SIGTERM] {
        if !is_ignored(signal) {
            let always = Arc::new(AtomicBool::new(true));
            flag::register_conditional_shutdown(signal, 128 + signal, always)?;
        }
    }
    Ok(())
}

/// Returns whether `signal` is ignored, as SIGHUP is under `nohup`. Only Linux tells it without
/// unsafe code; elsewhere the answer is no.
#[cfg(unix)]
fn is_ignored(signal: i32) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    ignored.is_some_and(|mask| mask >> (signal - 1) & 1 == 1)
}
