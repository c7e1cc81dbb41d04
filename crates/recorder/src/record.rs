//! Starts a process that makes one recording.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::message::{HeldProgram, Message};
use crate::plan::Plan;
use crate::recording::Recording;

/// Makes a recording in a process of its own.
pub fn record(plan: &Plan) -> Result<Recording> {
    record_and_look(plan, |_| Ok(()))
}

/// Makes a recording, and calls `look` at each [`Step::Hold`](crate::Step::Hold). It is called outside the recording's
/// namespace: root inside it is not root here, and the kernel shows some things only to root.
pub fn record_and_look(
    plan: &Plan,
    mut look: impl FnMut(&HeldProgram) -> Result<()>,
) -> Result<Recording> {
    let itself = std::env::current_exe().context("cannot find this program")?;
    let mut command = Command::new(itself);
    // A terminal's Ctrl-C goes to a whole process group: the recorder and its programs are not to see it.
    // Elsewhere nothing would end them with this program.
    #[cfg(target_os = "linux")]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    let mut recorder = command
        .arg(crate::message::RECORD)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .context("cannot start the recorder")?;
    let (stdin, stdout) = (recorder.stdin.take(), recorder.stdout.take());
    let mut stdin = stdin.context("the recorder has no standard input")?;
    let stdout = stdout.context("the recorder has no standard output")?;
    writeln!(stdin, "{}", serde_json::to_string(plan)?)
        .context("cannot tell the recorder its plan")?;
    let mut recording = None;
    for line in BufReader::new(stdout).lines() {
        match serde_json::from_str(&line?).context("the recorder's answer is not a recording")? {
            Message::Held(held) => {
                look(&held)?;
                writeln!(stdin).context("cannot tell the recorder to go on")?;
            }
            Message::Recorded(made) => recording = Some(*made),
        }
    }
    drop(stdin);
    let output = recorder
        .wait_with_output()
        .context("cannot wait for the recorder")?;
    match recording {
        Some(recording) if output.status.success() => Ok(recording),
        _ => bail!("{}", String::from_utf8_lossy(&output.stderr).trim()),
    }
}
