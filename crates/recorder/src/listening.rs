//! The listening sockets of a recording's programs.

#[cfg(target_os = "linux")]
use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use crate::side::Side;

/// A socket that a program listens on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Listener {
    pub side: Side,
    /// Address such as `127.0.0.1:666`. For a Unix socket, its path, or its abstract name behind `@`.
    pub address: String,
    pub kind: ListenerKind,
}

/// The kind of a listening socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ListenerKind {
    /// Accepts TCP connections; up to `backlog` of them wait.
    Tcp { dual_stack: bool, backlog: u32 },
    /// Receives UDP datagrams.
    Udp,
    /// Accepts connections of other programs on this machine.
    Unix,
}

impl std::fmt::Display for Listener {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} on {}", self.side.name(), self.address)?;
        match self.kind {
            ListenerKind::Tcp {
                dual_stack,
                backlog,
            } => {
                let stacks = if dual_stack { ", IPv4 and IPv6" } else { "" };
                write!(f, "{stacks}, backlog {backlog}")
            }
            ListenerKind::Udp => write!(f, ", UDP"),
            ListenerKind::Unix => write!(f, ", a Unix socket"),
        }
    }
}

/// Returns the sockets that `programs` and their children listen on. Each program is a side and its first
/// process.
#[cfg(target_os = "linux")]
pub(super) fn of(programs: &[(Side, u32)]) -> anyhow::Result<Vec<Listener>> {
    let bound = crate::netlink::bound()?;
    let unix = unix();
    let mut found = Vec::new();
    for &(side, pid) in programs {
        let sockets = sockets(pid);
        let own = bound
            .iter()
            .filter(|socket| sockets.contains(&socket.inode));
        found.extend(own.map(|socket| Listener {
            side,
            address: SocketAddr::from((socket.address, socket.port)).to_string(),
            kind: match socket.tcp {
                true => ListenerKind::Tcp {
                    dual_stack: socket.address.is_ipv6() && !socket.v6_only,
                    backlog: socket.backlog,
                },
                false => ListenerKind::Udp,
            },
        }));
        let own = unix.iter().filter(|(inode, _)| sockets.contains(inode));
        found.extend(own.map(|(_, address)| Listener {
            side,
            address: address.clone(),
            kind: ListenerKind::Unix,
        }));
    }
    found.sort();
    Ok(found)
}

/// Returns the inode and the address of each Unix socket that is listened on (proc_pid_net(5), `unix`).
#[cfg(target_os = "linux")]
fn unix() -> Vec<(u32, String)> {
    /// `__SO_ACCEPTCON`, the flag of a Unix socket that is listened on.
    const ACCEPTS: u32 = 1 << 16;
    let table = std::fs::read_to_string("/proc/self/net/unix").unwrap_or_default();
    let listening = |line: &str| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let [_, _, _, flags, _, _, inode, path @ ..] = &fields[..] else {
            return None;
        };
        let flags = u32::from_str_radix(flags, 16).ok()?;
        (flags & ACCEPTS > 0).then_some((inode.parse().ok()?, path.join(" ")))
    };
    table.lines().filter_map(listening).collect()
}

/// Returns the inodes of the sockets that a process has open (proc_pid_fd(5)).
#[cfg(target_os = "linux")]
fn sockets(pid: u32) -> Vec<u32> {
    let descriptors = std::fs::read_dir(format!("/proc/{pid}/fd"));
    let links = descriptors
        .into_iter()
        .flatten()
        .filter_map(|entry| std::fs::read_link(entry.ok()?.path()).ok());
    links
        .filter_map(|link| {
            let name = link.to_str()?.strip_prefix("socket:[")?;
            name.strip_suffix(']')?.parse().ok()
        })
        .collect()
}

#[cfg(not(target_os = "linux"))]
pub(super) fn of(_: &[(Side, u32)]) -> anyhow::Result<Vec<Listener>> {
    anyhow::bail!("listening sockets are looked for on Linux only")
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn a_unix_socket_is_found_under_its_path() {
        let folder = std::env::temp_dir().join(format!("listening-{}", std::process::id()));
        let _listener = std::os::unix::net::UnixListener::bind(&folder).unwrap();
        let found = of(&[(Side::Client, std::process::id())]).unwrap();
        std::fs::remove_file(&folder).unwrap();
        let text = format!("client on {}, a Unix socket", folder.display());
        assert!(found.iter().any(|one| one.to_string() == text), "{found:?}");
    }

    #[test]
    fn a_program_listens_where_the_kernel_says_so() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let found = of(&[(Side::Server, std::process::id())]).unwrap();
        let text = format!("server on {address}, backlog ");
        assert!(
            found.iter().any(|one| one.to_string().starts_with(&text)),
            "{found:?}"
        );
    }
}
