//! The scenarios in which each server is measured.

use std::fmt;

/// A scenario, in which every server is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scenario {
    /// The load of `connections` clients, each of which keeps `in_flight` frames of `body` bytes in flight.
    Load {
        connections: usize,
        in_flight: usize,
        body: u16,
    },
    /// The memory of connections that send nothing.
    Idle { connections: usize },
    /// The rate of connections that send one frame and close.
    Accept,
    /// The time from exec to listening.
    StartUp,
}

impl Scenario {
    pub(crate) fn all() -> Vec<Scenario> {
        let mut all = Vec::new();
        for connections in [1, 64, 1000, 10_000] {
            for in_flight in [1, 16] {
                for body in [16, 256, 4096, 60 * 1024] {
                    all.push(Scenario::Load {
                        connections,
                        in_flight,
                        body,
                    });
                }
            }
        }
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
        match self {
            Scenario::Load {
                connections: 64,
                in_flight,
                body,
            } => body == 16 || (in_flight, body) == (1, 4096),
            Scenario::Load {
                connections,
                in_flight,
                body,
            } => (connections, in_flight, body) == (1000, 1, 16),
            Scenario::Idle { .. } | Scenario::Accept | Scenario::StartUp => true,
        }
    }

    /// Returns whether the servers that print a transcript are measured too.
    pub(crate) fn has_transcript(self) -> bool {
        matches!(
            self,
            Scenario::Load {
                connections: 64,
                body: 16,
                ..
            }
        )
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
            Scenario::Load { connections, .. } | Scenario::Idle { connections } => connections,
            Scenario::Accept | Scenario::StartUp => 64,
        }
    }
}

impl fmt::Display for Scenario {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Scenario::Load {
                connections,
                in_flight,
                body,
            } => {
                write!(f, "load/c{connections}/p{in_flight}/{body}")
            }
            Scenario::Idle { connections } => write!(f, "idle/{connections}"),
            Scenario::Accept => write!(f, "accept"),
            Scenario::StartUp => write!(f, "start-up"),
        }
    }
}
