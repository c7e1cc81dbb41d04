//! The lab's pair of programs, `client.java` and `server.java`.

/// TCP port that both programs have in their source.
pub(crate) const PORT: u16 = 666;
