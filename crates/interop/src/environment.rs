//! The environment of a run, which a reader needs in order to repeat it.

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
    /// Commit of the sources, with `-dirty` at the end if they were changed; `None` outside git.
    pub commit: Option<String>,
    /// Time at which the run began: RFC 3339, UTC.
    pub started: String,
    /// Seed of the order in which the recordings were made.
    pub seed: u32,
    /// JVM options of the originals.
    pub jvm_options: &'static [&'static str],
}

impl Environment {
    /// Returns the environment of a run on this machine that began at `started`.
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
