//! Clients that the kernel has connected and the server has not accepted when it is told to stop.
//!
//! The server stands still while they come, so that all of them and their messages are there at the
//! moment of the signal.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::channel;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use nix::sys::signal::Signal;
use recorder::Side;

use super::hostile::reset;
use super::launcher::{AttackedServer, Launcher, Setup};
use super::outcome::{CannotRun, Counts};
use super::shutdown::ShutdownCounts;
use crate::load::dial::dial;
use crate::load::frames::Frames;

/// The server's default for its drain time, and a busy machine's time to end after it.
const END: Duration = Duration::from_secs(15);

/// Time within which what was sent on loopback has arrived, and strace has attached.
const DEADLINE: Duration = Duration::from_secs(10);

/// Descriptors of the server that has fewer of them than clients wait.
const FEW_DESCRIPTORS: usize = 60;

/// Makes two thousand clients wait: each is answered.
pub(crate) fn long(launcher: &mut Launcher, name: &str) -> Result<Counts> {
    let mut attacked = launcher.start(name, &Setup::PLAIN)?;
    attacked.server.freeze()?;
    let waiting = Waiting::arrive(&attacked, 2000)?;
    waiting.stop_and_judge(&mut attacked)
}

/// Makes two hundred clients wait for sixty descriptors.
pub(crate) fn short_of_descriptors(launcher: &mut Launcher, name: &str) -> Result<Counts> {
    let few = Setup {
        descriptors: Some(FEW_DESCRIPTORS),
        ..Setup::PLAIN
    };
    let mut attacked = launcher.start(name, &few)?;
    attacked.server.freeze()?;
    let waiting = Waiting::arrive(&attacked, 200)?;
    waiting.stop_and_judge(&mut attacked)
}

/// Resets every third of the clients that wait: the others are answered.
pub(crate) fn resets(launcher: &mut Launcher, name: &str) -> Result<Counts> {
    let mut attacked = launcher.start(name, &Setup::PLAIN)?;
    attacked.server.freeze()?;
    let waiting = Waiting::arrive(&attacked, 600)?.reset_every_third()?;
    waiting.stop_and_judge(&mut attacked)
}

/// Has strace fail some accepts with ECONNABORTED, which Linux itself seldom does.
///
/// A failed accept stands for a client that is gone. Here it is not, so for each failure the server may
/// leave one client out.
pub(crate) fn aborted(launcher: &mut Launcher, name: &str) -> Result<Counts> {
    let folder = tempfile::tempdir().context("no folder for what strace sees")?;
    let seen = folder.path().join("strace");
    let mut attacked = launcher.start(name, &Setup::PLAIN)?;
    let tracer = Tracer::attach(&attacked, &seen)?;
    attacked.server.freeze()?;
    let waiting = Waiting::arrive(&attacked, 1000)?;
    let (status, answered) = waiting.stop(&mut attacked)?;
    let aborted = tracer.injected(&seen)?;
    let all = waiting.clients.len() as u64;
    ensure_counted(&attacked, status, all, (answered + aborted).min(all))?;
    Ok(Counts::from([
        ("clients waited", all),
        ("answered", answered),
        ("accepts failed", aborted),
    ]))
}

/// Clients whose frame has arrived.
struct Waiting {
    frames: Frames,
    clients: Vec<TcpStream>,
    resets: u64,
}

impl Waiting {
    fn arrive(attacked: &AttackedServer, clients: usize) -> Result<Waiting> {
        let frames = Frames::new(1024);
        let frame = frames.frame_size() as usize;
        let connect = || -> Result<TcpStream> {
            let mut client = dial(attacked.address())?;
            client.write_all(frames.bytes_at(0, frame))?;
            Ok(client)
        };
        let connected = (0..clients).map(|_| connect()).collect::<Result<_>>()?;
        let begun = Instant::now();
        while recorder::unread(Side::Server, attacked.port())? < clients * frame {
            ensure!(begun.elapsed() < DEADLINE, "the frames do not arrive");
            thread::yield_now();
        }
        Ok(Waiting {
            frames,
            clients: connected,
            resets: 0,
        })
    }

    fn reset_every_third(mut self) -> Result<Waiting> {
        let mut left = Vec::new();
        for (n, client) in self.clients.into_iter().enumerate() {
            if n % 3 == 1 {
                reset(&client)?;
                self.resets += 1;
            } else {
                left.push(client);
            }
        }
        self.clients = left;
        Ok(self)
    }

    /// Tells the server to stop and lets it go on; returns its end and the number of answered clients.
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

    /// Tells the server to stop. Whom it does not answer it must count, and then not exit with 0.
    fn stop_and_judge(self, attacked: &mut AttackedServer) -> Result<Counts> {
        let (status, answered) = self.stop(attacked)?;
        let all = self.clients.len() as u64;
        ensure_counted(attacked, status, all, answered)?;
        let mut counts = Counts::from([
            ("clients waited", all),
            ("answered", answered),
            ("given up and counted", all - answered),
        ]);
        if self.resets > 0 {
            counts.insert("resets among them", self.resets);
        }
        Ok(counts)
    }

    fn is_answered(&self, mut client: &TcpStream) -> bool {
        let mut reply = vec![0; self.frames.frame_size() as usize];
        // The server has ended: what it sent is here, and nothing more comes.
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

/// A strace that fails system calls of a server; dropping it ends it, and the server goes on.
struct Tracer(Child);

impl Tracer {
    fn attach(attacked: &AttackedServer, seen: &Path) -> Result<Tracer> {
        let spawned = Command::new("strace")
            .args(["-f", "-e", "trace=accept4"])
            .args(["-e", "inject=accept4:error=ECONNABORTED:when=1+100"])
            .args(["-p", &attacked.server.pid().to_string(), "-o"])
            .arg(seen)
            .stderr(Stdio::piped())
            .spawn();
        let mut child = match spawned {
            Ok(child) => child,
            Err(error) => return Err(CannotRun(format!("cannot run strace: {error}")).into()),
        };
        let stderr = child.stderr.take().context("its standard error is piped")?;
        let tracer = Tracer(child);
        let (sender, receiver) = channel();
        thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                // Nobody listens any more once it has attached.
                sender.send(line).ok();
            }
        });
        let said = receiver.recv_timeout(DEADLINE).unwrap_or_default();
        if !said.contains("attached") {
            return Err(CannotRun(format!("strace cannot attach: {said}")).into());
        }
        Ok(tracer)
    }

    /// Waits for the end of strace, which follows the server's; returns the number of accepts it failed.
    fn injected(mut self, seen: &Path) -> Result<u64> {
        let begun = Instant::now();
        while self.0.try_wait()?.is_none() {
            ensure!(begun.elapsed() < DEADLINE, "strace does not end");
            thread::yield_now();
        }
        let seen = fs::read_to_string(seen).context("cannot read what strace saw")?;
        Ok(seen.matches("(INJECTED)").count() as u64)
    }
}

impl Drop for Tracer {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}
