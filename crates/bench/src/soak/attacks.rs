//! The list of all attacks, each with the bounds that the server must keep.

use anyhow::Result;
use fastrand::Rng;

use super::launcher::{AttackedServer, Launcher, Setup, Sink};
use super::outcome::Counts;
use super::shutdown;
use super::{hostile, queue, room, single_bytes, stop, system, threads};

#[derive(Debug)]
pub(crate) struct Attack {
    pub(crate) name: &'static str,
    /// A sentence about what happens to the server.
    pub(crate) what: &'static str,
    /// A sentence about the bound of this attack, in addition to those of all attacks in waves.
    pub(crate) bound: &'static str,
    pub(crate) execution: Execution,
}

#[derive(Debug)]
pub(crate) enum Execution {
    /// The same attack several times on one server, whose clients, descriptors and memory are watched.
    Waves(Waves),
    /// One attack, on servers that it starts itself under the given name.
    OwnServers(fn(&mut Launcher, &str) -> Result<Counts>),
}

#[derive(Debug)]
pub(crate) struct Waves {
    pub(crate) setup: Setup,
    pub(crate) wave: fn(&mut AttackedServer, &mut Rng) -> Result<Counts>,
    /// A flag that is set if the server must serve honest clients meanwhile.
    pub(crate) serves_honest_clients: bool,
    /// Number of bytes by which memory after a wave may exceed that before the first.
    pub(crate) retained: u64,
    /// Number of bytes by which memory may grow from the first wave to the last, for the allocator's sake.
    pub(crate) growth: u64,
    /// Number of bytes by which the largest resident set may exceed the memory before the first wave.
    pub(crate) peak: u64,
    /// A function that stops the server and judges its end.
    pub(crate) end: fn(&mut AttackedServer) -> Result<()>,
}

const MIB: u64 = 1 << 20;

/// Number of bytes that a server may use for an output that blocks: for lines that wait, for lines that are
/// being written, and for the rest of the server.
const LINES: u64 = (16 + 16 + 8) * MIB;

/// The settings that most attacks share.
const PLAIN: Waves = Waves {
    setup: Setup::PLAIN,
    wave: system::messages,
    serves_honest_clients: true,
    retained: 8 * MIB,
    growth: MIB,
    peak: 32 * MIB,
    end: shutdown::in_time,
};

/// The settings for an output whose lines wait.
const WAITING_LINES: Waves = Waves {
    retained: LINES,
    growth: LINES,
    peak: 2 * LINES,
    ..PLAIN
};

/// The settings for a log that cannot be written.
const FAILING_LOG: Waves = Waves {
    wave: system::logged,
    ..WAITING_LINES
};

/// The settings for a room, which keeps 1 MiB of messages (--max-unsent), and for each member up to two long
/// frames.
const ROOM: Waves = Waves {
    setup: Setup::with(&["--reply", "room", "--rate", "1000000", "--history", "0"]),
    growth: 4 * MIB,
    ..PLAIN
};

/// Returns the attack on a transcript that cannot be written. The server keeps some lines and counts the others.
const fn failing_output(name: &'static str, what: &'static str, stdout: Sink) -> Attack {
    Attack {
        name,
        what,
        bound: "messages are answered, and the lines that are dropped are counted",
        execution: Execution::Waves(Waves {
            setup: Setup {
                stdout,
                ..Setup::PLAIN
            },
            end: shutdown::with_dropped_lines,
            ..WAITING_LINES
        }),
    }
}

pub(crate) static ALL: [Attack; 26] = [
    Attack {
        name: "slow-loris",
        what: "ten thousand clients send a frame byte by byte and never finish it",
        bound: "each is disconnected by --frame-timeout, and at most 2 KiB is kept for each",
        execution: Execution::Waves(Waves {
            setup: Setup::with(&["--frame-timeout", "2s"]),
            wave: hostile::slow_loris,
            retained: 20 * MIB,
            ..PLAIN
        }),
    },
    Attack {
        name: "connect-flood",
        what: "connections come and go, half of them with a reset",
        bound: "honest clients wait no longer, and nothing stays behind",
        execution: Execution::Waves(Waves {
            wave: hostile::connect_flood,
            ..PLAIN
        }),
    },
    Attack {
        name: "nonsense",
        what: "bytes that are no frames come as fast as they go",
        bound: "the server ends each connection",
        execution: Execution::Waves(Waves {
            wave: hostile::nonsense,
            ..PLAIN
        }),
    },
    Attack {
        name: "resets",
        what: "two hundred clients send, read and reset at random moments",
        bound: "honest clients wait no longer, and nothing stays behind",
        execution: Execution::Waves(Waves {
            wave: hostile::resets,
            peak: 64 * MIB,
            ..PLAIN
        }),
    },
    Attack {
        name: "bytes-behind",
        what: "frames come byte by byte behind 60000 of their bytes, and behind 100",
        bound: "a byte takes at most 1.6 times the CPU time",
        execution: Execution::OwnServers(single_bytes::bytes_behind),
    },
    Attack {
        name: "room/reads-nothing",
        what: "members of a room read nothing",
        bound: "they are disconnected, and the others receive every message in order",
        execution: Execution::Waves(Waves {
            wave: room::reads_nothing,
            ..ROOM
        }),
    },
    Attack {
        name: "room/flood",
        what: "members of a room send as fast as they can",
        bound: "the others receive every message in order",
        execution: Execution::Waves(Waves {
            wave: room::flood,
            // Messages come faster than they are printed, so lines wait.
            retained: LINES,
            growth: LINES,
            peak: 2 * LINES,
            ..ROOM
        }),
    },
    Attack {
        name: "room/come-and-go",
        what: "members join a room and leave it, some with a reset",
        bound: "the others receive every message in order",
        execution: Execution::Waves(Waves {
            wave: room::come_and_go,
            ..ROOM
        }),
    },
    failing_output(
        "output/full-disk",
        "every write to standard output fails because the disk is full",
        Sink::FullDisk,
    ),
    failing_output(
        "output/closed-pipe",
        "standard output is a pipe whose reader has closed it",
        Sink::ClosedPipe,
    ),
    failing_output(
        "output/stalled-pipe",
        "standard output is a full pipe that nobody reads",
        Sink::StalledPipe,
    ),
    Attack {
        name: "log/stalled-pipe",
        what: "standard error is a full pipe that nobody reads, and every client is logged",
        bound: "messages are answered, and SIGTERM ends the server within 8 s",
        execution: Execution::Waves(Waves {
            setup: Setup {
                arguments: &["--log", "debug"],
                stderr: Sink::StalledPipe,
                ..Setup::PLAIN
            },
            ..FAILING_LOG
        }),
    },
    Attack {
        name: "log/full-from-start",
        what: "standard error is a full pipe that nobody reads before the server starts",
        bound: "messages are answered, and SIGTERM ends the server within 8 s",
        execution: Execution::Waves(Waves {
            setup: Setup {
                stderr: Sink::FullPipe,
                ..Setup::PLAIN
            },
            ..FAILING_LOG
        }),
    },
    Attack {
        name: "log/and-output-stalled",
        what: "standard output and standard error are full pipes that nobody reads",
        bound: "messages are answered, and SIGTERM ends the server within 8 s",
        execution: Execution::Waves(Waves {
            setup: Setup {
                arguments: &["--log", "debug"],
                stdout: Sink::StalledPipe,
                stderr: Sink::StalledPipe,
                ..Setup::PLAIN
            },
            retained: 2 * LINES,
            growth: 2 * LINES,
            peak: 4 * LINES,
            ..FAILING_LOG
        }),
    },
    Attack {
        name: "descriptors",
        what: "three hundred clients come to a server with a hundred descriptors",
        bound: "it does not spin, and serves each as others leave",
        execution: Execution::Waves(Waves {
            setup: Setup {
                wrapper: &["prlimit", "--nofile=100"],
                ..Setup::PLAIN
            },
            wave: system::descriptors,
            serves_honest_clients: false,
            ..PLAIN
        }),
    },
    Attack {
        name: "threads",
        what: "the server starts as a user who may start no further thread",
        bound: "it says so in one line and exits with 1 within 10 s",
        execution: Execution::OwnServers(threads::no_more_threads),
    },
    Attack {
        name: "stop/at-once",
        what: "SIGTERM comes as soon as the server listens",
        bound: "it exits with 0 within 5 s",
        execution: Execution::OwnServers(stop::at_once),
    },
    Attack {
        name: "stop/terminate",
        what: "SIGTERM comes with a thousand frames in flight",
        bound: "each is answered, and the server exits with 0 within 5 s",
        execution: Execution::OwnServers(stop::terminate),
    },
    Attack {
        name: "stop/hang-up",
        what: "SIGHUP comes with a thousand frames in flight",
        bound: "each is answered, and the server exits with 0 within 5 s",
        execution: Execution::OwnServers(stop::hang_up),
    },
    Attack {
        name: "stop/second-signal",
        what: "a second signal comes while replies are unread and both outputs are stalled",
        bound: "it ends the server within 5 s, with another exit status than 0",
        execution: Execution::OwnServers(stop::second_signal),
    },
    Attack {
        name: "stop/half-a-frame",
        what: "SIGTERM comes while clients are inside a frame",
        bound: "they are counted as cut",
        execution: Execution::OwnServers(stop::half_a_frame),
    },
    Attack {
        name: "stop/storm",
        what: "SIGTERM comes while clients wait, and others connect without end",
        bound: "it ends within its drain time of 2 s and 5 s more",
        execution: Execution::OwnServers(stop::storm),
    },
    Attack {
        name: "queue/long",
        what: "SIGTERM comes while 2000 clients with a frame wait to be accepted",
        bound: "each is answered, or counted as given up and the exit status is 1",
        execution: Execution::OwnServers(queue::long),
    },
    Attack {
        name: "queue/descriptors",
        what: "SIGTERM comes while 200 clients wait for a server with 60 descriptors",
        bound: "each is answered, or counted as given up and the exit status is 1",
        execution: Execution::OwnServers(queue::short_of_descriptors),
    },
    Attack {
        name: "queue/resets",
        what: "SIGTERM comes while 600 clients wait, of which every third has reset its connection",
        bound: "each of the others is answered, or counted as given up and the exit status is 1",
        execution: Execution::OwnServers(queue::resets),
    },
    Attack {
        name: "queue/aborted",
        what: "SIGTERM comes while 1000 clients wait, and every hundredth accept fails with ECONNABORTED",
        bound: "each but one for a failed accept is answered, or counted as given up and the exit status is 1",
        execution: Execution::OwnServers(queue::aborted),
    },
];
