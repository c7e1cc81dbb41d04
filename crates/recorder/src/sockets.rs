//! Reads the kernel's table of TCP sockets, for changes that cause no event.

use anyhow::Result;

use crate::side::Side;

/// Returns whether a socket listens on `port`.
pub fn listening(port: u16) -> Result<bool> {
    Ok(table()?
        .iter()
        .any(|socket| socket.local_port == port && socket.state == State::Listen))
}

/// Returns the least and the greatest port that the kernel gives to a client that asks for none (Linux).
pub(crate) fn ephemeral_ports() -> Option<[u16; 2]> {
    let range = std::fs::read_to_string("/proc/sys/net/ipv4/ip_local_port_range").ok()?;
    let mut ports = range.split_whitespace().map(str::parse);
    Some([ports.next()?.ok()?, ports.next()?.ok()?])
}

/// Returns `true` if a connection to `port` is established, or still has an open end.
pub(crate) fn connected(port: u16) -> Result<bool> {
    Ok(table()?.iter().any(|socket| {
        (socket.local_port == port || socket.remote_port == port)
            && matches!(socket.state, State::Open | State::SynSent)
    }))
}

/// Returns the number of bytes that have arrived on connections to `port` and that the program on this side
/// has not read, those of connections that wait to be accepted included.
pub fn unread(side: Side, port: u16) -> Result<usize> {
    Ok(of_side(&table()?, side, port)
        .map(|socket| socket.unread)
        .sum())
}

/// Returns `true` if everything that was sent to this side on connections to `port`, a FIN included, has
/// arrived, and the program has read every byte of it.
pub(crate) fn consumed(side: Side, port: u16) -> Result<bool> {
    Ok(arrival_at(side, port, |_| true)? == Arrival::Read)
}

/// Returns how far everything has come that was sent to this side on connections to `port`, without those that
/// wait in a listener's queue: a program at rest will not take them.
pub(crate) fn arrival(side: Side, port: u16) -> Result<Arrival> {
    arrival_at(side, port, |socket| socket.accepted)
}

/// The place that everything sent to a side, a FIN included, has reached at least.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Arrival {
    /// Something is on its way.
    Sent,
    /// The kernel has all of it, and the program has not read all of it.
    Unread,
    /// The program has read all of it.
    Read,
}

fn arrival_at(side: Side, port: u16, counts: impl Fn(&Socket) -> bool) -> Result<Arrival> {
    let table = table()?;
    let arrived = of_side(&table, side.other(), port).all(|socket| socket.unacknowledged == 0);
    let mut received = of_side(&table, side, port).filter(|socket| counts(socket));
    Ok(match (arrived, received.all(|socket| socket.unread == 0)) {
        (false, _) => Arrival::Sent,
        (true, false) => Arrival::Unread,
        (true, true) => Arrival::Read,
    })
}

fn of_side(table: &[Socket], side: Side, port: u16) -> impl Iterator<Item = &Socket> {
    table.iter().filter(move |socket| {
        let own = match side {
            Side::Client => socket.remote_port,
            Side::Server => socket.local_port,
        };
        // A listener's queue counts connections, not bytes.
        own == port && socket.state != State::Listen
    })
}

/// Returns `true` if a SYN to `port` is not answered yet.
pub(crate) fn syn_unanswered(port: u16) -> Result<bool> {
    Ok(table()?
        .iter()
        .any(|socket| socket.remote_port == port && socket.state == State::SynSent))
}

/// Returns the sides of `port`'s connections that the kernel keeps in TIME_WAIT.
pub(crate) fn time_wait(port: u16) -> Result<Vec<Side>> {
    let table = table()?;
    let kept = table
        .iter()
        .filter(|socket| socket.state == State::TimeWait);
    Ok(kept
        .filter_map(|socket| match (socket.local_port, socket.remote_port) {
            (local, _) if local == port => Some(Side::Server),
            (_, remote) if remote == port => Some(Side::Client),
            _ => None,
        })
        .collect())
}

#[derive(Debug, PartialEq, Eq)]
struct Socket {
    local_port: u16,
    remote_port: u16,
    state: State,
    /// Number of bytes sent, a FIN included, that the other end's kernel has not acknowledged.
    unacknowledged: usize,
    unread: usize,
    /// `true` if a program has accepted it; `false` for one in a listener's queue.
    accepted: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Listen,
    SynSent,
    /// Established, or half-closed by the peer while its owner has not closed it.
    Open,
    TimeWait,
    /// Closed by its owner: the kernel ends it alone.
    Over,
}

#[cfg(target_os = "linux")]
fn table() -> Result<Vec<Socket>> {
    use anyhow::Context;
    let mut sockets = Vec::new();
    for path in ["/proc/self/net/tcp", "/proc/self/net/tcp6"] {
        let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {path}"))?;
        sockets.extend(text.lines().skip(1).filter_map(proc_line));
    }
    Ok(sockets)
}

/// Reads `0: 0100007F:029A 00000000:0000 0A 00000000:00000000 …`: addresses, state, queues, all hexadecimal.
#[cfg(any(target_os = "linux", test))]
fn proc_line(line: &str) -> Option<Socket> {
    let mut fields = line.split_whitespace().skip(1);
    let port = |field: &str| u16::from_str_radix(field.rsplit_once(':')?.1, 16).ok();
    let local_port = port(fields.next()?)?;
    let remote_port = port(fields.next()?)?;
    // include/net/tcp_states.h
    let code = fields.next()?;
    let state = match code {
        "0A" => State::Listen,
        "02" => State::SynSent,
        "01" | "03" | "08" => State::Open,
        "06" => State::TimeWait,
        _ => State::Over,
    };
    // A FIN that has arrived takes a sequence number, and so counts as a byte.
    let fin = usize::from(matches!(code, "06" | "08" | "09" | "0B"));
    let (unacknowledged, unread) = fields.next()?.split_once(':')?;
    let bytes = |field| usize::from_str_radix(field, 16).ok();
    // Timer, retransmissions, user, timeout, inode.
    let inode = fields.nth(4);
    Some(Socket {
        accepted: inode != Some("0"),
        local_port,
        remote_port,
        state,
        unacknowledged: bytes(unacknowledged)?,
        unread: bytes(unread)?.saturating_sub(fin),
    })
}

#[cfg(not(target_os = "linux"))]
fn table() -> Result<Vec<Socket>> {
    use anyhow::Context;
    let output = std::process::Command::new("netstat").args(["-an"]).output();
    let output = output.context("cannot run netstat")?;
    Ok(String::from_utf8_lossy(&output.stdout)
        .lines()
        .filter_map(netstat_line)
        .collect())
}

/// Reads `tcp46 0 0 *.666 *.* LISTEN` of macOS, and `TCP [::]:666 [::]:0 LISTENING` of Windows.
#[cfg(any(not(target_os = "linux"), test))]
fn netstat_line(line: &str) -> Option<Socket> {
    let fields: Vec<&str> = line.split_whitespace().collect();
    let (local, remote, state, unread, unacknowledged) = match fields[..] {
        ["TCP", local, remote, state, ..] => (local, remote, state, "0", "0"),
        [protocol, received, sent, local, remote, state, ..] if protocol.starts_with("tcp") => {
            (local, remote, state, received, sent)
        }
        _ => return None,
    };
    let port = |address: &str| {
        let port = address.rsplit([':', '.']).next()?;
        Some(port.parse().unwrap_or(0))
    };
    let state = match state {
        "LISTEN" | "LISTENING" => State::Listen,
        "SYN_SENT" => State::SynSent,
        "ESTABLISHED" | "CLOSE_WAIT" | "SYN_RECEIVED" => State::Open,
        "TIME_WAIT" => State::TimeWait,
        _ => State::Over,
    };
    Some(Socket {
        local_port: port(local)?,
        remote_port: port(remote)?,
        state,
        unacknowledged: unacknowledged.parse().ok()?,
        unread: unread.parse().ok()?,
        // netstat does not tell.
        accepted: true,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn linux_lists_listeners_and_unread_bytes() {
        let line = "   1: 0100007F:029A 0100007F:CD48 01 00000003:0000000A 02:000000 0 0 0 12345 1";
        let expected = Socket {
            local_port: 666,
            remote_port: 52552,
            state: State::Open,
            unacknowledged: 3,
            unread: 10,
            accepted: true,
        };
        assert_eq!(proc_line(line), Some(expected));
        let queued = line.replace("12345", "0");
        assert!(!proc_line(&queued).unwrap().accepted);
        let line = "   0: 00000000000000000000000000000000:029A 00000000000000000000000000000000:0000 0A 0:0";
        assert_eq!(proc_line(line).unwrap().state, State::Listen);
    }

    #[test]
    fn netstat_of_macos_and_windows_is_understood() {
        let expected = Socket {
            local_port: 666,
            remote_port: 0,
            state: State::Listen,
            unacknowledged: 0,
            unread: 0,
            accepted: true,
        };
        assert_eq!(
            netstat_line("tcp46      0      0  *.666       *.*      LISTEN"),
            Some(expected)
        );
        let windows = netstat_line("  TCP    [::1]:50812   [::1]:666   ESTABLISHED").unwrap();
        assert_eq!((windows.remote_port, windows.state), (666, State::Open));
        assert_eq!(netstat_line("Active Connections"), None);
    }
}
