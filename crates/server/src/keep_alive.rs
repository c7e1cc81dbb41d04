//! The detection of dead links to the members of a room, who may be silent for ever.

use std::io;
use std::time::Duration;

use socket2::{SockRef, TcpKeepalive};
use tokio::net::TcpStream;

use crate::config::MIN_LINK_TIMEOUT;

/// Number of questions without an answer after which the connection fails.
const QUESTIONS: u32 = 3;

/// Makes the connection fail once the link to the peer has been dead for `timeout`, also while bytes are unsent.
///
/// For example, with 50 seconds the peer's system is asked whether it is still there after 20 seconds of silence, and
/// then every 10 seconds.
pub(crate) fn keep_alive(stream: &TcpStream, timeout: Duration) -> io::Result<()> {
    let timeout = timeout.max(MIN_LINK_TIMEOUT);
    let interval = (timeout / 5).max(Duration::from_secs(1));
    let keep_alive = TcpKeepalive::new()
        .with_time(timeout - interval * QUESTIONS)
        .with_interval(interval)
        .with_retries(QUESTIONS);
    let socket = SockRef::from(stream);
    socket.set_tcp_keepalive(&keep_alive)?;
    #[cfg(any(target_os = "linux", target_os = "android"))]
    socket.set_tcp_user_timeout(Some(timeout))?;
    Ok(())
}
