//! Installs a JDK with the platform's package manager.

use std::process::Command;

use anyhow::{Context, Result, ensure};

/// Installs the platform's JDK package, and shows the output of the package manager.
pub fn install() -> Result<()> {
    for command in commands() {
        let shown = command.join(" ");
        eprintln!("installing a JDK: {shown}");
        let status = Command::new(&command[0])
            .args(&command[1..])
            .env("DEBIAN_FRONTEND", "noninteractive")
            .status()
            .with_context(|| format!("cannot run {}", command[0]))?;
        ensure!(status.success(), "{shown} failed ({status})");
    }
    Ok(())
}

/// Returns the commands that install a JDK on this machine.
pub(super) fn commands() -> Vec<Vec<String>> {
    // A fresh machine has no list of packages yet.
    const APT: &str = "update; install --yes --no-install-recommends default-jdk-headless";
    let managers = [
        ("apt-get", APT),
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
    let found = managers
        .iter()
        .find(|(manager, _)| which::which(manager).is_ok());
    let &(manager, commands) = found.unwrap_or(&managers[0]);
    let as_root = matches!(manager, "brew" | "winget") || may_install();
    let sudo = if as_root { "" } else { "sudo " };
    let words = |arguments: &str| {
        let command = format!("{sudo}{manager} {arguments}");
        command.split_whitespace().map(str::to_owned).collect()
    };
    commands.split(';').map(words).collect()
}

/// Returns whether this process may install packages without `sudo`.
fn may_install() -> bool {
    Command::new("id")
        .arg("-u")
        .output()
        .is_ok_and(|output| output.stdout == b"0\n")
}
