//! The servers that are compared, with their command lines.

use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::Result;

use interop::programs::jdk::{self, Jdk};
use interop::programs::workspace;

/// Name of the server that the others are compared with.
pub(crate) const REFERENCE: &str = "epoll";

/// Name of the server under test.
pub(crate) const SUBJECT: &str = "hellohi";

/// The placeholder of the port in a command line.
const PORT: &str = "{port}";

#[derive(Debug)]
pub(crate) struct Peer {
    pub(crate) name: String,
    command: Vec<OsString>,
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
    pub(crate) fn command(&self, port: u16) -> Command {
        let mut words = self.command.iter().map(|word| match word.to_str() {
            Some(word) => word.replace(PORT, &port.to_string()).into(),
            None => word.clone(),
        });
        let mut command = Command::new(words.next().unwrap_or_default());
        // Java prints in the encoding of the locale, which becomes UTF-8 for every JDK.
        command.args(words).env("LC_ALL", "C.UTF-8");
        command
    }
}

/// Builds every server that can run here, with the JDKs in `homes`, or with all JDKs that are found.
pub(crate) fn prepare(
    homes: &[std::path::PathBuf],
    folder: &Path,
) -> Result<(Vec<Peer>, Vec<Absent>)> {
    let xtask = std::env::current_exe()?;
    let [hellohi] = workspace::build(["hellohi-server"])?;
    let mut peers = vec![Peer {
        name: REFERENCE.into(),
        command: vec![
            xtask.into(),
            "bench".into(),
            "epoll-loop".into(),
            PORT.into(),
        ],
        prints: false,
    }];
    for prints in [false, true] {
        peers.push(Peer {
            name: named(SUBJECT, prints),
            command: subject(&hellohi, prints),
            prints,
        });
    }
    let jdks = jdk::find(homes)?;
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

fn named(name: &str, prints: bool) -> String {
    format!("{name}{}", if prints { "/transcript" } else { "" })
}

fn subject(program: &Path, prints: bool) -> Vec<OsString> {
    let mut command = vec![
        program.into(),
        "--listen".into(),
        format!("127.0.0.1:{PORT}").into(),
    ];
    if !prints {
        command.push("--quiet".into());
    }
    command
}

fn java(jdk: &Jdk, main: &str, name: &str, folder: &Path) -> Result<[Peer; 2]> {
    let classes = folder.join("classes").join(&jdk.name);
    fs::create_dir_all(&classes)?;
    let sources = workspace::root().join("java/bench");
    let mut files = vec![sources.join(main).with_extension("java")];
    if main != "Nio" {
        files.push(sources.join("Lab.java"));
    }
    jdk.compile(&files, &classes)?;
    Ok([false, true].map(|prints| {
        let mut command: Vec<OsString> =
            vec![jdk.java().into(), "-cp".into(), classes.clone().into()];
        command.extend([main.into(), PORT.into()]);
        if prints {
            command.push("print".into());
        }
        Peer {
            name: named(name, prints),
            command,
            prints,
        }
    }))
}
