//! Messages between a recorder's process and the one that started it.

use std::io;

use anyhow::Result;
use serde::{Deserialize, Serialize};

use crate::recording::Recording;

/// Prefix of a child's errors.
pub(crate) const NAME: &str = "recorder: ";

/// Argument of the process that makes one recording.
pub(crate) const RECORD: &str = "record-one";

/// Argument of the process that tries to enter a namespace.
pub(crate) const TRY_NAMESPACE: &str = "try-namespace";

/// Argument of the process that becomes a program; `--console KIND` may follow, then `--` and the command.
pub(crate) const RUN_PROGRAM: &str = "run-program";

/// A program that a recording holds where it is.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct HeldProgram {
    pub pid: u32,
    /// Everything that it has printed so far.
    pub stdout: String,
}

/// A message of a recorder's process, one a line.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Message {
    /// The process goes on when it is answered with a line.
    Held(HeldProgram),
    Recorded(Box<Recording>),
}

/// Sends `held`, and waits for the answer.
pub(crate) fn hold(held: HeldProgram) -> Result<()> {
    println!("{}", serde_json::to_string(&Message::Held(held))?);
    io::stdin().read_line(&mut String::new())?;
    Ok(())
}
