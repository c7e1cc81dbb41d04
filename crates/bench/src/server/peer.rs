//! The servers that are compared, with their command lines.

use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use interop::programs::jdk::Jdk;
use interop::programs::workspace;

/// Name of the server that the others are compared with.
pub(crate) const REFERENCE: &str = "epoll";

/// Name of the server under test.
pub(crate) const SUBJECT: &str = "hellohi";

/// The placeholder of the port among the arguments.
const PORT: &str = "{port}";

/// The number of messages a second that the clients of a room may send here.
const UNLIMITED: &str = "1000000";

#[derive(Debug)]
pub(crate) struct Peer {
    pub(crate) name: String,
    program: OsString,
    arguments: Vec<String>,
    /// The further arguments that open a room; `None` if it has none.
    room: Option<&'static [&'static str]>,
    /// A flag that is set if it prints what server.java prints.
    pub(crate) prints: bool,
}

/// A server that cannot run here.
#[derive(Debug, serde::Serialize)]
pub(crate) struct Absent {
    pub(crate) name: String,
    pub(crate) reason: String,
}

impl Peer {
    /// Returns the server that `program` is with these arguments, in which `{port}` stands for its port.
    fn new(name: &str, prints: bool, program: &OsStr, arguments: &[&str]) -> Peer {
        Peer {
            name: format!("{name}{}", if prints { "/transcript" } else { "" }),
            program: program.into(),
            arguments: arguments.iter().copied().map(str::to_owned).collect(),
            prints,
            room: None,
        }
    }

    /// Sets the further arguments that open a room.
    fn with_room(self, arguments: &'static [&'static str]) -> Peer {
        let room = Some(arguments);
        Peer { room, ..self }
    }

    pub(crate) fn has_room(&self) -> bool {
        self.room.is_some()
    }

    /// Returns the command that serves on `port`, in a room if it shall have one.
    pub(crate) fn command(&self, port: u16, has_room: bool) -> Command {
        let port = port.to_string();
        let mut command = Command::new(&self.program);
        // Java prints in the encoding of the locale, which becomes UTF-8 for every JDK.
        command.args(
            self.arguments
                .iter()
                .map(|argument| argument.replace(PORT, &port)),
        );
        command.args(self.room.filter(|_| has_room).unwrap_or_default());
        command.env("LC_ALL", "C.UTF-8");
        command
    }
}

/// Builds every server that can run here, with these JDKs, of which the last is the newest.
pub(crate) fn prepare(jdks: &[Jdk], folder: &Path) -> Result<(Vec<Peer>, Vec<Absent>)> {
    let xtask = std::env::current_exe()?;
    let [hellohi] = workspace::build(["hellohi-server"])?;
    let (xtask, hellohi) = (xtask.as_os_str(), hellohi.as_os_str());
    let address = format!("127.0.0.1:{PORT}");
    let mut peers = vec![
        Peer::new(REFERENCE, false, xtask, &["bench", "epoll-loop", PORT])
            .with_room(&["--broadcast"]),
        Peer::new(SUBJECT, false, hellohi, &["--listen", &address, "--quiet"])
            .with_room(&["--reply", "room", "--rate", UNLIMITED]),
        Peer::new(SUBJECT, true, hellohi, &["--listen", &address]),
    ];
    let mut absent = Vec::new();
    if jdks.is_empty() {
        let reason = "no JDK found; `cargo xtask interop --install-jdk` installs one".into();
        absent.push(Absent {
            name: "java-*".into(),
            reason,
        });
    }
    for (index, jdk) in jdks.iter().enumerate() {
        let newest = index + 1 == jdks.len();
        for (main, since) in [("Threads", 8), ("Virtual", 21), ("Nio", 16)] {
            let name = format!("{}/{}", jdk.name, main.to_lowercase());
            // The lab's server runs on every JDK, and the other Java servers on the newest.
            if main != "Threads" && !newest {
                continue;
            } else if jdk.feature < since {
                absent.push(Absent {
                    name,
                    reason: format!("needs JDK {since} or later"),
                });
            } else {
                peers.extend(java(jdk, main, &name, folder)?);
            }
        }
    }
    Ok((peers, absent))
}

fn java(jdk: &Jdk, main: &str, name: &str, folder: &Path) -> Result<[Peer; 2]> {
    let classes = folder.join("classes").join(&jdk.name);
    workspace::make(&classes)?;
    let sources = workspace::root().join("java/bench");
    let mut files = vec![sources.join(main).with_extension("java")];
    if main != "Nio" {
        files.push(sources.join("Lab.java"));
    }
    jdk.compile(&files, &classes)?;
    let classes = classes
        .to_str()
        .context("the folder of the classes is no UTF-8")?;
    let silent = ["-cp", classes, main, PORT];
    let java = jdk.java();
    Ok([
        Peer::new(name, false, java.as_os_str(), &silent),
        Peer::new(
            name,
            true,
            java.as_os_str(),
            &[&silent[..], &["print"]].concat(),
        ),
    ])
}
