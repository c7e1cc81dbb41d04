//! The kinds of standard streams that a recorder gives to a program.

use std::fs;
use std::io::{PipeReader, Read, Write, pipe};
#[cfg(unix)]
use std::os::fd::OwnedFd;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use anyhow::Result;
use serde::{Deserialize, Serialize};

/// A kind of standard input, output and error. Standard error is a pipe unless the kind says otherwise.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Console {
    /// Two pipes.
    #[default]
    Pipes,
    /// One terminal for both, which is the program's controlling terminal (Unix).
    Terminal,
    /// Standard input is not open (Unix).
    InputClosed,
    /// Standard output is not open (Unix).
    OutputClosed,
    /// Standard output is a pipe that nobody reads any more.
    OutputBroken,
    /// Standard output is a full pipe that nobody reads until [`ReadOutput`](crate::Step::ReadOutput) (Linux).
    OutputFull,
    /// Standard output is a pipe of two pages that nobody reads (Linux).
    OutputUnread,
    /// Standard error is a pipe that nobody reads any more.
    ErrorBroken,
}

impl Console {
    const ALL: [Console; 8] = [
        Console::Pipes,
        Console::Terminal,
        Console::InputClosed,
        Console::OutputClosed,
        Console::OutputBroken,
        Console::OutputFull,
        Console::OutputUnread,
        Console::ErrorBroken,
    ];

    /// Returns the kind with this name.
    pub fn named(name: &str) -> Option<Console> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Returns the name of the kind, as [`named`](Self::named) takes it.
    pub fn name(self) -> &'static str {
        match self {
            Console::Pipes => "pipes",
            Console::Terminal => "terminal",
            Console::InputClosed => "input-closed",
            Console::OutputClosed => "output-closed",
            Console::OutputBroken => "output-broken",
            Console::OutputFull => "output-full",
            Console::OutputUnread => "output-unread",
            Console::ErrorBroken => "error-broken",
        }
    }
}

/// Both ends of a program's standard streams.
pub(super) struct Ends {
    pub(super) stdin: Stdio,
    pub(super) stdout: Stdio,
    pub(super) stderr: Stdio,
    pub(super) input: Input,
    /// Standard error, unless nobody reads it.
    pub(super) errors: Option<PipeReader>,
    /// Output that is read from the start.
    pub(super) output: Option<Box<dyn Read + Send>>,
    /// The same output, to look whether there is something to read.
    #[cfg(unix)]
    pub(super) looked_at: Option<OwnedFd>,
    /// Output that is read later, and the number of bytes in it that the program did not write.
    pub(super) unread: Option<(PipeReader, usize)>,
}

/// Makes a console of this kind.
pub(super) fn open(console: Console) -> Result<Ends> {
    let (errors, stderr) = pipe()?;
    if console == Console::Terminal {
        return terminal(errors, stderr.into());
    }
    let (stdin, fed) = pipe()?;
    let (printed, stdout) = pipe()?;
    let ends = Ends {
        stdin: stdin.into(),
        stdout: stdout.try_clone()?.into(),
        stderr: stderr.into(),
        input: Input::of(fed, b""),
        errors: (console != Console::ErrorBroken).then_some(errors),
        output: None,
        #[cfg(unix)]
        looked_at: None,
        unread: None,
    };
    Ok(match console {
        // `set_up_process` closes the input, because no program can be started without one.
        Console::Pipes | Console::Terminal | Console::InputClosed | Console::ErrorBroken => Ends {
            #[cfg(unix)]
            looked_at: Some(printed.try_clone()?.into()),
            output: Some(Box::new(printed)),
            ..ends
        },
        Console::OutputClosed | Console::OutputBroken => ends,
        Console::OutputFull => Ends {
            unread: Some((printed, fill(stdout)?)),
            ..ends
        },
        Console::OutputUnread => {
            resize(&stdout, 2)?;
            Ends {
                unread: Some((printed, 0)),
                ..ends
            }
        }
    })
}

/// Returns `true` if something can be read from one of `outputs`.
#[cfg(unix)]
pub(super) fn has_output(outputs: &[OwnedFd]) -> Result<bool> {
    use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
    use std::os::fd::AsFd;
    let outputs = outputs.iter();
    let mut outputs: Vec<PollFd<'_>> = outputs
        .map(|output| PollFd::new(output.as_fd(), PollFlags::POLLIN))
        .collect();
    poll(&mut outputs, PollTimeout::ZERO)?;
    let readable = |output: &PollFd<'_>| {
        output
            .revents()
            .is_some_and(|events| events.contains(PollFlags::POLLIN))
    };
    Ok(outputs.iter().any(readable))
}

/// Makes a pipe as small as possible and fills it. Returns the number of bytes that it took.
#[cfg(target_os = "linux")]
fn fill(mut pipe: std::io::PipeWriter) -> Result<usize> {
    let filling = vec![b'.'; resize(&pipe, 1)?];
    pipe.write_all(&filling)?;
    Ok(filling.len())
}

/// Makes a pipe so many pages long, and returns the number of bytes that it takes.
#[cfg(target_os = "linux")]
fn resize(pipe: &std::io::PipeWriter, pages: i32) -> Result<usize> {
    use nix::fcntl::{FcntlArg, fcntl};
    use nix::unistd::{SysconfVar, sysconf};
    let page = sysconf(SysconfVar::PAGE_SIZE)?.unwrap_or(1);
    let size = pages * i32::try_from(page)?;
    Ok(fcntl(pipe, FcntlArg::F_SETPIPE_SZ(size))?.try_into()?)
}

#[cfg(not(target_os = "linux"))]
fn fill(pipe: std::io::PipeWriter) -> Result<usize> {
    resize(&pipe, 1)
}

#[cfg(not(target_os = "linux"))]
fn resize(_: &std::io::PipeWriter, _: i32) -> Result<usize> {
    anyhow::bail!("the size of a pipe can be set on Linux only")
}

#[cfg(unix)]
fn terminal(errors: PipeReader, stderr: Stdio) -> Result<Ends> {
    let pty = nix::pty::openpty(None, None)?;
    let ours = fs::File::from(pty.master);
    Ok(Ends {
        stdin: pty.slave.try_clone()?.into(),
        stdout: pty.slave.into(),
        stderr,
        errors: Some(errors),
        // Control-D, which ends the input where a line begins.
        input: Input::of(ours.try_clone()?, b"\x04"),
        looked_at: Some(ours.try_clone()?.into()),
        output: Some(Box::new(ours)),
        unread: None,
    })
}

#[cfg(not(unix))]
fn terminal(_: PipeReader, _: Stdio) -> Result<Ends> {
    anyhow::bail!("terminals are made on Unix only")
}

/// Closes a descriptor or takes a controlling terminal in this process, which are the parts of a console that
/// the recorder cannot prepare. Every program gets a session of its own.
#[cfg(unix)]
pub(super) fn set_up_process(console: Console) -> Result<()> {
    nix::unistd::setsid()?;
    match console {
        Console::InputClosed => nix::unistd::close(0)?,
        Console::OutputClosed => nix::unistd::close(1)?,
        Console::Terminal => {
            // A session leader gets the first terminal that it opens (credentials(7)).
            let terminal = nix::unistd::ttyname(std::io::stdin())?;
            drop(fs::File::open(terminal)?);
        }
        Console::Pipes
        | Console::OutputBroken
        | Console::OutputFull
        | Console::OutputUnread
        | Console::ErrorBroken => {}
    }
    Ok(())
}

#[cfg(not(unix))]
pub(super) fn set_up_process(_: Console) -> Result<()> {
    Ok(())
}

/// A program's standard input. A thread writes it, because a program that does not read would block the
/// script.
#[derive(Debug)]
pub(super) struct Input {
    /// Channel to the thread; `None` once the input is to end.
    sender: Option<Sender<Vec<u8>>>,
    /// Number of pieces that the thread has not written yet.
    waiting: Arc<AtomicUsize>,
}

impl Input {
    /// Starts the thread that writes to `sink`. At the end of the input, the thread writes `last`.
    fn of(mut sink: impl Write + Send + 'static, last: &'static [u8]) -> Input {
        let (sender, receiver): (_, Receiver<Vec<u8>>) = channel();
        let waiting = Arc::new(AtomicUsize::new(0));
        let input = Input {
            sender: Some(sender),
            waiting: Arc::clone(&waiting),
        };
        thread::spawn(move || {
            for bytes in receiver {
                if sink.write_all(&bytes).is_err() {
                    break;
                }
                waiting.fetch_sub(1, Ordering::Release);
            }
            sink.write_all(last).ok();
            drop(sink);
            waiting.store(0, Ordering::Release);
        });
        input
    }

    pub(super) fn write(&self, bytes: &[u8]) {
        let Some(sender) = &self.sender else { return };
        self.waiting.fetch_add(1, Ordering::Release);
        if sender.send(bytes.to_vec()).is_err() {
            self.waiting.store(0, Ordering::Release);
        }
    }

    pub(super) fn end(&mut self) {
        self.waiting.fetch_add(1, Ordering::Release);
        self.sender = None;
    }

    pub(super) fn is_written(&self) -> bool {
        self.waiting.load(Ordering::Acquire) == 0
    }
}
