//! What of a recording is judged: its channels, and what was observed on each.

use serde::{Deserialize, Serialize};

use crate::record::{Connection, Recording, Side, joined};

/// One thing that two recordings can be compared in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(crate) enum Channel {
    /// Whether every step of the script came to pass, and what its steps found.
    #[serde(rename = "script")]
    Script,
    #[serde(rename = "client.stdout")]
    ClientStdout,
    #[serde(rename = "client.exit")]
    ClientExit,
    #[serde(rename = "server.stdout")]
    ServerStdout,
    #[serde(rename = "server.exit")]
    ServerExit,
    /// How many connections were attempted.
    #[serde(rename = "connections")]
    Connections,
    /// The bytes from client to server, of all connections.
    #[serde(rename = "client.bytes")]
    ClientBytes,
    #[serde(rename = "server.bytes")]
    ServerBytes,
    /// How the client ended its direction of each connection.
    #[serde(rename = "client.end")]
    ClientEnd,
    #[serde(rename = "server.end")]
    ServerEnd,
}

impl Channel {
    pub(crate) const ALL: [Channel; 10] = [
        Channel::Script,
        Channel::ClientStdout,
        Channel::ClientExit,
        Channel::ServerStdout,
        Channel::ServerExit,
        Channel::Connections,
        Channel::ClientBytes,
        Channel::ServerBytes,
        Channel::ClientEnd,
        Channel::ServerEnd,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Channel::Script => "script",
            Channel::ClientStdout => "client.stdout",
            Channel::ClientExit => "client.exit",
            Channel::ServerStdout => "server.stdout",
            Channel::ServerExit => "server.exit",
            Channel::Connections => "connections",
            Channel::ClientBytes => "client.bytes",
            Channel::ServerBytes => "server.bytes",
            Channel::ClientEnd => "client.end",
            Channel::ServerEnd => "server.end",
        }
    }

    pub(crate) fn observed(self, recording: &Recording) -> Observed {
        match self {
            Channel::Script => match &recording.missed {
                None if recording.notes.is_empty() => Observed::Text("as written".into()),
                None => Observed::Text(recording.notes.join(", ")),
                Some(missed) => Observed::Text(missed.clone()),
            },
            Channel::ClientStdout => stdout(recording, Side::Client),
            Channel::ServerStdout => stdout(recording, Side::Server),
            Channel::ClientExit => exit(recording, Side::Client),
            Channel::ServerExit => exit(recording, Side::Server),
            Channel::Connections => wire(recording, |connections| {
                Observed::Text(connections.len().to_string())
            }),
            Channel::ClientBytes => wire(recording, |connections| bytes(connections, Side::Client)),
            Channel::ServerBytes => wire(recording, |connections| bytes(connections, Side::Server)),
            Channel::ClientEnd => wire(recording, |connections| ends(connections, Side::Client)),
            Channel::ServerEnd => wire(recording, |connections| ends(connections, Side::Server)),
        }
    }
}

/// What was observed on a channel.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Observed {
    Bytes(Vec<u8>),
    Text(String),
    /// The case has no program on this side.
    Absent,
    /// It could not be observed here, and why. Never counted as the same.
    Unobserved(String),
}

fn stdout(recording: &Recording, side: Side) -> Observed {
    let played = recording.played(side);
    played.map_or(Observed::Absent, |played| {
        Observed::Bytes(joined(&played.stdout))
    })
}

fn exit(recording: &Recording, side: Side) -> Observed {
    recording.played(side).map_or(Observed::Absent, |played| {
        Observed::Text(played.exit.to_string())
    })
}

fn wire(recording: &Recording, observe: impl Fn(&[Connection]) -> Observed) -> Observed {
    match &recording.wire {
        Ok(connections) => observe(connections),
        Err(reason) => Observed::Unobserved(reason.clone()),
    }
}

fn bytes(connections: &[Connection], side: Side) -> Observed {
    let streams = connections
        .iter()
        .map(|connection| connection.sent_by(side));
    Observed::Bytes(streams.flat_map(|stream| &stream.bytes).copied().collect())
}

fn ends(connections: &[Connection], side: Side) -> Observed {
    let of_one = |connection: &Connection| {
        let ends = &connection.sent_by(side).ends;
        let names: Vec<&str> = ends.iter().map(|end| end.name()).collect();
        if names.is_empty() {
            "not ended".to_owned()
        } else {
            names.join(" then ")
        }
    };
    let each: Vec<String> = connections.iter().map(of_one).collect();
    Observed::Text(if each.is_empty() {
        "no connection".into()
    } else {
        each.join(", ")
    })
}
