//! The programs that can play in a scenario.

use std::fs;
use std::path::PathBuf;
use std::sync::OnceLock;
use std::time::SystemTime;

use anyhow::{Context, Result, ensure};

use super::scenario::Behaviour;
use crate::interop;
use crate::pair::PORT;
use ::interop::Suite;
use ::interop::case::{Additions, Case};
use ::interop::peer::{self, Peer};
use ::interop::programs::java;
use ::interop::programs::jdk::Jdk;
use ::interop::programs::workspace;
use ladder::{Caption, Dissector, Ladder, Player, Source};
use recorder::{Program, Side};

/// Names of our programs, and of those that run on the newest JDK.
pub(super) const RUST: &str = "rust";
pub(super) const JAVA: &str = "java";

/// A Java class of the lab, which plays `side` with `behaviour`.
#[derive(Debug)]
struct Class {
    side: Side,
    behaviour: Behaviour,
    /// Path below `java/`; the file has the class's name.
    path: &'static str,
    source: &'static str,
}

macro_rules! class {
    ($side:ident, $behaviour:ident, $path:literal) => {
        Class {
            side: Side::$side,
            behaviour: Behaviour::$behaviour,
            path: $path,
            source: include_str!(concat!("../../../java/", $path)),
        }
    };
}

static CLASSES: [Class; 9] = [
    class!(Client, Original, "client.java"),
    class!(Server, Original, "server.java"),
    class!(Server, Hi, "lab/HiServer.java"),
    class!(Server, Loop, "lab/LoopServer.java"),
    class!(Client, Loop, "lab/LoopClient.java"),
    class!(Client, HalfClose, "lab/HalfClient.java"),
    class!(Client, TwoMessages, "lab/PairClient.java"),
    class!(Client, SingleBytes, "lab/ByteClient.java"),
    class!(Client, Late, "lab/LateClient.java"),
];

/// The programs that can play.
#[derive(Debug)]
pub(crate) struct Programs {
    pub(crate) jdks: Vec<Jdk>,
    /// Programs of third parties. They behave as client.java and server.java do, and perhaps as more.
    pub(crate) others: Vec<Peer>,
    /// TCP port of the servers.
    pub(crate) port: u16,
    /// The way in which payloads are shown.
    pub(crate) dissector: Dissector,
    /// Arguments and files that a pair's case adds to the client and to the server.
    additions: [Additions; 2],
}

impl Programs {
    /// Returns the programs on `jdks`, those in Rust, and those that `files` describe.
    pub(crate) fn new(jdks: Vec<Jdk>, files: &[PathBuf]) -> Result<Programs> {
        let reserved = [RUST, JAVA].map(String::from).into_iter();
        let taken = reserved.chain(jdks.iter().map(|jdk| jdk.name.clone()));
        let others = interop::peers(files, taken.collect())?;
        Ok(Programs {
            jdks,
            others,
            port: PORT,
            dissector: Dissector::WriteUtf,
            additions: Default::default(),
        })
    }

    /// Returns the programs of a pair: its originals on `jdks`, which are compiled, and its candidates.
    pub(crate) fn of_pair(suite: &Suite, case: &Case, jdks: Vec<Jdk>) -> Result<Programs> {
        let classes = workspace::target().join("lab/pair");
        let originals = &suite.originals;
        for jdk in &jdks {
            originals.compile(jdk, &classes)?;
        }
        let peers = originals.peers(&jdks, &classes, java::QUICK);
        Ok(Programs {
            jdks,
            others: [peers, suite.candidates.clone()].concat(),
            port: suite.port,
            dissector: suite.dissector,
            additions: [case.client.clone(), case.server.clone()],
        })
    }

    /// Returns the program called `name` with this `behaviour` on `side`, and its presentation in a ladder.
    pub(crate) fn program(
        &self,
        name: &str,
        side: Side,
        behaviour: Behaviour,
    ) -> Result<(Program, Player)> {
        if let Some(other) = self.others.iter().find(|other| other.name == name) {
            let mut program = third_party(other, side, behaviour)?;
            self.additions[side as usize].add_to(&mut program);
            return Ok((program, Player::plain(name)));
        }
        if name == RUST {
            return Ok((rust(side, behaviour)?, Player::plain(name)));
        }
        let jdk = match name {
            JAVA => self.jdks.last(),
            _ => self.jdks.iter().find(|jdk| jdk.name == name),
        };
        let jdk = jdk.with_context(|| self.unknown(name))?;
        let player = Player {
            source: Some(source(side, behaviour)),
            ..Player::plain(&jdk.name)
        };
        Ok((java(jdk, side, behaviour)?, player))
    }

    /// Fails if the program of a third party called `name` did not do in `ladder` what the scenario is about.
    pub(crate) fn check(
        &self,
        name: &str,
        side: Side,
        behaviour: Behaviour,
        ladder: &Ladder,
    ) -> Result<()> {
        if self.others.iter().all(|other| other.name != name) {
            return Ok(());
        }
        match (behaviour, side) {
            (Behaviour::HalfClose, _) => {
                let half_closes = ladder
                    .rows
                    .iter()
                    .any(|row| row.caption == Some(Caption::HalfClose));
                ensure!(
                    half_closes || !ladder.has_calls(side),
                    "{name} did not half-close: in this scenario its client calls shutdown(SHUT_WR) behind its \
                     request, and reads the reply then"
                );
            }
            (Behaviour::Loop, Side::Client) => ensure!(
                turns(ladder) != 2,
                "{name} sent one request and no second one behind its reply: in this scenario its client sends a \
                 request for every line that it reads"
            ),
            (Behaviour::Loop, Side::Server) => ensure!(
                turns(ladder).is_multiple_of(2),
                "{name} did not answer a second request on the connection: in this scenario its server answers until \
                 the client closes"
            ),
            _ => {}
        }
        Ok(())
    }

    fn unknown(&self, name: &str) -> String {
        let jdks: Vec<&str> = self.jdks.iter().map(|jdk| jdk.name.as_str()).collect();
        let java = match jdks.join(", ") {
            none if none.is_empty() => "java, for which no JDK was found".into(),
            known => format!("java, the newest of {known}"),
        };
        let others = self.others.iter().map(|other| format!("{}, ", other.name));
        let others: String = others.collect();
        format!(
            "there is no program {name:?}: choose rust, {others}or {java}; --peer FILE adds others"
        )
    }
}

/// Returns the number of times that data came from the other side than before: 2 for a request and its reply.
fn turns(ladder: &Ladder) -> usize {
    let data = ladder.segments().filter(|segment| segment.length > 0);
    let mut sides: Vec<Side> = data.map(|segment| segment.from).collect();
    sides.dedup();
    sides.len()
}

fn third_party(peer: &Peer, side: Side, behaviour: Behaviour) -> Result<Program> {
    let (name, role) = (&peer.name, side.name());
    let program = peer.program(side).cloned();
    let program = program.with_context(|| format!("{name} has no {role}"))?;
    ensure!(
        matches!(
            behaviour,
            Behaviour::Original | Behaviour::Loop | Behaviour::HalfClose
        ),
        "{name} can only play client.java and server.java, and in many and half-close: this scenario's {role} does \
         something of its own; choose java or rust"
    );
    Ok(program)
}

/// Returns our program, built so that strace can walk its stack.
pub(super) fn rust(side: Side, behaviour: Behaviour) -> Result<Program> {
    let [server, client, habits] = built()?;
    let (path, flags): (_, &[&str]) = match (side, behaviour) {
        (Side::Client, Behaviour::Original) => (client, &["--once"]),
        (Side::Client, Behaviour::HalfClose) => (habits, &["half"]),
        (Side::Client, Behaviour::TwoMessages) => (habits, &["pair"]),
        (Side::Client, Behaviour::SingleBytes) => (habits, &["bytes"]),
        (Side::Client, Behaviour::Late) => (habits, &["late"]),
        (Side::Client, _) => (client, &[]),
        (Side::Server, Behaviour::Original) => (server, &["--once", "--log", "error"]),
        (Side::Server, Behaviour::Hi) => (server, &["--once", "--reply", "hi", "--log", "error"]),
        (Side::Server, _) => (server, &["--log", "error"]),
    };
    let mut command = vec![path.to_string_lossy().into_owned()];
    command.extend(flags.iter().map(|&flag| flag.into()));
    Ok(Program {
        command,
        environment: peer::environment(),
        serves_forever: side == Side::Server && behaviour == Behaviour::Loop,
        files: Vec::new(),
    })
}

/// Builds the server, the client and the lab's clients, and returns their paths; the second call does not build.
fn built() -> Result<&'static [PathBuf; 3]> {
    static BUILT: OnceLock<[PathBuf; 3]> = OnceLock::new();
    if let Some(built) = BUILT.get() {
        return Ok(built);
    }
    let built = workspace::build_for_stacks(
        &[
            "--package=hellohi-server",
            "--package=hellohi-client",
            "--bins",
            "--example=lab-client",
        ],
        ["hellohi-server", "hellohi-client", "lab-client"],
    )?;
    Ok(BUILT.get_or_init(|| built))
}

/// Returns the Java program with this `behaviour`.
pub(super) fn java(jdk: &Jdk, side: Side, behaviour: Behaviour) -> Result<Program> {
    let file = source(side, behaviour).file;
    let mut program = java::java_program(jdk, &classes(jdk)?, file.trim_end_matches(".java"));
    program.serves_forever = side == Side::Server && behaviour == Behaviour::Loop;
    Ok(program)
}

/// Returns the source of the Java program with this `behaviour`.
pub(super) fn source(side: Side, behaviour: Behaviour) -> Source {
    let class = class(side, behaviour);
    Source {
        file: class.path.trim_start_matches("lab/").into(),
        text: class.source.into(),
    }
}

fn class(side: Side, behaviour: Behaviour) -> &'static Class {
    let mut classes = CLASSES.iter();
    classes
        .find(|class| class.side == side && class.behaviour == behaviour)
        .expect("scenarios ask only for these")
}

/// Compiles the classes if a source has changed, and returns their folder.
fn classes(jdk: &Jdk) -> Result<PathBuf> {
    let folder = workspace::target().join("lab/classes").join(&jdk.name);
    let java = workspace::root().join("java");
    let sources: Vec<PathBuf> = CLASSES.iter().map(|class| java.join(class.path)).collect();
    let stamp = |path: &PathBuf| fs::metadata(path).and_then(|data| data.modified()).ok();
    let newest: Option<SystemTime> = sources.iter().filter_map(stamp).max();
    let last = folder.join("ByteClient.class");
    if stamp(&last) < newest {
        workspace::make(&folder)?;
        jdk.compile(&sources, &folder)?;
        ensure!(
            last.is_file(),
            "{} did not make {}",
            jdk.javac().display(),
            last.display()
        );
    }
    Ok(folder)
}
