//! Deadlines that cannot overflow the clock.

use std::time::Duration;

use tokio::time::Instant;

/// Returns `since + time`, capped at 30 years because [`Instant`] may overflow.
pub(crate) fn deadline(since: Instant, time: Duration) -> Instant {
    const CAP: Duration = Duration::from_secs(30 * 365 * 24 * 3600);
    since.checked_add(time).unwrap_or(since + CAP)
}
