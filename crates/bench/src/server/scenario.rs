//! The scenarios in which each server is measured.

use std::fmt;

/// A scenario, in which every server is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scenario {
    Load(Load),
    Room(Room),
    /// The memory of connections that send nothing.
    Idle {
        connections: usize,
    },
    /// The rate of connections that send one frame and close.
    Accept,
    /// The time from exec to listening.
    StartUp,
}

/// The load of `connections` clients, each of which keeps `in_flight` frames of `body` bytes in flight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Load {
    pub(crate) connections: usize,
    pub(crate) in_flight: usize,
    pub(crate) body: u16,
}

/// A room of `members`, of whom `in_flight` at a time say a short message to all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Room {
    pub(crate) members: usize,
    pub(crate) in_flight: usize,
}

impl Scenario {
    pub(crate) fn all() -> Vec<Scenario> {
        let mut all = Vec::new();
        for connections in [1, 64, 1000, 10_000] {
            for in_flight in [1, 16] {
                for body in [16, 256, 4096, 60 * 1024] {
                    let load = Load {
                        connections,
                        in_flight,
                        body,
                    };
                    all.push(Scenario::Load(load));
                }
            }
        }
        all.extend(
            [(1000, 1), (1000, 16), (2000, 1)]
                .map(|(members, in_flight)| Scenario::Room(Room { members, in_flight })),
        );
        all.extend([
            Scenario::Idle {
                connections: 10_000,
            },
            Scenario::Accept,
            Scenario::StartUp,
        ]);
        all
    }

    /// Returns whether `--quick` measures this scenario.
    pub(crate) fn is_quick(self) -> bool {
        let Scenario::Load(load) = self else {
            return true;
        };
        matches!(
            (load.connections, load.in_flight, load.body),
            (64, _, 16) | (64, 1, 4096) | (1000, 1, 16)
        )
    }

    /// Returns whether the servers that print a transcript are measured too.
    pub(crate) fn has_transcript(self) -> bool {
        matches!(self, Scenario::Load(load) if (load.connections, load.body) == (64, 16))
    }

    /// Returns the number of rounds: one for memory, which varies little and takes long with ten thousand Java
    /// threads.
    pub(crate) fn rounds(self, asked: usize) -> usize {
        if matches!(self, Scenario::Idle { .. }) {
            1
        } else {
            asked
        }
    }

    /// Returns the number of connections that are open at the same time.
    pub(crate) fn connections(self) -> usize {
        match self {
            Scenario::Load(load) => load.connections,
            Scenario::Room(room) => room.members,
            Scenario::Idle { connections } => connections,
            Scenario::Accept | Scenario::StartUp => 64,
        }
    }
}

impl fmt::Display for Scenario {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Scenario::Load(Load {
                connections,
                in_flight,
                body,
            }) => write!(f, "load/c{connections}/p{in_flight}/{body}"),
            Scenario::Room(Room { members, in_flight }) => {
                write!(f, "room/m{members}/p{in_flight}")
            }
            Scenario::Idle { connections } => write!(f, "idle/{connections}"),
            Scenario::Accept => write!(f, "accept"),
            Scenario::StartUp => write!(f, "start-up"),
        }
    }
}
