//! The clock of all times in a recording.

use std::time::{SystemTime, UNIX_EPOCH};

/// Nanoseconds since the epoch, on `CLOCK_REALTIME`: the clock of packet timestamps and of strace.
pub type Nanos = u64;

pub fn now() -> Nanos {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.unwrap_or_default().as_nanos() as Nanos
}
