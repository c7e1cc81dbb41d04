//! A client at a pseudoterminal, and what it shows.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::mem;
use std::os::fd::OwnedFd;
use std::process::{Child, Command};
use std::sync::mpsc::{self, Receiver};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use nix::pty::{Winsize, openpty};
use nix::sys::signal::{Signal, kill};
use nix::sys::termios::{LocalFlags, tcgetattr};
use nix::unistd::Pid;
use tempfile::TempDir;
use wait_timeout::ChildExt as _;

use crate::support::{DEADLINE, Server, command};

/// Bytes with which the editor begins, before its first prompt.
pub(crate) const PROMPT: &str = "\x1B[?2004h";

/// A client at a pseudoterminal.
///
/// The terminal is in raw mode only while the prompt is shown, so keys are typed after it. The
/// terminal stays open when the client has ended, as a real one does. Otherwise a read may fail
/// before it has returned everything (EIO on Linux).
pub(crate) struct Terminal {
    client: Child,
    script: Option<JoinHandle<()>>,
    stays: OwnedFd,
    keyboard: File,
    screen: Receiver<Vec<u8>>,
    shown: Vec<u8>,
}

impl Terminal {
    pub(crate) fn of_client(server: Server) -> Self {
        let mut client = command(&["--no-history"]);
        Self::of_command(server, client.env("NO_COLOR", "1"))
    }

    /// Starts a client that joins as bob, whose typed lines are kept below `folder`.
    pub(crate) fn of_member(server: Server, folder: &TempDir) -> Self {
        let mut client = command(&["--name", "bob"]);
        client
            .env_remove("NO_COLOR")
            .env("XDG_STATE_HOME", folder.path());
        Self::of_command(server, &mut client)
    }

    pub(crate) fn of_command(server: Server, client: &mut Command) -> Self {
        let size = Winsize {
            ws_row: 24,
            ws_col: 80,
            ws_xpixel: 0,
            ws_ypixel: 0,
        };
        let pty = openpty(&size, None).unwrap();
        if !client.get_envs().any(|(name, _)| name == "TERM") {
            client.env("TERM", "xterm");
        }
        let client = client
            .arg(server.address.to_string())
            .stdin(pty.slave.try_clone().unwrap())
            .stdout(pty.slave.try_clone().unwrap())
            .stderr(pty.slave.try_clone().unwrap())
            .spawn()
            .unwrap();
        let keyboard = File::from(pty.master);
        let mut output = keyboard.try_clone().unwrap();
        let (sender, screen) = mpsc::channel();
        thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(read @ 1..) = output.read(&mut bytes) {
                let _ = sender.send(bytes[..read].to_vec());
            }
        });
        Self {
            client,
            script: Some(server.script),
            stays: pty.slave,
            keyboard,
            screen,
            shown: Vec::new(),
        }
    }

    pub(crate) fn shows(&mut self, text: &str) -> &mut Self {
        self.until(text);
        self
    }

    /// Waits for `text`. Returns what was shown up to its end.
    pub(crate) fn until(&mut self, text: &str) -> Vec<u8> {
        let found = |shown: &[u8]| {
            shown
                .windows(text.len())
                .position(|part| part == text.as_bytes())
        };
        loop {
            if let Some(start) = found(&self.shown) {
                return self.shown.drain(..start + text.len()).collect();
            }
            let Ok(more) = self.screen.recv_timeout(DEADLINE) else {
                panic!("no {text:?} in {:?}", String::from_utf8_lossy(&self.shown));
            };
            self.shown.extend(more);
        }
    }

    /// Returns what is shown next, if it comes within this time.
    pub(crate) fn bytes_within(&self, time: Duration) -> Option<Vec<u8>> {
        self.screen.recv_timeout(time).ok()
    }

    pub(crate) fn types(&mut self, keys: impl AsRef<[u8]>) -> &mut Self {
        self.keyboard.write_all(keys.as_ref()).unwrap();
        self
    }

    /// Gives the terminal this number of columns.
    pub(crate) fn resizes_to(&mut self, columns: u16) -> &mut Self {
        let stty = Command::new("stty")
            .args(["columns", &columns.to_string()])
            .stdin(self.stays.try_clone().unwrap())
            .status();
        assert!(stty.unwrap().success());
        // The system tells only programs whose terminal this is.
        self.signals(Signal::SIGWINCH)
    }

    /// Sends the client a signal.
    pub(crate) fn signals(&mut self, signal: Signal) -> &mut Self {
        let client = Pid::from_raw(self.client.id().try_into().unwrap());
        kill(client, signal).unwrap();
        self
    }

    /// Returns whether the terminal edits lines itself and shows what is typed, as it does for a shell.
    pub(crate) fn is_cooked(&self) -> bool {
        let cooked = LocalFlags::ICANON | LocalFlags::ECHO;
        tcgetattr(&self.stays).unwrap().local_flags.contains(cooked)
    }

    /// Waits until the client has taken the signals that it was sent.
    #[cfg(target_os = "linux")]
    pub(crate) fn takes_signals(&mut self) {
        let status = format!("/proc/{}/status", self.client.id());
        let has_waiting = || {
            let status = fs::read_to_string(&status).unwrap();
            let waiting = status.lines().find_map(|line| line.strip_prefix("ShdPnd:"));
            waiting.unwrap().trim() != "0000000000000000"
        };
        while has_waiting() {
            thread::yield_now();
        }
    }

    /// Waits until the client has done all that it was told. Returns what it has drawn meanwhile.
    #[cfg(target_os = "linux")]
    pub(crate) fn rests(&mut self) -> Vec<u8> {
        let tasks = format!("/proc/{}/task", self.client.id());
        // Whoever hands work to another thread wakes it before going to sleep.
        let is_at_work = || {
            let tasks = fs::read_dir(&tasks).unwrap().flatten();
            // A thread may end meanwhile.
            let mut states =
                tasks.filter_map(|task| fs::read_to_string(task.path().join("status")).ok());
            states.any(|status| !status.contains("State:\tS"))
        };
        while is_at_work() {
            thread::yield_now();
        }
        // The terminal keeps the order of what is written to it.
        const MARK: &[u8] = b"\x1B]mark\x07";
        let terminal = self.stays.try_clone().unwrap();
        File::from(terminal).write_all(MARK).unwrap();
        let mut drawn = mem::take(&mut self.shown);
        while !drawn.ends_with(MARK) {
            drawn.extend(self.screen.recv_timeout(DEADLINE).unwrap());
        }
        drawn.truncate(drawn.len() - MARK.len());
        drawn
    }

    /// Waits until each of the texts was shown, in whichever order.
    pub(crate) fn shows_each(&mut self, texts: [&str; 2]) -> &mut Self {
        let [one, other] = texts;
        let before = self.until(one);
        let has_other = before
            .windows(other.len())
            .any(|part| part == other.as_bytes());
        if has_other { self } else { self.shows(other) }
    }

    /// Waits for the next prompt, at which the terminal puts pasted text in brackets.
    pub(crate) fn prompts(&mut self) -> &mut Self {
        self.shows(PROMPT).shows("> ")
    }

    pub(crate) fn pastes(&mut self, text: &str) -> &mut Self {
        self.types(format!("\x1B[200~{text}\x1B[201~"))
    }

    pub(crate) fn leaves(&mut self) {
        self.prompts().types("\x04");
        self.ends_with(0);
    }

    /// Waits until the server's script ends.
    pub(crate) fn server_ends(&mut self) -> &mut Self {
        self.script.take().map_or(Ok(()), JoinHandle::join).unwrap();
        self
    }

    /// Waits until the client and the server's script end.
    pub(crate) fn ends_with(&mut self, status: i32) {
        let ended = self.client.wait_timeout(DEADLINE).unwrap();
        assert_eq!(ended.expect("an end").code(), Some(status));
        self.server_ends();
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.client.kill();
        let _ = self.client.wait();
    }
}
