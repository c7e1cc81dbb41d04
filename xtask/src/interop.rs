//! `cargo xtask interop` runs the lab's two programs on every JDK, and compares ours with them.

mod cases;
mod declared;
mod quick;
mod steps;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};

pub(crate) use ::interop::Args;
use ::interop::Suite;
use ::interop::mutant::{Mutant, MutantSuite};
use ::interop::pair;
use ::interop::peer::{self, Peer};
use ::interop::programs::originals::Originals;
use ::interop::programs::{peer_file, workspace};
use ladder::Dissector;
use recorder::{Program, Side};

use crate::mutant::Defect;
use crate::pair::PORT;

pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let Some(file) = &args.pair else {
        // Before anything is built, because that takes long.
        let jdks = args.jdks()?;
        let candidates = match args.mutants {
            true => Vec::new(),
            false => rust(args.release)?,
        };
        return ::interop::run(&lab(candidates), &jdks, args);
    };
    let suite = pair::read(file)?;
    let jdks = match suite.originals.need_java() {
        true => args.jdks()?,
        false => Vec::new(),
    };
    ::interop::run(&suite, &jdks, args)
}

/// Returns the suite of the lab's two programs.
fn lab(candidates: Vec<Peer>) -> Suite {
    let java = workspace::root().join("java");
    let command = |class: &str| ["java", class].map(String::from).to_vec();
    Suite {
        port: PORT,
        originals: Originals {
            javac: ["client.java", "server.java"]
                .map(|file| text(&java.join(file)))
                .into(),
            client: command("client"),
            server: command("server"),
            environment: peer::environment(),
            ..Originals::default()
        },
        cases: cases::all(),
        quick: quick::CASES,
        probes: None,
        declared: declared::all(),
        masks: Vec::new(),
        dissector: Dissector::WriteUtf,
        candidates,
        mutants: Some(mutants),
    }
}

/// Reads the peers that `files` describe. Their names must differ from those in `taken`.
pub(crate) fn peers(files: &[PathBuf], taken: Vec<String>) -> Result<Vec<Peer>> {
    let cases: Vec<String> = cases::all().into_iter().map(|case| case.name).collect();
    peer_file::read(files, &cases, taken)
}

/// Builds the Rust programs, as they are installed if `release` is true, and returns them as drop-ins (`rust`) and with their defaults (`rust-default`).
fn rust(release: bool) -> Result<Vec<Peer>> {
    let packages = ["hellohi-server", "hellohi-client"];
    let [server, client] = match release {
        true => {
            eprintln!("building the Rust programs in release mode, about a minute the first time");
            workspace::build(packages)?
        }
        false => {
            eprintln!("building the Rust programs, about ten seconds the first time");
            workspace::build_beside("xtask", packages)?
        }
    };
    let program = |path: &PathBuf, flags: &[&str], serves_forever| Program {
        command: [
            vec![text(path)],
            flags.iter().map(|&flag| flag.into()).collect(),
        ]
        .concat(),
        environment: peer::environment(),
        serves_forever,
        files: Vec::new(),
    };
    let peer = |name: &str, flags: &[&str], serves_forever| Peer {
        name: name.into(),
        client: Some(program(&client, flags, false)),
        server: Some(program(&server, flags, serves_forever)),
        is_original: false,
        unsupported: Vec::new(),
    };
    Ok(vec![
        peer("rust", &["--once"], false),
        peer("rust-default", &[], true),
    ])
}

/// Returns the control and a mutant for each defect.
fn mutants() -> Result<MutantSuite> {
    let mutants = Defect::all().map(|defect| {
        let properties = defect.properties();
        Ok(Mutant {
            peer: mutant(defect)?,
            about: defect.about(),
            sides: properties.sides,
            breaks: properties.breaks,
            tried_in: properties.tried_in,
        })
    });
    Ok(MutantSuite {
        control: mutant(Defect::Control)?,
        mutants: mutants.collect::<Result<_>>()?,
    })
}

/// Returns a peer with this defect, which this executable plays.
fn mutant(defect: Defect) -> Result<Peer> {
    let itself = text(&std::env::current_exe().context("cannot find this program")?);
    let program = |side: Side| Program {
        command: vec![
            itself.clone(),
            "mutant".into(),
            side.name().into(),
            defect.name(),
        ],
        environment: peer::environment(),
        serves_forever: false,
        files: Vec::new(),
    };
    Ok(Peer {
        name: defect.name(),
        client: Some(program(Side::Client)),
        server: Some(program(Side::Server)),
        is_original: false,
        unsupported: Vec::new(),
    })
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}
