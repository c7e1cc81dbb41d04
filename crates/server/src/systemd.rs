//! Sockets from systemd, and word to it.

use std::io;
use std::net::TcpListener;

/// The sockets that systemd passed (`LISTEN_FDS`), if any.
#[cfg(unix)]
pub(crate) fn passed_sockets() -> io::Result<Vec<TcpListener>> {
    let mut passed = listenfd::ListenFd::from_env();
    let sockets = (0..passed.len()).map(|index| passed.take_tcp_listener(index));
    sockets.filter_map(Result::transpose).collect()
}

#[cfg(not(unix))]
pub(crate) fn passed_sockets() -> io::Result<Vec<TcpListener>> {
    Ok(Vec::new())
}

/// Tells systemd that clients are served from now on.
pub(crate) fn notify_ready() {
    #[cfg(unix)]
    notify(sd_notify::NotifyState::Ready);
}

/// Tells systemd that the server is about to end.
pub(crate) fn notify_stopping() {
    #[cfg(unix)]
    notify(sd_notify::NotifyState::Stopping);
}

/// Without systemd there is nobody to tell, and nothing to do about it.
#[cfg(unix)]
fn notify(state: sd_notify::NotifyState<'_>) {
    if let Err(error) = sd_notify::notify(&[state]) {
        tracing::warn!(%error, "systemd cannot be told");
    }
}
