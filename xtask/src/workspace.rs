//! Where the workspace is, and how its programs are built.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

/// The folder that holds the workspace's `Cargo.toml`.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("xtask is a folder of the workspace")
}

/// Cargo's target folder, where tasks also keep their evidence.
pub(crate) fn target() -> PathBuf {
    match std::env::var_os("CARGO_TARGET_DIR") {
        Some(dir) => root().join(dir),
        None => root().join("target"),
    }
}

/// Builds binaries of the workspace in release and says where each one is.
pub(crate) fn build<const N: usize>(packages: [&str; N]) -> Result<[PathBuf; N]> {
    let mut cargo = Command::new(env!("CARGO"));
    cargo
        .current_dir(root())
        .args(["build", "--release", "--quiet"]);
    for package in packages {
        cargo.args(["--package", package]);
    }
    let status = cargo.status().context("cannot run cargo")?;
    ensure!(status.success(), "cargo build --release failed");
    Ok(packages.map(|package| {
        target()
            .join("release")
            .join(package)
            .with_extension(std::env::consts::EXE_EXTENSION)
    }))
}
