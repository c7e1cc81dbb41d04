//! Servers that are told to stop while something goes on.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use nix::sys::signal::Signal;

use super::ground::{Ground, Setup};
use super::outcome::Counts;
use crate::load::fleet::Fleet;
use crate::load::tape::Tape;

/// Time within which a server must end that has nothing left to wait for.
const SOON: Duration = Duration::from_secs(5);

/// Sends SIGTERM with a thousand frames on their way.
pub(crate) fn terminate(ground: &mut Ground, name: &str) -> Result<Counts> {
    under_load(ground, name, Signal::SIGTERM, 20)
}

/// Tells servers to stop with a thousand frames on their way: each is answered, and the exit is 0.
fn under_load(ground: &mut Ground, name: &str, signal: Signal, servers: u64) -> Result<Counts> {
    let tape = Tape::new(1024);
    let mut answered = 0;
    for _ in 0..servers {
        let mut field = ground.start(name, &Setup::PLAIN)?;
        let mut fleet = Fleet::connect(field.address(), 64, &tape)?;
        fleet.drive(16, Duration::from_millis(50), &mut Vec::new())?;
        fleet.ask(16)?;
        let moment = Duration::from_micros(ground.random.u64(..3000));
        let asked = Instant::now();
        while asked.elapsed() < moment {
            std::hint::spin_loop();
        }
        field.server.signal(signal)?;
        answered += fleet.collect(Duration::ZERO, &mut Vec::new())?.messages;
        fleet.await_end()?;
        let status = field.server.await_end(SOON)?;
        ensure!(status.success(), "told to stop it ended with {status}");
    }
    Ok(Counts::from([
        ("servers stopped", servers),
        ("frames in flight, all answered", answered),
    ]))
}
