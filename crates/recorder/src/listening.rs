//! The listening sockets of a recording's programs.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use crate::side::Side;

/// A socket that a program listens on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Listener {
    pub side: Side,
    pub address: SocketAddr,
    pub kind: ListenerKind,
}

/// What is accepted on a socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ListenerKind {
    /// TCP connections, so many of which may wait.
    Tcp { dual_stack: bool, backlog: u32 },
    /// UDP datagrams.
    Udp,
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
        }
    }
}

/// The sockets that `programs`, a side and the first process of each, and their children listen on.
#[cfg(target_os = "linux")]
pub(super) fn of(programs: &[(Side, u32)]) -> anyhow::Result<Vec<Listener>> {
    let bound = crate::netlink::bound()?;
    let mut found = Vec::new();
    for &(side, pid) in programs {
        let sockets = sockets(pid);
        let own = bound
            .iter()
            .filter(|socket| sockets.contains(&socket.inode));
        found.extend(own.map(|socket| Listener {
            side,
            address: (socket.address, socket.port).into(),
            kind: match socket.tcp {
                true => ListenerKind::Tcp {
                    dual_stack: socket.address.is_ipv6() && !socket.v6_only,
                    backlog: socket.backlog,
                },
                false => ListenerKind::Udp,
            },
        }));
    }
    found.sort();
    Ok(found)
}

/// The inodes of the sockets that a process has open (proc_pid_fd(5)).
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
