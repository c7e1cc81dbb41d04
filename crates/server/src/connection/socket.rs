//! The socket of a client, to which a room writes too.

use std::io::{self, ErrorKind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncWrite, Interest};
use tokio::net::TcpStream;

/// A socket that can be shared, and costs as few system calls as tokio's own reads and writes.
#[derive(Debug)]
pub(super) struct Socket(pub(super) Arc<TcpStream>);

impl Socket {
    /// Reads the bytes that are there and returns their number, or 0 at the end of the stream.
    pub(super) fn poll_read(
        &self,
        buffer: &mut [u8],
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<usize>> {
        loop {
            ready!(self.0.poll_read_ready(cx))?;
            let mut read = 0;
            let result = self.0.try_io(Interest::READABLE, || {
                read = self.0.try_read(buffer)?;
                // A read that does not fill the buffer has emptied the socket, so the next one has to wait.
                let is_empty = 0 < read && read < buffer.len();
                if is_empty {
                    Err(ErrorKind::WouldBlock.into())
                } else {
                    Ok(())
                }
            });
            match result {
                Err(error) if error.kind() != ErrorKind::WouldBlock => {
                    return Poll::Ready(Err(error));
                }
                Err(_) if read == 0 => {}
                _ => return Poll::Ready(Ok(read)),
            }
        }
    }
}

impl AsyncWrite for Socket {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        loop {
            ready!(self.0.poll_write_ready(cx))?;
            match self.0.try_write(bytes) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                written => return Poll::Ready(written),
            }
        }
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
