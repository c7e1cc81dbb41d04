//! The attacks, by name.

use std::collections::BTreeMap;
use std::fmt;

use anyhow::Result;

use super::ground::{Field, Ground};
use super::{clients, system};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Attack {
    SlowLoris,
    ConnectFlood,
    Nonsense,
    Resets,
    FullDisk,
    ClosedPipe,
    StalledPipe,
    Descriptors,
    Terminate,
}

/// What a wave of an attack was made of, and what it met.
pub(crate) type Counts = BTreeMap<&'static str, u64>;

impl Attack {
    pub(crate) const ALL: [Attack; 9] = [
        Attack::SlowLoris,
        Attack::ConnectFlood,
        Attack::Nonsense,
        Attack::Resets,
        Attack::FullDisk,
        Attack::ClosedPipe,
        Attack::StalledPipe,
        Attack::Descriptors,
        Attack::Terminate,
    ];

    /// Attacks `field`'s server once.
    pub(crate) fn wave(self, ground: &mut Ground, field: &mut Field) -> Result<Counts> {
        match self {
            Attack::SlowLoris => clients::slow_loris(field),
            Attack::ConnectFlood => clients::connect_flood(field, &mut ground.random),
            Attack::Nonsense => clients::nonsense(field, &mut ground.random),
            Attack::Resets => clients::resets(field, &mut ground.random),
            Attack::FullDisk | Attack::ClosedPipe | Attack::StalledPipe => {
                system::transcript(field)
            }
            Attack::Descriptors => system::descriptors(field),
            Attack::Terminate => system::terminate(ground),
        }
    }
}

impl fmt::Display for Attack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Attack::SlowLoris => "slow-loris",
            Attack::ConnectFlood => "connect-flood",
            Attack::Nonsense => "nonsense",
            Attack::Resets => "resets",
            Attack::FullDisk => "output/full-disk",
            Attack::ClosedPipe => "output/closed-pipe",
            Attack::StalledPipe => "output/stalled-pipe",
            Attack::Descriptors => "descriptors",
            Attack::Terminate => "terminate",
        })
    }
}
