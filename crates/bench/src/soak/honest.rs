//! Honest clients of the attacked server, and as many of a server that nobody attacks.
//!
//! Both servers share a core, and both kinds of clients share a thread, so a busy machine delays both
//! equally. If the 99th percentile of the waits is 10 ms at the server without an attack, 950 ms are allowed
//! at the attacked one: 20 times as much, and 750 ms for the attack's own work.

use std::io::{Read, Write};
use std::net::SocketAddr;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use crate::load::dial::dial;
use crate::load::frames::frame;
use crate::median::quantile;

/// Time between two visits of the same server.
const PAUSE: Duration = Duration::from_millis(10);

/// Time after which an honest client gives up, which is a failure even on a busy machine.
pub(crate) const REPLY_TIMEOUT: Duration = Duration::from_secs(5);

/// Factor by which waits at the attacked server may exceed those at the peaceful one.
const RATIO: u32 = 20;

/// Time that is allowed in addition, because the attack's own work uses the core too. A server that takes
/// turns between two hundred clients with megabytes each delays an honest one by up to 600 ms.
const GRACE: Duration = Duration::from_millis(750);

/// Times from connecting to the reply, of all visits.
#[derive(Debug, Default)]
pub(crate) struct Waits {
    attacked: Vec<Duration>,
    peaceful: Vec<Duration>,
}

impl Waits {
    /// Returns both 99th percentiles as text, or an error if that of the attacked server is too large.
    pub(crate) fn judge(mut self) -> Result<String> {
        let pairs = self.attacked.len();
        let attacked = quantile(&mut self.attacked, 0.99).context("no honest client came")?;
        let peaceful = quantile(&mut self.peaceful, 0.99).context("no honest client came")?;
        let found = format!(
            "p99 of {pairs} honest waits {} beside {}",
            milliseconds(attacked),
            milliseconds(peaceful)
        );
        let most = peaceful * RATIO + GRACE;
        ensure!(
            attacked <= most,
            "{found}, more than {}",
            milliseconds(most)
        );
        Ok(found)
    }
}

/// Makes `attack` while honest clients visit both servers in turn.
pub(crate) fn beside<T>(
    attacked: SocketAddr,
    peaceful: SocketAddr,
    attack: impl FnOnce() -> Result<T>,
) -> Result<(T, Waits)> {
    thread::scope(|scope| {
        let (stop, stopped) = channel();
        let visits = scope.spawn(move || visits(attacked, peaceful, &stopped));
        let done = attack();
        drop(stop);
        let waits = visits.join().unwrap_or_else(|panic| resume_unwind(panic));
        Ok((done?, waits?))
    })
}

fn visits(attacked: SocketAddr, peaceful: SocketAddr, stopped: &Receiver<()>) -> Result<Waits> {
    let mut waits = Waits::default();
    loop {
        let wait = visit(attacked).context("an honest client")?;
        waits.attacked.push(wait);
        let wait = visit(peaceful).context("a client of the server that nobody attacks")?;
        waits.peaceful.push(wait);
        if stopped.recv_timeout(PAUSE) != Err(RecvTimeoutError::Timeout) {
            return Ok(waits);
        }
    }
}

/// Connects, sends a message that nobody else sends, waits for it, and closes; returns the time of the wait.
pub(crate) fn visit(address: SocketAddr) -> Result<Duration> {
    static VISITS: AtomicU64 = AtomicU64::new(0);
    let number = VISITS.fetch_add(1, Ordering::Relaxed);
    let message = frame(&format!("honest visit {number:0>200}"));
    let begun = Instant::now();
    let mut client = dial(address)?;
    client.set_write_timeout(Some(REPLY_TIMEOUT))?;
    client.set_read_timeout(Some(REPLY_TIMEOUT))?;
    client.write_all(&message).context("cannot send")?;
    let mut received = vec![0; message.len()];
    client.read_exact(&mut received).context("no reply")?;
    ensure!(received == message, "a wrong reply");
    Ok(begun.elapsed())
}

fn milliseconds(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1e3)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waits(attacked: u64, peaceful: u64) -> Waits {
        let all = |milliseconds| vec![Duration::from_millis(milliseconds); 200];
        Waits {
            attacked: all(attacked),
            peaceful: all(peaceful),
        }
    }

    #[test]
    fn a_wait_is_judged_beside_that_at_the_peaceful_server() {
        assert!(waits(900, 10).judge().is_ok());
        assert!(waits(900, 1).judge().is_err());
        assert!(Waits::default().judge().is_err());
    }
}
