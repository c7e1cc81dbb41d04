//! Defects of a mutant's process: its signals, its output, its children and its files.

use std::io::{Write, stdout};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::thread;

use anyhow::Result;

use super::Defect;
#[cfg(not(unix))]
use super::wait_forever;

/// Does what comes before the first line is printed.
pub(super) fn begin(defect: Defect) -> Result<()> {
    signals(defect)?;
    match defect {
        Defect::ChildOutlives | Defect::ChildHoldsOutput => {
            let output = match defect {
                Defect::ChildOutlives => Stdio::null(),
                _ => Stdio::inherit(),
            };
            Command::new("sleep")
                .arg("60")
                .stdin(Stdio::null())
                .stdout(output)
                .stderr(Stdio::null())
                .spawn()?;
        }
        #[cfg(target_os = "linux")]
        Defect::UnixSocketToo => {
            use std::os::linux::net::SocketAddrExt;
            use std::os::unix::net::{SocketAddr, UnixListener};
            let name = SocketAddr::from_abstract_name("hellohi")?;
            // The socket stays open as long as the program runs.
            std::mem::forget(UnixListener::bind_addr(&name)?);
        }
        Defect::EndsWithItsInput => {
            thread::spawn(|| {
                std::io::copy(&mut std::io::stdin(), &mut std::io::sink()).ok();
                std::process::exit(0);
            });
        }
        Defect::FileLeft => std::fs::write("hellohi.log", "starting\n")?,
        Defect::FullOutputDropped => do_not_wait_for_output()?,
        Defect::PrintsForEver => loop {
            stdout().write_all(&[b'y'; 4096])?;
        },
        _ => {}
    }
    Ok(())
}

/// Reacts to a line that could not be printed. Java's `System.out` ignores that.
pub(super) fn output_failed(defect: Defect) {
    match defect {
        Defect::BrokenOutputIsAFailure => std::process::exit(1),
        #[cfg(unix)]
        Defect::DiesOfBrokenOutput => {
            let signal = nix::libc::SIGPIPE;
            signal_hook::low_level::emulate_default_handler(signal).ok();
        }
        _ => {}
    }
}

/// Handles signals that ask the program to end as a JVM does, except for the defect.
#[cfg(unix)]
fn signals(defect: Defect) -> Result<()> {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    use signal_hook::flag;
    if defect == Defect::SignalsSayBye {
        let mut signals = signal_hook::iterator::Signals::new([SIGHUP, SIGINT, SIGTERM])?;
        thread::spawn(move || {
            if let Some(signal) = signals.forever().next() {
                println!("bye");
                std::process::exit(128 + signal);
            }
        });
        return Ok(());
    }
    if defect == Defect::EndsOnResize {
        let mut signals = signal_hook::iterator::Signals::new([signal_hook::consts::SIGWINCH])?;
        thread::spawn(move || {
            if signals.forever().next().is_some() {
                std::process::exit(1);
            }
        });
    }
    for signal in [SIGHUP, SIGINT, SIGTERM] {
        let flag = |value| Arc::new(AtomicBool::new(value));
        match defect {
            Defect::DiesOfSignals => continue,
            Defect::SignalsIgnored => flag::register(signal, flag(false))?,
            Defect::HangupIgnored if signal == SIGHUP => flag::register(signal, flag(false))?,
            Defect::SignalsExitZero => flag::register_conditional_shutdown(signal, 0, flag(true))?,
            _ => flag::register_conditional_shutdown(signal, 128 + signal, flag(true))?,
        };
    }
    Ok(())
}

#[cfg(not(unix))]
fn signals(_: Defect) -> Result<()> {
    Ok(())
}

/// Waits until standard output can be written to, and returns false after the timeout.
#[cfg(unix)]
pub(super) fn output_is_ready() -> bool {
    use std::os::fd::AsFd;

    use nix::poll::{PollFd, PollFlags, poll};
    let stdout = stdout();
    let mut output = [PollFd::new(stdout.as_fd(), PollFlags::POLLOUT)];
    let timeout = super::TIMEOUT.as_millis() as u16;
    poll(&mut output, timeout).is_ok_and(|ready| ready > 0)
}

#[cfg(not(unix))]
pub(super) fn output_is_ready() -> bool {
    true
}

/// Makes standard output non-blocking.
#[cfg(unix)]
fn do_not_wait_for_output() -> Result<()> {
    use nix::fcntl::{FcntlArg, OFlag, fcntl};
    fcntl(stdout(), FcntlArg::F_SETFL(OFlag::O_NONBLOCK))?;
    Ok(())
}

#[cfg(not(unix))]
fn do_not_wait_for_output() -> Result<()> {
    wait_forever()
}
