//! The signals that stop the process.

use std::io;
#[cfg(unix)]
use std::{
    io::Read as _,
    os::unix::net::UnixStream,
    sync::{Arc, LazyLock, atomic::AtomicBool, atomic::AtomicUsize, atomic::Ordering},
    thread,
};

#[cfg(unix)]
use signal_hook::{
    consts::{SIGHUP, SIGINT, SIGTERM},
    flag, low_level,
};

/// The last of the signals that [`handle`] has taken, or 0.
#[cfg(unix)]
static TAKEN: LazyLock<Arc<AtomicUsize>> = LazyLock::new(Arc::default);

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

/// Makes SIGHUP, SIGINT and SIGTERM end the line editor as Ctrl-C does while `is_edited` returns true, so that the
/// terminal becomes again what it was. At other times they end the process.
pub(crate) fn handle(is_edited: impl Fn() -> bool + Send + 'static) -> io::Result<()> {
    #[cfg(unix)]
    {
        let (mut come, comes) = UnixStream::pair()?;
        for signal in [SIGHUP, SIGINT, SIGTERM] {
            if !is_ignored(signal) {
                let number = usize::try_from(signal).unwrap_or_default();
                flag::register_usize(signal, Arc::clone(&TAKEN), number)?;
                low_level::pipe::register(signal, comes.try_clone()?)?;
            }
        }
        thread::spawn(move || {
            while come.read_exact(&mut [0]).is_ok() {
                // The editor has a handler of its own for SIGINT, and none for others.
                let _ = if is_edited() {
                    low_level::raise(SIGINT)
                } else {
                    low_level::emulate_default_handler(signal().into())
                };
            }
        });
    }
    #[cfg(not(unix))]
    drop(is_edited);
    Ok(())
}

/// Returns the signal that has ended the line editor: SIGINT unless another came.
pub(crate) fn signal() -> u8 {
    const SIGINT: u8 = 2;
    #[cfg(unix)]
    if let Ok(taken @ 1..) = TAKEN.load(Ordering::Relaxed).try_into() {
        return taken;
    }
    SIGINT
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
