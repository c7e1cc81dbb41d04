//! Waits for a condition with a deadline.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

/// Time between two looks at a condition.
const PAUSE: Duration = Duration::from_millis(1);

/// Waits until `condition` is true. After `time` it fails with `complaint`.
pub(crate) fn wait_until(
    time: Duration,
    complaint: &str,
    mut condition: impl FnMut() -> Result<bool>,
) -> Result<()> {
    let begun = Instant::now();
    while !condition()? {
        if begun.elapsed() >= time {
            bail!("{complaint} within {time:?}");
        }
        thread::sleep(PAUSE);
    }
    Ok(())
}
