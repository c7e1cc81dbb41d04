//! The channels of a recording: each is one thing in which two recordings are compared.
//!
//! For a recording of `exchange/ascii`, [`Channel::observed`] returns among others:
//!
//! - `client.stdout`: the bytes `---client---\nhi\n`.
//! - `client.exit`: the text `exit 0`.
//! - `client.bytes`: the bytes `00 02 68 69`, which the client sent on its only connection.
//! - `client.end`: the text `FIN`.
//! - `connections`: the text `127.0.0.1 to 127.0.0.1:4444`.
//!
//! With two connections, `client.bytes` is a list of two byte strings, and `client.end` is `FIN, RST`. With two clients
//! at the same time, `client.stdout` is such a list, and `client.exit` is `exit 0, exit 1`.

use ladder::visible::visible;
use serde::{Deserialize, Serialize};

use recorder::{Connection, Played, Recording, Side, joined};

macro_rules! channels {
    ($($(#[$doc:meta])* $channel:ident: $name:literal;)*) => {
        /// One thing that two recordings can be compared in.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Channel {
            $($(#[$doc])* #[serde(rename = $name)] $channel,)*
        }

        impl Channel {
            pub(crate) const ALL: &[Channel] = &[$(Channel::$channel,)*];

            /// Returns the name in reports: `client.stdout`.
            pub fn name(self) -> &'static str {
                match self {
                    $(Channel::$channel => $name,)*
                }
            }
        }
    };
}

channels! {
    /// The first step of the script that failed, or the findings of its steps.
    Script: "script";
    ClientStdout: "client.stdout";
    /// `silent` if the client wrote nothing to standard error; the text itself is not compared.
    ClientStderr: "client.stderr";
    ClientExit: "client.exit";
    /// Processes and files that the client left behind.
    ClientLeft: "client.left";
    ServerStdout: "server.stdout";
    ServerStderr: "server.stderr";
    ServerExit: "server.exit";
    ServerLeft: "server.left";
    /// The programs' listening sockets: address, port, dual-stack or not, backlog.
    Listening: "listening";
    /// The source and destination of each connection, in order, and the destinations of datagrams. The source has its
    /// port if the kernel did not choose it.
    Connections: "connections";
    /// The bytes from client to server, for each connection separately.
    ClientBytes: "client.bytes";
    ServerBytes: "server.bytes";
    /// FIN, RST, both or neither, by which the client ended its direction of each connection.
    ClientEnd: "client.end";
    ServerEnd: "server.end";
}

impl Channel {
    /// Returns the observation of this channel in `recording`.
    pub fn observed(self, recording: &Recording) -> Observed {
        use Side::{Client, Server};
        match self {
            Channel::Script => match &recording.missed {
                None if recording.notes.is_empty() => Observed::Text("as written".into()),
                None => Observed::Text(recording.notes.join(", ")),
                Some(missed) => Observed::Text(missed.clone()),
            },
            Channel::ClientStdout => stdout(recording, Client),
            Channel::ServerStdout => stdout(recording, Server),
            Channel::ClientStderr => stderr(recording, Client),
            Channel::ServerStderr => stderr(recording, Server),
            Channel::ClientExit => of(recording, Client, Played::ending),
            Channel::ServerExit => of(recording, Server, Played::ending),
            Channel::ClientLeft => of(recording, Client, |played| played.left.to_string()),
            Channel::ServerLeft => of(recording, Server, |played| played.left.to_string()),
            Channel::Listening => match &recording.listening {
                Ok(listening) => Observed::Text(listed(listening, "nobody listens")),
                Err(reason) => Observed::Unobserved(reason.clone()),
            },
            Channel::Connections => wire(recording, |connections| {
                destinations(recording, connections)
            }),
            Channel::ClientBytes => wire(recording, |connections| bytes(connections, Client)),
            Channel::ServerBytes => wire(recording, |connections| bytes(connections, Server)),
            Channel::ClientEnd => wire(recording, |connections| ends(connections, Client)),
            Channel::ServerEnd => wire(recording, |connections| ends(connections, Server)),
        }
    }
}

/// The observation of one channel.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Observed {
    Bytes(Vec<u8>),
    /// The bytes of several connections, or of none, or the output of several clients.
    Streams(Vec<Vec<u8>>),
    Text(String),
    /// The case has no program on this side.
    Absent,
    /// The reason why the channel could not be observed. It never counts as the same.
    Unobserved(String),
}

impl Observed {
    pub(crate) fn is_unobserved(&self) -> bool {
        matches!(self, Observed::Unobserved(_))
    }

    /// Returns what two observations show where they begin to differ, each in one line.
    pub(crate) fn apart(&self, other: &Observed) -> [String; 2] {
        let (Observed::Bytes(a), Observed::Bytes(b)) = (self, other) else {
            return [self, other].map(Observed::brief);
        };
        let at = first_difference(a, b).unwrap_or(0);
        let start = at.saturating_sub(8);
        [a, b].map(|bytes| {
            let shown = &bytes[start.min(bytes.len())..bytes.len().min(at + 24)];
            let before = if start > 0 { "…" } else { "" };
            format!("{before}{:?}", String::from_utf8_lossy(shown))
        })
    }

    /// Returns the observation in one line, of which bytes are shown at most 40.
    pub(crate) fn brief(&self) -> String {
        match self {
            Observed::Text(text) => visible(text),
            Observed::Absent => "nothing".into(),
            Observed::Unobserved(reason) => visible(reason),
            Observed::Bytes(bytes) => brief(bytes),
            Observed::Streams(streams) => {
                let each: Vec<String> = streams.iter().map(|bytes| brief(bytes)).collect();
                format!("{} streams: {}", streams.len(), each.join("; "))
            }
        }
    }
}

/// Returns the first offset at which two byte strings differ, which may be the end of the shorter one.
pub(crate) fn first_difference(a: &[u8], b: &[u8]) -> Option<usize> {
    let common = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    (common < a.len().max(b.len())).then_some(common)
}

fn brief(bytes: &[u8]) -> String {
    let shown: String = String::from_utf8_lossy(bytes).chars().take(40).collect();
    format!("{} bytes {shown:?}", bytes.len())
}

fn stdout(recording: &Recording, side: Side) -> Observed {
    let played = recording.all_played(side);
    let each: Vec<_> = played.map(|played| joined(&played.stdout)).collect();
    match each.is_empty() {
        true => Observed::Absent,
        false => streams(each),
    }
}

/// Returns one byte string, or several of them, as an observation.
fn streams(mut streams: Vec<Vec<u8>>) -> Observed {
    match streams.len() {
        1 => Observed::Bytes(streams.remove(0)),
        _ => Observed::Streams(streams),
    }
}

fn stderr(recording: &Recording, side: Side) -> Observed {
    of(recording, side, |played| match played.stderr.is_empty() {
        true => "silent".into(),
        false => "not silent".into(),
    })
}

fn of(recording: &Recording, side: Side, text: impl Fn(&Played) -> String) -> Observed {
    let each: Vec<String> = recording.all_played(side).map(text).collect();
    match each.is_empty() {
        true => Observed::Absent,
        false => Observed::Text(listed(&each, "")),
    }
}

fn wire(recording: &Recording, observe: impl Fn(&[Connection]) -> Observed) -> Observed {
    match &recording.wire {
        Ok(connections) => observe(connections),
        Err(reason) => Observed::Unobserved(reason.clone()),
    }
}

fn destinations(recording: &Recording, connections: &[Connection]) -> Observed {
    let tcp = connections.iter().map(|connection| {
        let (client, server) = (connection.client, connection.server);
        let ephemeral = recording.ephemeral_ports;
        let is_chosen =
            ephemeral.is_some_and(|[least, most]| !(least..=most).contains(&client.port()));
        match is_chosen {
            true => format!("{client} to {server}"),
            false => format!("{} to {server}", client.ip()),
        }
    });
    let udp = recording.datagrams.iter().map(|to| format!("udp {to}"));
    let all: Vec<String> = tcp.chain(udp).collect();
    Observed::Text(listed(&all, "no connection"))
}

fn bytes(connections: &[Connection], side: Side) -> Observed {
    let sent = |connection: &Connection| connection.sent_by(side).bytes.clone();
    streams(connections.iter().map(sent).collect())
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
    Observed::Text(listed(&each, "no connection"))
}

/// Returns the items with commas between them, or `nothing` if there are none.
pub(crate) fn listed(items: &[impl ToString], nothing: &str) -> String {
    match items {
        [] => nothing.to_owned(),
        _ => items
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join(", "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example;
    use recorder::{Chunk, Exit};

    #[test]
    fn clients_that_ran_beside_each_other_are_observed_one_by_one() {
        let mut recording = example::recording();
        let mut second = recording.client.clone().unwrap();
        let bytes = b"second".to_vec();
        (second.stdout, second.exit) = (vec![Chunk { time: 0, bytes }], Exit::Code(1));
        let first = joined(&recording.client.as_ref().unwrap().stdout);
        recording.beside.push(second);
        let printed = Observed::Streams(vec![first, b"second".to_vec()]);
        assert_eq!(Channel::ClientStdout.observed(&recording), printed);
        let ends = Observed::Text("exit 0, exit 1".into());
        assert_eq!(Channel::ClientExit.observed(&recording), ends);
        let servers = Channel::ServerExit.observed(&recording);
        assert_eq!(servers, Observed::Text("exit 0".into()));
    }
}
