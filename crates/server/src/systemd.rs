//! The sockets that systemd passes, and the notifications to it.

use std::io;
use std::net::TcpListener;

/// Returns the sockets that systemd passed (`LISTEN_FDS`), if any.
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

/// Notifies systemd that clients are served from now on.
pub(crate) fn notify_ready() {
    #[cfg(unix)]
    notify(sd_notify::NotifyState::Ready);
}

/// Notifies systemd that the server is about to end.
pub(crate) fn notify_stopping() {
    #[cfg(unix)]
    notify(sd_notify::NotifyState::Stopping);
}

/// Sends a notification. Without systemd, nothing is sent.
#[cfg(unix)]
fn notify(state: sd_notify::NotifyState<'_>) {
    if let Err(error) = sd_notify::notify(&[state]) {
        tracing::warn!(%error, "cannot notify systemd");
    }
}
