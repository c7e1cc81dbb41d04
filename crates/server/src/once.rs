//! One client, one message: all that `server.java` does.

use std::future::poll_fn;
use std::io;
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::task::Poll;

use hellohi_proto::{ReadError, WriteError, read_utf, write_utf};
use tokio::net::TcpListener;

use crate::reply::Reply;
use crate::transcript::{self, ACCEPTED, Style};

/// Why [`once`] failed, where `server.java` would have thrown.
#[derive(Debug, thiserror::Error)]
pub enum OnceError {
    /// No client could be accepted.
    #[error("no client could be accepted")]
    Accept(#[source] io::Error),
    /// The client sent no message.
    #[error("{peer}: no message")]
    Read {
        /// The client.
        peer: SocketAddr,
        /// What was wrong with what it sent.
        source: ReadError,
    },
    /// The message could not be sent back.
    #[error("{peer}: no reply")]
    Write {
        /// The client.
        peer: SocketAddr,
        /// What stood in the way.
        source: WriteError,
    },
}

/// Accepts one client, reads one message, answers it, and ends the connection, printing as
/// `server.java` prints.
///
/// Not a byte beyond the message is read: as with Java, what the client has sent after it makes
/// the kernel reset the connection when it is closed. Blocks the thread once a client is there.
pub async fn once(listeners: &[TcpListener], reply: Reply, style: Style) -> Result<(), OnceError> {
    let (mut stream, peer) = accept_first(listeners).await.map_err(OnceError::Accept)?;
    transcript::print(ACCEPTED.as_bytes());
    let message = read_utf(&mut stream).map_err(|source| OnceError::Read { peer, source })?;
    let mut line = Vec::new();
    transcript::write_message(&mut line, &message, style);
    transcript::print(&line);
    write_utf(&mut stream, &reply.to(&message))
        .map_err(|source| OnceError::Write { peer, source })?;
    // Java's Socket.close does this first, so the client sees FIN even where RST follows.
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
