//! Finds the folders of the workspace, and builds its programs.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::LazyLock;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

/// Returns the folder with the workspace's `Cargo.toml`.
pub fn root() -> &'static Path {
    static ROOT: LazyLock<PathBuf> = LazyLock::new(|| {
        let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent();
        let root = crates.and_then(Path::parent);
        root.expect("this crate is in a folder of the workspace")
            .to_owned()
    });
    &ROOT
}

/// Returns Cargo's target folder, in which tasks also write their evidence.
///
/// Cargo is asked for it, because a flag, a variable or one of several configuration files may set it. If Cargo
/// does not answer, it is `target` in the root.
pub fn target() -> PathBuf {
    static TARGET: LazyLock<PathBuf> =
        LazyLock::new(|| target_of(cargo()).unwrap_or_else(|| root().join("target")));
    TARGET.clone()
}

fn target_of(mut cargo: Command) -> Option<PathBuf> {
    #[derive(Deserialize)]
    struct Metadata {
        target_directory: PathBuf,
    }
    let metadata = cargo.args(["metadata", "--no-deps", "--format-version=1"]);
    let output = metadata.stderr(Stdio::null()).output().ok()?;
    let metadata: Metadata = serde_json::from_slice(&output.stdout).ok()?;
    Some(metadata.target_directory)
}

/// Makes a folder and those above it, unless they exist.
pub fn make(folder: &Path) -> Result<()> {
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))
}

/// Returns the commit of the sources, with `-dirty` at its end if they were changed, or `None` outside git.
pub fn commit() -> Option<String> {
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

/// Builds binaries of the workspace in release mode, and returns their paths. Each has the name of its package.
pub fn build<const N: usize>(packages: [&str; N]) -> Result<[PathBuf; N]> {
    let mut cargo = cargo();
    cargo.args(["build", "--release"]);
    for package in packages {
        cargo.args(["--package", package]);
    }
    built(cargo, packages)
}

/// Builds binaries of the workspace with the profile of this program, which is of the package `beside`, and returns
/// their paths.
///
/// Each crate that both need was compiled with `beside`. It is not compiled again, because Cargo gives it the same
/// features if both packages are named.
pub fn build_beside<const N: usize>(beside: &str, packages: [&str; N]) -> Result<[PathBuf; N]> {
    let mut cargo = cargo();
    cargo.args(["build", "--package", beside]);
    if !cfg!(debug_assertions) {
        cargo.arg("--release");
    }
    for package in packages {
        cargo.args(["--package", package, "--bin", package]);
    }
    built(cargo, packages)
}

/// Builds the packages and targets that `chosen` names, so that a tracer can walk their stacks, and returns the paths
/// of `programs`.
///
/// Nothing is inlined, and functions have frame pointers. They are built in a folder of their own, because other
/// compiler flags would rebuild everything.
pub fn build_for_stacks<const N: usize>(
    chosen: &[&str],
    programs: [&str; N],
) -> Result<[PathBuf; N]> {
    let mut cargo = cargo();
    cargo
        .arg("build")
        .env("RUSTFLAGS", "-Cforce-frame-pointers=yes")
        // Stacks need no line numbers, and a tracer reads the whole file for each call.
        .env("CARGO_PROFILE_DEV_DEBUG", "0")
        .args(chosen)
        .arg("--target-dir")
        .arg(target().join("lab/rust"));
    built(cargo, programs)
}

fn cargo() -> Command {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.current_dir(root());
    cargo
}

/// Cargo's message about a file that it built, or that was up to date.
#[derive(Debug, Deserialize)]
struct Artifact {
    target: Target,
    /// Path of the file if it is a program.
    executable: Option<PathBuf>,
}

#[derive(Debug, Deserialize)]
struct Target {
    name: String,
}

/// Runs a `cargo build`, which shows its progress, and returns the paths of the programs called `names`.
///
/// The paths come from Cargo's messages. A program in `target/release` may be an old one if the configuration
/// names another target folder or another platform.
fn built<const N: usize>(mut cargo: Command, names: [&str; N]) -> Result<[PathBuf; N]> {
    let mut cargo = cargo
        .arg("--message-format=json-render-diagnostics")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .context("cannot run cargo")?;
    let messages = BufReader::new(cargo.stdout.take().context("no messages of cargo")?);
    let mut programs = [const { None }; N];
    for line in messages.lines() {
        let line = line.context("cannot read the messages of cargo")?;
        // Messages of other kinds have other keys.
        let Ok(artifact) = serde_json::from_str::<Artifact>(&line) else {
            continue;
        };
        let nth = names.iter().position(|name| *name == artifact.target.name);
        if let (Some(nth), Some(path)) = (nth, artifact.executable) {
            programs[nth] = Some(path);
        }
    }
    let status = cargo.wait().context("cannot wait for cargo")?;
    ensure!(status.success(), "cargo build failed ({status})");
    for (program, name) in programs.iter().zip(names) {
        ensure!(
            program.is_some(),
            "cargo build made no program called {name}"
        );
    }
    Ok(programs.map(|program| program.expect("none is missing")))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Makes a package whose Cargo configuration moves the target folder.
    fn package() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, text: &str| {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        file(
            "Cargo.toml",
            "[package]\nname = 'moved'\nedition = '2024'\n[workspace]",
        );
        file("src/main.rs", "fn main() {}");
        file("examples/shown.rs", "fn main() {}");
        file(".cargo/config.toml", "build.target-dir = 'elsewhere'");
        folder
    }

    fn cargo_in(folder: &Path) -> Command {
        let mut cargo = cargo();
        cargo
            .current_dir(folder)
            .env_remove("CARGO_TARGET_DIR")
            .env_remove("CARGO_BUILD_TARGET_DIR");
        cargo
    }

    #[test]
    fn a_program_is_where_cargo_put_it_and_not_at_the_usual_place() {
        let folder = package();
        let stale = folder.path().join("target/debug/moved");
        fs::create_dir_all(stale.parent().unwrap()).unwrap();
        fs::write(&stale, "an old program").unwrap();
        let mut cargo = cargo_in(folder.path());
        cargo.args(["build", "--quiet", "--bins", "--examples"]);
        for program in built(cargo, ["shown", "moved"]).unwrap() {
            assert!(program.is_file(), "{}", program.display());
            let folders = program.parent().unwrap().to_string_lossy();
            assert!(folders.contains("elsewhere"), "{folders}");
        }
    }

    #[test]
    fn a_program_that_no_target_is_called_is_an_error() {
        let folder = package();
        let mut cargo = cargo_in(folder.path());
        cargo.args(["build", "--quiet"]);
        let error = built(cargo, ["moved", "mooved"]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "cargo build made no program called mooved"
        );
    }

    #[test]
    fn the_target_folder_is_the_one_of_the_configuration() {
        let folder = package();
        let target = target_of(cargo_in(folder.path())).unwrap();
        assert_eq!(target.file_name().unwrap(), "elsewhere");
    }
}
