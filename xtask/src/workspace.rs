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

/// The commit of the sources, with `-dirty` behind it where they differ from it; `None` outside git.
pub(crate) fn commit() -> Option<String> {
    let output = Command::new("git")
        .current_dir(root())
        .args([
            "describe",
            "--always",
            "--dirty",
            "--exclude=*",
            "--abbrev=40",
        ])
        .output()
        .ok()?;
    let commit = String::from_utf8(output.stdout).ok()?;
    (output.status.success()).then(|| commit.trim().to_owned())
}

/// Builds binaries of the workspace in release and says where each one is.
pub(crate) fn build<const N: usize>(packages: [&str; N]) -> Result<[PathBuf; N]> {
    let programs = programs(&target().join("release"), packages);
    let mut cargo = cargo_build(&programs);
    cargo.arg("--release");
    for package in packages {
        cargo.args(["--package", package]);
    }
    let status = cargo.status().context("cannot run cargo")?;
    ensure!(status.success(), "cargo build --release failed");
    Ok(programs)
}

/// Builds the server, the client and the lab's clients so that a tracer can walk their stacks: nothing
/// inlined, frame pointers kept. In a folder of their own, because flags of the compiler rebuild all.
pub(crate) fn build_for_stacks() -> Result<[PathBuf; 3]> {
    let folder = target().join("lab/rust");
    let names = ["hellohi-server", "hellohi-client", "examples/lab-client"];
    let programs = programs(&folder.join("debug"), names);
    let status = cargo_build(&programs)
        .env("RUSTFLAGS", "-Cforce-frame-pointers=yes")
        // Stacks need names and no lines, and a tracer reads the whole file for each call.
        .env("CARGO_PROFILE_DEV_DEBUG", "0")
        .args(["--bins", "--example", "lab-client"])
        .args(["--package", "hellohi-server", "--package", "hellohi-client"])
        .arg("--target-dir")
        .arg(&folder)
        .status()
        .context("cannot run cargo")?;
    ensure!(status.success(), "cargo build failed");
    Ok(programs)
}

/// `cargo build`, which shows what it does where `programs` are built for the first time, since that takes
/// a while.
fn cargo_build(programs: &[PathBuf]) -> Command {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.current_dir(root()).arg("build");
    if programs.iter().all(|program| program.is_file()) {
        cargo.arg("--quiet");
    }
    cargo
}

fn programs<const N: usize>(folder: &Path, names: [&str; N]) -> [PathBuf; N] {
    let extension = std::env::consts::EXE_EXTENSION;
    names.map(|name| folder.join(name).with_extension(extension))
}
