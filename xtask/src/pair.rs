//! The lab's pair of programs, `client.java` and `server.java`.

/// TCP port in the source of both programs.
pub(crate) const PORT: u16 = 666;
