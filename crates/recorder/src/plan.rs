//! A plan: the programs of one recording and the script that they are taken through.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::isolation::Isolation;
use crate::side::Side;
use crate::step::Step;
use crate::strace::Strace;

/// A program that plays a side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Program {
    /// The program's path and its arguments.
    pub command: Vec<String>,
    /// Variables that are set on top of the inherited environment.
    pub environment: BTreeMap<String, String>,
    /// `true` for a program that serves until SIGTERM; any other ends by itself.
    pub serves_forever: bool,
    /// Files and folders that are put into its working directory before it starts, in this order.
    #[serde(default)]
    pub files: Vec<InputFile>,
}

/// A file or folder that is put into a program's working directory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InputFile {
    /// The file, or the folder with everything in it, that is copied; `None` for an empty folder.
    pub from: Option<PathBuf>,
    /// Its path in the working directory. The folders above it are made.
    pub to: PathBuf,
}

/// The programs of a recording, and the steps to take them through.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Plan {
    pub client: Option<Program>,
    pub server: Option<Program>,
    /// TCP port of the conversation's server.
    pub port: u16,
    pub steps: Vec<Step>,
    pub deadline: Duration,
    pub isolation: Isolation,
    /// The strace to run the programs under; `None` if their system calls are not wanted.
    #[serde(default)]
    pub strace: Option<Strace>,
    /// Folder for the evidence.
    pub folder: PathBuf,
}

impl Plan {
    /// Returns the working directory of a program: of the one on `side` if it is `number` 1, or of another client that
    /// runs beside the first. It has the program's [`files`](Program::files) and nothing else when the program starts.
    pub fn directory(&self, side: Side, number: usize) -> PathBuf {
        let number = match number {
            1 => String::new(),
            _ => format!("-{number}"),
        };
        self.folder.join(format!("{}{number}.files", side.name()))
    }
}
