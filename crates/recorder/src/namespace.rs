//! A user and network namespace: no port is taken in it, and nobody needs root.

#[cfg(target_os = "linux")]
mod linux;

use anyhow::{Result, bail};

#[cfg(target_os = "linux")]
pub use linux::enter;

#[cfg(not(target_os = "linux"))]
pub fn enter() -> Result<()> {
    bail!("network namespaces exist on Linux only")
}

/// Checks that recordings can be isolated here, in a process that tries it. The error says why not.
pub fn available() -> Result<()> {
    let itself = std::env::current_exe()?;
    let output = std::process::Command::new(itself)
        .arg(crate::message::TRY_NAMESPACE)
        .output()?;
    if !output.status.success() {
        let why = String::from_utf8_lossy(&output.stderr);
        let why = why.trim();
        bail!("{}", why.strip_prefix(crate::message::NAME).unwrap_or(why));
    }
    Ok(())
}
