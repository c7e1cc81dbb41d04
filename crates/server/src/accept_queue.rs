//! The clients whose connections the kernel has finished and that wait to be accepted.

#[cfg(unix)]
use std::fs::{self, File};
#[cfg(unix)]
use std::os::{fd::AsFd as _, unix::fs::MetadataExt as _};

use tokio::net::TcpListener;

/// A listener's queue, whose length Linux tells.
#[derive(Debug)]
pub(crate) struct AcceptQueue {
    /// Counting takes a file descriptor, and it may be asked for when there are no more.
    #[cfg(unix)]
    duplicate: Option<File>,
}

#[cfg(unix)]
impl AcceptQueue {
    /// Returns the queue of `listener`.
    pub(crate) fn of(listener: &TcpListener) -> Self {
        let copy = listener.as_fd().try_clone_to_owned();
        Self {
            duplicate: copy.ok().map(File::from),
        }
    }

    /// Returns the number of clients in it, where the system tells.
    pub(crate) fn length(self) -> Option<usize> {
        let duplicate = self.duplicate?;
        let inode = duplicate.metadata().ok()?.ino().to_string();
        drop(duplicate);
        let tables = ["/proc/self/net/tcp", "/proc/self/net/tcp6"];
        tables.iter().find_map(|table| {
            let table = fs::read_to_string(table).ok()?;
            table.lines().find_map(|row| queue_length(row, &inode))
        })
    }
}

/// For a listener the table has in `rx_queue` how many connections wait:
/// `1: 0100007F:029A 00000000:0000 0A 00000000:00000003 00:00000000 00000000 0 0 INODE` is 3.
#[cfg(unix)]
fn queue_length(row: &str, inode: &str) -> Option<usize> {
    let columns: Vec<&str> = row.split_whitespace().take(10).collect();
    let [_, _, _, "0A", queues, _, _, _, _, of] = columns[..] else {
        return None;
    };
    let (_, waiting) = queues.split_once(':').filter(|_| of == inode)?;
    usize::from_str_radix(waiting, 16).ok()
}

#[cfg(not(unix))]
impl AcceptQueue {
    pub(crate) fn of(_listener: &TcpListener) -> Self {
        Self {}
    }

    pub(crate) fn length(self) -> Option<usize> {
        None
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::net::TcpStream;

    use super::*;

    #[tokio::test]
    async fn clients_that_were_not_accepted_are_counted() {
        for any in ["127.0.0.1:0", "[::1]:0"] {
            let listener = TcpListener::bind(any).await.unwrap();
            let addr = listener.local_addr().unwrap();
            let queue = AcceptQueue::of(&listener);
            let _waiting = [(); 3].map(|()| TcpStream::connect(addr).unwrap());
            assert_eq!(queue.length(), Some(3));
        }
    }
}
