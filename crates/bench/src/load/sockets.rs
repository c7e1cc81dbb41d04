//! What the kernel's table of TCP sockets tells of a server's port.

use std::fs;

use anyhow::{Context, Result};

/// Returns the number of bytes that have arrived on connections to `port` and that its server has not
/// read, those included that it has not accepted.
pub(crate) fn unread(port: u16) -> Result<usize> {
    let connections = table(port)?.into_iter().filter(|row| !row.listens);
    Ok(connections.map(|row| row.unread).sum())
}

/// Returns whether somebody listens on `port`.
pub(crate) fn listens(port: u16) -> Result<bool> {
    Ok(table(port)?.iter().any(|row| row.listens))
}

#[derive(Debug, PartialEq, Eq)]
struct Row {
    listens: bool,
    unread: usize,
}

fn table(port: u16) -> Result<Vec<Row>> {
    let path = "/proc/self/net/tcp";
    let text = fs::read_to_string(path).with_context(|| format!("cannot read {path}"))?;
    let rows = text.lines().skip(1);
    Ok(rows.filter_map(|line| row(line, port)).collect())
}

/// Reads `0: 0100007F:029A 0100007F:CD48 01 00000000:0000000A …`, which is the local address, the
/// remote one, the state, and the bytes unsent and unread, all hexadecimal; `None` for other ports.
fn row(line: &str, port: u16) -> Option<Row> {
    let mut fields = line.split_whitespace().skip(1);
    let (_, local) = fields.next()?.split_once(':')?;
    if u16::from_str_radix(local, 16) != Ok(port) {
        return None;
    }
    // include/net/tcp_states.h
    let listens = fields.nth(1)? == "0A";
    let (_, unread) = fields.next()?.split_once(':')?;
    let unread = usize::from_str_radix(unread, 16).ok()?;
    Some(Row { listens, unread })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_of_the_port_has_its_state_and_its_unread_bytes() {
        let line = "   1: 0100007F:029A 0100007F:CD48 01 00000003:0000000A 02:000000 0 0 0 12345 1";
        let expected = Row {
            listens: false,
            unread: 10,
        };
        assert_eq!(row(line, 666), Some(expected));
        assert_eq!(row(line, 667), None);
        let line = "   0: 0100007F:029A 00000000:0000 0A 00000000:00000007 00:000000 0 0 0 12345 1";
        assert!(row(line, 666).unwrap().listens);
    }
}
