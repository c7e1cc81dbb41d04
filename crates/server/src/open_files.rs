//! The limit on open files. Every client needs one.

/// Number of files that are open besides the clients: listeners, standard streams, the runtime's
/// own.
#[cfg(unix)]
const OTHER_FILES: u64 = 64;

/// Raises the limit as far as the system allows, and logs if that is not enough for `max_clients`.
#[cfg(unix)]
pub(crate) fn raise_open_file_limit(max_clients: usize) {
    let wanted = max_clients as u64 + OTHER_FILES;
    match rlimit::increase_nofile_limit(wanted) {
        Ok(allowed) if allowed >= wanted => {}
        Ok(allowed) => tracing::debug!(
            allowed,
            wanted,
            "fewer open files are allowed than --max-clients needs; raise `ulimit -Hn`"
        ),
        Err(error) => tracing::warn!(%error, "the limit on open files cannot be raised"),
    }
}

#[cfg(not(unix))]
pub(crate) fn raise_open_file_limit(_max_clients: usize) {}
