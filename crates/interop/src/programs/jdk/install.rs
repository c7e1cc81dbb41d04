//! Installs a JDK with the platform's package manager.

use std::io::stderr;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

use crate::progress::Progress;

/// Package managers, and their commands that install a JDK.
const MANAGERS: [(&str, &str); 7] = [
    // A fresh machine has no list of packages yet.
    (
        "apt-get",
        "update; install --yes --no-install-recommends default-jdk-headless",
    ),
    ("dnf", "install --assumeyes java-latest-openjdk-devel"),
    ("pacman", "-S --noconfirm jdk-openjdk"),
    ("zypper", "--non-interactive install java-21-openjdk-devel"),
    ("apk", "add openjdk21-jdk"),
    ("brew", "install openjdk"),
    (
        "winget",
        "install --exact --id EclipseAdoptium.Temurin.21.JDK",
    ),
];

/// Installs the platform's JDK package, and shows the output of the package manager.
///
/// Fails in one line with the command to run if this user may not install packages.
pub fn install() -> Result<()> {
    ensure!(
        !lacks_root(),
        "only root may install a JDK, and there is no sudo here; run as root: {}",
        command_line()
    );
    eprintln!("installing a JDK, about a minute: {}", command_line());
    for command in commands() {
        let shown = command.join(" ");
        let mut manager = Command::new(&command[0]);
        manager
            .args(&command[1..])
            .env("DEBIAN_FRONTEND", "noninteractive")
            // Standard output is for the results.
            .stdout(Stdio::from(stderr()));
        let status = Progress::of_child("installing a JDK", &mut manager);
        let status = status.with_context(|| format!("cannot run {}", command[0]))?;
        ensure!(status.success(), "{shown} failed ({status})");
    }
    Ok(())
}

/// Returns the commands that install a JDK in one line for a shell, to be run as [`run_as`] says.
pub(super) fn command_line() -> String {
    let commands: Vec<String> = commands().iter().map(|words| words.join(" ")).collect();
    commands.join(" && ")
}

/// Returns `run as root` if only root can run the commands, and otherwise `run`.
pub(super) fn run_as() -> &'static str {
    match lacks_root() {
        true => "run as root",
        false => "run",
    }
}

/// Returns the commands that install a JDK on this machine: those of its package manager, or else Debian's.
fn commands() -> Vec<Vec<String>> {
    let (manager, commands) = manager();
    let sudo = match needs_root() && has_sudo() {
        true => "sudo ",
        false => "",
    };
    let words = |arguments: &str| {
        let command = format!("{sudo}{manager} {arguments}");
        command.split_whitespace().map(str::to_owned).collect()
    };
    commands.split(';').map(words).collect()
}

fn manager() -> (&'static str, &'static str) {
    let mut managers = MANAGERS.into_iter();
    let found = managers.find(|(manager, _)| which::which(manager).is_ok());
    found.unwrap_or(MANAGERS[0])
}

/// Returns whether this user may not install packages without becoming root.
fn needs_root() -> bool {
    !matches!(manager().0, "brew" | "winget") && !is_root()
}

/// Returns whether this user cannot become root either.
fn lacks_root() -> bool {
    needs_root() && !has_sudo()
}

fn has_sudo() -> bool {
    which::which("sudo").is_ok()
}

#[cfg(unix)]
fn is_root() -> bool {
    nix::unistd::geteuid().is_root()
}

#[cfg(not(unix))]
fn is_root() -> bool {
    false
}
