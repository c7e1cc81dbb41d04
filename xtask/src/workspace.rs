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

/// Builds the server, the client and the lab's clients so that a tracer can walk their stacks: nothing
/// inlined, frame pointers kept. In a folder of their own, because flags of the compiler rebuild all.
pub(crate) fn build_for_stacks() -> Result<[PathBuf; 3]> {
    let folder = target().join("lab/rust");
    let status = Command::new(env!("CARGO"))
        .current_dir(root())
        .env("RUSTFLAGS", "-Cforce-frame-pointers=yes")
        // Stacks need names and no lines, and a tracer reads the whole file for each call.
        .env("CARGO_PROFILE_DEV_DEBUG", "0")
        .args(["build", "--quiet", "--bins", "--example", "lab-client"])
        .args(["--package", "hellohi-server", "--package", "hellohi-client"])
        .arg("--target-dir")
        .arg(&folder)
        .status()
        .context("cannot run cargo")?;
    ensure!(status.success(), "cargo build failed");
    let programs = ["hellohi-server", "hellohi-client", "examples/lab-client"];
    Ok(programs.map(|program| {
        let path = folder.join("debug").join(program);
        path.with_extension(std::env::consts::EXE_EXTENSION)
    }))
}
