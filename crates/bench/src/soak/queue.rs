//! Attacks with clients that are connected but not yet accepted when the server is told to stop.
//!
//! The server is stopped with SIGSTOP while they connect and send, so that all of them wait when the signal
//! comes. The steps are:
//!
//! 1. SIGSTOP; 600 clients connect and send a frame; the kernel shows that all their bytes are unread.
//! 2. SIGTERM, which waits, then SIGCONT: the server finds the signal and the 600 clients at the same time.
//! 3. The server ends. If 590 clients have a reply, its log must say `10 clients given up`, and its exit
//!    status must be 1.

use std::io::{Read, Write};
use std::mem;
use std::net::TcpStream;
use std::process::{Command, ExitStatus};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use nix::sys::signal::Signal;

use super::hostile::reset;
use super::launcher::{AttackedServer, Launcher, Setup};
use super::outcome::{CannotRun, Counts};
use super::shutdown::ShutdownCounts;
use crate::load::dial::dial;
use crate::load::frames::Frames;

/// Time within which the server must end: its default drain time, and 5 s for a busy machine.
const END: Duration = Duration::from_secs(15);

/// Makes two thousand clients wait; each must be answered.
pub(crate) fn long(launcher: &mut Launcher, name: &str) -> Result<Counts> {
    let mut attacked = launcher.start(name, &Setup::PLAIN)?;
    Waiting::arrive(&attacked, 2000)?.stop_and_judge(&mut attacked)
}

/// Makes two hundred clients wait for a server with sixty descriptors.
pub(crate) fn short_of_descriptors(launcher: &mut Launcher, name: &str) -> Result<Counts> {
    let few = Setup {
        wrapper: &["prlimit", "--nofile=60"],
        ..Setup::PLAIN
    };
    let mut attacked = launcher.start(name, &few)?;
    Waiting::arrive(&attacked, 200)?.stop_and_judge(&mut attacked)
}

/// Resets the connection of every third client that waits; the others must be answered.
pub(crate) fn resets(launcher: &mut Launcher, name: &str) -> Result<Counts> {
    let mut attacked = launcher.start(name, &Setup::PLAIN)?;
    let mut waiting = Waiting::arrive(&attacked, 600)?;
    waiting.reset_every_third()?;
    let mut counts = waiting.stop_and_judge(&mut attacked)?;
    counts.insert("resets among them", 200);
    Ok(counts)
}

/// Makes some accepts fail with ECONNABORTED through strace, because Linux itself seldom does.
///
/// A server takes such a failure for a client that has left. These clients have not, so the server may miss
/// one client for each failure.
pub(crate) fn aborted(launcher: &mut Launcher, name: &str) -> Result<Counts> {
    ensure_strace_runs()?;
    let failing = Setup {
        wrapper: &[
            "strace",
            "-Df",
            "-etrace=accept4",
            "-einject=accept4:error=ECONNABORTED:when=1+100",
        ],
        ..Setup::PLAIN
    };
    let mut attacked = launcher.start(name, &failing)?;
    let aborted_before = injected(&attacked);
    let waiting = Waiting::arrive(&attacked, 1000)?;
    let (status, answered) = waiting.stop(&mut attacked)?;
    let aborted = injected(&attacked) - aborted_before;
    let all = waiting.clients.len() as u64;
    ensure_counted(&attacked, status, all, (answered + aborted).min(all))?;
    Ok(Counts::from([
        ("clients waited", all),
        ("answered", answered),
        ("accepts failed", aborted),
    ]))
}

/// Returns the number of accepts that strace made fail. It writes each to the server's log.
fn injected(attacked: &AttackedServer) -> u64 {
    attacked.server.log().matches("(INJECTED)").count() as u64
}

fn ensure_strace_runs() -> Result<()> {
    let traced = Command::new("strace").args(["-D", "true"]).output();
    match traced {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => Err(CannotRun(format!("strace cannot trace: {}", output.status)).into()),
        Err(error) => Err(CannotRun(format!("cannot run strace: {error}")).into()),
    }
}

/// Clients whose frame has arrived.
struct Waiting {
    frames: Frames,
    clients: Vec<TcpStream>,
}

impl Waiting {
    /// Stops the server with SIGSTOP, connects `clients` clients and waits until their frames have arrived.
    fn arrive(attacked: &AttackedServer, clients: usize) -> Result<Waiting> {
        attacked.server.freeze()?;
        let frames = Frames::new(1024);
        let frame = frames.frame_size() as usize;
        let connect = || -> Result<TcpStream> {
            let mut client = dial(attacked.address())?;
            client.write_all(frames.bytes_at(0, frame))?;
            Ok(client)
        };
        let connected = (0..clients).map(|_| connect()).collect::<Result<_>>()?;
        attacked.await_unread(clients * frame)?;
        Ok(Waiting {
            frames,
            clients: connected,
        })
    }

    fn reset_every_third(&mut self) -> Result<()> {
        for (n, client) in mem::take(&mut self.clients).into_iter().enumerate() {
            if n % 3 == 1 {
                reset(&client)?;
            } else {
                self.clients.push(client);
            }
        }
        Ok(())
    }

    /// Tells the server to stop and continues it; returns its exit status and the number of clients answered.
    fn stop(&self, attacked: &mut AttackedServer) -> Result<(ExitStatus, u64)> {
        attacked.server.signal(Signal::SIGTERM)?;
        attacked.server.thaw()?;
        let status = attacked.server.await_end(END).context("told to stop")?;
        let answered = self
            .clients
            .iter()
            .filter(|client| self.is_answered(client));
        Ok((status, answered.count() as u64))
    }

    /// Tells the server to stop, and checks that it counts the clients that it has not answered.
    fn stop_and_judge(self, attacked: &mut AttackedServer) -> Result<Counts> {
        let (status, answered) = self.stop(attacked)?;
        let all = self.clients.len() as u64;
        ensure_counted(attacked, status, all, answered)?;
        Ok(Counts::from([
            ("clients waited", all),
            ("answered", answered),
            ("given up and counted", all - answered),
        ]))
    }

    fn is_answered(&self, mut client: &TcpStream) -> bool {
        let mut reply = vec![0; self.frames.frame_size() as usize];
        // The server has ended, so all that it sent has arrived.
        let read = client.read_exact(&mut reply);
        read.is_ok() && reply == self.frames.bytes_at(0, reply.len())
    }
}

fn ensure_counted(
    attacked: &AttackedServer,
    status: ExitStatus,
    all: u64,
    answered: u64,
) -> Result<()> {
    let unanswered = all - answered;
    if unanswered == 0 {
        ensure!(
            status.success(),
            "all are answered, and it ended with {status}"
        );
        return Ok(());
    }
    let counted = ShutdownCounts::of(&attacked.server.log())?.given_up;
    ensure!(
        status.code() == Some(1) && counted == unanswered,
        "{unanswered} of {all} clients that waited are not answered; it counts {counted} of them as \
         given up and ended with {status}"
    );
    Ok(())
}
