//! The processes that a program has started, and those that outlive it.
//!
//! The recorder reaps them: a process whose parent has ended becomes a child of the recorder
//! (`PR_SET_CHILD_SUBREAPER`), so it finds everything that a program leaves behind.

use std::fs;

use crate::side::Side;

/// Environment variable of every program that names its side.
pub(super) const SIDE: &str = "HELLOHI_RECORDED_SIDE";

/// Makes this process the parent of its descendants' orphans.
#[cfg(target_os = "linux")]
pub(super) fn adopt_orphans() -> anyhow::Result<()> {
    Ok(nix::sys::prctl::set_child_subreaper(true)?)
}

#[cfg(not(target_os = "linux"))]
pub(super) fn adopt_orphans() -> anyhow::Result<()> {
    Ok(())
}

/// Returns `pid` and all its living descendants, parents first.
pub(super) fn family(pid: u32) -> Vec<u32> {
    families(&[pid])
}

/// Returns the [`family`] of each process.
pub(super) fn families(pids: &[u32]) -> Vec<u32> {
    let parents = parents();
    let mut family = pids.to_vec();
    let mut next = 0;
    while let Some(&member) = family.get(next) {
        let children = parents.iter().filter(|(_, parent)| *parent == member);
        family.extend(children.map(|(child, _)| child));
        next += 1;
    }
    family
}

/// A process that outlives its parent.
#[derive(Debug)]
pub(super) struct Orphan {
    pub(super) pid: u32,
    /// Short name, as in `/proc/PID/comm`.
    pub(super) name: String,
    /// Side that its environment names.
    pub(super) side: Option<Side>,
}

/// Returns the living children of this process that are not in `known`.
pub(super) fn orphans(known: &[u32]) -> Vec<Orphan> {
    if !has_children() {
        return Vec::new();
    }
    let itself = std::process::id();
    let mut children = parents();
    children.retain(|(child, parent)| *parent == itself && !known.contains(child));
    let pids = children.into_iter().map(|(child, _)| child);
    pids.filter_map(orphan).collect()
}

/// Returns `true` if this process has a child, ended or not. It costs less than a look through all processes.
#[cfg(unix)]
fn has_children() -> bool {
    use nix::sys::wait::{Id, WaitPidFlag, waitid};
    let look = WaitPidFlag::WEXITED | WaitPidFlag::WNOHANG | WaitPidFlag::WNOWAIT;
    waitid(Id::All, look) != Err(nix::errno::Errno::ECHILD)
}

#[cfg(not(unix))]
fn has_children() -> bool {
    false
}

fn orphan(pid: u32) -> Option<Orphan> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let value = |key: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(key));
        line.map(str::trim)
    };
    if value("State:").is_none_or(|state| state.starts_with(['Z', 'X'])) {
        return None;
    }
    let environment = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
    let says = |side: Side| {
        let variable = format!("{SIDE}={}", side.name());
        let mut variables = environment.split(|&byte| byte == 0);
        variables.any(|one| one == variable.as_bytes())
    };
    Some(Orphan {
        pid,
        name: value("Name:").unwrap_or("?").to_owned(),
        side: Side::BOTH.into_iter().find(|side| says(*side)),
    })
}

/// Returns every process with its parent (proc_pid_stat(5)); none outside Linux.
fn parents() -> Vec<(u32, u32)> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let parent = |entry: fs::DirEntry| {
        let pid = entry.file_name().to_str()?.parse().ok()?;
        let stat = fs::read_to_string(entry.path().join("stat")).ok()?;
        // The name, in parentheses, may hold anything.
        let behind = &stat[stat.rfind(')')? + 1..];
        let parent = behind.split_whitespace().nth(1)?.parse().ok()?;
        Some((pid, parent))
    };
    entries.filter_map(parent).collect()
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::io::Read;
    use std::process::{Command, Stdio};

    use super::*;

    #[test]
    fn a_family_is_a_process_and_what_it_started() {
        let mut shell = Command::new("sh")
            .args(["-c", "exec 3<&0; cat <&3 & echo; wait"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        shell.stdout.as_mut().unwrap().read_exact(&mut [0]).unwrap();
        let family = family(shell.id());
        assert_eq!((family.len(), family[0]), (2, shell.id()));
        shell.kill().unwrap();
        shell.wait().unwrap();
    }
}
