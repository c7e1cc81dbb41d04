//! The server of one client and one message, as `server.java` is.

use std::future::poll_fn;
use std::io;
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::task::Poll;

use hellohi_proto::{ReadError, WriteError, read_utf, write_utf};
use tokio::net::TcpListener;

use crate::reply::Reply;
use crate::transcript::{self, ACCEPTED, Style};

/// The error of [`once`], at the steps where `server.java` throws an exception.
#[derive(Debug, thiserror::Error)]
pub enum OnceError {
    /// No client could be accepted.
    #[error("no client could be accepted")]
    Accept(#[source] io::Error),
    /// The client sent no valid message.
    #[error("{peer}: no message")]
    Read {
        /// The client's address.
        peer: SocketAddr,
        /// The error in what it sent.
        source: ReadError,
    },
    /// The reply could not be sent.
    #[error("{peer}: no reply")]
    Write {
        /// The client's address.
        peer: SocketAddr,
        /// The error of the write, or the length of a reply that no frame holds.
        source: WriteError,
    },
}

/// Accepts one client, reads one message, answers it and closes the connection. Prints what
/// `server.java` prints.
///
/// Reads no byte beyond the message. If the client has sent more, the kernel resets the connection
/// when it is closed, as it does with Java. Blocks the thread once a client has connected.
///
/// # Errors
///
/// [`OnceError`] at the first step that fails; the steps after it are left out.
pub async fn once(listeners: &[TcpListener], reply: Reply, style: Style) -> Result<(), OnceError> {
    let (mut stream, peer) = accept_first(listeners).await.map_err(OnceError::Accept)?;
    transcript::print(ACCEPTED.as_bytes());
    let message = read_utf(&mut stream).map_err(|source| OnceError::Read { peer, source })?;
    let mut line = Vec::new();
    transcript::write_message(&mut line, None, &message, style);
    transcript::print(&line);
    write_utf(&mut stream, reply.to(&message))
        .map_err(|source| OnceError::Write { peer, source })?;
    // Java's Socket.close does this first, so the client sees a FIN even if a reset follows.
    let _ = stream.shutdown(Shutdown::Write);
    Ok(())
}

async fn accept_first(listeners: &[TcpListener]) -> io::Result<(TcpStream, SocketAddr)> {
    let (stream, peer) = poll_fn(|cx| {
        let accepted = listeners.iter().map(|listener| listener.poll_accept(cx));
        accepted
            .into_iter()
            .find(Poll::is_ready)
            .unwrap_or(Poll::Pending)
    })
    .await?;
    let stream = stream.into_std()?;
    stream.set_nonblocking(false)?;
    Ok((
        stream,
        SocketAddr::new(peer.ip().to_canonical(), peer.port()),
    ))
}
