//! The detection of dead links to the members of a room, who may be silent for ever.

use std::io;
use std::time::Duration;

use socket2::{SockRef, TcpKeepalive};
use tokio::net::TcpStream;

/// Time of silence after which the peer's system is asked whether it is still there.
const TIME: Duration = Duration::from_secs(20);

/// Time between two such questions.
const INTERVAL: Duration = Duration::from_secs(10);

/// Number of questions without an answer after which the connection fails, so that it takes 50 s in all.
const QUESTIONS: u32 = 3;

/// Makes the connection fail within a minute once the link to the peer is dead, also while bytes are unsent.
pub(crate) fn keep_alive(stream: &TcpStream) -> io::Result<()> {
    let socket = SockRef::from(stream);
    let keep_alive = TcpKeepalive::new().with_time(TIME).with_interval(INTERVAL);
    socket.set_tcp_keepalive(&keep_alive.with_retries(QUESTIONS))?;
    #[cfg(any(target_os = "linux", target_os = "android"))]
    socket.set_tcp_user_timeout(Some(TIME + INTERVAL * QUESTIONS))?;
    Ok(())
}
