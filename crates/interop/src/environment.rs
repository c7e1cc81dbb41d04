//! Where a run was made: what a reader needs to make it again.

use std::thread::available_parallelism;
use std::time::SystemTime;

use serde::Serialize;
use sysinfo::System;

use crate::programs::workspace;

/// The machine, the sources and the time of a run.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Environment {
    pub os: String,
    pub kernel: String,
    pub architecture: String,
    pub cores: usize,
    /// The commit, with `-dirty` behind it where the sources differ from it; `None` outside git.
    pub commit: Option<String>,
    /// When the run began: RFC 3339, UTC.
    pub started: String,
    /// Of the order in which the recordings were made.
    pub seed: u32,
    /// What the JVMs of the originals were told.
    pub jvm_options: &'static [&'static str],
}

impl Environment {
    /// This machine's, for a run that began at `started`.
    pub(crate) fn here(
        started: SystemTime,
        seed: u32,
        jvm_options: &'static [&'static str],
    ) -> Environment {
        Environment {
            os: System::long_os_version().unwrap_or_else(|| std::env::consts::OS.into()),
            kernel: System::kernel_long_version(),
            architecture: System::cpu_arch(),
            cores: available_parallelism().map_or(1, usize::from),
            commit: workspace::commit(),
            started: humantime::format_rfc3339_seconds(started).to_string(),
            seed,
            jvm_options,
        }
    }
}
