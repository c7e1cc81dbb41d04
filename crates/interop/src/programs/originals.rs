//! The originals of a pair: a client and a server that say what is right.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Result, anyhow};
use recorder::Program;

use crate::peer::Peer;
use crate::programs::java;
use crate::programs::jdk::Jdk;
use crate::programs::workspace;

/// Name of the peer of originals that need no JDK.
const NAME: &str = "original";

/// The originals of a pair. Where they are written in Java, every JDK is a peer that plays them.
#[derive(Debug, Default)]
pub struct Originals {
    /// Arguments of `javac`, among them the source files. Nothing is compiled if there are none.
    pub javac: Vec<String>,
    /// JARs and folders of classes, behind the compiled classes.
    pub class_path: Vec<PathBuf>,
    /// The client's command line. The word `java` at its start stands for the JVM of each JDK.
    pub client: Vec<String>,
    /// The server's command line, of the same kind.
    pub server: Vec<String>,
    /// True if the server serves until SIGTERM.
    pub serves_forever: bool,
    /// Variables that are set in addition to the inherited ones.
    pub environment: BTreeMap<String, String>,
}

impl Originals {
    /// Returns whether a JDK has to play or compile them.
    pub fn need_java(&self) -> bool {
        !self.javac.is_empty()
            || [&self.client, &self.server]
                .into_iter()
                .any(|command| is_java(command))
    }

    /// Returns a peer for each of `jdks`, with JVM options and the classes below `classes`, or one peer if the
    /// originals need no JDK.
    pub fn peers(&self, jdks: &[Jdk], classes: &Path, options: &[&str]) -> Vec<Peer> {
        let peer = |name: &str, jvm: &[String]| Peer {
            name: name.to_owned(),
            client: Some(self.program(&self.client, false, jvm)),
            server: Some(self.program(&self.server, self.serves_forever, jvm)),
            is_original: true,
            unsupported: Vec::new(),
        };
        match self.need_java() {
            false => vec![peer(NAME, &[])],
            true => jdks
                .iter()
                .map(|jdk| {
                    let jvm = java::jvm(jdk, options, &self.class_path(&classes.join(&jdk.name)));
                    peer(&jdk.name, &jvm)
                })
                .collect(),
        }
    }

    /// Returns the program of `command`, in which `jvm` takes the place of the word `java`.
    fn program(&self, command: &[String], serves_forever: bool, jvm: &[String]) -> Program {
        let command = match is_java(command) {
            true => [jvm, &command[1..]].concat(),
            false => command.to_vec(),
        };
        Program {
            command,
            environment: self.environment.clone(),
            serves_forever,
            files: Vec::new(),
        }
    }

    fn class_path(&self, classes: &Path) -> Vec<PathBuf> {
        let compiled = (!self.javac.is_empty()).then(|| classes.to_owned());
        compiled
            .into_iter()
            .chain(self.class_path.clone())
            .collect()
    }

    /// Compiles the sources with `jdk` below `classes`, where its peer finds them.
    pub fn compile(&self, jdk: &Jdk, classes: &Path) -> Result<()> {
        if self.javac.is_empty() {
            return Ok(());
        }
        let classes = classes.join(&jdk.name);
        workspace::make(&classes)?;
        let class_path = match self.class_path.is_empty() {
            true => Vec::new(),
            false => vec!["-classpath".to_owned(), java::joined(&self.class_path)],
        };
        jdk.compile(&[class_path, self.javac.clone()].concat(), &classes)
            .map_err(|error| {
                anyhow!("{error:#}\nIf they need a later Java: --jdk HOME takes this JDK alone")
            })
    }
}

fn is_java(command: &[String]) -> bool {
    command.first().is_some_and(|program| program == "java")
}
