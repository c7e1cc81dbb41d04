//! The signals that stop the process.

use std::io;
#[cfg(unix)]
use std::sync::{Arc, atomic::AtomicBool};

#[cfg(unix)]
use signal_hook::{
    consts::{SIGHUP, SIGINT, SIGTERM},
    flag,
};
#[cfg(unix)]
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Makes SIGHUP, SIGINT and SIGTERM end the process as they end a JVM: with exit status 128 +
/// signal. As with a JVM, a signal that was ignored when the process started stays ignored.
pub(crate) fn end_as_java() -> io::Result<()> {
    end_with(|signal| 128 + signal)
}

/// Makes the next signal end the process with exit status 1, whatever it waits for.
pub(crate) fn end_at_once() -> io::Result<()> {
    end_with(|_| 1)
}

/// Makes signals that are not ignored end the process with this exit status.
fn end_with(status: impl Fn(i32) -> i32) -> io::Result<()> {
    #[cfg(unix)]
    for signal in [SIGHUP, SIGINT, SIGTERM] {
        if !is_ignored(signal) {
            let always = Arc::new(AtomicBool::new(true));
            flag::register_conditional_shutdown(signal, status(signal), always)?;
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

/// The signals that stop the server: SIGINT, SIGTERM and SIGHUP, or Ctrl-C where there are no
/// signals.
pub(crate) struct StopSignals {
    #[cfg(unix)]
    interrupt: Signal,
    #[cfg(unix)]
    terminate: Signal,
    /// `None` if the signal is ignored, as under `nohup`.
    #[cfg(unix)]
    hang_up: Option<Signal>,
}

#[cfg(unix)]
impl StopSignals {
    /// Replaces the default of the signals, which is to end the process.
    pub(crate) fn handle() -> io::Result<Self> {
        let hang_up = (!is_ignored(SIGHUP)).then(|| signal(SignalKind::hangup()));
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hang_up: hang_up.transpose()?,
        })
    }

    /// Waits for the next signal.
    pub(crate) async fn next(&mut self) {
        let hang_up = async {
            match &mut self.hang_up {
                Some(signal) => signal.recv().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = self.interrupt.recv() => (),
            _ = self.terminate.recv() => (),
            _ = hang_up => (),
        }
    }
}

#[cfg(not(unix))]
impl StopSignals {
    pub(crate) fn handle() -> io::Result<Self> {
        Ok(Self {})
    }

    pub(crate) async fn next(&mut self) {
        let _ = tokio::signal::ctrl_c().await;
    }
}
