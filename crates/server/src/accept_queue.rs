//! The queue of clients whose connections the kernel has completed and that wait to be accepted.
//!
//! Linux tells its length in `/proc/net/tcp`. This row is of a listener (state `0A`) on
//! 127.0.0.1:666 with 3 clients in its queue, which is the second number of the fifth column:
//!
//! ```text
//! 1: 0100007F:029A 00000000:0000 0A 00000000:00000003 00:00000000 00000000 0 0 INODE
//! ```

#[cfg(unix)]
use std::fs::{self, File};
#[cfg(unix)]
use std::os::{fd::AsFd as _, unix::fs::MetadataExt as _};

use tokio::net::TcpListener;

/// The accept queue of one listener. Linux tells its length.
#[derive(Debug)]
pub(crate) struct AcceptQueue {
    /// A second descriptor of the listener. [`length`](Self::length) closes it and opens a file in
    /// its place, because it is called when no descriptor is left.
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

    /// Returns the number of clients in the queue, or `None` where the system does not tell.
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

/// Returns the length of the accept queue, if `row` is of the listener with this inode.
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
